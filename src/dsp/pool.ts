// The audio worker pool as the media path sees it, and how one is made. Media plane.

import { fileURLToPath } from 'node:url';
import { DENOISE_DELAY_SAMPLES } from './denoise/batched/engine.js';
import { GATE_DELAY_SAMPLES } from './denoise/gated-denoiser.js';
import { RNNOISE_DELAY_SAMPLES } from './denoise/rnnoise.js';
import { compileRnnoise } from './denoise/rnnoise-module.js';
import { LINE_RATE_HZ } from './frame.js';
import type { DspPool, DspPoolOptions } from './pool-types.js';
import { chooseEngine } from './engine-choice.js';
import { ShardMemory } from './shard-memory.js';
import { batchedPlace, stockPlace } from './shard-place.js';
import { ShardPool } from './shard-pool.js';
import { findSileroModel } from './vad/silero-model.js';

export type {
  CleanFrameListener,
  DspCounters,
  DspPool,
  DspPoolOptions,
  DspSlot,
} from './pool-types.js';

const TASK_LIMIT_MS = 500;
const WORKER_FILE = fileURLToPath(new URL('./worker.js', import.meta.url));

/**
 * Start the workers and load their engines; resolves when all run at full speed.
 * @throws {RingmasterError} DSP_MODEL_MISSING, DSP_WORKER_FAILED
 */
export async function createDspPool(options: DspPoolOptions): Promise<DspPool> {
  return await createShardPool(options, WORKER_FILE);
}

/** The same with any worker module, for fault tests. `extraData` is added to its `workerData`. */
export async function createShardPool(
  options: DspPoolOptions,
  workerFile: string,
  extraData: Readonly<Record<string, unknown>> = {},
): Promise<ShardPool> {
  const { engine, reason } = chooseEngine(options.engine ?? 'auto');
  const batched = engine === 'batched';
  const gate = options.gate ?? true;
  const denoises = options.denoise === 'rnnoise';
  const [rnnoise, sileroPath] = await Promise.all([
    denoises && !batched ? compileRnnoise() : undefined,
    findSileroModel(),
  ]);
  const shards = Array.from({ length: options.shards }, () =>
    batched ? batchedPlace(options.callsPerShard) : stockPlace(options.callsPerShard),
  );
  const delaySamples = denoises ? denoiseDelaySamples(batched, gate) : 0;
  return await ShardPool.start({
    workerFile,
    workerData: {
      ...extraData,
      timeOrigin: performance.timeOrigin,
      shards,
      denoises,
      rnnoise,
      gate,
      sileroPath,
    },
    engine,
    engineReason: reason,
    taskLimitMs: options.taskLimitMs ?? TASK_LIMIT_MS,
    memories: shards.map(({ buffer, slots }) => new ShardMemory(buffer, 0, slots)),
    onWorkerLost: options.onWorkerLost ?? (() => {}),
    cleanDelayMs: (delaySamples * 1000) / LINE_RATE_HZ,
  });
}

function denoiseDelaySamples(batched: boolean, gate: boolean): number {
  if (batched) return DENOISE_DELAY_SAMPLES;
  return RNNOISE_DELAY_SAMPLES + (gate ? GATE_DELAY_SAMPLES : 0);
}
