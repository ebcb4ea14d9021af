// Text to words, and phrases found among them. Pure. Control plane.

/**
 * Letters with apostrophes within them, or digits; a French elision that ends the text keeps its
 * apostrophe. Hyphens separate: "uh-huh" is two words.
 */
const WORD =
  /(?:[cdjlmnst]|(?:jus|puis|lors|quoi)?qu)'(?!\p{L})|\p{L}[\p{L}\p{M}]*(?:'[\p{L}\p{M}]+)*|\p{N}+/gu;
/** "5 p.m.", the only abbreviation that matters here: it would be two spelled letters else. */
const HALF_OF_DAY = /\b([ap])\.?\s?m\b\.?/g;

/** Lower case, one kind of apostrophe, one form of each accented letter. */
export const plain = (text: string): string =>
  text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\u2018\u2019\u02bc]/g, "'")
    .replace(HALF_OF_DAY, '$1m');

/** The words of a text, in lower case and without punctuation. */
export const wordsOf = (text: string): readonly string[] => plain(text).match(WORD) ?? [];

/** Phrases made ready to be looked up. */
export interface PhraseSet {
  /** Words of each phrase, with a space between. */
  readonly phrases: ReadonlySet<string>;
  /** Words of the longest phrase. */
  readonly longest: number;
}

export function phraseSet(...lists: readonly (readonly string[])[]): PhraseSet {
  const phrases = new Set<string>();
  let longest = 0;
  for (const phrase of lists.flat()) {
    const words = wordsOf(phrase);
    phrases.add(words.join(' '));
    longest = Math.max(longest, words.length);
  }
  return { phrases, longest };
}

/** Words of the longest phrase that begins at `start`; 0 where none does. */
export function phraseAt(set: PhraseSet, words: readonly string[], start: number): number {
  for (let length = Math.min(set.longest, words.length - start); length > 0; length--) {
    if (set.phrases.has(words.slice(start, start + length).join(' '))) return length;
  }
  return 0;
}

export function endsWithPhrase(set: PhraseSet, words: readonly string[]): boolean {
  for (let length = Math.min(set.longest, words.length); length > 0; length--) {
    if (set.phrases.has(words.slice(-length).join(' '))) return true;
  }
  return false;
}

export const containsPhrase = (set: PhraseSet, words: readonly string[]): boolean =>
  words.some((_, start) => phraseAt(set, words, start) > 0);

/** True where phrases of the set, one after the other, make up all the words, of which there are some. */
export function isMadeOf(set: PhraseSet, words: readonly string[]): boolean {
  // reachable[i]: the first i words are made of phrases.
  const reachable = [true];
  for (let end = 1; end <= words.length; end++) {
    reachable[end] = false;
    for (let length = 1; length <= Math.min(set.longest, end); length++) {
      const start = end - length;
      if (reachable[start] === true && set.phrases.has(words.slice(start, end).join(' '))) {
        reachable[end] = true;
        break;
      }
    }
  }
  return words.length > 0 && reachable[words.length] === true;
}
