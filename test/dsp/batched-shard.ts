// A shard without a thread that runs on the batched kernels, in one memory laid out as the pool lays it out.

import { BatchedEngines } from '../../src/dsp/batched-engines.js';
import { batchedLayout, DENOISE_FRAMES } from '../../src/dsp/batched-layout.js';
import { DenoiseEngine } from '../../src/dsp/denoise/batched/engine.js';
import type { Denoiser } from '../../src/dsp/denoise/denoiser.js';
import { FRAME_SAMPLES } from '../../src/dsp/frame.js';
import { createFrameBatch, type FrameBatch } from '../../src/dsp/frame-batch.js';
import { BatchedSilero } from '../../src/dsp/vad/batched/batched-silero.js';
import { loadVadKernel } from '../../src/dsp/vad/batched/kernel.js';
import { loadSileroWeights } from '../../src/dsp/vad/batched/silero-model.js';
import { wasm } from '../../src/dsp/wasm.js';
import { ShardHarness } from './shard-harness.js';

/** @param onBatch sees every batch after the engines have worked on it, before it is published */
export function batchedShard(slots: number, onBatch?: (batch: FrameBatch) => void): ShardHarness {
  const layout = batchedLayout(slots);
  const { pages } = layout;
  const memory = new wasm.Memory({ initial: pages, maximum: pages, shared: true });
  const floats = (at: number, length: number) => new Float32Array(memory.buffer, at, length);
  const silero = new BatchedSilero({
    kernel: loadVadKernel(),
    weights: loadSileroWeights(),
    memory,
    byteOffset: layout.vad,
    capacity: slots,
    format: 'f32',
  });
  const denoise = new DenoiseEngine({
    memory,
    byteOffset: layout.denoise,
    maxLanes: slots,
    framesPerPacket: DENOISE_FRAMES,
    inputFormat: 'float32',
    outputFormat: 'float32',
  });
  const { detector, denoiser } = new BatchedEngines({
    silero,
    denoise,
    clean: floats(layout.clean, slots * FRAME_SAMPLES),
    speech: floats(layout.speech, slots * DENOISE_FRAMES),
  });
  const batch = createFrameBatch(slots, floats(layout.samples, slots * FRAME_SAMPLES));
  return new ShardHarness(
    slots,
    { detector, denoiser: onBatch ? watched(denoiser, onBatch) : denoiser },
    { buffer: memory.buffer, byteOffset: 0, batch },
  );
}

function watched(denoiser: Denoiser, onBatch: (batch: FrameBatch) => void): Denoiser {
  const process = (batch: FrameBatch): void => {
    denoiser.process(batch);
    onBatch(batch);
  };
  return Object.create(denoiser, { process: { value: process } }) as Denoiser;
}
