// Silero for all lanes of a shard through the SIMD kernel. Media plane.

import { FRAME_SAMPLES } from '../frame.js';
import type { FrameBatch } from '../frame-batch.js';
import type { BatchedSilero } from './batched/batched-silero.js';
import type { SpeechDetector } from './speech-detector.js';

const ROW_BYTES = FRAME_SAMPLES * 4;
/** A lane whose last probability lies between is undecided and looked at again in every frame. */
const SURELY_SILENT = 0.05;
const SURELY_SPEECH = 0.95;

/** `silero` takes float32 frames; batches must lie in its memory. */
export class BatchedDetector implements SpeechDetector {
  /** The kernel gives a probability whatever it gets. */
  readonly faults = 0;
  readonly #silero: BatchedSilero;
  /** The engine's call of each lane, -1 while the lane is closed. */
  readonly #calls: Int32Array;
  readonly #peeking: Uint8Array;

  constructor(silero: BatchedSilero) {
    this.#silero = silero;
    this.#calls = new Int32Array(silero.capacity).fill(-1);
    this.#peeking = new Uint8Array(silero.capacity);
  }

  get windows(): number {
    return this.#silero.windows;
  }

  open(lane: number): void {
    this.close(lane);
    this.#calls[lane] = this.#silero.open();
    this.#peeking[lane] = 0;
  }

  close(lane: number): void {
    const call = this.#calls[lane] as number;
    if (call >= 0) this.#silero.close(call);
    this.#calls[lane] = -1;
  }

  async process(batch: FrameBatch): Promise<void> {
    const { samples, lanes, speech, count } = batch;
    for (let row = 0; row < count; row++) {
      const call = this.#calls[lanes[row] as number] as number;
      this.#silero.push(call, samples.byteOffset + row * ROW_BYTES);
    }
    this.#silero.run();
    for (let row = 0; row < count; row++) {
      const lane = lanes[row] as number;
      const call = this.#calls[lane] as number;
      const probability = this.#silero.probability(call);
      speech[row] = probability;
      this.#peek(lane, call, probability > SURELY_SILENT && probability < SURELY_SPEECH);
    }
  }

  async release(): Promise<void> {}

  #peek(lane: number, call: number, on: boolean): void {
    if ((this.#peeking[lane] === 1) === on) return;
    this.#peeking[lane] = on ? 1 : 0;
    this.#silero.peek(call, on);
  }
}
