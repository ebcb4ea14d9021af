// Reads an intents file: everything that is wrong with it is reported together. Control plane.

import { readFileSync } from 'node:fs';
import { RingmasterError } from '../../errors.js';
import { createGrammars, DIGITS_SLOT } from './grammar.js';
import { intentsFile, type IntentFile, type IntentsFile } from './intents-file.js';
import { lookUpPronunciations } from './pronunciations.js';

export type Intent = IntentFile;

/** A valid intents file. */
export interface Intents extends IntentsFile {
  /** All phrases of all intents, normalised, for the recogniser's grammar. */
  readonly phrases: readonly string[];
  /** Those of intents that are not weak: the recogniser knows them beside digits. */
  readonly strongPhrases: readonly string[];
}

interface Problem {
  readonly path: string;
  readonly text: string;
}

/** One phrase, and where it stands in the file. */
interface PlacedPhrase {
  readonly path: string;
  readonly intent: string;
  readonly phrase: string;
}

const WORD = /^[a-z][a-z']*$/;

/** Lower case, plain apostrophes, no punctuation around words, single spaces. */
function normalisePhrase(phrase: string): string {
  return phrase
    .toLowerCase()
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[-\u2010-\u2015]/g, ' ')
    .replace(/[.,;:!?"\u201c\u201d]/g, ' ')
    .trim()
    .replace(/\s+/g, ' ');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What can be read of the intents, also where the file is not valid as a whole. */
function readable(raw: unknown): { names: string[]; phrases: PlacedPhrase[] } {
  const names: string[] = [];
  const phrases: PlacedPhrase[] = [];
  const intents = isRecord(raw) && Array.isArray(raw['intents']) ? raw['intents'] : [];
  for (const [i, intent] of intents.entries()) {
    if (!isRecord(intent)) continue;
    const name = typeof intent['name'] === 'string' ? intent['name'] : '';
    names.push(name);
    const list = Array.isArray(intent['phrases']) ? intent['phrases'] : [];
    for (const [j, phrase] of list.entries()) {
      if (typeof phrase !== 'string') continue;
      const path = `intents[${i}].phrases[${j}]`;
      phrases.push({ path, intent: name, phrase: normalisePhrase(phrase) });
    }
  }
  return { names, phrases };
}

function phraseProblems(phrases: readonly PlacedPhrase[]): Problem[] {
  const problems: Problem[] = [];
  const wellFormed: PlacedPhrase[] = [];
  const first = new Map<string, PlacedPhrase>();
  for (const placed of phrases) {
    const { path, phrase } = placed;
    const tokens = phrase.split(' ');
    const odd = tokens.filter((token) => token !== DIGITS_SLOT && !WORD.test(token));
    if (phrase === '') problems.push({ path, text: 'must not be empty' });
    else if (odd.length > 0) {
      const hint = odd.some((token) => /[0-9]/.test(token)) ? '; write numbers as words' : '';
      problems.push({ path, text: `not a word: ${odd.join(', ')}${hint}` });
    } else if (tokens.every((token) => token === DIGITS_SLOT)) {
      problems.push({ path, text: 'needs a word beside {digits}' });
    } else wellFormed.push(placed);
    const earlier = first.get(phrase);
    if (!earlier) first.set(phrase, placed);
    else if (earlier.intent !== placed.intent) {
      problems.push({ path, text: `the same as ${earlier.path}` });
    }
  }
  const { words } = createGrammars(wellFormed.map(({ phrase }) => phrase));
  const spoken = lookUpPronunciations(words);
  for (const { path, phrase } of wellFormed) {
    const missing = phrase
      .split(' ')
      .filter((word) => word !== DIGITS_SLOT && !spoken.has(word))
      .map((word) => `"${word}"`);
    if (missing.length === 0) continue;
    problems.push({ path, text: `not in the recogniser's dictionary: ${missing.join(', ')}` });
  }
  return problems;
}

function referenceProblems(raw: unknown, names: readonly string[], slots: boolean): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const [i, name] of names.entries()) {
    if (seen.has(name)) problems.push({ path: `intents[${i}].name`, text: 'used more than once' });
    seen.add(name);
  }
  if (!isRecord(raw)) return problems;
  const refer = (path: string, name: unknown) => {
    if (typeof name !== 'string' || seen.has(name)) return;
    problems.push({ path, text: `no intent is called "${name}"` });
  };
  if (isRecord(raw['unclear'])) refer('unclear.escalateTo', raw['unclear']['escalateTo']);
  if (isRecord(raw['keys'])) {
    for (const [key, name] of Object.entries(raw['keys'])) refer(`keys.${key}`, name);
  }
  if (raw['extension'] === undefined) {
    const intents = Array.isArray(raw['intents']) ? raw['intents'] : [];
    const asks = intents.some((intent) => isRecord(intent) && intent['expect'] === 'digits');
    if (asks || slots) {
      problems.push({ path: 'extension', text: 'needed, since digits are expected' });
    }
  }
  return problems;
}

function pathOf(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    text += typeof part === 'number' ? `[${part}]` : `${text ? '.' : ''}${String(part)}`;
  }
  return text || '(file)';
}

/**
 * Checks the content of an intents file; its form is in `intents-file.ts`, an example in
 * `assets/receptionist.json`.
 * @throws {RingmasterError} INTENTS_INVALID with one line for each problem: its path and what is wrong
 */
export function parseIntents(raw: unknown): Intents {
  const parsed = intentsFile.safeParse(raw);
  const { names, phrases } = readable(raw);
  const slots = phrases.some(({ phrase }) => phrase.includes(DIGITS_SLOT));
  const problems: Problem[] = [
    ...(parsed.error?.issues ?? []).map((issue) => ({
      path: pathOf(issue.path),
      text: issue.message,
    })),
    ...phraseProblems(phrases),
    ...referenceProblems(raw, names, slots),
  ];
  if (!parsed.success || problems.length > 0) {
    const lines = problems.map(({ path, text }) => `  ${path}: ${text}`);
    throw new RingmasterError('INTENTS_INVALID', `the intents are invalid:\n${lines.join('\n')}`);
  }
  const intents = parsed.data.intents.map((intent) => ({
    ...intent,
    phrases: intent.phrases.map(normalisePhrase),
  }));
  const phrasesOf = (list: readonly Intent[]) => list.flatMap((intent) => intent.phrases);
  const strongPhrases = phrasesOf(intents.filter((intent) => intent.weak !== true));
  return { ...parsed.data, intents, phrases: phrasesOf(intents), strongPhrases };
}

/** @throws {RingmasterError} INTENTS_INVALID, also where the file is not there or not JSON */
export function loadIntents(path: string | URL): Intents {
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new RingmasterError('INTENTS_INVALID', `the intents file ${why}`, { cause });
  }
  return parseIntents(raw);
}

/** The receptionist that comes with the program. */
export function defaultIntents(): Intents {
  return loadIntents(new URL('../../../../assets/receptionist.json', import.meta.url));
}
