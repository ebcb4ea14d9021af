// How long the agent's voice takes for its words, learnt over a call. Pure. Media plane.

/** Per letter before anything was measured: about 190 words a minute. */
const FIRST_SAMPLES_PER_LETTER = 8 * 65;
/** What the first guess weighs against measurements: as much as one word. */
const FIRST_LETTERS = 4;
/** Written letters whose words are longer than they look: "7" is "seven", "$" is "dollars". */
const LONGER = /[\d$€£¥%&@+]/g;
const SPOKEN_LETTERS: Readonly<Record<string, number>> = { '&': 3, '@': 2, '+': 4 };
const DIGIT_LETTERS = 4;
const SIGN_LETTERS = 7;

/** Letters of a written word as it is spoken, roughly: digits and signs count as their words do. */
export function spokenLetters(word: string): number {
  let letters = word.length;
  for (const [sign] of word.matchAll(LONGER)) {
    const isDigit = sign >= '0' && sign <= '9';
    letters += (SPOKEN_LETTERS[sign] ?? (isDigit ? DIGIT_LETTERS : SIGN_LETTERS)) - 1;
  }
  return letters;
}

/** The pace of one call's voice. Later clauses count more: the voice may change. */
export class SpeechPace {
  #letters = FIRST_LETTERS;
  #samples = FIRST_LETTERS * FIRST_SAMPLES_PER_LETTER;

  /** A clause of so many letters took `samples` at 8000 Hz. */
  note(letters: number, samples: number): void {
    this.#letters = this.#letters / 2 + letters;
    this.#samples = this.#samples / 2 + samples;
  }

  /** @returns the expected length of so many letters, in samples at 8000 Hz */
  samplesOf(letters: number): number {
    return (letters * this.#samples) / this.#letters;
  }
}
