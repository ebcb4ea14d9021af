// Where audio is missing in a stream: silence to insert, repeats to drop. Pure. Media plane.

import { FRAME_MS } from '../../dsp/frame.js';

/** Longest hole that is filled; a longer one is a jump of the far end's clock, or not worth hearing. */
export const MAX_GAP_MS = 2000;

/**
 * A hole counts from this size. Timestamps are whole milliseconds and may jitter by some of them,
 * a lost packet is 20 ms.
 */
const HOLE_MS = 15;

/**
 * How fast a lasting difference between timestamps and audio is forgiven: 1000 ppm is five times
 * what two crystals can differ by, and far slower than any loss.
 */
const FORGIVEN_PER_MS = 0.001;

/** How many messages back a late one is still recognised; older numbers are a new count. */
const WINDOW = 32;

/** A larger jump of the sequence is a new count, not a loss. */
const MAX_SEQUENCE_JUMP = 1 << 16;

export interface GapCounts {
  /** Messages that never came (so far). */
  lost: number;
  /** Messages that came after later ones. */
  outOfOrder: number;
  /** Messages that came again. */
  duplicates: number;
  /** Frames of silence put in place of missing audio. */
  silenceFrames: number;
  /** Times that the sequence or the clock began anew. */
  restarts: number;
}

/**
 * Follows the sequence numbers of all messages of one stream and the timestamps of its media.
 * Audio is placed by timestamps; arrival times play no part, so bursts change nothing. Numbers may
 * wrap at 32 bits. Allocates nothing.
 */
export class GapRepair {
  readonly counts: GapCounts;
  #newest = -1;
  /** Bit i: message `#newest - i` was seen. */
  #seen = 0;
  #hasMedia = false;
  #lastTimestampMs = 0;
  #lastDurationMs = 0;
  /** How much less audio was passed on than the timestamps say; negative where it was more. */
  #missingMs = 0;

  /** @param counts added to; several streams may share them */
  constructor(counts: GapCounts = emptyGapCounts()) {
    this.counts = counts;
  }

  /**
   * A message other than media.
   * @returns false where it was seen already
   */
  sequence(sequence: number): boolean {
    return this.#order(sequence) !== 'duplicate';
  }

  /**
   * A media message.
   * @param durationMs of its audio
   * @returns frames of silence to play before it, or -1 where it must be dropped: it is a repeat, or
   * came so late that its place is taken
   */
  media(sequence: number, timestampMs: number, durationMs: number): number {
    const order = this.#order(sequence);
    if (!this.#hasMedia) {
      this.#hasMedia = true;
      return this.#follow(timestampMs, durationMs);
    }
    const stepMs = (timestampMs - this.#lastTimestampMs) | 0;
    // A sequence number alone does not make a repeat: a far end that does not count must be heard.
    if (order !== 'new' && stepMs <= 0) return -1;
    if (stepMs < -MAX_GAP_MS) {
      this.counts.restarts += 1;
      this.#missingMs = 0;
      return this.#follow(timestampMs, durationMs);
    }
    this.#missingMs += stepMs - this.#lastDurationMs;
    this.#follow(timestampMs, durationMs);
    return this.#fill(Math.max(stepMs, 0));
  }

  #follow(timestampMs: number, durationMs: number): 0 {
    this.#lastTimestampMs = timestampMs;
    this.#lastDurationMs = durationMs;
    return 0;
  }

  #fill(elapsedMs: number): number {
    const missingMs = this.#missingMs;
    if (missingMs < HOLE_MS) {
      const forgivenMs = Math.min(Math.abs(missingMs), elapsedMs * FORGIVEN_PER_MS);
      this.#missingMs -= Math.sign(missingMs) * forgivenMs;
      return 0;
    }
    const frames = Math.floor((Math.min(missingMs, MAX_GAP_MS) + FRAME_MS - HOLE_MS) / FRAME_MS);
    this.#missingMs = missingMs > MAX_GAP_MS ? 0 : missingMs - frames * FRAME_MS;
    this.counts.silenceFrames += frames;
    return frames;
  }

  #order(sequence: number): 'new' | 'late' | 'duplicate' {
    const { counts } = this;
    const step = this.#newest < 0 ? 1 : (sequence - this.#newest) | 0;
    if (step <= -WINDOW || step > MAX_SEQUENCE_JUMP) {
      counts.restarts += 1;
      this.#newest = sequence;
      this.#seen = 1;
      return 'new';
    }
    if (step > 0) {
      counts.lost += step - 1;
      this.#seen = step >= WINDOW ? 1 : (this.#seen << step) | 1;
      this.#newest = sequence;
      return 'new';
    }
    const bit = 1 << -step;
    if ((this.#seen & bit) !== 0) {
      counts.duplicates += 1;
      return 'duplicate';
    }
    this.#seen |= bit;
    counts.outOfOrder += 1;
    // Before the first message seen there is nothing that counted as lost.
    if (counts.lost > 0) counts.lost -= 1;
    return 'late';
  }
}

export function emptyGapCounts(): GapCounts {
  return { lost: 0, outOfOrder: 0, duplicates: 0, silenceFrames: 0, restarts: 0 };
}
