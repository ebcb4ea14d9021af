// Silero VAD of all calls of one worker in one memory: frames in, probabilities out. Media plane.
import { RingmasterError } from '../../../errors.js';
import * as layout from '../../kernels/vad/layout.js';
import type { SharedWasmMemory, WasmModule } from '../../wasm.js';
import { instantiateVadKernel, type VadKernel } from './kernel.js';
import { writeRegion } from './pack.js';
import type { SileroWeights } from './silero-model.js';

/** How the 160 samples of a frame lie in the memory. */
export type FrameFormat = 'pcm16' | 'f32' | 'mulaw';

const FORMATS = {
  pcm16: layout.FORMAT_PCM16,
  f32: layout.FORMAT_F32,
  mulaw: layout.FORMAT_MULAW,
} as const satisfies Record<FrameFormat, number>;

/** Everything of the region starts at a cache line. */
const ALIGNMENT = 64;

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/**
 * Byte offsets within the memory of one engine:
 *
 *   base                 the kernel's region: tables, weights, scratch
 *   calls                capacity x CALL_BYTES
 *   frames               u32 [capacity][2]: block and samples of each frame of this batch
 *   ready, peeks         u32 [capacity]: blocks to be evaluated
 */
function place(base: number, capacity: number) {
  const calls = base + aligned(layout.REGION_BYTES);
  const frames = calls + capacity * layout.CALL_BYTES;
  const ready = frames + aligned(capacity * 8);
  const peeks = ready + aligned(capacity * 4);
  return { calls, frames, ready, peeks, end: peeks + aligned(capacity * 4) };
}

export interface BatchedSileroOptions {
  /** From `loadVadKernel`. */
  readonly kernel: WasmModule;
  readonly weights: SileroWeights;
  /** Shared memory; it may grow later, what is written here stays where it is. */
  readonly memory: SharedWasmMemory;
  /** Where the engine's bytes begin; a multiple of 64. */
  readonly byteOffset: number;
  /** Calls at most, 1..65535. */
  readonly capacity: number;
  readonly format: FrameFormat;
}

/**
 * Silero VAD v4 at 8000 Hz for many calls.
 *
 * Each call has a block of state, which any eight calls of which a window is complete are gathered
 * from: calls are independent of each other, in no fixed place, and may be out of step. A window is
 * 256 samples (32 ms), a frame 160 (20 ms), so that five of eight frames complete one. In between
 * the last probability stands, or, for a call that `peek` is on for, the last 256 samples are
 * evaluated without moving its state on.
 *
 * Nothing is allocated and nothing throws after construction except `open` on a full engine.
 */
export class BatchedSilero {
  readonly capacity: number;
  readonly #kernel: VadKernel;
  readonly #format: number;
  readonly #places: ReturnType<typeof place>;
  readonly #words: Uint32Array;
  readonly #floats: Float32Array;
  /** 1 where the call is open. */
  readonly #open: Uint8Array;
  /** 1 where a frame of the call waits for `run`. */
  readonly #staged: Uint8Array;
  #stagedCount = 0;
  #coarse = false;
  /** `[call]`: 1 where the next window is skipped while windows are coarse. */
  readonly #skipsNext: Uint8Array;
  #windows = 0;
  #peeks = 0;

  /** Bytes that an engine of `capacity` calls needs in the memory. */
  static bytesFor(capacity: number): number {
    return place(0, capacity).end;
  }

  /** @throws {RingmasterError} DSP_MODEL_INVALID; AUDIO_BUFFER_TOO_SMALL where the memory is */
  constructor(options: BatchedSileroOptions) {
    const { kernel, memory, byteOffset, capacity } = options;
    this.capacity = capacity;
    this.#format = FORMATS[options.format];
    this.#places = place(byteOffset, capacity);
    if (memory.buffer.byteLength < this.#places.end || byteOffset % ALIGNMENT !== 0) {
      throw new RingmasterError(
        'AUDIO_BUFFER_TOO_SMALL',
        `A VAD engine of ${capacity} calls needs ${this.#places.end - byteOffset} bytes at a multiple of ${ALIGNMENT}.`,
      );
    }
    this.#words = new Uint32Array(memory.buffer);
    this.#floats = new Float32Array(memory.buffer);
    this.#open = new Uint8Array(capacity);
    this.#staged = new Uint8Array(capacity);
    this.#skipsNext = new Uint8Array(capacity);
    const region = new Uint8Array(memory.buffer, byteOffset, layout.REGION_BYTES);
    writeRegion(region, options.weights);
    this.#kernel = instantiateVadKernel(kernel, memory);
    this.#kernel.setRegion(byteOffset);
  }

  /** Windows evaluated so far. */
  get windows(): number {
    return this.#windows;
  }

  /** Peeks evaluated so far. */
  get peeks(): number {
    return this.#peeks;
  }

  /**
   * Take a free call, its state at the model's beginning (all zeros) and its peek off.
   * @returns its number, 0..capacity - 1
   * @throws {RingmasterError} DSP_POOL_FULL
   */
  open(): number {
    const call = this.#open.indexOf(0);
    if (call < 0)
      throw new RingmasterError('DSP_POOL_FULL', 'All calls of the VAD engine are taken.');
    this.#open[call] = 1;
    this.reset(call);
    return call;
  }

  /** Give a call back. A frame that waits is dropped. Idempotent. */
  close(call: number): void {
    this.#open[call] = 0;
    this.#unstage(call);
  }

  /** A call's state as if it had just begun; its peek is off. */
  reset(call: number): void {
    const start = this.#block(call) >> 2;
    this.#words.fill(0, start, start + (layout.CALL_BYTES >> 2));
  }

  /** Evaluate this call at every frame (true), or only at those that complete a window. */
  peek(call: number, on: boolean): void {
    this.#words[(this.#block(call) + layout.CALL_PEEK) >> 2] = on ? 1 : 0;
  }

  /** Evaluate every second window of each call only: half the cost, and decisions up to 32 ms later. */
  coarsen(on: boolean): void {
    this.#coarse = on;
  }

  /**
   * The next frame of a call. It is read at the next `run`, until then the samples must stay.
   * A second frame of the same call runs the first.
   * @param address byte offset in the memory of 160 samples, aligned to the size of one
   */
  push(call: number, address: number): void {
    if (this.#staged[call] === 1) this.run();
    this.#staged[call] = 1;
    const at = (this.#places.frames >> 2) + this.#stagedCount * 2;
    this.#words[at] = this.#block(call);
    this.#words[at + 1] = address;
    this.#stagedCount++;
  }

  /**
   * Take in all frames pushed since the last time and evaluate what they complete.
   * @returns windows and peeks evaluated
   */
  run(): number {
    const { frames, ready, peeks } = this.#places;
    const counts = this.#kernel.appendFrames(frames, this.#stagedCount, this.#format, ready, peeks);
    const completed = counts & 0xffff;
    const readyCount = this.#coarse ? this.#everySecond(completed) : completed;
    const peekCount = counts >>> 16;
    this.#kernel.runList(ready, readyCount, 1);
    this.#kernel.runList(peeks, peekCount, 0);
    this.#staged.fill(0);
    this.#stagedCount = 0;
    this.#windows += readyCount;
    this.#peeks += peekCount;
    return readyCount + peekCount;
  }

  /** Probability of speech, 0..1, of the call's last evaluation; 0 before the first. */
  probability(call: number): number {
    return this.#floats[(this.#block(call) + layout.CALL_PROBABILITY) >> 2] ?? 0;
  }

  /** The same as a logit, without the rounding near 0 and 1; 0 before the first evaluation. */
  logit(call: number): number {
    return this.#floats[(this.#block(call) + layout.CALL_LOGIT) >> 2] ?? 0;
  }

  /** Keep those of the list of ready calls whose last window was skipped. @returns how many */
  #everySecond(completed: number): number {
    const { calls, ready } = this.#places;
    const first = ready >> 2;
    let kept = 0;
    for (let i = 0; i < completed; i++) {
      const block = this.#words[first + i] as number;
      const call = (block - calls) / layout.CALL_BYTES;
      const skips = this.#skipsNext[call] === 1;
      this.#skipsNext[call] = skips ? 0 : 1;
      if (!skips) this.#words[first + kept++] = block;
    }
    return kept;
  }

  #block(call: number): number {
    return this.#places.calls + call * layout.CALL_BYTES;
  }

  /** Remove a waiting frame: the last one takes its place. */
  #unstage(call: number): void {
    if (this.#staged[call] !== 1) return;
    this.#staged[call] = 0;
    const first = this.#places.frames >> 2;
    const block = this.#block(call);
    for (let i = 0; i < this.#stagedCount; i++) {
      if (this.#words[first + i * 2] !== block) continue;
      this.#stagedCount--;
      this.#words.copyWithin(
        first + i * 2,
        first + this.#stagedCount * 2,
        first + this.#stagedCount * 2 + 2,
      );
      return;
    }
  }
}
