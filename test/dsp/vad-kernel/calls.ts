// A VAD engine with a memory of its own, and somewhere in it to lay frames: for tests and benchmarks.
import { BatchedSilero, type FrameFormat } from '../../../src/dsp/vad/batched/batched-silero.js';
import { loadVadKernel } from '../../../src/dsp/vad/batched/kernel.js';
import { loadSileroWeights } from '../../../src/dsp/vad/batched/silero-model.js';
import { sharedMemoryFor, type SharedWasmMemory } from '../../../src/dsp/wasm.js';

const FRAME_SAMPLES = 160;
/** Bytes of the largest frame: f32. */
const SLOT_BYTES = FRAME_SAMPLES * 4;
/** Not 0, so that an address that is taken for an offset shows. */
const ENGINE_OFFSET = 4096;

export class Calls {
  readonly engine: BatchedSilero;
  readonly memory: SharedWasmMemory;
  readonly #format: FrameFormat;
  readonly #frames: number;

  constructor(capacity: number, format: FrameFormat = 'pcm16') {
    this.#frames = ENGINE_OFFSET + BatchedSilero.bytesFor(capacity);
    this.memory = sharedMemoryFor(this.#frames + capacity * SLOT_BYTES);
    this.#format = format;
    this.engine = new BatchedSilero({
      kernel: loadVadKernel(),
      weights: loadSileroWeights(),
      memory: this.memory,
      byteOffset: ENGINE_OFFSET,
      capacity,
      format,
    });
  }

  /** Where the next frame of a call is laid. */
  addressOf(call: number): number {
    return this.#frames + call * SLOT_BYTES;
  }

  /** Lay 160 samples (or mu-law bytes) into the memory and push them. */
  push(call: number, samples: ArrayLike<number>): void {
    const { buffer } = this.memory;
    const address = this.addressOf(call);
    if (this.#format === 'pcm16') new Int16Array(buffer, address, FRAME_SAMPLES).set(samples);
    else if (this.#format === 'f32') new Float32Array(buffer, address, FRAME_SAMPLES).set(samples);
    else new Uint8Array(buffer, address, FRAME_SAMPLES).set(samples);
    this.engine.push(call, address);
  }
}

/** Frame number `frame` of a signal; zeros beyond its end. */
export function frameOf(signal: Int16Array, frame: number): Int16Array {
  const samples = new Int16Array(FRAME_SAMPLES);
  samples.set(signal.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES));
  return samples;
}

/**
 * Probabilities of each 256-sample window of signals of one length, all evaluated together, from
 * calls that have just begun: [window][signal].
 */
export function probabilitiesOf(calls: Calls, signals: readonly Int16Array[]): Float32Array[] {
  const opened = signals.map(() => calls.engine.open());
  const probabilities: Float32Array[] = [];
  const frames = Math.floor((signals[0]?.length ?? 0) / FRAME_SAMPLES);
  for (let frame = 0; frame < frames; frame++) {
    for (const [i, call] of opened.entries()) {
      calls.push(call, frameOf(signals[i] ?? new Int16Array(0), frame));
    }
    if (calls.engine.run() > 0) {
      probabilities.push(Float32Array.from(opened, (call) => calls.engine.probability(call)));
    }
  }
  for (const call of opened) calls.engine.close(call);
  return probabilities;
}
