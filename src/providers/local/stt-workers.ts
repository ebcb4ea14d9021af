// The recogniser's worker threads: started when needed, replaced when they die. Media plane.

import { Worker } from 'node:worker_threads';
import type { SpeechExpectation } from '../../actors/ports.js';
import { RingmasterError } from '../../errors.js';
import type {
  SttWorkerAnswer,
  SttWorkerData,
  SttWorkerOrder,
  WordsOfWorker,
} from './stt-messages.js';
import { watch } from './watchdog.js';

/** Who asked for an utterance to be decoded. Told on the main thread; must not throw. */
export interface UtteranceListener {
  interim(text: string): void;
  final(words: WordsOfWorker): void;
  /** The worker died or hung; nothing follows. */
  failed(error: RingmasterError): void;
}

/** One worker thread and the utterances pinned to it. */
export class SttWorkerThread {
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #taken = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #listeners = new Map<number, UtteranceListener>();
  readonly #watchdogs = new Map<number, () => void>();
  readonly #finalTimeoutMs: number;
  #sent = 0;
  #nextKey = 1;
  #dead = false;

  constructor(data: Omit<SttWorkerData, 'taken'>, finalTimeoutMs: number) {
    this.#finalTimeoutMs = finalTimeoutMs;
    const workerData: SttWorkerData = { ...data, taken: this.#taken.buffer };
    this.#worker = new Worker(new URL('./stt-worker.js', import.meta.url), {
      name: 'ringmaster-stt',
      workerData,
    });
    this.ready = new Promise((resolve, reject) => {
      this.#worker.on('message', (answer: SttWorkerAnswer) => {
        if (answer.type === 'ready') resolve();
        else this.#tell(answer);
      });
      const die = (cause?: unknown) => {
        const error = new RingmasterError('PROVIDER_FAILED', 'a speech recognition worker died', {
          cause,
          retryable: true,
        });
        reject(error);
        this.#die(error);
      };
      this.#worker.on('error', die);
      this.#worker.on('exit', () => die());
    });
    // Whoever awaits `ready` sees the rejection; where nobody does, the listeners were told.
    this.ready.catch(() => {});
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** What waits here, and what is to come of the utterances at hand. */
  get loadSamples(): number {
    return this.backlogSamples + this.#listeners.size * UTTERANCE_TO_COME;
  }

  /** Samples sent and not yet taken by the decoder. */
  get backlogSamples(): number {
    return (this.#sent - Atomics.load(this.#taken, 0)) | 0;
  }

  /** @returns the key of a new utterance */
  begin(listener: UtteranceListener): number {
    const key = this.#nextKey++;
    this.#listeners.set(key, listener);
    return key;
  }

  /** @param pcm 8000 Hz mono with a buffer of its own, which is given away */
  write(key: number, expectation: SpeechExpectation, pcm: Int16Array, last: boolean): void {
    if (this.#dead) return;
    this.#sent = (this.#sent + pcm.length) | 0;
    const order: SttWorkerOrder = { type: 'audio', key, expectation, pcm, last };
    this.#worker.postMessage(order, [pcm.buffer as ArrayBuffer]);
    if (!last) return;
    this.#watchdogs.set(
      key,
      watch(this.#finalTimeoutMs, () => this.#hang()),
    );
  }

  drop(key: number): void {
    if (!this.#forget(key) || this.#dead) return;
    const order: SttWorkerOrder = { type: 'drop', key };
    this.#worker.postMessage(order, []);
  }

  /** Utterances in progress get no answer. */
  async close(): Promise<void> {
    for (const key of this.#listeners.keys()) this.#forget(key);
    this.#dead = true;
    await this.#worker.terminate();
  }

  #tell(answer: Exclude<SttWorkerAnswer, { type: 'ready' }>): void {
    const listener = this.#listeners.get(answer.key);
    if (!listener) return;
    if (answer.type === 'interim') {
      listener.interim(answer.text);
      return;
    }
    this.#forget(answer.key);
    listener.final(answer);
  }

  #forget(key: number): boolean {
    this.#watchdogs.get(key)?.();
    this.#watchdogs.delete(key);
    return this.#listeners.delete(key);
  }

  #hang(): void {
    this.#die(
      new RingmasterError('PROVIDER_TIMEOUT', 'a speech recognition worker hangs', {
        retryable: true,
      }),
    );
    void this.#worker.terminate();
  }

  #die(error: RingmasterError): void {
    if (this.#dead) return;
    this.#dead = true;
    const listeners = [...this.#listeners.values()];
    for (const key of this.#listeners.keys()) this.#forget(key);
    for (const listener of listeners) listener.failed(error);
  }
}

/** An utterance that is being spoken will want about so much more: a word. Samples. */
const UTTERANCE_TO_COME = 8000;

/** A fixed number of places for threads; each is filled when it is first needed. */
export class SttWorkers {
  readonly #places: (SttWorkerThread | undefined)[];
  readonly #start: () => SttWorkerThread;

  constructor(count: number, start: () => SttWorkerThread) {
    this.#places = Array.from({ length: count });
    this.#start = start;
  }

  /** Every place filled and its models loaded. */
  async ready(): Promise<void> {
    await Promise.all(this.#places.map((_, place) => this.#at(place).ready));
  }

  /** The thread that has the least to decode, as far as is known; fresh where the last one died. */
  leastBusy(): SttWorkerThread {
    let chosen = this.#at(0);
    let least = chosen.loadSamples;
    for (let place = 1; place < this.#places.length; place++) {
      const thread = this.#at(place);
      const load = thread.loadSamples;
      if (load >= least) continue;
      least = load;
      chosen = thread;
    }
    return chosen;
  }

  async close(): Promise<void> {
    const threads = this.#places.filter((thread) => thread !== undefined);
    this.#places.fill(undefined);
    await Promise.all(threads.map((thread) => thread.close()));
  }

  #at(place: number): SttWorkerThread {
    let thread = this.#places[place];
    if (!thread || thread.dead) {
      thread = this.#start();
      this.#places[place] = thread;
    }
    return thread;
  }
}
