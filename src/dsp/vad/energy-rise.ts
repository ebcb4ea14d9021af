// Hears by its energy alone that a line stirs, before a speech detector can say whether it is a voice. Media plane.

import { FRAME_MS } from '../frame.js';

/** The quietest of late, plus 10 dB, is loud. */
const RISE = 10;
/** Full scale is 2^15: about -58 dBFS. What is softer than this is no voice near a telephone. */
const LEAST_POWER = 1600;
/** The quietest rises by 0.1 dB a frame: old silence is forgotten within seconds. */
const FORGET = 10 ** (0.1 / 10);
/** What is no voice by then is noise that has come to stay. */
const LONGEST_MS = 200;

// What it is for, on 212 pauses of recorded people, ms (10/50/90 %):
//                                     speech detector       with this
// return of a voice is noticed after  30/40/90 (most 180)   10/20/30 (most 30)
// end of a voice, against the truth   -80/0/+20             0/+20/+30
// A detector does not take the "s" of "six" for speech before 160 ms of it, or the end of "extension" any more.

/** One per call. The floor is followed by its minimum, as in noise estimation (R. Martin, 2001). */
export class EnergyRise {
  #floor = Infinity;
  #loudMs = 0;
  #quietMs = 0;

  /** For how long the newest frames have been louder than the line was before: maybe a voice begins. */
  get loudMs(): number {
    return this.#loudMs;
  }

  /** Since the last loud frame. */
  get quietMs(): number {
    return this.#quietMs;
  }

  /** A frame that says nothing of the line, since the agent's own voice is in it. */
  skip(): void {
    this.#loudMs = 0;
    this.#quietMs += FRAME_MS;
  }

  /**
   * @param power mean square of the next frame's int16 samples
   * @param speaking whether a detector hears speech: that is loud for as long as it likes
   */
  push(power: number, speaking: boolean): void {
    const isLoud = power > this.#floor * RISE && power > LEAST_POWER;
    this.#loudMs = isLoud ? this.#loudMs + FRAME_MS : 0;
    this.#quietMs = isLoud ? 0 : this.#quietMs + FRAME_MS;
    if (this.#loudMs > LONGEST_MS && !speaking) {
      this.#floor = power;
      this.#loudMs = 0;
      return;
    }
    this.#floor = Math.min(Math.max(power, 1), this.#floor * FORGET);
  }
}
