// Where the words of a clause lie in its audio: as the engine timed them, else in proportion to their letters. Pure. Media plane.

/** Positions are samples at 8000 Hz. */
export interface WordSpan {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** A word counts as heard once more than half of it was played. */
export const isHeard = ({ start, end }: WordSpan, position: number): boolean =>
  position > (start + end) / 2;

/** Where each word ends, as a share (0..1) of all letters. */
function letterShares(words: readonly string[]): number[] {
  const total = words.reduce((sum, word) => sum + word.length, 0);
  let letters = 0;
  return words.map((word) => (letters += word.length) / total);
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

/**
 * The words of `text`, whose audio is `start` to `end`, in their order.
 * @param timed the same as the engine said them; where it says other words ("two hundred" for "200"),
 *   its times are laid over the text by their letters. Empty where the engine gives no times.
 */
export function placeWords(
  text: string,
  start: number,
  end: number,
  timed: readonly WordSpan[],
): readonly WordSpan[] {
  const words = wordsOf(text);
  if (words.length === timed.length) {
    return timed.map((span, i) => ({ ...span, text: words[i] as string }));
  }
  const shares = letterShares(words);
  const timedShares = letterShares(timed.map((word) => word.text));
  const spoken = timed.length > 0;
  return words.map((word, i) => {
    const from = shares[i - 1] ?? 0;
    const to = shares[i] as number;
    if (!spoken) {
      const length = end - start;
      return { text: word, start: start + from * length, end: start + to * length };
    }
    return {
      text: word,
      start: timeOf(from, timed, timedShares),
      end: timeOf(to, timed, timedShares),
    };
  });
}
