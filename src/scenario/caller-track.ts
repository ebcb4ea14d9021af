// What the caller of one call said and when, for a recogniser that cannot err: the phone's side of the truth. Control plane.

import type { TimedWord } from './timed-words.js';

/** How long a frame is on its way from the phone's clock to the recogniser: wire, tick, worker. */
const WAY_MS = 40;

/** All times on the process's monotonic clock (`performance.now()`). */
export class CallerTrack {
  readonly #words: TimedWord[] = [];
  readonly #lost: { readonly fromMs: number; readonly toMs: number }[] = [];

  /** A clip with these words begins; they are in the future still. */
  says(words: readonly TimedWord[], startedAtMs: number): void {
    for (const { text, startMs, endMs } of words) {
      this.#words.push({ text, startMs: startMs + startedAtMs, endMs: endMs + startedAtMs });
    }
  }

  /** Packets of this time never got through. */
  loses(fromMs: number, toMs: number): void {
    this.#lost.push({ fromMs, toMs });
  }

  /** The words in audio that a recogniser was given from `fromMs` to `toMs`; half a word counts. */
  heard(fromMs: number, toMs: number): string {
    return this.#words
      .filter(({ startMs, endMs }) => {
        const middleMs = (startMs + endMs) / 2;
        const arrivedMs = middleMs + WAY_MS;
        if (arrivedMs < fromMs || arrivedMs >= toMs) return false;
        return !this.#lost.some((gap) => middleMs >= gap.fromMs && middleMs < gap.toMs);
      })
      .map(({ text }) => text)
      .join(' ');
  }
}
