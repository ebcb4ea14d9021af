// The worker module with faults that a test switches on from outside.

import { workerData } from 'node:worker_threads';
import type { ShardTask } from '../../src/dsp/shard-task.js';
import shardTask from '../../src/dsp/worker.js';

/** What goes wrong with the next task: reset when it does, except for the `ALWAYS_` ones. */
export const Fault = {
  NONE: 0,
  THROW: 1,
  HANG: 2,
  UNCAUGHT: 3,
  ALWAYS_THROW: 4,
  EXIT_IN_WARM_UP: 5,
  /** Does the work, and dies before it can say so. */
  EXIT_AFTER: 6,
  /** Stands still for a while, and does the work then. */
  STALL: 7,
} as const;

/** How long `STALL` lasts. */
export const STALL_MS = 600;

export default async function faultyTask(task: ShardTask): Promise<boolean> {
  const { faults } = workerData as { readonly faults: Int32Array };
  const fault = Atomics.load(faults, 0);
  const due = fault === Fault.EXIT_IN_WARM_UP ? task.warmUp : !task.warmUp;
  if (!due || Atomics.load(faults, 1) !== task.shard) return await shardTask(task);
  if (fault !== Fault.ALWAYS_THROW) Atomics.store(faults, 0, Fault.NONE);
  if (fault === Fault.EXIT_AFTER) await shardTask(task);
  switch (fault) {
    case Fault.THROW:
    case Fault.ALWAYS_THROW:
      throw new Error('made to throw');
    case Fault.HANG:
      for (;;);
    case Fault.STALL:
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STALL_MS);
      break;
    case Fault.UNCAUGHT:
      queueMicrotask(() => {
        throw new Error('made to die');
      });
      return await new Promise(() => {});
    case Fault.EXIT_IN_WARM_UP:
    case Fault.EXIT_AFTER:
      process.exit(3);
  }
  return await shardTask(task);
}
