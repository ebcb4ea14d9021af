// The audio worker pool as the media path sees it. Media plane.

/** Told once per clean frame, in order, on the main thread. Must not throw. */
export interface CleanFrameListener {
  /**
   * @param pcm 160 samples of denoised int16 at 8000 Hz; a view into shared memory, valid for this call only
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
   * @returns samples taken; fewer than given when the ring is full
   * @throws {RingmasterError} AUDIO_RATE_UNSUPPORTED, also where `pcm` is empty
   */
  writeOutbound(pcm: Int16Array, sampleRateHz: number): number;
  /** Pad the last partial frame with silence, so that everything written comes out. */
  flushOutbound(): void;
  /** Take one encoded 20 ms frame (160 mu-law bytes) into `target`; false when none is ready. */
  readOutbound(target: Uint8Array): boolean;
  /** Encoded frames ready to be read. */
  readonly outboundReady: number;
  /** True while written outbound audio has not all come out of `readOutbound`. */
  readonly outboundPending: boolean;
  /** Drop all outbound audio, also what the worker has in hand. */
  clearOutbound(): void;
  /** Give the slot back. Idempotent; the next owner inherits nothing. */
  close(): void;
}

export interface DspCounters {
  readonly received: number;
  readonly processed: number;
  /** Clean PCM was ready more than 60 ms after arrival. */
  readonly late: number;
  readonly dropped: number;
  readonly repaired: number;
  readonly workerRestarts: number;
}

export interface DspPool {
  readonly shards: number;
  readonly capacity: number;
  readonly openSlots: number;
  /** Arrival to clean PCM of every frame, in ms. */
  latencyPercentiles(): { p50: number; p99: number; max: number };
  counters(): DspCounters;
  /** @throws {RingmasterError} DSP_POOL_FULL */
  open(onFrame: CleanFrameListener): DspSlot;
  /** Every 20 ms: one task for each shard that has work and none in flight. Never throws. */
  tick(): void;
  close(): Promise<void>;
}
