// When agent frames go out: keeps a bounded lead in Twilio's buffer. Pure arithmetic, one per call. Media plane.

import { FRAME_MS } from '../dsp/frame.js';

/**
 * Most audio of one message. Twilio takes a payload of any length, and a message costs the node about the
 * same whatever it holds; what is sent in one is also what the buffer must have room for.
 */
export const MESSAGE_FRAMES = 3;
const MESSAGE_MS = MESSAGE_FRAMES * FRAME_MS;

/**
 * Least lead at the far end. Two wishes pull at it. Whatever lies in the far end's buffer is lost to an
 * interruption (a clear throws it away, or a hold sends it again), and is what the ledger has to guess
 * at between marks: that wants it small. Whatever does not lie there is missing when the network
 * stalls: a gap is heard as soon as a stall lasts longer than the lead, less the frame that a timer of
 * 20 ms may be late. Measured with the simulated telephone's buffer at every phase of the two clocks and
 * of the messages: under a stall of 200 ms, a least lead of 160 ms ran dry, 180 ms just did not; 200 ms
 * leave 20 ms for a timer or a worker that is late.
 */
export const LEAST_LEAD_MS = 200;

/** A message is due so early that the next tick, with less than the least lead left, would be too late. */
const DUE_MS = LEAST_LEAD_MS + FRAME_MS;

/** The far end never holds more: what was just not due yet, and a whole message. */
export const LEAD_MS = DUE_MS + MESSAGE_MS;

/** Models the far end's play-out buffer: when it will run dry, if nothing more is sent. */
export class Pacer {
  #playedUntilMs = -Infinity;

  /** May another message, of up to `MESSAGE_FRAMES`, go out now? */
  wants(nowMs: number): boolean {
    return this.#playedUntilMs - nowMs < DUE_MS;
  }

  /** So many frames were sent: they play after what is buffered, or now if the buffer ran dry. */
  sent(nowMs: number, frames: number): void {
    this.#playedUntilMs = Math.max(this.#playedUntilMs, nowMs) + frames * FRAME_MS;
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
