// What main thread and workers say to each other besides the shared memory: start data and tasks. Media plane.

import type { WasmModule } from './wasm.js';

/** What every worker of a pool is started with. */
export interface ShardWorkerData {
  /** The shards' memories; a worker learns from its first task which one is its own. */
  readonly shards: readonly {
    readonly buffer: SharedArrayBuffer;
    readonly byteOffset: number;
    readonly slots: number;
  }[];
  /** RNNoise, compiled; undefined where noise suppression is off. */
  readonly rnnoise: WasmModule | undefined;
  readonly gate: boolean;
  readonly sileroPath: string;
}

export interface ShardTask {
  readonly shard: number;
  readonly incarnation: number;
  /** Load the engines and run them in, rather than do the shard's work. */
  readonly warmUp: boolean;
}
