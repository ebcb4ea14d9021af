// Text as it is said: numbers, prices, times, addresses and abbreviations in words. Pure. Control plane.

import { addressRewrites } from './addresses.js';
import { ABBREVIATIONS, type Abbreviation } from './abbreviations.js';
import { spokenLanguage } from './languages/index.js';
import type { Rewrite, SpokenLanguage } from './languages/language.js';
import { withoutMarkup } from './markup.js';
import { rewritesOf } from './rewrites.js';
import { startsSentence } from './sentence-starts.js';

/** Is the full stop behind `at` that of a sentence too? */
function endsSentence(text: string, at: number): boolean {
  const rest = text.slice(at);
  if (/^["'”’»)]*\s*$/.test(rest)) return true;
  return startsSentence(/^["'”’»)]*\s+(\p{L}[\p{L}'’]*)/u.exec(rest)?.[1] ?? '');
}

/** "z.B." is written "z. B." too. */
const patternOf = (written: string): string =>
  written
    .split('.')
    .filter((part) => part !== '')
    .join(String.raw`\.\s?`);

interface KnownAbbreviations {
  readonly pattern: RegExp;
  readonly byWritten: ReadonlyMap<string, Abbreviation>;
}

function abbreviationsOf({ code }: SpokenLanguage): KnownAbbreviations {
  const known = (ABBREVIATIONS[code] ?? []).filter(({ spoken }) => spoken !== undefined);
  const any = known
    .map(({ written }) => written)
    .sort((one, other) => other.length - one.length)
    .map(patternOf)
    .join('|');
  return {
    pattern: new RegExp(`(?<![\\p{L}\\d.])(?:${any})\\.(?!\\p{L})`, 'gu'),
    byWritten: new Map(known.map((entry) => [entry.written, entry])),
  };
}

/** A full stop that ends the sentence too stays. */
function writeOut(text: string, { pattern, byWritten }: KnownAbbreviations): string {
  return text.replace(pattern, (all, at: number) => {
    const entry = byWritten.get(all.replace(/\s/g, ''));
    const end = at + all.length;
    if (!entry) return all;
    if (entry.fullStop === 'number' && !/^\s?[\d#+(]/.test(text.slice(end))) return all;
    const stop = entry.fullStop === 'maybe' && endsSentence(text, end) ? '.' : '';
    return `${entry.spoken}${stop}`;
  });
}

/** U.S., J. R. Smith: single letters. */
const INITIALS = /(?<![\p{L}\d.])(?:\p{Lu}\.\s?)+(?!\p{L}\.)/gu;

function withoutInitialStops(text: string): string {
  return text.replace(INITIALS, (all, at: number) => {
    const letters = all.match(/\p{L}/gu) ?? [];
    const space = /\s$/.test(all) ? ' ' : '';
    const isEnd = endsSentence(text, at + all.trimEnd().length);
    return `${letters.join(' ')}${isEnd ? '.' : ''}${space}`;
  });
}

interface Prepared {
  readonly first: readonly Rewrite[];
  readonly abbreviations: KnownAbbreviations;
  readonly last: readonly Rewrite[];
}

const prepared = new Map<string, Prepared>();

function preparedFor(language: SpokenLanguage): Prepared {
  let made = prepared.get(language.code);
  if (!made) {
    made = {
      first: [...addressRewrites(language), ...language.own],
      abbreviations: abbreviationsOf(language),
      last: rewritesOf(language),
    };
    prepared.set(language.code, made);
  }
  return made;
}

const rewrite = (text: string, rewrites: readonly Rewrite[]): string =>
  rewrites.reduce(
    (said, [pattern, word]) =>
      typeof word === 'string' ? said.replace(pattern, word) : said.replace(pattern, word),
    text,
  );

/**
 * A whole clause or more in words, for a voice that cannot be trusted with digits and signs.
 * @param language BCP 47; the text of one that is not known comes back unchanged
 */
export function speakable(text: string, language: string): string {
  const known = spokenLanguage(language);
  if (!known) return text;
  const { first, abbreviations, last } = preparedFor(known);
  const plain = rewrite(withoutMarkup(text.normalize('NFC')), first);
  return rewrite(withoutInitialStops(writeOut(plain, abbreviations)), last).trim();
}
