// A pool with real workers, driven faster than real time.

import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DspPoolOptions } from '../../src/dsp/pool.js';
import { createShardPool } from '../../src/dsp/pool.js';
import type { ShardPool } from '../../src/dsp/shard-pool.js';
import type { Fault } from './faulty-worker.js';
import type { HeardFrame } from './shard-harness.js';

export const OPTIONS: DspPoolOptions = {
  shards: 2,
  callsPerShard: 4,
  denoise: 'off',
  vad: 'silero',
};

export interface FaultyPool {
  readonly pool: ShardPool;
  /** How long the workers took to start, on this machine as busy as it is. */
  readonly startMs: number;
  /** Switch a fault on for one shard. */
  fail(fault: (typeof Fault)[keyof typeof Fault], shard: number): void;
}

/** @param first a fault of shard 0 that is on from the start */
export async function faultyPool(
  options: Partial<DspPoolOptions> = {},
  first: (typeof Fault)[keyof typeof Fault] = 0,
): Promise<FaultyPool> {
  const faults = new Int32Array(new SharedArrayBuffer(8));
  faults[0] = first;
  const file = fileURLToPath(new URL('./faulty-worker.js', import.meta.url));
  const startedAtMs = performance.now();
  const pool = await createShardPool({ ...OPTIONS, ...options }, file, { faults });
  const fail: FaultyPool['fail'] = (fault, shard) => {
    Atomics.store(faults, 1, shard);
    Atomics.store(faults, 0, fault);
  };
  return { pool, fail, startMs: performance.now() - startedAtMs };
}

/** A listener that keeps copies. */
export function listenTo(heard: HeardFrame[]) {
  return (pcm: Int16Array, speech: number, arrivedAtMs: number): void => {
    heard.push({ pcm: pcm.slice(), speech, arrivedAtMs });
  };
}

/** Tick every few ms until `done`. @returns ms it took */
export async function tickUntil(
  pool: { tick(): void },
  done: () => boolean,
  limitMs = 10_000,
): Promise<number> {
  const startedAtMs = performance.now();
  while (!done()) {
    if (performance.now() - startedAtMs > limitMs) throw new Error('not done in time');
    pool.tick();
    await sleep(2);
  }
  return performance.now() - startedAtMs;
}
