// What does the signal work of a shard: noise suppression and speech detection over a round of frames. Media plane.

/** The next frame of every call that has one. No lane is twice in one round. */
export interface FrameRound {
  count: number;
  /** `[row]`: the slot whose frame this is. */
  readonly lanes: Int32Array;
  /** `[row]`: where in the slot's frame ring it lies. */
  readonly cells: Int32Array;
}

export function createFrameRound(rows: number): FrameRound {
  return { count: 0, lanes: new Int32Array(rows), cells: new Int32Array(rows) };
}

/** Sums since the engine was made. */
export interface EngineCounters {
  /** Frames that ran through the noise suppressor. */
  readonly denoised: number;
  /** Windows that the speech detector judged. */
  readonly windows: number;
  /** Results that made no sense; the lane was started afresh. */
  readonly faults: number;
}

/**
 * Works in the shard's memory: mu-law from the cells of a round, clean PCM and speech probability into
 * the same cells. A lane is one call, by the number of its slot; its state lives from `open` to `close`.
 */
export interface ShardEngine {
  readonly counters: EngineCounters;
  /** False where noise suppression is off for good. */
  readonly denoises: boolean;
  /** Fresh state; nothing of an earlier owner of the lane is left. */
  open(lane: number): void;
  /** Free the lane's state. Idempotent. */
  close(lane: number): void;
  /**
   * Let the lane's noise pass, as late as ever, and save its cost; or suppress it again. A lane is opened
   * without.
   */
  bypass(lane: number, on: boolean): void;
  /** Let speech detection look at every second window only, or at all again. */
  coarsen(on: boolean): void;
  /** Run in what compiles as it runs, so that no call pays for it. All lanes must be closed. */
  warmUp(): Promise<void> | void;
  /** Every lane of the round must be open; no other call may be made before it resolves. */
  process(round: FrameRound): Promise<void> | void;
}
