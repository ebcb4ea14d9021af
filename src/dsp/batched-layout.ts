// One WebAssembly memory a shard, shared by the main thread and its worker: where everything in it lies. Media plane.
//
//   | slots (shard-memory.ts) | RNNoise's opinions | denoise engine | VAD engine | line converters | idle noise |
//
// The kernels import this memory, so that line audio which the main thread writes is where they read.

import { BatchedLineConverters } from './batched-line-converter.js';
import { denoiseRegionBytes } from './denoise/batched/engine.js';
import { ShardMemory } from './shard-memory.js';
import { IDLE_NOISE_BYTES } from './vad/idle-noise.js';
import { BatchedSilero } from './vad/batched/batched-silero.js';

/** The engines' regions begin on a cache line. */
const ALIGNMENT = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Frames of 10 ms in one of 20 ms. */
export const DENOISE_FRAMES = 2;

/** Byte offsets within the memory. */
export interface BatchedLayout {
  /** f32 `[slots][2]`: RNNoise's own speech probability of each 10 ms */
  readonly speech: number;
  readonly denoise: number;
  readonly vad: number;
  readonly outbound: number;
  /** `IDLE_NOISE` */
  readonly idleNoise: number;
  readonly bytes: number;
}

export function batchedLayout(slots: number): BatchedLayout {
  const speech = aligned(ShardMemory.bytesFor(slots));
  const denoise = speech + aligned(slots * DENOISE_FRAMES * 4);
  const vad = denoise + aligned(denoiseRegionBytes(slots));
  const outbound = vad + aligned(BatchedSilero.bytesFor(slots));
  const idleNoise = outbound + aligned(BatchedLineConverters.bytesFor(slots));
  const bytes = idleNoise + IDLE_NOISE_BYTES;
  return { speech, denoise, vad, outbound, idleNoise, bytes };
}
