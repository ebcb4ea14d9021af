// The agent's frames of the last seconds as they were sent, so that a hold or a new stream can play them again. One per call. Media plane.

import { FRAME_SAMPLES } from '../dsp/frame.js';
import { MULAW_TO_LINEAR } from '../dsp/g711.js';
import type { DspSlot } from '../dsp/pool.js';

/**
 * 5.12 s: what the far end may not have played (the pacer's lead, and what a stalled network adds), and
 * the longest word before it. A line that is dead without a word swallows what is sent until Twilio opens
 * the next stream, a few seconds later; all of that is sent again. 40 KiB a call.
 */
const FRAMES = 256;

/** The square of what every mu-law byte stands for. */
const POWERS = Float64Array.from(MULAW_TO_LINEAR, (sample) => sample * sample);

/** Frames of one generation, numbered from 0; one of them is the next to send. */
export class FrameHistory {
  readonly #ring = Buffer.alloc(FRAMES * FRAME_SAMPLES);
  /** Frames taken from the slot. */
  #taken = 0;
  #next = 0;

  /** A new generation begins. */
  restart(): void {
    this.#taken = 0;
    this.#next = 0;
  }

  /** Frames are here that were not sent, or are to be sent again. */
  get pending(): boolean {
    return this.#next < this.#taken;
  }

  /**
   * Make the next frames ready, from the slot where need be.
   * @returns how many lie there in one piece, at most `wanted`
   */
  prepare(slot: Pick<DspSlot, 'readOutbound'>, wanted: number): number {
    const count = Math.min(wanted, FRAMES - (this.#next % FRAMES));
    while (this.#taken - this.#next < count) {
      if (!slot.readOutbound(this.#ring, offsetOf(this.#taken))) break;
      this.#taken += 1;
    }
    return Math.min(count, this.#taken - this.#next);
  }

  /** The next `count` frames, which `prepare` made ready: mu-law in base64. */
  base64(count: number): string {
    const from = offsetOf(this.#next);
    return this.#ring.toString('base64', from, from + count * FRAME_SAMPLES);
  }

  /** Mean square, of int16 samples, of the frame that is `ahead` of the next one. */
  power(ahead: number): number {
    const from = offsetOf(this.#next + ahead);
    let sum = 0;
    for (let i = from; i < from + FRAME_SAMPLES; i += 1) {
      sum += POWERS[this.#ring[i] as number] as number;
    }
    return sum / FRAME_SAMPLES;
  }

  /** Where frames lie, and where in it the one begins that is `ahead` of the next one. */
  get audio(): Uint8Array {
    return this.#ring;
  }

  offset(ahead: number): number {
    return offsetOf(this.#next + ahead);
  }

  /** The next `count` frames were sent. */
  sent(count: number): void {
    this.#next += count;
  }

  /** Send again from the frame that holds `position` (samples), or from the oldest that is kept. @returns where that frame begins */
  seek(position: number): number {
    const frame = Math.floor(position / FRAME_SAMPLES);
    this.#next = Math.min(this.#taken, Math.max(frame, this.#taken - FRAMES, 0));
    return this.#next * FRAME_SAMPLES;
  }
}

const offsetOf = (frame: number): number => (frame % FRAMES) * FRAME_SAMPLES;
