// What main thread and workers say to each other besides the shared memory: start data and tasks. Media plane.

import type { EngineOptions } from './shard-engines.js';
import type { ShardPlace } from './shard-place.js';

/** What every worker of a pool is started with. */
export interface ShardWorkerData extends EngineOptions {
  /** Of all shards; a worker learns from its first task which one is its own. */
  readonly shards: readonly ShardPlace[];
  /** `performance.timeOrigin` of the main thread, whose clock arrivals are on. */
  readonly timeOrigin: number;
}

export interface ShardTask {
  readonly shard: number;
  readonly incarnation: number;
  /** Load the engines and run them in, rather than do the shard's work. */
  readonly warmUp: boolean;
}
