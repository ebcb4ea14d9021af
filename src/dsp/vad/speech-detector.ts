// The voice activity detector of the stock engine. Media plane.

import type { FrameBatch } from '../frame-batch.js';

/**
 * Tells for the frames of many lanes how probable speech is. A lane is one call: a small number below
 * the shard's number of slots, whose state lives from `open` to `close`.
 */
export interface SpeechDetector {
  /** Results that made no sense; the lane's state was started afresh. */
  readonly faults: number;
  /** Windows judged. */
  readonly windows: number;
  /** Fresh state; nothing of an earlier owner of the lane is left. */
  open(lane: number): void;
  /** Idempotent. */
  close(lane: number): void;
  /**
   * Write `batch.speech` for the raw line in `batch.samples`, which is left unchanged. Every lane
   * must be open; no other call may be made before it resolves.
   */
  process(batch: FrameBatch): Promise<void>;
  /** Free the model. */
  release(): Promise<void>;
}
