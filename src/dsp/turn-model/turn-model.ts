// Asks an ONNX model, on a thread of its own, whether a turn sounds complete. Media plane, once a pause.
//
// A question that is not answered in time is answered with `undefined`: others decide then. One question
// runs at a time; a few wait, each no longer than the time-out, and one more is not taken. A run that
// takes too long is not broken off, since a thread must not be terminated within onnxruntime (see
// shard-ownership.ts): the model answers nothing until the run has returned, and then works again.

import { access, constants } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { RingmasterError } from '../../errors.js';
import { LINE_RATE_HZ } from '../frame.js';
import { giveOwnership, isInNative, leaveNative, leaveNativeSync } from '../shard-ownership.js';
import { HeaderField } from '../shard-memory.js';
import type {
  TurnModelAnswer,
  TurnModelOutput,
  TurnModelTask,
  TurnModelWorkerData,
} from './messages.js';

export type { TurnModelOutput } from './messages.js';

export interface TurnModelOptions {
  /** An ONNX file: one input float32 [1, samples], -1..1 at 16 kHz, one output of one float32. */
  readonly modelPath: string;
  readonly output: TurnModelOutput;
  /** The newest audio that the model is given; a model of a fixed number of samples decides itself. */
  readonly windowMs: number;
  /** From the question to its answer, waiting included. */
  readonly timeoutMs: number;
  /** Questions that wait while one is answered. */
  readonly maxQueue: number;
  /** Told of the first of failures in a row, time-outs apart; must not throw. */
  readonly onFault?: (error: RingmasterError) => void;
}

export interface TurnModelCounters {
  readonly answered: number;
  readonly timeouts: number;
  /** Not taken: too many waited. */
  readonly refused: number;
  readonly faults: number;
}

interface Question {
  readonly pcm: Int16Array;
  /** Only the first answer counts. @returns true where it is */
  readonly answer: (probability: number | undefined) => boolean;
}

const WORKER_FILE = fileURLToPath(new URL('./worker.js', import.meta.url));
/** More audio is not copied: no model in use takes more. */
const MOST_WINDOW_MS = 30_000;
/** The worker owns its header until the model is closed; then it begins no native call any more. */
const HEADER_FIELDS = Math.max(...Object.values(HeaderField)) + 1;
const OWNED = 1;
const CLOSED = 0;

export class TurnModel {
  readonly #options: TurnModelOptions;
  readonly #waiting: Question[] = [];
  readonly #header = new Int32Array(new SharedArrayBuffer(4 * HEADER_FIELDS));
  #pool: Piscina<TurnModelTask, TurnModelAnswer> | undefined;
  #running = false;
  #closed = false;
  /** What went wrong last, until something goes well. */
  #fault: RingmasterError | undefined;
  #answered = 0;
  #timeouts = 0;
  #refused = 0;
  #faults = 0;

  /** Starts nothing: the thread and the model come with `warmUp` or the first question. */
  constructor(options: TurnModelOptions) {
    this.#options = options;
  }

  get counters(): TurnModelCounters {
    return {
      answered: this.#answered,
      timeouts: this.#timeouts,
      refused: this.#refused,
      faults: this.#faults,
    };
  }

  /**
   * Load the model and try it on silence.
   * @throws {RingmasterError} DSP_MODEL_NOT_FOUND, DSP_MODEL_INVALID, DSP_WORKER_FAILED
   */
  async warmUp(): Promise<void> {
    const { modelPath } = this.#options;
    try {
      await access(modelPath, constants.R_OK);
    } catch (cause) {
      throw new RingmasterError('DSP_MODEL_NOT_FOUND', 'the turn model cannot be read', { cause });
    }
    let answer: TurnModelAnswer | undefined;
    try {
      answer = await this.#ask({ pcm: undefined });
    } catch (cause) {
      throw workerFailed(cause);
    }
    if (answer?.type === 'invalid') throw modelInvalid(answer.reason);
  }

  /**
   * The probability 0..1 that the turn is complete. Never rejects.
   * @param pcm the utterance so far, clean mono int16 at 8000 Hz; copied before this returns
   * @param signal gives the question up
   * @returns undefined where there is none in time
   */
  async completeProbability(pcm: Int16Array, signal: AbortSignal): Promise<number | undefined> {
    if (this.#closed || signal.aborted) return undefined;
    if (this.#running && this.#waiting.length >= this.#options.maxQueue) {
      this.#refused++;
      return undefined;
    }
    const newest = pcm.slice(-(MOST_WINDOW_MS * LINE_RATE_HZ) / 1000);
    return await new Promise((resolve) => this.#enqueue(newest, signal, resolve));
  }

  /** Questions are answered with undefined. Waits for a run in progress, but not for one that hangs. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    process.off('exit', this.#beforeExit);
    for (const { answer } of this.#waiting.splice(0)) answer(undefined);
    giveOwnership(this.#header, CLOSED);
    const pool = this.#pool;
    this.#pool = undefined;
    if (!pool) return;
    await leaveNative([this.#header]);
    if (!isInNative(this.#header)) await pool.destroy();
    // It must not be terminated there, but the process does not wait for it either.
    else for (const thread of pool.threads) thread.unref();
  }

  readonly #beforeExit = (): void => {
    giveOwnership(this.#header, CLOSED);
    leaveNativeSync([this.#header]);
  };

  #enqueue(
    pcm: Int16Array,
    signal: AbortSignal,
    resolve: (probability: number | undefined) => void,
  ): void {
    let settled = false;
    const question: Question = {
      pcm,
      answer: (probability) => {
        if (settled) return false;
        settled = true;
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        const place = this.#waiting.indexOf(question);
        if (place >= 0) this.#waiting.splice(place, 1);
        resolve(probability);
        return true;
      },
    };
    const giveUp = (): void => void question.answer(undefined);
    const timer = setTimeout(() => {
      this.#timeouts++;
      giveUp();
    }, this.#options.timeoutMs);
    signal.addEventListener('abort', giveUp, { once: true });
    this.#waiting.push(question);
    this.#next();
  }

  #next(): void {
    if (this.#running || this.#closed) return;
    const question = this.#waiting.shift();
    if (!question) return;
    this.#running = true;
    void this.#run(question).then(() => {
      this.#running = false;
      this.#next();
    });
  }

  /** Never rejects. */
  async #run({ pcm, answer }: Question): Promise<void> {
    let fault: RingmasterError | undefined;
    let probability: number | undefined;
    try {
      const reply = await this.#ask({ pcm }, [pcm.buffer as ArrayBuffer]);
      if (reply?.type === 'invalid') fault = modelInvalid(reply.reason);
      else probability = reply?.probability;
    } catch (cause) {
      fault = workerFailed(cause);
    }
    if (this.#closed) {
      answer(undefined);
      return;
    }
    if (fault) {
      this.#faults++;
      if (!this.#fault) this.#options.onFault?.(fault);
    }
    this.#fault = fault;
    if (answer(probability) && !fault) this.#answered++;
  }

  /** @returns undefined where the model is closed */
  async #ask(
    task: TurnModelTask,
    transferList: readonly ArrayBuffer[] = [],
  ): Promise<TurnModelAnswer | undefined> {
    if (this.#closed) return undefined;
    if (!this.#pool) {
      giveOwnership(this.#header, OWNED);
      this.#pool = startPool(this.#options, this.#header);
      process.once('exit', this.#beforeExit);
    }
    return await this.#pool.run(task, { transferList: [...transferList] });
  }
}

function startPool(
  { modelPath, output, windowMs }: TurnModelOptions,
  header: Int32Array,
): Piscina<TurnModelTask, TurnModelAnswer> {
  const incarnation = OWNED;
  const workerData: TurnModelWorkerData = { modelPath, output, windowMs, header, incarnation };
  const pool = new Piscina<TurnModelTask, TurnModelAnswer>({
    filename: WORKER_FILE,
    workerData,
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Infinity,
    concurrentTasksPerWorker: 1,
    // What the process was started with (loaders, test tools) would only slow its start.
    execArgv: [],
    recordTiming: false,
  });
  // A thread that dies rejects its task, and is replaced with the next one.
  pool.on('error', () => {});
  return pool;
}

const modelInvalid = (reason: string): RingmasterError =>
  new RingmasterError('DSP_MODEL_INVALID', `the turn model is of no use: ${reason}`);

const workerFailed = (cause: unknown): RingmasterError =>
  new RingmasterError('DSP_WORKER_FAILED', 'the turn model ended in failure', { cause });
