// One 20 ms frame each of many lanes as floats: what the stock engines of a shard work on at a time. Media plane.

import { FRAME_SAMPLES } from './frame.js';

/** Row `i` is the frame of lane `lanes[i]`, for i < count. No lane is twice in one batch. */
export interface FrameBatch {
  count: number;
  readonly lanes: Int32Array;
  /** `[row][160]` at 8000 Hz, in the range of int16 (+-32768), never NaN. */
  readonly samples: Float32Array;
  /** `[row]`: probability 0..1 that the raw line holds speech. */
  readonly speech: Float32Array;
}

/** @param samples memory of `[rows][160]` floats to use; by default the batch has its own */
export function createFrameBatch(
  rows: number,
  samples: Float32Array = new Float32Array(rows * FRAME_SAMPLES),
): FrameBatch {
  return {
    count: 0,
    lanes: new Int32Array(rows),
    samples,
    speech: new Float32Array(rows),
  };
}
