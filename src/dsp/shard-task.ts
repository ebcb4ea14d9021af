// What main thread and workers say to each other besides the shared memory: start data and tasks. Media plane.

import type { SharedWasmMemory, WasmModule } from './wasm.js';

/** What every worker of a pool is started with. */
export interface ShardWorkerData {
  /** The shards' memories; a worker learns from its first task which one is its own. */
  readonly shards: readonly {
    readonly buffer: SharedArrayBuffer;
    readonly byteOffset: number;
    readonly slots: number;
    /** The memory whose buffer it is, where the batched engine runs in it. */
    readonly memory?: SharedWasmMemory;
  }[];
  readonly batched: boolean;
  readonly denoises: boolean;
  /** Stock RNNoise, compiled; undefined where it is not used. */
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
