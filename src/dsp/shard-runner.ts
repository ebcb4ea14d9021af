// One Piscina worker for each shard: pins tasks to it, and replaces it when it dies, throws or hangs. Media plane.
//
//   down --a worker is there--> warming --engines run--> ready <--task--> busy
//     ^                            |                       |               |
//     |<---- the worker died or threw ---------------------'---------------|
//     |                            |                                       |
//     '------------------------- stopping <------ made no progress --------'
//
// A task is only submitted for a shard that is ready, so that Piscina's queue stays empty: a task in it that
// waits for its worker would hold up those of other shards.

import { Piscina, queueOptionsSymbol } from 'piscina';
import { RingmasterError } from '../errors.js';
import {
  forgetNative,
  giveOwnership,
  isInNative,
  leaveNative,
  leaveNativeSync,
  progressOf,
} from './shard-ownership.js';
import type { ShardTask, ShardWorkerData } from './shard-task.js';
import { WorkerPins } from './worker-pins.js';

/** Loading the engines takes well below a second on an idle machine. */
const WARM_UP_LIMIT_MS = 30_000;
/**
 * How often deadlines are looked at before the pool ticks; also what the time between two looks counts
 * at most. Where it was longer the main thread did not run, and a machine that stood still gave the
 * workers no time either: they are not to blame.
 */
const DEADLINES_MS = 100;
const RETRY_MS = 50;
const RETRY_LIMIT_MS = 5000;

/**
 * Piscina requires a worker's module, and imports it where that fails. Node 20.20 aborts the whole process
 * if the thread is terminated while it requires an ES module ("v8::Module::IsGraphAsync must be used on an
 * instantiated module"), so there it has to fail.
 */
const NO_REQUIRE = '--no-experimental-require-module';
const WORKER_FLAGS = process.allowedNodeEnvironmentFlags.has(NO_REQUIRE) ? [NO_REQUIRE] : [];

export interface ShardRunnerOptions {
  /** Header of each shard's memory. */
  readonly headers: readonly Int32Array[];
  /** Absolute path of the module whose default export runs a `ShardTask`. */
  readonly workerFile: string;
  readonly workerData: ShardWorkerData;
  /** A worker that makes no progress in a task for so long is replaced. */
  readonly taskLimitMs: number;
  /** A task is done; `more`: the shard has work left. */
  readonly onDone: (shard: number, more: boolean) => void;
  /**
   * A shard lost its worker; no one works on its memory now.
   * @param failures losses in a row without a task done between
   * @param cause what was thrown, or said of its end
   */
  readonly onLost: (shard: number, failures: number, cause: unknown) => void;
}

interface Shard {
  readonly index: number;
  readonly header: Int32Array;
  state: 'down' | 'warming' | 'ready' | 'busy' | 'stopping';
  incarnation: number;
  failures: number;
  /** For how long its worker was seen not to get on, and how far it is. */
  stalledMs: number;
  progress: number;
  abort: AbortController;
}

export class ShardRunner {
  readonly #options: ShardRunnerOptions;
  readonly #shards: readonly Shard[];
  readonly #pins: WorkerPins;
  readonly #piscina: Piscina<ShardTask, boolean>;
  #started: { resolve: () => void; reject: (error: RingmasterError) => void } | undefined;
  #restarts = 0;
  #checkedAtMs = performance.now();
  #closed = false;

  /** Start the workers; resolves when all engines run at full speed. */
  static async start(options: ShardRunnerOptions): Promise<ShardRunner> {
    const runner = new ShardRunner(options);
    const deadlines = setInterval(() => runner.checkDeadlines(performance.now()), DEADLINES_MS);
    try {
      await new Promise<void>((resolve, reject) => {
        runner.#started = { resolve, reject };
      });
    } catch (error) {
      await runner.close();
      throw error;
    } finally {
      clearInterval(deadlines);
    }
    return runner;
  }

  private constructor(options: ShardRunnerOptions) {
    this.#options = options;
    this.#shards = options.headers.map((header, index) => ({
      index,
      header,
      state: 'down',
      incarnation: 0,
      failures: 0,
      stalledMs: 0,
      progress: 0,
      abort: new AbortController(),
    }));
    this.#pins = new WorkerPins(options.headers.length);
    this.#piscina = new Piscina<ShardTask, boolean>({
      filename: options.workerFile,
      workerData: options.workerData,
      minThreads: options.headers.length,
      maxThreads: options.headers.length,
      maxQueue: options.headers.length,
      idleTimeout: Infinity,
      concurrentTasksPerWorker: 1,
      atomics: 'sync',
      // What the process was started with (loaders, test tools) would only slow their start.
      execArgv: WORKER_FLAGS,
      recordTiming: false,
      loadBalancer: (task, workers) => {
        const { shard } = task[queueOptionsSymbol] as { readonly shard: number };
        return this.#pins.choose(shard, workers);
      },
    });
    // Both are told in the middle of things.
    this.#piscina.on('workerCreate', (worker: { readonly id: number }) => {
      queueMicrotask(() => this.#assign(worker.id));
    });
    this.#piscina.on('workerDestroy', () => queueMicrotask(() => this.#findLosses()));
    // What a worker without a task died of; that it died is told by `workerDestroy`.
    this.#piscina.on('error', () => {});
    process.once('exit', this.#beforeExit);
  }

  /** Workers that had to be replaced. */
  get restarts(): number {
    return this.#restarts;
  }

  /** The worker threads, for fault tests. */
  get threads(): Piscina['threads'] {
    return this.#piscina.threads;
  }

  /** True where `run` may be called. */
  isReady(shard: number): boolean {
    return this.#shards[shard]?.state === 'ready';
  }

  /** Do a ready shard's work; `onDone` or `onLost` follows. */
  run(shard: number): void {
    const target = this.#shards[shard];
    if (target?.state === 'ready') this.#submit(target, false);
  }

  /** Replace a shard's worker as soon as that is safe: by the next `checkDeadlines` mostly. */
  stop(shard: number): void {
    const target = this.#shards[shard];
    if (target !== undefined) this.#stop(target);
  }

  /**
   * Look for workers that make no progress; to be called every few ms. One that gets on slowly, since the
   * machine is overloaded, is left alone: replacing it would only add to that.
   */
  checkDeadlines(nowMs: number): void {
    const watchedMs = Math.min(nowMs - this.#checkedAtMs, DEADLINES_MS);
    this.#checkedAtMs = nowMs;
    for (const shard of this.#shards) {
      const progress = progressOf(shard.header);
      shard.stalledMs = progress === shard.progress ? shard.stalledMs + watchedMs : 0;
      shard.progress = progress;
      if (shard.stalledMs > this.#limitMs(shard)) this.#stop(shard);
      // Piscina terminates the worker of an aborted task and starts another.
      if (shard.state === 'stopping' && !isInNative(shard.header)) shard.abort.abort();
    }
  }

  /** Terminate all workers. Idempotent. */
  async close(): Promise<void> {
    this.#disown();
    await leaveNative(this.#options.headers);
    process.off('exit', this.#beforeExit);
    await this.#piscina.destroy();
  }

  /** The process ends without `close`, and its workers with it. */
  readonly #beforeExit = (): void => {
    this.#disown();
    leaveNativeSync(this.#options.headers);
  };

  #disown(): void {
    this.#closed = true;
    for (const shard of this.#shards) giveOwnership(shard.header, shard.incarnation + 1);
  }

  #limitMs(shard: Shard): number {
    if (shard.state === 'busy') return this.#options.taskLimitMs;
    return shard.state === 'warming' ? WARM_UP_LIMIT_MS : Infinity;
  }

  /** Take the shard from its worker: what that one does from now on is void. */
  #stop(shard: Shard): void {
    if (shard.state === 'down') return;
    giveOwnership(shard.header, shard.incarnation + 1);
    if (shard.state === 'ready') this.#lose(shard, shard.incarnation, new Error('stopped'));
    else shard.state = 'stopping';
  }

  #submit(shard: Shard, warmUp: boolean): void {
    const { incarnation } = shard;
    shard.state = warmUp ? 'warming' : 'busy';
    shard.stalledMs = 0;
    const task = {
      shard: shard.index,
      incarnation,
      warmUp,
      [queueOptionsSymbol]: { shard: shard.index },
    };
    this.#piscina.run(task, { signal: shard.abort.signal }).then(
      (more) => this.#done(shard, incarnation, more),
      (cause: unknown) => this.#lose(shard, incarnation, cause),
    );
  }

  #done(shard: Shard, incarnation: number, more: boolean): void {
    if (this.#closed || shard.incarnation !== incarnation) return;
    if (shard.state === 'stopping') {
      this.#lose(shard, incarnation, new Error('the task was done too late'));
      return;
    }
    const wasWarming = shard.state === 'warming';
    shard.state = 'ready';
    if (!wasWarming) shard.failures = 0;
    else if (this.#shards.every((other) => other.state === 'ready' || other.state === 'busy')) {
      this.#started?.resolve();
    }
    this.#options.onDone(shard.index, more || wasWarming);
  }

  /** The shard's worker is dead or has to be. */
  #lose(shard: Shard, incarnation: number, cause: unknown): void {
    if (this.#closed || shard.incarnation !== incarnation) return;
    const threadId = this.#pins.threadOf(shard.index);
    this.#restarts++;
    shard.failures++;
    shard.incarnation++;
    giveOwnership(shard.header, shard.incarnation);
    forgetNative(shard.header);
    shard.state = 'down';
    this.#pins.release(shard.index);
    shard.abort = new AbortController();
    this.#started?.reject(
      new RingmasterError('DSP_WORKER_FAILED', 'an audio worker could not be started', { cause }),
    );
    this.#options.onLost(shard.index, shard.failures, cause);
    // One that threw is still there, in a state that no one knows.
    const thread = this.#piscina.threads.find((other) => other.threadId === threadId);
    if (thread !== undefined) void thread.terminate();
  }

  /** Find shards whose worker is gone though it had no task, and see that gone ones are replaced. */
  #findLosses(): void {
    if (this.#closed) return;
    const alive = new Set(this.#piscina.threads.map((thread) => thread.threadId));
    for (const shard of this.#shards) {
      const threadId = this.#pins.threadOf(shard.index);
      if (threadId === undefined || alive.has(threadId)) continue;
      this.#lose(shard, shard.incarnation, new Error('the worker exited'));
    }
    // Once a worker died while it booted Piscina starts none by itself, only for a task.
    const missing = this.#shards.length - this.#piscina.threads.length;
    const down = this.#shards.filter((shard) => shard.state === 'down');
    for (const shard of down.slice(0, Math.max(0, missing))) this.#submit(shard, true);
  }

  /** Give a worker that has no shard to a shard that has no worker. */
  #assign(threadId: number): void {
    if (this.#closed || this.#pins.isPinned(threadId)) return;
    const shard = this.#shards.find(
      ({ index, state }) => state === 'down' && this.#pins.threadOf(index) === undefined,
    );
    if (shard === undefined) return;
    this.#pins.pin(shard.index, threadId);
    this.#warmUpSoon(shard);
  }

  #warmUpSoon(shard: Shard): void {
    const { incarnation, failures } = shard;
    const submit = (): void => {
      if (this.#closed || shard.incarnation !== incarnation) return;
      this.#submit(shard, true);
    };
    if (failures < 2) submit();
    else setTimeout(submit, Math.min(RETRY_LIMIT_MS, RETRY_MS * 2 ** failures)).unref();
  }
}
