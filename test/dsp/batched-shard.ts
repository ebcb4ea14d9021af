// A shard without a thread that runs on the batched kernels, in one memory laid out as the pool lays it out.

import { batchedLayout } from '../../src/dsp/batched-layout.js';
import type { FrameRound, ShardEngine } from '../../src/dsp/shard-engine.js';
import { createBatchedEngines } from '../../src/dsp/shard-engines.js';
import type { ShardMemory } from '../../src/dsp/shard-memory.js';
import { findSileroModel } from '../../src/dsp/vad/silero-model.js';
import { sharedMemoryFor } from '../../src/dsp/wasm.js';
import { ShardHarness } from './shard-harness.js';

const sileroPath = await findSileroModel();

/** Sees every round after the engine has worked on it, before it is published. */
type RoundWatcher = (round: FrameRound, memory: ShardMemory) => void;

export function batchedShard(slots: number, onRound?: RoundWatcher): ShardHarness {
  const memory = sharedMemoryFor(batchedLayout(slots).bytes);
  return new ShardHarness(slots, undefined, {
    buffer: memory.buffer,
    byteOffset: 0,
    engines: (shard) => {
      const engines = createBatchedEngines(shard, memory, { sileroPath, denoises: true });
      if (!onRound) return engines;
      return { ...engines, engine: watched(engines.engine, shard, onRound) };
    },
  });
}

function watched(engine: ShardEngine, memory: ShardMemory, onRound: RoundWatcher): ShardEngine {
  const process = async (round: FrameRound): Promise<void> => {
    await engine.process(round);
    onRound(round, memory);
  };
  return new Proxy(engine, {
    get: (target, name) => {
      if (name === 'process') return process;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
