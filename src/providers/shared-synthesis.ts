// One synthesis that any number of calls read, each from its first chunk on. Media plane.

import type { CallSid, TtsChunk, TtsProvider } from '../actors/ports.js';

export interface SynthesisText {
  readonly callSid: CallSid;
  readonly text: string;
  readonly language?: string;
}

/** The receiver owns what it gets: nothing is shared. */
export const copyOf = ({ pcm, sampleRateHz, words }: TtsChunk): TtsChunk => ({
  pcm: pcm.slice(),
  sampleRateHz,
  ...(words && { words: words.map((word) => ({ ...word })) }),
});

/** Reads the engine as fast as it gives, and stops it when the last reader is gone. */
export class SharedSynthesis {
  /** The chunks so far; not to be written to. */
  readonly chunks: TtsChunk[] = [];
  readonly #abort = new AbortController();
  /** Settles with the synthesis; never rejects. */
  readonly ended: Promise<void>;
  #state: 'running' | 'complete' | 'failed' = 'running';
  #error: unknown;
  #readers = 0;
  #wake: (() => void)[] = [];

  constructor(provider: TtsProvider, text: SynthesisText) {
    this.ended = this.#run(provider, text);
  }

  get isComplete(): boolean {
    return this.#state === 'complete';
  }

  /** May another call read it? Not once it failed or was stopped. */
  get isOpen(): boolean {
    return this.#state === 'complete' || (this.#state === 'running' && !this.#abort.signal.aborted);
  }

  /** Stops it; readers fail. Idempotent. */
  stop(): void {
    this.#abort.abort();
  }

  /** Ends early once `signal` is aborted. Throws what the engine threw. */
  async *read(signal: AbortSignal): AsyncGenerator<TtsChunk, void, undefined> {
    const wakeAll = () => this.#notify();
    signal.addEventListener('abort', wakeAll, { once: true });
    this.#readers += 1;
    try {
      for (let at = 0; !signal.aborted;) {
        const chunk = this.chunks[at];
        if (chunk) {
          at += 1;
          yield copyOf(chunk);
        } else if (this.#state === 'running') {
          await new Promise<void>((resolve) => this.#wake.push(resolve));
        } else if (this.#state === 'failed') throw this.#error;
        else return;
      }
    } finally {
      signal.removeEventListener('abort', wakeAll);
      this.#readers -= 1;
      if (this.#readers === 0 && this.#state === 'running') this.stop();
    }
  }

  async #run(provider: TtsProvider, text: SynthesisText): Promise<void> {
    const { signal } = this.#abort;
    try {
      for await (const chunk of provider.synthesize({ ...text, signal })) {
        this.chunks.push(chunk);
        this.#notify();
      }
      this.#state = signal.aborted ? 'failed' : 'complete';
      this.#error = signal.reason;
    } catch (thrown) {
      this.#state = 'failed';
      this.#error = thrown;
    }
    this.#notify();
  }

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
