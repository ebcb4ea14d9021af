// How the words of a grammar are spoken: look-ups in SoundSwallower's dictionary. Control plane.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A word as the decoder knows it, e.g. `hours(2)`, and its phones in ARPAbet, e.g. `AW R Z`. */
export type Pronunciation = readonly [word: string, phones: string];

/** A telephone line takes the friction from a short first f: "five" sounds as if it began with p. */
const ON_THE_LINE: readonly Pronunciation[] = [['five(2)', 'P AY V']];

/** Folder of SoundSwallower's models, with a slash at its end. */
export function modelFolder(): string {
  return fileURLToPath(new URL('model/', import.meta.resolve('soundswallower')));
}

/**
 * All variants of each word, in one pass over the dictionary (CMUdict form: `word PHONES`, further
 * variants as `word(2)`). A word that is not in it has no entry in the result.
 * @param words lower case
 */
export function lookUpPronunciations(
  words: ReadonlySet<string>,
): ReadonlyMap<string, readonly Pronunciation[]> {
  const dictionary = readFileSync(`${modelFolder()}en-us/dict.txt`, 'utf8');
  const found = new Map<string, Pronunciation[]>();
  for (let at = 0; at < dictionary.length;) {
    const end = dictionary.indexOf('\n', at);
    const line = dictionary.slice(at, end < 0 ? dictionary.length : end).trimEnd();
    at = end < 0 ? dictionary.length : end + 1;
    const space = line.indexOf(' ');
    if (space < 0) continue;
    const variant = line.slice(0, space);
    const open = variant.indexOf('(');
    const word = open > 0 ? variant.slice(0, open) : variant;
    if (!words.has(word)) continue;
    const variants = found.get(word) ?? [];
    variants.push([variant, line.slice(space + 1).trim()]);
    found.set(word, variants);
  }
  for (const variant of ON_THE_LINE) {
    found.get(variant[0].slice(0, variant[0].indexOf('(')))?.push(variant);
  }
  return found;
}
