// When agent frames go out: keeps a bounded lead in Twilio's buffer. Pure arithmetic, one per call. Media plane.

import { FRAME_MS } from '../dsp/frame.js';

/**
 * Lead kept at the far end. Small, so that an interruption leaves little to clear and the ledger
 * stays exact; large enough that a stall of 200 ms on the network is not heard.
 */
export const LEAD_MS = 240;

/** Models the far end's play-out buffer: when it will run dry, if nothing more is sent. */
export class Pacer {
  #playedUntilMs = 0;

  /** May another frame go out now? */
  wants(nowMs: number): boolean {
    return this.#playedUntilMs - nowMs < LEAD_MS;
  }

  /** One frame was sent: it plays after what is buffered, or now if the buffer ran dry. */
  sent(nowMs: number): void {
    this.#playedUntilMs = Math.max(this.#playedUntilMs, nowMs) + FRAME_MS;
  }

  /** Milliseconds of audio the far end has not played yet. */
  bufferedMs(nowMs: number): number {
    return Math.max(0, this.#playedUntilMs - nowMs);
  }

  /** How long the far end has had nothing to play. */
  dryForMs(nowMs: number): number {
    return Math.max(0, nowMs - this.#playedUntilMs);
  }

  /** The far end's buffer was cleared. */
  clear(nowMs: number): void {
    this.#playedUntilMs = Math.min(this.#playedUntilMs, nowMs);
  }
}
