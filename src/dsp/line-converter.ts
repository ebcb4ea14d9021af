// Brings one call's engine audio to the line's rate, whatever code does it. Media plane.

import { FRAME_SAMPLES, LINE_RATE_HZ } from './frame.js';
import { Resampler } from './resample.js';
import type { SlotMemory } from './shard-memory.js';

/** Less than a frame is left of one step, and the next adds a frame and a converter's delay. */
export const LINE_SAMPLES = 3 * FRAME_SAMPLES;

/** Allocates nothing after construction but what a rate needs when it is first met. */
export interface LineConverter {
  /** `LINE_SAMPLES` samples at 8000 Hz: where the results go. */
  readonly line: Int16Array;
  /**
   * A new passage at this rate begins; nothing of the one before is left.
   * @returns how far the results lag behind, in samples at 8000 Hz
   * @throws {RingmasterError} AUDIO_RATE_UNSUPPORTED
   */
  begin(rateHz: number): number;
  /**
   * Convert `count` samples (at most 20 ms) of the slot's PCM ring from index `from` on, not beyond its
   * end, to `line` from `at` on.
   * @returns samples written
   */
  convert(from: number, count: number, at: number): number;
  /** The same of `count` samples of silence. */
  drain(count: number, at: number): number;
}

/** One of its own for every slot; all in JavaScript. */
export class ScalarLineConverter implements LineConverter {
  readonly line = new Int16Array(LINE_SAMPLES);
  readonly #pcm: Int16Array;
  readonly #resamplers = new Map<number, Resampler>();
  /** None at 8000 Hz. */
  #resampler: Resampler | undefined;

  constructor(memory: SlotMemory) {
    this.#pcm = memory.pcm;
  }

  begin(rateHz: number): number {
    this.#resampler = rateHz === LINE_RATE_HZ ? undefined : this.#resamplerFor(rateHz);
    this.#resampler?.reset();
    return this.#resampler?.delaySamples ?? 0;
  }

  convert(from: number, count: number, at: number): number {
    return this.#run(this.#pcm, from, count, at);
  }

  drain(count: number, at: number): number {
    return this.#run(silence, 0, count, at);
  }

  #run(pcm: Int16Array, from: number, count: number, at: number): number {
    if (this.#resampler) return this.#resampler.process(pcm, from, count, this.line, at);
    for (let i = 0; i < count; i++) this.line[at + i] = pcm[from + i] as number;
    return count;
  }

  #resamplerFor(rateHz: number): Resampler {
    let resampler = this.#resamplers.get(rateHz);
    if (resampler === undefined) {
      resampler = new Resampler(rateHz, LINE_RATE_HZ);
      this.#resamplers.set(rateHz, resampler);
    }
    return resampler;
  }
}

/** What pushes the last samples out of a resampler: more than any needs. */
const silence = new Int16Array(512);
