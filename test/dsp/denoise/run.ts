// Drives a denoiser with whole signals.

import type { DenoiseEngine } from '../../../src/dsp/denoise/denoiser.js';
import { createFrameBatch } from '../../../src/dsp/frame-batch.js';

export const FRAME = 160;

/** Run one signal per lane, a frame of every lane at a time; speech probabilities are 0. */
export function runLanes(
  engine: DenoiseEngine,
  signals: ReadonlyMap<number, Int16Array>,
): Map<number, Float32Array> {
  const batch = createFrameBatch(signals.size);
  const output = new Map<number, Float32Array>();
  const length = Math.min(...[...signals.values()].map((signal) => signal.length));
  for (const lane of signals.keys()) output.set(lane, new Float32Array(length - (length % FRAME)));
  for (let at = 0; at + FRAME <= length; at += FRAME) {
    batch.count = 0;
    for (const [lane, signal] of signals) {
      batch.samples.set(signal.subarray(at, at + FRAME), batch.count * FRAME);
      batch.lanes[batch.count++] = lane;
    }
    engine.process(batch);
    let row = 0;
    for (const result of output.values()) {
      result.set(batch.samples.subarray(row * FRAME, ++row * FRAME), at);
    }
  }
  return output;
}

export function runLane(engine: DenoiseEngine, lane: number, signal: Int16Array): Float32Array {
  return runLanes(engine, new Map([[lane, signal]])).get(lane) as Float32Array;
}
