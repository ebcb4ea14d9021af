// The worker module with a kernel that traps when a test says so: it is given an address beyond its memory.

import { workerData } from 'node:worker_threads';
import { DenoiseEngine } from '../../src/dsp/denoise/batched/engine.js';
import type { ShardTask } from '../../src/dsp/shard-task.js';
import shardTask from '../../src/dsp/worker.js';

/** The packet of a batch that is spoiled: octets before it have run when the kernel comes to it. */
const SPOILED = 25;
/** Almost all that 32 bits can name. */
const BEYOND_MEMORY = 0xffff_f000;

/** `trap[0]`: 1 + the shard whose next batch traps; reset when it does. */
const { trap } = workerData as { readonly trap: Int32Array };
type Submit = (this: DenoiseEngine, ...packet: Parameters<DenoiseEngine['submit']>) => boolean;
const submit: Submit = Reflect.get(DenoiseEngine.prototype, 'submit');
const run: (this: DenoiseEngine) => number = Reflect.get(DenoiseEngine.prototype, 'run');
let shard = -1;
let submitted = 0;

DenoiseEngine.prototype.submit = function (lane, input, output, speech) {
  submitted += 1;
  const own = shard + 1;
  const isDue = submitted === SPOILED && Atomics.compareExchange(trap, 0, own, 0) === own;
  return submit.call(this, lane, isDue ? BEYOND_MEMORY : input, output, speech);
};

DenoiseEngine.prototype.run = function () {
  submitted = 0;
  return run.call(this);
};

export default async function trappingTask(task: ShardTask): Promise<boolean> {
  shard = task.shard;
  return await shardTask(task);
}
