// What the local agent understands and says: the intents file, checked whole. Control plane.

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { RingmasterError } from '../../errors.js';
import { DEMO_OFFICE } from './demo-office.js';
import { DIGITS_SLOT, slotDigits, wordsOf } from './spoken-words.js';

const spoken = z.string().max(1000).regex(/\w/);
/** One text, or several that take turns. */
const texts = z
  .union([spoken, z.array(spoken).min(1).max(20)], {
    error:
      'must be a text with words in it, or a list of 1 to 20 of them, of at most 1000 characters',
  })
  .transform((given): readonly string[] => (typeof given === 'string' ? [given] : given));

const PHRASE_RULE = `must be words of a-z (write numbers as words), and ${DIGITS_SLOT} for spoken digits`;
const phrase = z
  .string()
  .max(200)
  .transform((text) =>
    text
      .toLowerCase()
      .replace(/[.,!?;:]/g, ' ')
      .trim()
      .replace(/\s+/g, ' '),
  )
  .pipe(z.string().regex(/^(?:(?:[a-z][a-z']*|\{digits\})(?: |$))+$/, PHRASE_RULE))
  .refine((text) => text !== DIGITS_SLOT, 'needs a word beside the digits');

const TARGET = /^(?:\+[1-9]\d{4,14}|\d{1,10}|sips?:[^\s<>"']{1,250}|client:[\w.@+-]{1,120})$/i;
const action = z.union(
  [
    z.strictObject({ hangup: z.literal(true) }),
    z.strictObject({
      transfer: z.string().regex(TARGET, 'must be +E.164, an extension, sip: or client:'),
    }),
    z.strictObject({ ask: z.literal('extension') }),
    z.strictObject({ repeat: z.literal(true) }),
  ],
  {
    error:
      'must be {"hangup": true}, {"transfer": "+E.164, extension, sip: or client:"}, {"ask": "extension"} or {"repeat": true}',
  },
);

const intent = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,49}$/, 'must be like "opening-hours"'),
  phrases: z.array(phrase).min(1).max(100),
  answers: texts,
  keys: z
    .string()
    .regex(/^\d{1,4}$/, 'must be 1 to 4 digits')
    .optional(),
  action: action.optional(),
});

const DEFAULT_TEXTS = {
  unknown: ["I'm sorry, I can't help with that."],
  unclear: [
    "I'm sorry, I didn't catch that.",
    'Could you say that again, please?',
    "I still couldn't hear you well. Please try once more.",
  ],
  idle: ['Are you still there?', 'Is there anything I can do for you?'],
  farewell: ["I'll hang up now. Goodbye."],
};

const extensionTexts = z.strictObject({
  confirm: texts.default([`One moment, I'm putting you through to ${DIGITS_SLOT}.`]),
  invalid: texts.default(['An extension has one to four digits. Please say or key it once more.']),
  giveUp: texts.default(["I'm sorry, let's try something else. What can I do for you?"]),
});

const intentsSchema = z.strictObject({
  greeting: texts,
  unknown: texts.default(DEFAULT_TEXTS.unknown),
  unclear: texts.default(DEFAULT_TEXTS.unclear),
  idle: texts.default(DEFAULT_TEXTS.idle),
  voicemail: texts.default(['Hello. We tried to reach you. Please call us back. Goodbye.']),
  farewell: texts.default(DEFAULT_TEXTS.farewell),
  extension: extensionTexts.prefault({}),
  intents: z.array(intent).min(1).max(200),
});

/** The shape of an intents file; see docs/intents.md. */
export type IntentsFile = z.input<typeof intentsSchema>;
export type Intent = Readonly<z.output<typeof intent>>;

export interface Intents extends Readonly<z.output<typeof intentsSchema>> {
  /** Every phrase once, in words of `a-z` and `'`, and `{digits}`: the recogniser's grammar. */
  readonly phrases: readonly string[];
}

/** A zod path as people write it: `intents[2].phrases[0]`. */
function pathName(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`))
    .join('');
}

/** Rules between intents, which no single one can check. */
function crossCheck(intents: readonly Intent[]): string[] {
  const problems: string[] = [];
  const seen = new Map<string, string>();
  const claim = (what: string, key: string, path: string) => {
    const first = seen.get(`${what} ${key}`);
    if (first) problems.push(`${path}: the same ${what} as ${first}`);
    else seen.set(`${what} ${key}`, path);
  };
  for (const [i, { name, phrases, keys, action }] of intents.entries()) {
    const path = `intents[${i}]`;
    claim('name', name, `${path}.name`);
    if (keys !== undefined) claim('keys', keys, `${path}.keys`);
    for (const [k, text] of phrases.entries()) {
      const at = `${path}.phrases[${k}]`;
      claim('phrase', slotDigits(wordsOf(text)).words.join(' '), at);
      const slots = text.split(DIGITS_SLOT).length - 1;
      if (slots > 1) problems.push(`${at}: has ${DIGITS_SLOT} more than once`);
      if (slots > 0 && !(action && 'ask' in action)) {
        problems.push(`${at}: ${DIGITS_SLOT} needs the action {"ask": "extension"}`);
      }
    }
  }
  return problems;
}

function invalid(source: string, problems: readonly string[], cause?: unknown): RingmasterError {
  const list = problems.map((problem) => `\n  ${problem}`).join('');
  return new RingmasterError('INTENTS_INVALID', `${source}:${list}`, { cause });
}

function problemOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${pathName([...issue.path, key])}: no such field`);
  }
  return [`${pathName(issue.path) || 'the file'}: ${issue.message}`];
}

/**
 * Checks what an intents file holds.
 * @throws {RingmasterError} INTENTS_INVALID, its message lists every problem with its path
 */
export function parseIntents(given: unknown, source: string): Intents {
  const parsed = intentsSchema.safeParse(given);
  if (!parsed.success) throw invalid(source, parsed.error.issues.flatMap(problemOf));
  const problems = crossCheck(parsed.data.intents);
  if (problems.length > 0) throw invalid(source, problems);
  const phrases = [...new Set(parsed.data.intents.flatMap((intent) => intent.phrases))];
  return { ...parsed.data, phrases };
}

/**
 * @param file an intents file; left out: the demo receptionist
 * @throws {RingmasterError} INTENTS_INVALID: no such file, no JSON, or its problems
 */
export function loadIntents(file?: string): Intents {
  if (file === undefined) return parseIntents(DEMO_OFFICE, 'the demo office');
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? `is not JSON, ${cause.message}` : 'cannot be read';
    throw new RingmasterError('INTENTS_INVALID', `${file} ${why}`, { cause });
  }
  return parseIntents(given, file);
}
