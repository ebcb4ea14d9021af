// Where the words of a clause lie in its audio: as the engine timed them, else in proportion to their letters. Pure. Media plane.

import { spokenLetters } from './speech-pace.js';

/** Positions are samples at 8000 Hz. */
export interface WordSpan {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** A word counts as heard once more than half of it was played. */
export const isHeard = ({ start, end }: WordSpan, position: number): boolean =>
  position > (start + end) / 2;

/** The letters of a clause as it is spoken. */
export const lettersOf = (text: string): number =>
  wordsOf(text).reduce((sum, word) => sum + spokenLetters(word), 0);

/** Where each word ends, as a share (0..1) of all letters. */
function letterShares(words: readonly string[]): number[] {
  const total = words.reduce((sum, word) => sum + spokenLetters(word), 0);
  let letters = 0;
  return words.map((word) => (letters += spokenLetters(word)) / total);
}

/** When an engine has said the share `share` (0..1) of its letters. */
function timeOf(share: number, timed: readonly WordSpan[], timedShares: readonly number[]): number {
  const found = timedShares.findIndex((end) => share <= end);
  const at = found < 0 ? timed.length - 1 : found;
  const word = timed[at] as WordSpan;
  const from = timedShares[at - 1] ?? 0;
  const to = timedShares[at] as number;
  const part = to > from ? Math.min(1, (share - from) / (to - from)) : 1;
  return word.start + part * (word.end - word.start);
}

/** Words between two that are known: those of the engine laid over those of the text. */
function placeBetween(
  words: readonly string[],
  start: number,
  end: number,
  timed: readonly WordSpan[],
): WordSpan[] {
  if (words.length === timed.length) {
    return timed.map((span, i) => ({ ...span, text: words[i] as string }));
  }
  const shares = letterShares(words);
  const timedShares = letterShares(timed.map((word) => word.text));
  const at = (share: number): number =>
    timed.length > 0 ? timeOf(share, timed, timedShares) : start + share * (end - start);
  return words.map((text, i) => ({
    text,
    start: at(shares[i - 1] ?? 0),
    end: at(shares[i] as number),
  }));
}

/** What of a word does not depend on case and punctuation. */
const bare = (word: string): string => word.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');

/** Pairs (written, timed) of words that are the same, in order, as many as there can be. */
function samePairs(words: readonly string[], timed: readonly WordSpan[]): [number, number][] {
  const written = words.map(bare);
  const spoken = timed.map(({ text }) => bare(text));
  const width = spoken.length + 1;
  // common[i * width + j]: pairs among the words from i and j on (longest common subsequence).
  const common = new Uint16Array((written.length + 1) * width);
  for (let i = written.length - 1; i >= 0; i--) {
    for (let j = spoken.length - 1; j >= 0; j--) {
      const isSame = written[i] !== '' && written[i] === spoken[j];
      const skipped = Math.max(
        common[(i + 1) * width + j] as number,
        common[i * width + j + 1] as number,
      );
      const paired = isSame ? 1 + (common[(i + 1) * width + j + 1] as number) : 0;
      common[i * width + j] = Math.max(skipped, paired);
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; (common[i * width + j] as number) > 0;) {
    const here = common[i * width + j] as number;
    if ((common[(i + 1) * width + j] as number) === here) i += 1;
    else if ((common[i * width + j + 1] as number) === here) j += 1;
    else pairs.push([i++, j++]);
  }
  return pairs;
}

/**
 * The words of `text`, whose audio is `start` to `end`, in their order.
 * @param timed the same as the engine said them. Words that both have keep their times; where the
 *   engine says others between them ("two hundred" for "200"), its times are laid over the text by
 *   letters. Empty where the engine gives no times.
 * @param isPartial whether the engine may not have timed all of the text yet: what follows the last
 *   word that both have is then placed by letters
 */
export function placeWords(
  text: string,
  start: number,
  end: number,
  timed: readonly WordSpan[],
  isPartial = false,
): readonly WordSpan[] {
  const words = wordsOf(text);
  const placed: WordSpan[] = [];
  let [nextWord, nextTimed, from] = [0, 0, start];
  for (const [word, at] of samePairs(words, timed)) {
    const span = timed[at] as WordSpan;
    placed.push(
      ...placeBetween(words.slice(nextWord, word), from, span.start, timed.slice(nextTimed, at)),
      { ...span, text: words[word] as string },
    );
    [nextWord, nextTimed, from] = [word + 1, at + 1, span.end];
  }
  const rest = isPartial ? [] : timed.slice(nextTimed);
  placed.push(...placeBetween(words.slice(nextWord), from, Math.max(from, end), rest));
  return placed;
}
