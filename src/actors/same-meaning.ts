// Does the final transcript mean what the interim meant that a reply was drafted from? Pure. Control plane.
//
// Forms of writing do not count: case, punctuation, hesitation, contractions, numbers below a hundred as
// words or digits, digits one by one or in a row. Any other difference does, and in doubt there is one.

import { languageWords, type LanguageWords } from './languages/index.js';
import { phraseSet, plain, wordsOf, type PhraseSet } from './languages/tokens.js';

/** Words, numbers with what separates their digits ("3.5", "10:30"), and signs that are read aloud. */
const TOKEN = /\p{N}+(?:[.,:]\p{N}+)*|\p{L}[\p{L}\p{M}]*(?:'[\p{L}\p{M}]+)*|[%&@#+=*/€$£°§]/gu;
const NUMBER = /^\p{N}+$/u;
/** A sound of hesitation that is doubled or followed by "huh" is a yes or a no. */
const NOT_ALONE = new Set(['huh', 'hmm', 'hm', 'mm']);
/** Digits in a row are taken for one number from so many on: "one two" may be another word for nothing. */
const LEAST_ROW = 3;

interface Forms {
  readonly hesitations: PhraseSet;
  readonly zeros: ReadonlySet<string>;
  readonly numbers: ReadonlyMap<string, string>;
  /** Words of the longest number. */
  readonly longestNumber: number;
  readonly contractions: ReadonlyMap<string, readonly string[]>;
}

const made = new WeakMap<LanguageWords, Forms>();

function formsOf(language: LanguageWords): Forms {
  let forms = made.get(language);
  if (!forms) {
    const numbers = [...language.numbers].map(([words, value]): [string, string] => [
      wordsOf(words).join(' '),
      String(value),
    ]);
    forms = {
      hesitations: phraseSet(language.hesitations),
      zeros: new Set(language.zeros),
      numbers: new Map(numbers),
      longestNumber: Math.max(...numbers.map(([words]) => words.split(' ').length)),
      contractions: new Map(
        Object.entries(language.contractions).map(([word, long]) => [word, wordsOf(long)]),
      ),
    };
    made.set(language, forms);
  }
  return forms;
}

function withoutHesitation({ hesitations }: Forms, words: readonly string[]): string[] {
  const sounds = (word: string | undefined): boolean =>
    word !== undefined && (hesitations.phrases.has(word) || NOT_ALONE.has(word));
  return words.filter(
    (word, i) => !hesitations.phrases.has(word) || sounds(words[i - 1]) || sounds(words[i + 1]),
  );
}

function withDigits({ numbers, longestNumber, zeros }: Forms, words: readonly string[]): string[] {
  const result: string[] = [];
  for (let i = 0; i < words.length;) {
    let length = Math.min(longestNumber, words.length - i);
    while (length > 0 && !numbers.has(words.slice(i, i + length).join(' '))) length--;
    const taken = words.slice(i, i + Math.max(1, length)).join(' ');
    result.push(numbers.get(taken) ?? taken);
    i += Math.max(1, length);
  }
  const isNumber = (word: string | undefined): boolean => word !== undefined && NUMBER.test(word);
  return result.map((word, i) =>
    zeros.has(word) && isNumber(result[i - 1]) && isNumber(result[i + 1]) ? '0' : word,
  );
}

/** "5 5 5 1 2" and "555 12"? The first is read digit by digit, the second may be 555 and 12: not joined. */
function withRows(words: readonly string[]): string[] {
  const result: string[] = [];
  let row: string[] = [];
  const endRow = (): void => {
    const digits = row.join('');
    result.push(...(digits.length >= LEAST_ROW ? [digits] : row));
    row = [];
  };
  for (const word of words) {
    const joins = NUMBER.test(word) && word.length !== 2;
    if (!joins) endRow();
    if (joins) row.push(word);
    else result.push(word);
  }
  endRow();
  return result;
}

function canonical(text: string, language: LanguageWords | undefined): string {
  const words: readonly string[] = plain(text).match(TOKEN) ?? [];
  if (!language) return words.join(' ');
  const forms = formsOf(language);
  const long = withoutHesitation(forms, words).flatMap(
    (word) => forms.contractions.get(word) ?? [word],
  );
  return withRows(withDigits(forms, long)).join(' ');
}

/**
 * True where both texts surely say the same; reflexive and symmetric.
 * @param language BCP 47; where no words of it are known, only case and punctuation are left out
 */
export function sameMeaning(one: string, other: string, language: string): boolean {
  const known = languageWords(language);
  return canonical(one, known) === canonical(other, known);
}
