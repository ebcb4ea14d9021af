// Does a text ask for more? "My number is" does, "thank you" does not. Pure. Control plane.

import { languageWords, type LanguageWords } from '../languages/index.js';
import {
  containsPhrase,
  endsWithPhrase,
  isMadeOf,
  phraseAt,
  phraseSet,
  wordsOf,
  type PhraseSet,
} from '../languages/tokens.js';
import type { Completeness, EndpointView } from './contract.js';

/** Digits of the shortest national number with its area code in common use; fewer are half a number. */
const LONG_NUMBER_DIGITS = 7;
/** Ten digits are a whole number in North America (NANP) and most of Europe. */
const WHOLE_NUMBER_DIGITS = 10;
/** One or two digits where digits are expected: an extension or a PIN has more. */
const SHORT_NUMBER_DIGITS = 3;
/** "Can you" has been asked in two words, but nothing was. */
const QUESTION_WORDS = 4;

const ASKS = /\?["'”’)\]]*\s*$/;
/** Speech has two or three words a second: a text that has far fewer is one that lags behind. */
const SLOWEST_WORD_MS = 900;
const LAG_MS = 1500;

/** A recogniser that writes these hears that the sentence goes on. */
const GOES_ON = /(?:[,;:–—…-]|\.\.\.)\s*$/;

interface EndingWords {
  readonly open: PhraseSet;
  readonly closings: PhraseSet;
  readonly answers: PhraseSet;
  readonly questions: PhraseSet;
  readonly numberCues: PhraseSet;
  readonly spellingCues: PhraseSet;
  readonly numbers: ReadonlyMap<string, number>;
  readonly zeros: ReadonlySet<string>;
}

const made = new WeakMap<LanguageWords, EndingWords>();

function endingWords(language: LanguageWords): EndingWords {
  let words = made.get(language);
  if (!words) {
    words = {
      open: phraseSet(language.openEndings, language.hesitations),
      closings: phraseSet(language.closings, language.shortQuestions),
      answers: phraseSet(language.answers, language.courtesies, language.closings),
      questions: phraseSet(language.questionStarts),
      numberCues: phraseSet(language.numberCues),
      spellingCues: phraseSet(language.spellingCues),
      numbers: language.numbers,
      zeros: new Set(language.zeros),
    };
    made.set(language, words);
  }
  return words;
}

/** Digits that a word stands for: "five" 1, "eleven" 2, "555" 3, others 0. */
function digitsOf({ numbers, zeros }: EndingWords, word: string): number {
  if (/^\p{N}+$/u.test(word)) return word.length;
  const value = numbers.get(word);
  if (value !== undefined) return value < 10 ? 1 : 2;
  return zeros.has(word) ? 1 : 0;
}

/** Words and digits of the number that a text ends with. */
function trailingNumber(ending: EndingWords, words: readonly string[]) {
  let start = words.length;
  let digits = 0;
  for (let i = words.length - 1; i >= 0; i--) {
    const count = digitsOf(ending, words[i] as string);
    if (count === 0) break;
    digits += count;
    start = i;
  }
  return { digits, before: words.slice(0, start) };
}

function digitsCompleteness(digits: number, expected: number | undefined): Completeness {
  if (expected !== undefined) return digits >= expected ? 'complete' : 'open';
  if (digits >= WHOLE_NUMBER_DIGITS) return 'complete';
  return digits < SHORT_NUMBER_DIGITS ? 'open' : undefined;
}

/** "B R", or one letter after "spelled": more letters follow. */
function endsSpelling({ spellingCues, open }: EndingWords, words: readonly string[]): boolean {
  const isLetter = (word: string | undefined): boolean =>
    word !== undefined && /^\p{L}$/u.test(word);
  if (!isLetter(words.at(-1))) return false;
  if (!isLetter(words.at(-2))) return endsWithPhrase(spellingCues, words.slice(0, -1));
  // "Was I a": two words that happen to have one letter.
  return words.slice(-2).some((letter) => phraseAt(open, [letter], 0) === 0);
}

/**
 * A text that lags behind the voice may ask for more, but is not complete.
 * @returns undefined where the text says nothing of it, or nothing is known of the language
 */
export function textCompleteness(view: EndpointView, language: string): Completeness {
  const completeness = endingOf(view, language);
  if (completeness !== 'complete') return completeness;
  const words = wordsOf(view.interimText ?? '').length;
  return view.utteranceMs > LAG_MS + words * SLOWEST_WORD_MS ? undefined : 'complete';
}

function endingOf(view: EndpointView, language: string): Completeness {
  const known = languageWords(view.language ?? language);
  const text = view.interimText?.trim() ?? '';
  const words = wordsOf(text);
  if (!known || words.length === 0) return undefined;
  const ending = endingWords(known);
  const { digits, before } = trailingNumber(ending, words);
  if (digits > 0 && view.expectation === 'digits') {
    return digitsCompleteness(digits, view.expectedDigits);
  }
  if (ASKS.test(text)) return 'complete';
  if (GOES_ON.test(text) || endsSpelling(ending, words)) return 'open';
  if (digits > 0 && digits < LONG_NUMBER_DIGITS && containsPhrase(ending.numberCues, before)) {
    return 'open';
  }
  if (isMadeOf(ending.answers, words)) return 'complete';
  // The longer phrase is the better reason: "that's it" closes, though "it" alone may not.
  if (endsWithPhrase(ending.closings, words)) return 'complete';
  if (endsWithPhrase(ending.open, words)) return 'open';
  const asks = words.length >= QUESTION_WORDS && phraseAt(ending.questions, words, 0) > 0;
  return asks ? 'complete' : undefined;
}
