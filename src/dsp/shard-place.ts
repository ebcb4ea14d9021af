// Where a shard lies: the memory that its worker and the main thread share, as either engine needs it. Media plane.

import { batchedLayout } from './batched-layout.js';
import { ShardMemory } from './shard-memory.js';
import { sharedMemoryFor, type SharedWasmMemory } from './wasm.js';

/** Can be posted to a worker. */
export interface ShardPlace {
  readonly buffer: SharedArrayBuffer;
  readonly byteOffset: number;
  readonly slots: number;
  /** The memory whose buffer it is, where the batched engine runs in it. */
  readonly memory?: SharedWasmMemory;
}

/** Slots alone: the stock engines have memories of their own. */
export function stockPlace(slots: number): ShardPlace {
  return { buffer: new SharedArrayBuffer(ShardMemory.bytesFor(slots)), byteOffset: 0, slots };
}

/** Slots and engines in one memory, which the kernels import: what is written here, they read. */
export function batchedPlace(slots: number): ShardPlace {
  const memory = sharedMemoryFor(batchedLayout(slots).bytes);
  return { buffer: memory.buffer, byteOffset: 0, slots, memory };
}
