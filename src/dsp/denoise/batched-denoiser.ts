// RNNoise for all lanes of a shard through the SIMD kernel, in place in the shared memory. Media plane.

import { DENOISE_FRAMES } from '../batched-layout.js';
import { FRAME_SAMPLES } from '../frame.js';
import type { FrameBatch } from '../frame-batch.js';
import { DENOISE_DELAY_SAMPLES, type DenoiseEngine } from './batched/engine.js';
import type { Denoiser } from './denoiser.js';

/** Bytes of one row of a batch. */
const ROW_BYTES = FRAME_SAMPLES * 4;

/** `engine` takes and gives float32 packets of 20 ms; batches must lie in its memory. */
export class BatchedDenoiser implements Denoiser {
  readonly delaySamples = DENOISE_DELAY_SAMPLES;
  /** The kernel gives finite samples whatever it gets. */
  readonly faults = 0;
  readonly #engine: DenoiseEngine;
  readonly #speech: Float32Array;
  /** The newest raw samples of each lane: what a bypass passes on first. */
  readonly #tails: Float32Array;
  readonly #bypassed: Uint8Array;

  /** @param speech f32 `[lanes][2]` in the engine's memory, overwritten by each batch: row by row */
  constructor(engine: DenoiseEngine, speech: Float32Array) {
    this.#engine = engine;
    this.#speech = speech;
    this.#tails = new Float32Array(engine.maxLanes * DENOISE_DELAY_SAMPLES);
    this.#bypassed = new Uint8Array(engine.maxLanes);
  }

  get denoised(): number {
    return this.#engine.counters.packets;
  }

  open(lane: number): void {
    this.#engine.open(lane);
    this.#bypassed[lane] = 0;
    const from = lane * DENOISE_DELAY_SAMPLES;
    this.#tails.fill(0, from, from + DENOISE_DELAY_SAMPLES);
  }

  close(lane: number): void {
    this.#engine.close(lane);
    this.#bypassed[lane] = 0;
  }

  bypass(lane: number, on: boolean): void {
    if ((this.#bypassed[lane] === 1) === on) return;
    this.#bypassed[lane] = on ? 1 : 0;
    if (on) this.#engine.close(lane);
    else this.#engine.open(lane);
  }

  process(batch: FrameBatch): void {
    const { samples, lanes, count } = batch;
    for (let row = 0; row < count; row++) {
      const lane = lanes[row] as number;
      const at = row * FRAME_SAMPLES;
      if (this.#bypassed[lane] === 1) {
        this.#delay(samples, at, lane);
        continue;
      }
      this.#keepTail(samples, at, lane);
      const address = samples.byteOffset + row * ROW_BYTES;
      const speech = this.#speech.byteOffset + row * DENOISE_FRAMES * 4;
      this.#engine.submit(lane, address, address, speech);
    }
    this.#engine.run();
  }

  /** The newest samples of the frame, before it is overwritten. */
  #keepTail(samples: Float32Array, at: number, lane: number): void {
    const to = lane * DENOISE_DELAY_SAMPLES;
    const from = at + FRAME_SAMPLES - DENOISE_DELAY_SAMPLES;
    for (let i = 0; i < DENOISE_DELAY_SAMPLES; i++) {
      this.#tails[to + i] = samples[from + i] as number;
    }
  }

  /** Pass the frame as late as the engine would. */
  #delay(samples: Float32Array, at: number, lane: number): void {
    const tail = lane * DENOISE_DELAY_SAMPLES;
    for (let i = 0; i < DENOISE_DELAY_SAMPLES; i++) {
      const kept = this.#tails[tail + i] as number;
      this.#tails[tail + i] = samples[at + FRAME_SAMPLES - DENOISE_DELAY_SAMPLES + i] as number;
      samples[at + FRAME_SAMPLES - DENOISE_DELAY_SAMPLES + i] = samples[at + i] as number;
      samples[at + i] = kept;
    }
  }
}
