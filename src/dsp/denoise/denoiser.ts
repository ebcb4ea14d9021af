// The noise suppressor of the stock engine, and what stands in for it where there is none. Media plane.

import type { FrameBatch } from '../frame-batch.js';

/** What denoises: a `Denoiser` that always does. */
export type DenoiseEngine = Omit<Denoiser, 'bypass'>;

/**
 * Suppresses noise on the frames of many lanes. A lane is one call: a small number below the
 * shard's number of slots, whose state lives from `open` to `close`.
 */
export interface Denoiser {
  /** How far the output lags behind the input, in samples at 8000 Hz. The same for every lane. */
  readonly delaySamples: number;
  /** Frames that an engine failed on: passed unchanged, and the lane's state was started afresh. */
  readonly faults: number;
  /** Frames that ran through the engine. */
  readonly denoised: number;
  /** Fresh state; nothing of an earlier owner of the lane is left. */
  open(lane: number): void;
  /** Free the lane's state. Idempotent. */
  close(lane: number): void;
  /**
   * Let the lane's noise pass, as late as ever, and save its cost; or suppress it again. A lane is
   * opened without.
   */
  bypass(lane: number, on: boolean): void;
  /** Denoise `batch.samples` in place; finite in, finite out. Every lane must be open. */
  process(batch: FrameBatch): void;
}

/** No noise suppression: samples pass unchanged and undelayed. */
export const passThrough: Denoiser = {
  delaySamples: 0,
  faults: 0,
  denoised: 0,
  open: () => {},
  close: () => {},
  bypass: () => {},
  process: () => {},
};
