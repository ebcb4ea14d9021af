// How long a voice may take for a text: what is far beyond is no speech of it any more. Pure. Control plane.

/** Silence around short texts, and a voice that takes a breath. */
const BASE_MS = 3000;
/** Slow speech is 130 ms a letter: half as fast as people read aloud. */
const LETTER_MS = 200;
/** Said as a word, or two: digits, signs, capitals of an abbreviation. */
const WORD_MS = 700;
/** An ideograph is a syllable. */
const IDEOGRAPH_MS = 600;

/** @returns milliseconds, generous by a factor of two and more */
export function longestSpeechMs(text: string): number {
  let ms = BASE_MS;
  for (const character of text) {
    if (
      /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(character)
    ) {
      ms += IDEOGRAPH_MS;
    } else if (/[\p{N}\p{S}@#%&/+]/u.test(character)) ms += WORD_MS;
    else if (/\p{Lu}/u.test(character)) ms += 2 * LETTER_MS;
    else if (/\S/u.test(character)) ms += LETTER_MS;
  }
  return ms;
}

/** Is there anything in it that a voice says? Of dots, dashes and pictures alone it makes nothing. */
export const isSpeakable = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);
