// What the local agent understands and says: the intents file, checked whole. Control plane.

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { RingmasterError } from '../../errors.js';
import { demoOffice } from './demo-office.js';
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

/** No more can be kept in mind by ear. */
const HINTED_INTENTS = 4;

const DEFAULT_TEXTS = {
  unknown: ["I'm sorry, I can't help with that."],
  unclear: ["I'm sorry, I didn't catch that.", 'Could you say that again, please?'],
  idle: ['Are you still there?', 'Is there anything I can do for you?'],
  farewell: ["I'll hang up now. Goodbye."],
  sorry: ["I'm sorry that I don't understand you. I'll put you through to a person."],
  offer: "I'm sorry, I can't make out any words. Shall I put you through to a person?",
  unavailable: ["I'm sorry, I can't put you through from here. What else can I do for you?"],
};

const extensionTexts = z.strictObject({
  confirm: texts.default([`One moment, I'm putting you through to ${DIGITS_SLOT}.`]),
  invalid: texts.default(['An extension has one to four digits. Please say or key it once more.']),
  giveUp: texts.default(["I'm sorry, let's try something else. What can I do for you?"]),
});

const confirmTexts = z.strictObject({
  hangup: texts.default(['Did you want to end the call?']),
  transfer: texts.default(['Shall I put you through?']),
  extension: texts.default([`Shall I put you through to ${DIGITS_SLOT}?`]),
  declined: texts.default(['All right. What can I do for you?']),
});

const intentsSchema = z.strictObject({
  greeting: texts,
  unknown: texts.default(DEFAULT_TEXTS.unknown),
  unclear: texts.default(DEFAULT_TEXTS.unclear),
  idle: texts.default(DEFAULT_TEXTS.idle),
  voicemail: texts.default(['Hello. We tried to reach you. Please call us back. Goodbye.']),
  farewell: texts.default(DEFAULT_TEXTS.farewell),
  hint: texts.optional(),
  sorry: texts.default(DEFAULT_TEXTS.sorry),
  offer: texts.optional(),
  unavailable: texts.default(DEFAULT_TEXTS.unavailable),
  operator: z.string().optional(),
  confirm: confirmTexts.prefault({}),
  extension: extensionTexts.prefault({}),
  intents: z.array(intent).min(1).max(200),
});

/** The shape of an intents file; see docs/intents.md. */
export type IntentsFile = z.input<typeof intentsSchema>;
export type Intent = Readonly<z.output<typeof intent>>;

type Parsed = Readonly<z.output<typeof intentsSchema>>;

export interface Intents extends Omit<Parsed, 'hint' | 'offer' | 'operator'> {
  /** Every phrase once, in words of `a-z` and `'`, and `{digits}`: the recogniser's grammar. */
  readonly phrases: readonly string[];
  /** What can be asked, for a caller who was not understood. */
  readonly hint: readonly string[];
  /** Shall a person be called? For a caller of whom no words were understood. */
  readonly offer: readonly string[];
  /** Where a person is reached. */
  readonly operator: string | undefined;
  /** Can the node dial this target of a transfer? */
  readonly reaches: (target: string) => boolean;
}

export interface IntentsOptions {
  /** Whether the node can dial extensions, which takes `RINGMASTER_SIP_DOMAIN`. Default true. */
  readonly dialsExtensions?: boolean;
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

/** The intent that leads to a person: the one that is named, or keyed by 0, or called operator. */
function operatorOf({ operator, intents }: Parsed): Intent | undefined {
  const transfers = intents.filter(({ action }) => action && 'transfer' in action);
  if (operator !== undefined) return transfers.find(({ name }) => name === operator);
  return (
    transfers.find(({ keys }) => keys === '0') ?? transfers.find(({ name }) => name === 'operator')
  );
}

/** "You can ask for hours, a cake, or a person.": the first phrase of the first intents that answer something. */
function hintOf(intents: readonly Intent[], reaches: Intents['reaches']): string {
  const asked = intents
    .filter(({ action }) => !action || ('transfer' in action && reaches(action.transfer)))
    .flatMap(({ phrases }) => phrases.find((phrase) => !phrase.includes(DIGITS_SLOT)) ?? [])
    .slice(0, HINTED_INTENTS);
  if (asked.length === 0) return 'Please say in a few words what you are calling about.';
  const last = asked.at(-1) as string;
  const list = asked.length === 1 ? last : `${asked.slice(0, -1).join(', ')}, or ${last}`;
  return `I'm sorry, I still don't understand. You can say ${list}.`;
}

/**
 * Checks what an intents file holds.
 * @throws {RingmasterError} INTENTS_INVALID, its message lists every problem with its path
 */
export function parseIntents(
  given: unknown,
  source: string,
  { dialsExtensions = true }: IntentsOptions = {},
): Intents {
  const parsed = intentsSchema.safeParse(given);
  if (!parsed.success) throw invalid(source, parsed.error.issues.flatMap(problemOf));
  const { data } = parsed;
  const { intents } = data;
  const operator = operatorOf(data);
  const problems = crossCheck(intents);
  if (data.operator !== undefined && operator === undefined) {
    problems.push('operator: must be the name of an intent that transfers');
  }
  if (problems.length > 0) throw invalid(source, problems);
  const reaches = (target: string) => dialsExtensions || !/^\d+$/.test(target);
  const press =
    operator?.keys === undefined ? 'Please say yes.' : `Say yes, or press ${operator.keys}.`;
  return {
    ...data,
    hint: data.hint ?? [hintOf(intents, reaches)],
    offer: data.offer ?? [`${DEFAULT_TEXTS.offer} ${press}`],
    operator:
      operator?.action && 'transfer' in operator.action ? operator.action.transfer : undefined,
    phrases: [...new Set(intents.flatMap((intent) => intent.phrases))],
    reaches,
  };
}

/**
 * @param file an intents file; left out: the demo receptionist
 * @throws {RingmasterError} INTENTS_INVALID: no such file, no JSON, or its problems
 */
export function loadIntents(file?: string, options: IntentsOptions = {}): Intents {
  if (file === undefined) {
    return parseIntents(demoOffice(options.dialsExtensions ?? true), 'the demo office', options);
  }
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? `is not JSON, ${cause.message}` : 'cannot be read';
    throw new RingmasterError('INTENTS_INVALID', `${file} ${why}`, { cause });
  }
  return parseIntents(given, file, options);
}
