// How much of an answer was sent in one go: what a caller hears as one. One per reply. Media plane.

import { FRAME_MS } from '../dsp/frame.js';

/** Nobody asks for more. */
const ENOUGH_MS = 2000;
/** Mean square of int16 samples: -60 dB of full scale. */
const AUDIBLE_POWER = 32_768 ** 2 * 1e-6;

export class AnswerPlayed {
  /** Audible audio since the last gap. */
  playedMs = 0;
  /** Where the answer begins in its generation, in samples; 0 where nobody says what is filler. */
  #fromSample = 0;
  #isBegun = false;

  /** The audio from `written` (samples) on is of a clause. */
  clause(isFiller: boolean, written: number): void {
    if (isFiller) {
      if (!this.#isBegun) this.#fromSample = Infinity;
      return;
    }
    if (!this.#isBegun) this.#fromSample = written;
    this.#isBegun = true;
  }

  /** The far end ran dry. */
  gap(): void {
    this.playedMs = 0;
  }

  /** Does it matter how loud the frames from `sentTo` (samples) on are? */
  counts(sentTo: number): boolean {
    return sentTo >= this.#fromSample && this.playedMs < ENOUGH_MS;
  }

  /** A frame of this power went out. */
  sent(power: number): void {
    if (power >= AUDIBLE_POWER) this.playedMs += FRAME_MS;
  }
}
