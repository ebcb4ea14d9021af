// The audio of a clause that may never be said: synthesised ahead, kept, and handed over when it is. Control plane.

import { RingmasterError } from '../errors.js';
import type { TtsChunk } from './ports.js';

/** No more of it than this is asked for: a draft is often thrown away. */
const MOST_MS = 1500;

/** One for all: an `abort` without a reason makes a DOMException with a stack each time. */
const FORGOTTEN = new RingmasterError('PROVIDER_FAILED', 'what was prepared is not said');

/** What was prepared, from its beginning; whoever takes it ends it. */
export interface TakenSpeech {
  readonly chunks: AsyncIterable<TtsChunk>;
  abort(reason: RingmasterError): void;
}

class Ahead implements TakenSpeech {
  readonly text: string;
  failed = false;
  readonly #abort = new AbortController();
  readonly #source: AsyncIterator<TtsChunk>;
  /** Of the calls of `next` so far, in order. */
  readonly #results: Promise<IteratorResult<TtsChunk>>[] = [];
  #taken = false;

  constructor(text: string, synthesize: (signal: AbortSignal) => AsyncIterable<TtsChunk>) {
    this.text = text;
    this.#source = synthesize(this.#abort.signal)[Symbol.asyncIterator]();
    void this.#fill();
  }

  get chunks(): AsyncIterable<TtsChunk> {
    this.#taken = true;
    return this.#rest();
  }

  abort(reason: RingmasterError): void {
    this.#abort.abort(reason);
    // Where it waits for nobody, a generator never sees the signal.
    this.#source.return?.().catch(() => undefined);
  }

  async #fill(): Promise<void> {
    try {
      for (let ms = 0; ms < MOST_MS && !this.#taken && !this.#abort.signal.aborted;) {
        const next = this.#source.next();
        this.#results.push(next);
        const { done, value } = await next;
        if (done === true) return;
        ms += Math.max(1, (value.pcm.length * 1000) / value.sampleRateHz);
      }
    } catch {
      // Whoever takes it is told by the same promise; who comes later tries anew.
      this.failed = true;
    }
  }

  async *#rest(): AsyncGenerator<TtsChunk, void, undefined> {
    for (let i = 0; ; i += 1) {
      const { done, value } = await (this.#results[i] ?? this.#source.next());
      if (done === true) return;
      yield value;
    }
  }
}

/** At most one clause is kept at a time. */
export class SpeechAhead {
  #ahead: Ahead | undefined;

  /** In place of what was prepared before. */
  prepare(text: string, synthesize: (signal: AbortSignal) => AsyncIterable<TtsChunk>): void {
    this.forget();
    this.#ahead = new Ahead(text, synthesize);
  }

  /** @returns undefined where this text was not prepared, or could not be */
  take(text: string): TakenSpeech | undefined {
    const ahead = this.#ahead;
    if (ahead?.text !== text) return undefined;
    this.#ahead = undefined;
    return ahead.failed ? undefined : ahead;
  }

  forget(): void {
    this.#ahead?.abort(FORGOTTEN);
    this.#ahead = undefined;
  }
}
