// Local speech to text: SoundSwallower with the agent's own phrases as a closed grammar. Media plane.

import { availableParallelism } from 'node:os';
import type {
  SpeechExpectation,
  SttEvent,
  SttOpenOptions,
  SttProvider,
  SttSession,
} from '../../actors/ports.js';
import { RingmasterError } from '../../errors.js';
import { createGrammars } from './grammar.js';
import { lookUpPronunciations, modelFolder } from './pronunciations.js';
import type { MinConfidence, WordsOfWorker } from './stt-messages.js';
import { SttWorkers, SttWorkerThread } from './stt-workers.js';
import { wordGraph } from './word-graph.js';

export interface LocalSttOptions {
  /** What callers may say; see `loadIntents`. */
  readonly intents: { readonly phrases: readonly string[] };
  /** Worker threads for all calls. Default: half of the processors, at most 4. */
  readonly workers?: number;
  /**
   * Speech that fits the grammar worse is not understood (empty text); 0 is a perfect fit. What the
   * defaults let through is in the table of `test/providers/local-stt-table.test.ts`.
   */
  readonly minConfidence?: Partial<MinConfidence>;
  /** Report what was understood so far. Default true. */
  readonly interims?: boolean;
  /**
   * Decoders a worker may have for each expectation, about 12 MB each; made when callers speak at once.
   * Default 12, at least 2: so many utterances a core decodes while they are spoken.
   */
  readonly maxDecoders?: number;
  /** Longer utterances are not understood, and the rest of them costs nothing. Default 15000. */
  readonly maxUtteranceMs?: number;
  /** Audio a worker may be behind by; a session that wants more fails. Default 60000. */
  readonly maxBacklogMs?: number;
  /** A worker that gives no final for so long is killed. Default 10000. */
  readonly finalTimeoutMs?: number;
}

const MIN_CONFIDENCE: MinConfidence = { phrase: -0.62, digits: -0.83, phraseBesideDigits: -0.68 };
const MAX_WORKERS = 4;
/** One second of speech takes some 75 ms to decode. */
const MAX_DECODERS = 12;
const SAMPLES_PER_MS = 8;
/** Audio goes to the worker in pieces of 200 ms, so that messages stay few. */
const PIECE_SAMPLES = 200 * SAMPLES_PER_MS;

interface Pending {
  readonly utteranceId: number;
  words: WordsOfWorker | undefined;
}

interface Current {
  readonly utteranceId: number;
  readonly expectation: SpeechExpectation;
  readonly thread: SttWorkerThread;
  readonly key: number;
  finished: boolean;
}

class LocalSttSession implements SttSession {
  readonly #workers: SttWorkers;
  readonly #emit: (event: SttEvent) => void;
  readonly #onClose: (session: LocalSttSession) => void;
  readonly #maxBacklogSamples: number;
  readonly #utterances = new Set<Current>();
  /** Finished utterances in the order of their ids; finals leave in this order. */
  readonly #pending: Pending[] = [];
  #piece = new Int16Array(PIECE_SAMPLES);
  #filled = 0;
  #current: Current | undefined;
  #expectation: SpeechExpectation = 'anything';
  #closed = false;

  constructor(
    workers: SttWorkers,
    maxBacklogMs: number,
    emit: (event: SttEvent) => void,
    onClose: (session: LocalSttSession) => void,
  ) {
    this.#workers = workers;
    this.#maxBacklogSamples = maxBacklogMs * SAMPLES_PER_MS;
    this.#emit = emit;
    this.#onClose = onClose;
  }

  begin(utteranceId: number): void {
    if (this.#closed) return;
    if (this.#current) this.#drop(this.#current);
    this.#filled = 0;
    const thread = this.#workers.leastBusy();
    const key = thread.begin({
      interim: (text) => {
        if (!current.finished) this.#emit({ type: 'interim', utteranceId, text });
      },
      final: (words) => {
        this.#utterances.delete(current);
        this.#settle(utteranceId, words);
      },
      failed: (error) => this.#fail(error),
    });
    const expectation = this.#expectation;
    const current: Current = { utteranceId, expectation, thread, key, finished: false };
    this.#current = current;
    this.#utterances.add(current);
  }

  write(pcm: Int16Array): void {
    const current = this.#current;
    if (!current) return;
    for (let at = 0; at < pcm.length;) {
      const part = pcm.subarray(at, at + PIECE_SAMPLES - this.#filled);
      this.#piece.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === PIECE_SAMPLES) this.#send(current, false);
    }
    if (current.thread.backlogSamples > this.#maxBacklogSamples) {
      const error = new RingmasterError('PROVIDER_FAILED', 'speech recognition cannot keep up', {
        retryable: true,
      });
      this.#drop(current);
      queueMicrotask(() => this.#fail(error));
    }
  }

  finish(utteranceId: number): void {
    const current = this.#current;
    if (!current || current.utteranceId !== utteranceId) return;
    current.finished = true;
    this.#current = undefined;
    this.#pending.push({ utteranceId, words: undefined });
    this.#send(current, true);
  }

  expect(expectation: SpeechExpectation): void {
    this.#expectation = expectation;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const utterance of this.#utterances) this.#drop(utterance);
    this.#onClose(this);
  }

  /** Gives the collected piece to the worker; its buffer goes with it. */
  #send(current: Current, last: boolean): void {
    const full = this.#filled === PIECE_SAMPLES;
    const piece = full ? this.#piece : this.#piece.slice(0, this.#filled);
    if (full) this.#piece = new Int16Array(PIECE_SAMPLES);
    this.#filled = 0;
    current.thread.write(current.key, current.expectation, piece, last);
  }

  #drop(utterance: Current): void {
    utterance.thread.drop(utterance.key);
    this.#utterances.delete(utterance);
    if (this.#current === utterance) this.#current = undefined;
  }

  #settle(utteranceId: number, words: WordsOfWorker): void {
    const settled = this.#pending.find((pending) => pending.utteranceId === utteranceId);
    if (settled) settled.words = words;
    while (!this.#closed && this.#pending[0]?.words !== undefined) {
      const first = this.#pending.shift() as Pending;
      const { text, confidence } = first.words as WordsOfWorker;
      this.#emit({ type: 'final', utteranceId: first.utteranceId, text, confidence });
    }
  }

  #fail(error: RingmasterError): void {
    if (this.#closed) return;
    this.close();
    this.#emit({ type: 'failed', error });
  }
}

/**
 * A recogniser that needs no key and no network. It understands the phrases of `intents` and, after
 * `expect('digits')`, digit strings as well; everything else is an empty text.
 * @throws {RingmasterError} INTENTS_INVALID where a phrase has a word that is in no dictionary
 */
export function createLocalStt(options: LocalSttOptions): SttProvider {
  const grammars = createGrammars(options.intents.phrases);
  const dictionary = lookUpPronunciations(grammars.words);
  const unknown = [...grammars.words].filter((word) => !dictionary.has(word));
  if (unknown.length > 0) {
    const message = `words that the recogniser cannot pronounce: ${unknown.join(', ')}`;
    throw new RingmasterError('INTENTS_INVALID', message);
  }
  // In a graph one spoken digit is more easily taken for two.
  const compiled = { anything: wordGraph(grammars.anything), digits: grammars.digits };
  const pronunciations = [...dictionary.values()].flat();
  const interims = options.interims ?? true;
  const workers = new SttWorkers(
    options.workers ?? Math.min(MAX_WORKERS, Math.max(1, availableParallelism() >> 1)),
    () =>
      new SttWorkerThread(
        {
          modelFolder: modelFolder(),
          grammars: compiled,
          pronunciations,
          minConfidence: { ...MIN_CONFIDENCE, ...options.minConfidence },
          interims,
          maxDecoders: Math.max(2, options.maxDecoders ?? MAX_DECODERS),
          maxUtteranceMs: options.maxUtteranceMs ?? 15_000,
        },
        options.finalTimeoutMs ?? 10_000,
      ),
  );
  const sessions = new Set<SttSession>();
  let closing: Promise<void> | undefined;

  const refuse = (reason: string) => new RingmasterError('PROVIDER_FAILED', reason);
  const checkOpen = (signal?: AbortSignal) => {
    if (closing) throw refuse('the local speech recogniser is closed');
    if (signal?.aborted) throw refuse('the call ended before its session was open');
  };

  return {
    name: 'local-stt',
    capabilities: { interims },
    async warmUp() {
      checkOpen();
      await workers.ready();
    },
    async open({ emit, signal }: SttOpenOptions) {
      checkOpen(signal);
      await workers.ready();
      checkOpen(signal);
      const session = new LocalSttSession(workers, options.maxBacklogMs ?? 60_000, emit, (ended) =>
        sessions.delete(ended),
      );
      sessions.add(session);
      return session;
    },
    async close() {
      closing ??= (async () => {
        for (const session of sessions) session.close();
        await workers.close();
      })();
      await closing;
    },
  };
}
