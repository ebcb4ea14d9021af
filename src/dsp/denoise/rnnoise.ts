// Noise suppression by RNNoise: all lanes of a shard on one WebAssembly instance. Media plane.
//
// RNNoise (Valin, A Hybrid DSP/Deep Learning Approach to Real-Time Full-Band Speech Enhancement, 2018)
// works on 10 ms at 48 kHz, so a frame of 20 ms at 8 kHz goes up six-fold, through two frames of RNNoise
// and down again.

import { RingmasterError } from '../../errors.js';
import { FRAME_SAMPLES } from '../frame.js';
import type { FrameBatch } from '../frame-batch.js';
import type { WasmModule } from '../wasm.js';
import type { DenoiseEngine } from './denoiser.js';
import { startRnnoise, type RnnoiseExports } from './rnnoise-module.js';
import {
  SIX_FOLD_DELAY_SAMPLES,
  SixFoldDownsampler,
  SixFoldUpsampler,
  WIDE_FRAME_SAMPLES,
} from './six-fold.js';

const FLOAT_BYTES = 4;
/** RNNoise 0.1 itself lags by 480 samples at 48 kHz. */
export const RNNOISE_DELAY_SAMPLES = SIX_FOLD_DELAY_SAMPLES + 80;

export class RnnoiseDenoiser implements DenoiseEngine {
  readonly delaySamples = RNNOISE_DELAY_SAMPLES;
  readonly #rnnoise: RnnoiseExports;
  readonly #up: SixFoldUpsampler;
  readonly #down: SixFoldDownsampler;
  /** Address of each lane's state, 0 while closed. */
  readonly #states: Int32Array;
  /** Address of 960 floats, worked on in place. */
  readonly #wide: number;
  readonly #narrow = new Float32Array(FRAME_SAMPLES);
  #heap: Float32Array;
  #faults = 0;
  #denoised = 0;

  constructor(module: WasmModule, lanes: number) {
    this.#rnnoise = startRnnoise(module);
    this.#up = new SixFoldUpsampler(lanes);
    this.#down = new SixFoldDownsampler(lanes);
    this.#states = new Int32Array(lanes);
    this.#wide = this.#rnnoise.malloc(WIDE_FRAME_SAMPLES * FLOAT_BYTES);
    this.#heap = new Float32Array(this.#rnnoise.memory.buffer);
  }

  get faults(): number {
    return this.#faults;
  }

  get denoised(): number {
    return this.#denoised;
  }

  /** @throws {RingmasterError} DSP_WORKER_FAILED where memory is out */
  open(lane: number): void {
    this.close(lane);
    const state = this.#rnnoise.rnnoise_create(0);
    if (state === 0) throw new RingmasterError('DSP_WORKER_FAILED', 'no memory for RNNoise');
    this.#states[lane] = state;
    this.#up.reset(lane);
    this.#down.reset(lane);
  }

  close(lane: number): void {
    const state = this.#states[lane] as number;
    if (state !== 0) this.#rnnoise.rnnoise_destroy(state);
    this.#states[lane] = 0;
  }

  process(batch: FrameBatch): void {
    for (let row = 0; row < batch.count; row++) {
      const lane = batch.lanes[row] as number;
      const start = row * FRAME_SAMPLES;
      const stack = this.#rnnoise.stackSave();
      try {
        this.#denoised++;
        if (this.#frame(lane, batch.samples, start)) {
          batch.samples.set(this.#narrow, start);
          continue;
        }
      } catch {
        // A trap leaves the stack pointer where it was; other lanes need it back.
        this.#rnnoise.stackRestore(stack);
      }
      this.#faults++;
      this.open(lane);
    }
  }

  /** One frame into `#narrow`; false where the result is not finite. */
  #frame(lane: number, samples: Float32Array, start: number): boolean {
    const state = this.#states[lane] as number;
    const first = this.#wide;
    const second = first + (WIDE_FRAME_SAMPLES / 2) * FLOAT_BYTES;
    if (this.#heap.length === 0) this.#heap = new Float32Array(this.#rnnoise.memory.buffer);
    const heapStart = first / FLOAT_BYTES;
    this.#up.process(lane, samples, start, this.#heap, heapStart);
    this.#rnnoise.rnnoise_process_frame(state, first, first);
    this.#rnnoise.rnnoise_process_frame(state, second, second);
    this.#down.process(lane, this.#heap, heapStart, this.#narrow, 0);
    let sum = 0;
    for (let i = 0; i < FRAME_SAMPLES; i++) sum += this.#narrow[i] as number;
    return Number.isFinite(sum);
  }
}
