// Silence by the clock while the far end sends no frames: a muted phone, a sender that sends voice alone. Media plane.
//
// Twilio sends silence too, 50 frames a second. Other senders do not, and then no voice ever ends: speech
// detection, the recogniser and the turn all count frames. What the clock has fed is no second time put
// into the hole that the next frame's timestamp tells of. Nothing is fed for a short stall, after which
// the frames come at once: silence in the middle of a word would break it.

import { FRAME_MS } from '../dsp/frame.js';

/** Without frames for so long silence is fed. Stalls of 600 ms are common on mobile lines; a turn waits 610 ms. */
export const SILENCE_AFTER_MS = 700;
/**
 * A tick counts for no more than two frames. After a pause of this process its timers run before its
 * sockets: what has arrived meanwhile is still to be read.
 */
const LONGEST_TICK_MS = 2 * FRAME_MS;

/** One per stream. Nothing is allocated by it. */
export class SilenceFeed {
  #tickedAtMs: number;
  #quietMs = 0;
  /** Frames since the last audio. */
  #fed = 0;

  constructor(nowMs: number) {
    this.#tickedAtMs = nowMs;
  }

  /** From the node's timer. @returns how many frames of silence are due */
  due(nowMs: number): number {
    this.#quietMs += Math.min(Math.max(nowMs - this.#tickedAtMs, 0), LONGEST_TICK_MS);
    this.#tickedAtMs = nowMs;
    if (this.#quietMs < SILENCE_AFTER_MS) return 0;
    const frames = Math.floor((this.#quietMs - SILENCE_AFTER_MS) / FRAME_MS) - this.#fed;
    this.#fed += frames;
    return frames;
  }

  /** Audio came. */
  heard(): void {
    this.#quietMs = 0;
    this.#fed = 0;
  }

  /** Before the next audio `frames` are missing. @returns how many of them the clock has not fed */
  hole(frames: number): number {
    return Math.max(0, frames - this.#fed);
  }
}
