// The worker threads of the local voice: who renders what next, and what happens when one dies. Control plane.

import { Worker } from 'node:worker_threads';
import { RingmasterError } from '../../errors.js';
import { FairQueue } from './fair-queue.js';
import { loadFlite, type FliteVoice, type Speech } from './flite.js';
import type { TtsWorkerAnswer, TtsWorkerData } from './tts-worker.js';

export interface TtsWorkersOptions {
  readonly voice: FliteVoice;
  readonly workers: number;
  readonly workerUrl: URL;
  readonly renderTimeoutMs: number;
  readonly maxWaiting: number;
}

interface Job {
  readonly text: string;
  /** Called at most once each in effect: they settle a promise. */
  readonly done: (speech: Speech | undefined) => void;
  readonly failed: (error: RingmasterError) => void;
}

const failure = (message: string, options: { cause?: unknown; retryable?: boolean } = {}) =>
  new RingmasterError('PROVIDER_FAILED', `local text to speech: ${message}`, options);

/** Renders in at most `workers` threads, started when there is work; calls take turns. */
export class TtsWorkers {
  readonly #options: TtsWorkersOptions;
  readonly #waiting = new FairQueue<string, Job>();
  readonly #idle: Worker[] = [];
  /** Every thread, with what it renders. */
  readonly #threads = new Map<Worker, Job | undefined>();
  #closed = false;

  constructor(options: TtsWorkersOptions) {
    this.#options = options;
  }

  /** Pieces that wait for a thread. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * @param lane whose turn it is, a call
   * @returns undefined once `signal` is aborted
   * @throws {RingmasterError} PROVIDER_FAILED, PROVIDER_TIMEOUT (both retryable, unless closed or the
   *   engine itself failed), DSP_MODEL_MISSING
   */
  async render(lane: string, text: string, signal: AbortSignal): Promise<Speech | undefined> {
    const module = await loadFlite();
    if (this.#closed) throw failure('closed');
    if (signal.aborted) return undefined;
    if (this.#waiting.size >= this.#options.maxWaiting) {
      throw failure('too many pieces wait', { retryable: true });
    }
    return new Promise((resolve, reject) => {
      const settled = () => signal.removeEventListener('abort', onAbort);
      const job: Job = {
        text,
        done: (speech) => {
          settled();
          resolve(speech);
        },
        failed: (error) => {
          settled();
          reject(error);
        },
      };
      const onAbort = () => {
        this.#waiting.remove(lane, job);
        job.done(undefined);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(lane, job);
      this.#dispatch({ module, voice: this.#options.voice });
    });
  }

  /** What waits or is rendered fails. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    for (let job = this.#waiting.shift(); job; job = this.#waiting.shift()) {
      job.failed(failure('closed'));
    }
    await Promise.all([...this.#threads.keys()].map((thread) => thread.terminate()));
  }

  #dispatch(data: TtsWorkerData): void {
    while (this.#waiting.size > 0) {
      const hasRoom = this.#threads.size < this.#options.workers;
      if (this.#idle.length === 0 && !hasRoom) return;
      const job = this.#waiting.shift() as Job;
      this.#start(this.#idle.pop() ?? this.#newThread(data), job, data);
    }
  }

  #newThread(data: TtsWorkerData): Worker {
    const thread = new Worker(this.#options.workerUrl, {
      workerData: data,
      // Loaders and the like of the main thread would only slow its start.
      execArgv: [],
    });
    let cause: unknown;
    this.#threads.set(thread, undefined);
    thread.on('error', (error) => {
      cause = error;
    });
    thread.on('exit', () => {
      const job = this.#threads.get(thread);
      this.#threads.delete(thread);
      const at = this.#idle.indexOf(thread);
      if (at >= 0) this.#idle.splice(at, 1);
      const retryable = !this.#closed;
      job?.failed(failure(this.#closed ? 'closed' : 'a worker died', { cause, retryable }));
      if (!this.#closed) this.#dispatch(data);
    });
    return thread;
  }

  #start(thread: Worker, job: Job, data: TtsWorkerData): void {
    this.#threads.set(thread, job);
    const { renderTimeoutMs } = this.#options;
    const timer = setTimeout(() => {
      const message = `local text to speech: nothing rendered in ${renderTimeoutMs} ms`;
      job.failed(new RingmasterError('PROVIDER_TIMEOUT', message, { retryable: true }));
      thread.removeAllListeners('message');
      void thread.terminate();
    }, renderTimeoutMs);
    const onExit = () => clearTimeout(timer);
    thread.once('exit', onExit);
    thread.once('message', (answer: TtsWorkerAnswer) => {
      clearTimeout(timer);
      thread.off('exit', onExit);
      this.#threads.set(thread, undefined);
      if (this.#closed) {
        job.failed(failure('closed'));
        return;
      }
      this.#idle.push(thread);
      if ('speech' in answer) {
        job.done(answer.speech);
      } else {
        job.failed(failure(answer.failure));
      }
      this.#dispatch(data);
    });
    thread.postMessage(job.text, []);
  }
}
