// One WebAssembly memory a shard, shared by the main thread and its worker: where everything in it lies. Media plane.
//
//   | slots (shard-memory.ts) | raw rows of a batch | clean rows | speech rows | denoise engine | VAD engine |
//
// The kernels import this memory, so that line audio which the main thread writes is where they read.

import { denoiseRegionBytes } from './denoise/batched/engine.js';
import { FRAME_SAMPLES } from './frame.js';
import { ShardMemory } from './shard-memory.js';
import { BatchedSilero } from './vad/batched/batched-silero.js';

/** The engines' regions begin on a cache line. */
const ALIGNMENT = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Frames of 10 ms in one of 20 ms. */
export const DENOISE_FRAMES = 2;

/** Byte offsets within the memory. */
export interface BatchedLayout {
  /** f32 `[slots][160]` */
  readonly samples: number;
  /** f32 `[slots][160]` */
  readonly clean: number;
  /** f32 `[slots][2]`: RNNoise's own speech probability of each 10 ms */
  readonly speech: number;
  readonly denoise: number;
  readonly vad: number;
  readonly bytes: number;
}

export function batchedLayout(slots: number): BatchedLayout {
  const samples = aligned(ShardMemory.bytesFor(slots));
  const clean = samples + aligned(slots * FRAME_SAMPLES * 4);
  const speech = clean + aligned(slots * FRAME_SAMPLES * 4);
  const denoise = speech + aligned(slots * DENOISE_FRAMES * 4);
  const vad = denoise + aligned(denoiseRegionBytes(slots));
  const end = vad + aligned(BatchedSilero.bytesFor(slots));
  return { samples, clean, speech, denoise, vad, bytes: end };
}
