// The task that Piscina runs on a worker thread: one shard's work of one tick. Media plane.

import { workerData } from 'node:worker_threads';
import { RingmasterError } from '../errors.js';
import { batchedLayout, DENOISE_FRAMES } from './batched-layout.js';
import { BatchedEngines } from './batched-engines.js';
import { DenoiseEngine } from './denoise/batched/engine.js';
import { passThrough, type Denoiser } from './denoise/denoiser.js';
import { EnergyGate } from './denoise/energy-gate.js';
import { GatedDenoiser } from './denoise/gated-denoiser.js';
import { RnnoiseDenoiser } from './denoise/rnnoise.js';
import { FRAME_SAMPLES } from './frame.js';
import { createFrameBatch, type FrameBatch } from './frame-batch.js';
import { ShardPipeline } from './pipeline.js';
import { ShardMemory } from './shard-memory.js';
import type { ShardTask, ShardWorkerData } from './shard-task.js';
import { ShardOwnership } from './shard-ownership.js';
import { BatchedSilero } from './vad/batched/batched-silero.js';
import { loadVadKernel } from './vad/batched/kernel.js';
import { loadSileroWeights } from './vad/batched/silero-model.js';
import type { NativeCall } from './vad/silero.js';
import type { SpeechDetector } from './vad/speech-detector.js';
import { warmUp } from './warm-up.js';
import type { SharedWasmMemory } from './wasm.js';

/** This thread's shard; a thread never serves another one. */
let own: { readonly shard: number; readonly pipeline: ShardPipeline } | undefined;

/**
 * @returns true where the shard has more to do at once
 * @throws {RingmasterError} DSP_WORKER_FAILED; the worker has to be replaced then
 */
export default async function shardTask(task: ShardTask): Promise<boolean> {
  own ??= {
    shard: task.shard,
    pipeline: await createPipeline(workerData as ShardWorkerData, task),
  };
  if (own.shard !== task.shard) {
    throw new RingmasterError('DSP_WORKER_FAILED', 'a task of another shard');
  }
  return task.warmUp ? false : await own.pipeline.run();
}

async function createPipeline(data: ShardWorkerData, task: ShardTask): Promise<ShardPipeline> {
  const shard = data.shards[task.shard];
  if (shard === undefined) throw new RingmasterError('DSP_WORKER_FAILED', 'no such shard');
  const memory = new ShardMemory(shard.buffer, shard.byteOffset, shard.slots);
  const ownership = new ShardOwnership(memory.header, task.incarnation);
  const native: NativeCall = (call) => ownership.native(call);
  const engines = shard.memory
    ? batchedEngines(data, shard.slots, shard.memory)
    : await stockEngines(data, shard.slots, native);
  const { denoiser, detector, batch } = engines;
  await warmUp(denoiser, detector, batch);
  return new ShardPipeline(memory, denoiser, detector, ownership, batch);
}

interface Engines {
  readonly denoiser: Denoiser;
  readonly detector: SpeechDetector;
  readonly batch: FrameBatch;
}

function batchedEngines(data: ShardWorkerData, slots: number, memory: SharedWasmMemory): Engines {
  const layout = batchedLayout(slots);
  const rows = new Float32Array(memory.buffer, layout.samples, slots * FRAME_SAMPLES);
  const silero = new BatchedSilero({
    kernel: loadVadKernel(),
    weights: loadSileroWeights(data.sileroPath),
    memory,
    byteOffset: layout.vad,
    capacity: slots,
    format: 'f32',
  });
  const denoise = data.denoises
    ? new DenoiseEngine({
        memory,
        byteOffset: layout.denoise,
        maxLanes: slots,
        framesPerPacket: DENOISE_FRAMES,
        inputFormat: 'float32',
        outputFormat: 'float32',
      })
    : undefined;
  denoise?.warmUp();
  const { detector, denoiser } = new BatchedEngines({
    silero,
    denoise,
    clean: new Float32Array(memory.buffer, layout.clean, slots * FRAME_SAMPLES),
    speech: new Float32Array(memory.buffer, layout.speech, slots * DENOISE_FRAMES),
  });
  return { denoiser, detector, batch: createFrameBatch(slots, rows) };
}

async function stockEngines(
  data: ShardWorkerData,
  slots: number,
  native: NativeCall,
): Promise<Engines> {
  const denoiser = createStockDenoiser(data, slots);
  // Loading onnxruntime is a native call as well.
  const { SileroDetector } = await native(() => import('./vad/silero.js'));
  const detector = await SileroDetector.create(data.sileroPath, slots, native);
  return { denoiser, detector, batch: createFrameBatch(slots) };
}

function createStockDenoiser(data: ShardWorkerData, slots: number): Denoiser {
  if (data.rnnoise === undefined) return passThrough;
  const gate = data.gate ? new EnergyGate(slots) : undefined;
  return new GatedDenoiser(new RnnoiseDenoiser(data.rnnoise, slots), slots, gate);
}
