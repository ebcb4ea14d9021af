// The task that Piscina runs on a worker thread: one shard's work of one tick. Media plane.

import { workerData } from 'node:worker_threads';
import { RingmasterError } from '../errors.js';
import { createEngines } from './shard-engines.js';
import { ShardPipeline } from './pipeline.js';
import { ShardMemory } from './shard-memory.js';
import type { ShardTask, ShardWorkerData } from './shard-task.js';
import { ShardOwnership } from './shard-ownership.js';

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
  const place = data.shards[task.shard];
  if (place === undefined) throw new RingmasterError('DSP_WORKER_FAILED', 'no such shard');
  const memory = new ShardMemory(place.buffer, place.byteOffset, place.slots);
  const ownership = new ShardOwnership(memory.header, task.incarnation);
  const engines = await createEngines(memory, place.memory, ownership, data);
  // Each thread counts from an origin of its own.
  const offsetMs = performance.timeOrigin - data.timeOrigin;
  return new ShardPipeline(memory, engines, ownership, () => performance.now() + offsetMs);
}
