// The audio pool: gives out slots, feeds the shards' workers every tick, hands clean frames on. Media plane.

import { RingmasterError } from '../errors.js';
import { FrameRoom, type FrameCounts } from './inbound-ring.js';
import { LatencyHistogram } from './latency-histogram.js';
import { TOP_STEP } from './load-ladder.js';
import type { CleanFrameListener, DspCounters, DspPool, DspSlot } from './pool-types.js';
import { HeaderField, type ShardMemory } from './shard-memory.js';
import { progressOf } from './shard-ownership.js';
import { ShardRunner, type ShardRunnerOptions } from './shard-runner.js';
import { hasNewOwner, ShardSlot } from './slot.js';

/** Losses in a row after which the frames that wait are taken for their cause. */
const POISONED_AFTER = 2;

export type ShardPoolOptions = Omit<ShardRunnerOptions, 'onDone' | 'onLost' | 'headers'> & {
  readonly memories: readonly ShardMemory[];
  readonly engine: 'batched' | 'stock';
  readonly engineReason: string;
  readonly cleanDelayMs: number;
  readonly onWorkerLost: (error: RingmasterError) => void;
};

interface PoolShard {
  readonly index: number;
  readonly memory: ShardMemory;
  readonly slots: (ShardSlot | undefined)[];
  openSlots: number;
  /** The worker's progress when its frames were looked for last; undefined where some may be left. */
  progress: number | undefined;
  /** The header's sums as they were read last. */
  readonly seen: Int32Array;
}

export class ShardPool implements DspPool {
  readonly cleanDelayMs: number;
  readonly engine: 'batched' | 'stock';
  readonly engineReason: string;
  readonly #shards: readonly PoolShard[];
  readonly #counts: FrameCounts = { received: 0, processed: 0, late: 0, dropped: 0, repaired: 0 };
  readonly #sums = new Float64Array(32);
  readonly #latencies = new LatencyHistogram();
  /** Each clean frame in turn, on its way to its listener. */
  readonly #frame = new FrameRoom();
  #runner: ShardRunner | undefined;

  /** @throws {RingmasterError} DSP_WORKER_FAILED */
  static async start(options: ShardPoolOptions): Promise<ShardPool> {
    const pool = new ShardPool(options);
    pool.#runner = await ShardRunner.start({
      ...options,
      headers: options.memories.map(({ header }) => header),
      onDone: (shard, more) => pool.#onDone(shard, more),
      onLost: (shard, failures, cause) => {
        options.onWorkerLost(lossOf(shard, cause));
        pool.#onLost(shard, failures);
      },
    });
    return pool;
  }

  private constructor(options: ShardPoolOptions) {
    this.cleanDelayMs = options.cleanDelayMs;
    this.engine = options.engine;
    this.engineReason = options.engineReason;
    this.#shards = options.memories.map((memory, index) => ({
      index,
      memory,
      slots: memory.slots.map(() => undefined),
      openSlots: 0,
      progress: undefined,
      seen: memory.header.slice(),
    }));
  }

  get shards(): number {
    return this.#shards.length;
  }

  get capacity(): number {
    return this.#shards.reduce((sum, shard) => sum + shard.slots.length, 0);
  }

  get openSlots(): number {
    return this.#shards.reduce((sum, shard) => sum + shard.openSlots, 0);
  }

  /** The worker threads, for fault tests. */
  get threads(): ShardRunner['threads'] {
    return this.#runner?.threads ?? [];
  }

  /** Replace a shard's worker, wherever it is; for fault tests. */
  stopWorker(shard: number): void {
    this.#runner?.stop(shard);
  }

  get isOverloaded(): boolean {
    return this.#loadStep >= TOP_STEP;
  }

  get #loadStep(): number {
    return this.#shards.reduce(
      (step, { memory }) => Math.max(step, Atomics.load(memory.header, HeaderField.STEP)),
      0,
    );
  }

  latencyPercentiles(): { p50: number; p99: number; max: number } {
    return {
      p50: this.#latencies.percentile(0.5),
      p99: this.#latencies.percentile(0.99),
      max: this.#latencies.max,
    };
  }

  counters(): DspCounters {
    for (const shard of this.#shards) this.#collect(shard);
    const sum = (field: number): number => this.#sums[field] as number;
    return {
      ...this.#counts,
      workerRestarts: this.#runner?.restarts ?? 0,
      denoised: sum(HeaderField.DENOISED),
      shedCalls: this.#shards.reduce(
        (shed, { memory }) => shed + Atomics.load(memory.header, HeaderField.SHED),
        0,
      ),
      loadStep: this.#loadStep,
      windows: sum(HeaderField.WINDOWS),
      faults: sum(HeaderField.FAULTS),
      busyMs: sum(HeaderField.BUSY_MICROSECONDS) / 1000,
    };
  }

  open(onFrame: CleanFrameListener): DspSlot {
    const shard = this.#emptiestShard();
    const index = shard?.slots.indexOf(undefined) ?? -1;
    const memory = shard?.memory.slots[index];
    if (shard === undefined || memory === undefined) {
      throw new RingmasterError('DSP_POOL_FULL', `all ${this.capacity} audio slots are taken`, {
        retryable: true,
      });
    }
    const slot = new ShardSlot(shard.index, memory, this.#frame, this.#counts, onFrame, () => {
      shard.slots[index] = undefined;
      shard.openSlots--;
    });
    shard.slots[index] = slot;
    shard.openSlots++;
    return slot;
  }

  tick(): void {
    const runner = this.#runner;
    if (runner === undefined) return;
    const nowMs = performance.now();
    runner.checkDeadlines(nowMs);
    for (const shard of this.#shards) {
      this.#deliverProgress(shard, nowMs);
      if (runner.isReady(shard.index) && hasWork(shard)) runner.run(shard.index);
    }
  }

  async close(): Promise<void> {
    const runner = this.#runner;
    this.#runner = undefined;
    await runner?.close();
  }

  #emptiestShard(): PoolShard | undefined {
    let emptiest: PoolShard | undefined;
    for (const shard of this.#shards) {
      if (shard.openSlots === shard.slots.length) continue;
      if (emptiest === undefined || shard.openSlots < emptiest.openSlots) emptiest = shard;
    }
    return emptiest;
  }

  #onDone(index: number, more: boolean): void {
    const shard = this.#shards[index] as PoolShard;
    this.#deliver(shard, performance.now());
    if (more && this.#runner?.isReady(index) === true && hasWork(shard)) this.#runner.run(index);
  }

  #onLost(index: number, failures: number): void {
    const shard = this.#shards[index] as PoolShard;
    this.#deliver(shard, performance.now());
    if (failures < POISONED_AFTER) return;
    for (const slot of shard.slots) slot?.dropWaiting();
  }

  /** While a task runs: its rounds so far, where there are any. */
  #deliverProgress(shard: PoolShard, nowMs: number): void {
    // Read first: what the worker finishes meanwhile is for the next time.
    const progress = progressOf(shard.memory.header);
    if (progress === shard.progress) return;
    shard.progress = progress;
    this.#deliver(shard, nowMs);
  }

  #deliver(shard: PoolShard, nowMs: number): void {
    for (const slot of shard.slots) {
      try {
        slot?.deliver(nowMs, this.#latencies);
      } catch (error) {
        shard.progress = undefined;
        // A listener threw, against its contract: not the other calls' affair, but not hidden either.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** Add what the worker's sums grew by; often enough that none wraps twice. */
  #collect(shard: PoolShard): void {
    for (let field = HeaderField.DENOISED; field <= HeaderField.BUSY_MICROSECONDS; field++) {
      const value = Atomics.load(shard.memory.header, field);
      const grown = (value - (shard.seen[field] as number)) >>> 0;
      shard.seen[field] = value;
      this.#sums[field] = (this.#sums[field] as number) + grown;
    }
  }
}

function lossOf(shard: number, cause: unknown): RingmasterError {
  const reason = cause instanceof Error ? cause.message : 'for a reason unknown';
  const message = `the audio worker of shard ${shard} is replaced: ${reason}`;
  return new RingmasterError('DSP_WORKER_FAILED', message, { cause, retryable: true });
}

function hasWork(shard: PoolShard): boolean {
  const { slots } = shard.memory;
  for (let index = 0; index < slots.length; index++) {
    if (shard.slots[index]?.hasWork() === true) return true;
    if (hasNewOwner(slots[index] as (typeof slots)[number])) return true;
  }
  return false;
}
