// What the audio worker pool offers to the media path. Media plane.

import type { RingmasterError } from '../errors.js';

/** Told once per clean frame, in order, on the main thread. Must not throw. */
export interface CleanFrameListener {
  /**
   * @param pcm 160 samples of denoised int16 at 8000 Hz; valid for this call only
   * @param speech probability 0..1 that the raw line holds speech in this frame
   * @param arrivedAtMs when its last byte arrived (`performance.now()`)
   */
  (pcm: Int16Array, speech: number, arrivedAtMs: number): void;
}

/** One call's place in one shard's shared memory. */
export interface DspSlot {
  readonly shard: number;
  /**
   * Append line audio. Whole frames become visible to the next tick; a rest of less than a frame waits.
   * @returns frames dropped because the ring was full (counted)
   */
  writeInbound(mulaw: Uint8Array, arrivedAtMs: number): number;
  /**
   * The same from base64, decoded straight into shared memory.
   * @returns frames dropped, or -1 where `payload` is not base64 (nothing is written then)
   */
  writeInboundBase64(payload: string, arrivedAtMs: number): number;
  /** Append `count` frames of repaired silence for a gap (counted as repaired). */
  writeSilence(count: number, arrivedAtMs: number): number;
  /**
   * Queue agent PCM for resampling and mu-law encoding. A change of rate within a call is allowed.
   * @param from the first sample of `pcm` to take, default 0
   * @returns samples taken; fewer than given when the ring is full
   * @throws {RingmasterError} AUDIO_RATE_UNSUPPORTED, also where `pcm` is empty
   */
  writeOutbound(pcm: Int16Array, sampleRateHz: number, from?: number): number;
  /** Pad the last partial frame with silence, so that everything written comes out. */
  flushOutbound(): void;
  /** Take one encoded 20 ms frame (160 mu-law bytes) into `target` from index `at` (0); false when none is ready. */
  readOutbound(target: Uint8Array, at?: number): boolean;
  /** Encoded frames ready to be read. */
  readonly outboundReady: number;
  /** True while written outbound audio has not all come out of `readOutbound`. */
  readonly outboundPending: boolean;
  /** Drop all outbound audio, also what the worker has in hand. */
  clearOutbound(): void;
  /** How many of the clean frames that the listener was told last are still there: some 5 s. */
  readonly recallable: number;
  /**
   * A clean frame that the listener was told before; may be called from within it.
   * @param ago 0 for the newest, below `recallable`
   * @returns a view into shared memory, valid until the next audio is written or ticked
   */
  recall(ago: number): Int16Array;
  /**
   * Give the slot back. Idempotent; the next owner inherits nothing. Afterwards everything written is
   * taken and ignored, and the listener hears no more.
   */
  close(): void;
}

export interface DspCounters {
  /** Whole frames that came from the line, dropped ones included. */
  readonly received: number;
  /** Clean frames handed to listeners. */
  readonly processed: number;
  /** Clean PCM was ready more than 60 ms after arrival. */
  readonly late: number;
  /** Frames that found their ring full, waited for 3 s, or that two workers in a row failed on. */
  readonly dropped: number;
  /** Frames of silence put in for gaps. */
  readonly repaired: number;
  readonly workerRestarts: number;
  /** Frames that ran through the noise suppressor; the others were silent. */
  readonly denoised: number;
  /** Calls that go without noise suppression now, because their shard cannot keep up. */
  readonly shedCalls: number;
  /** The highest step that a shard is on of what it does without, 0..6: see `LoadLadder`. */
  readonly loadStep: number;
  /** Windows that the speech detector judged. */
  readonly windows: number;
  /** Results of an engine that made no sense; the lane got a fresh state. */
  readonly faults: number;
  /** Time the workers were at work, all together. */
  readonly busyMs: number;
}

export interface DspPool {
  readonly shards: number;
  readonly capacity: number;
  readonly openSlots: number;
  /** How far clean PCM lags behind the raw line and its speech probabilities, in ms. */
  readonly cleanDelayMs: number;
  readonly engine: 'batched' | 'stock';
  /** Why this engine. */
  readonly engineReason: string;
  /** True while a shard does without all it can: a further call would be at the cost of the others. */
  readonly isOverloaded: boolean;
  /** Arrival to clean PCM of every frame, in ms. */
  latencyPercentiles(): { p50: number; p99: number; max: number };
  counters(): DspCounters;
  /** @throws {RingmasterError} DSP_POOL_FULL */
  open(onFrame: CleanFrameListener): DspSlot;
  /** Every 10 or 20 ms: one task for each shard that has work and none in flight. Never throws. */
  tick(): void;
  /** Stop the workers. Idempotent. Slots that are open hear no more. */
  close(): Promise<void>;
}

export type EnginePreference = 'auto' | 'batched' | 'stock';

export interface DspPoolOptions {
  /** Workers; each takes one core when it is busy. */
  readonly shards: number;
  /** Slots of each shard. */
  readonly callsPerShard: number;
  readonly denoise: 'rnnoise' | 'off';
  readonly vad: 'silero';
  /**
   * `batched`: our SIMD kernels, all calls of a shard at once; `stock`: RNNoise's own WebAssembly and
   * onnxruntime. Default `auto`: batched wherever it runs.
   */
  readonly engine?: EnginePreference;
  /**
   * Stock engine: let noise suppression rest on silent lines, for 40 ms more of clean delay. Default
   * true. The batched engine costs too little for it.
   */
  readonly gate?: boolean;
  /** A worker that makes no progress in a task for so long is replaced. Default 500 ms. */
  readonly taskLimitMs?: number;
  /** Told why a worker is replaced (for the log). Must not throw. */
  readonly onWorkerLost?: (error: RingmasterError) => void;
}
