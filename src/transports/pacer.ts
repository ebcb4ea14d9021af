// When agent frames go out: keeps a bounded lead in Twilio's buffer. Pure arithmetic, one per call. Media plane.

import { FRAME_MS } from '../dsp/frame.js';

/**
 * Lead kept at the far end. Two wishes pull at it. Whatever lies in the far end's buffer is lost to an
 * interruption (a clear throws it away, or a hold sends it again), and is what the ledger has to guess
 * at between marks: that wants it small. Whatever does not lie there is missing when the network
 * stalls: a gap is heard as soon as a stall lasts longer than the lead, less the frame that a timer of
 * 20 ms may be late. Measured with the simulated telephone's buffer at every phase of the two clocks:
 * under a stall of 200 ms, 180 ms of lead ran dry, 200 ms just did not; 240 ms leaves 40 ms for a timer
 * or a worker that is late. The largest clear threw away exactly the lead.
 */
export const LEAD_MS = 240;

/** Models the far end's play-out buffer: when it will run dry, if nothing more is sent. */
export class Pacer {
  #playedUntilMs = -Infinity;

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
