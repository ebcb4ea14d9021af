// Speech to text by uploading whole utterances, for servers without a realtime endpoint. Media plane.

import type { TranscriptionCreateParams } from 'openai/resources/audio/transcriptions';
import type { SpeechExpectation, SttEvent, SttProvider, SttSession } from '../../actors/ports.js';
import { LINE_RATE_HZ } from '../../dsp/frame.js';
import { Resampler } from '../../dsp/resample.js';
import { CALL_RETRIES, withRetries, type Attempt, type RetrySettings } from './attempt.js';
import type { OpenAiClient } from './client.js';
import { RecentFailures, type CallTries } from './recent-failures.js';
import { RefusedFields } from './refused-fields.js';
import { closedError, toFailure } from './server-error.js';
import { readTranscription } from './transcription-answer.js';
import { encodeWav } from './wav.js';

/** Shorter audio is refused by OpenAI; silence is added. */
const MIN_SAMPLES = LINE_RATE_HZ / 10;
const DEFAULT_MODEL = 'gpt-4o-transcribe';
const FIRST_BUFFER_SAMPLES = 4 * LINE_RATE_HZ;
/** Utterances that are begun and never finished must not pile up. */
const MAX_UNFINISHED = 4;

export interface UtteranceSttSettings {
  readonly client: OpenAiClient;
  /** Default `gpt-4o-transcribe`; e.g. `whisper-1` or a compatible server's own. */
  readonly model?: string;
  /** ISO 639-1, e.g. `en`. */
  readonly language?: string;
  readonly prompt?: string;
  /** Used instead of `prompt` for utterances begun while digits are expected. */
  readonly digitsPrompt?: string;
  /** Default 16000, which every speech model takes; 8000 halves the upload. */
  readonly uploadRateHz?: 8000 | 16_000;
  /** Ask for a streamed answer (interims). Default false: not every compatible server has it. */
  readonly stream?: boolean;
  /** From the upload to the whole transcript, each try. Default 8000. */
  readonly finalTimeoutMs?: number;
  /** Audio of one utterance beyond this is not transcribed. Default 60000. */
  readonly maxUtteranceMs?: number;
  /** Parts of the default patience to change. */
  readonly retries?: Partial<RetrySettings>;
}

export function createUtteranceStt(settings: UtteranceSttSettings): SttProvider {
  const model = settings.model ?? DEFAULT_MODEL;
  const refused = new RefusedFields();
  const failures = new RecentFailures();
  const open = new Set<UtteranceSession>();
  let closed = false;
  return {
    name: 'openai',
    capabilities: { interims: settings.stream ?? false },
    warmUp: () => settings.client.check(settings.finalTimeoutMs ?? 8000, { role: 'stt', model }),
    open({ callSid, emit }) {
      if (closed) return Promise.reject(closedError('transcription'));
      const tries = failures.of(callSid);
      const own = { ...settings, refused, tries };
      const session: UtteranceSession = new UtteranceSession(own, emit, () => {
        open.delete(session);
      });
      open.add(session);
      return Promise.resolve(session);
    },
    close() {
      closed = true;
      failures.clear();
      for (const session of open) session.close();
      return Promise.resolve();
    },
  };
}

interface SessionSettings extends UtteranceSttSettings {
  readonly refused: RefusedFields;
  readonly tries: CallTries;
}

interface Utterance {
  readonly prompt: string | undefined;
  samples: Int16Array<ArrayBuffer>;
  count: number;
}

class UtteranceSession implements SttSession {
  readonly #settings: SessionSettings;
  readonly #emit: (event: SttEvent) => void;
  readonly #onEnd: () => void;
  readonly #maxSamples: number;
  /** Begun and not finished. */
  readonly #utterances = new Map<number, Utterance>();
  readonly #ending = new AbortController();
  /** The final before the next one: finals keep the order of their utterances. */
  #lastFinal: Promise<void> = Promise.resolve();
  /** The one that takes audio now. */
  #current: Utterance | undefined;
  #expectation: SpeechExpectation = 'anything';

  constructor(settings: SessionSettings, emit: (event: SttEvent) => void, onEnd: () => void) {
    this.#settings = settings;
    this.#emit = emit;
    this.#onEnd = onEnd;
    this.#maxSamples = ((settings.maxUtteranceMs ?? 60_000) * LINE_RATE_HZ) / 1000;
  }

  begin(utteranceId: number): void {
    if (this.#ending.signal.aborted || this.#utterances.has(utteranceId)) return;
    for (const oldest of this.#utterances.keys()) {
      if (this.#utterances.size < MAX_UNFINISHED) break;
      this.#utterances.delete(oldest);
    }
    const { prompt, digitsPrompt } = this.#settings;
    this.#current = {
      prompt: this.#expectation === 'digits' ? (digitsPrompt ?? prompt) : prompt,
      samples: new Int16Array(FIRST_BUFFER_SAMPLES),
      count: 0,
    };
    this.#utterances.set(utteranceId, this.#current);
  }

  write(pcm: Int16Array): void {
    const utterance = this.#current;
    if (utterance === undefined) return;
    const count = Math.min(pcm.length, this.#maxSamples - utterance.count);
    const needed = utterance.count + count;
    if (needed > utterance.samples.length) {
      const grown = new Int16Array(Math.max(needed, 2 * utterance.samples.length));
      grown.set(utterance.samples);
      utterance.samples = grown;
    }
    utterance.samples.set(pcm.subarray(0, count), utterance.count);
    utterance.count = needed;
  }

  finish(utteranceId: number): void {
    const utterance = this.#utterances.get(utteranceId);
    if (utterance === undefined || this.#ending.signal.aborted) return;
    this.#utterances.delete(utteranceId);
    if (this.#current === utterance) this.#current = undefined;
    const transcript = this.#transcribe(utteranceId, utterance);
    this.#lastFinal = this.#tellFinal(utteranceId, transcript, this.#lastFinal);
  }

  expect(expectation: SpeechExpectation): void {
    this.#expectation = expectation;
  }

  close(): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    this.#current = undefined;
    this.#utterances.clear();
    this.#onEnd();
  }

  /** Never from within the caller's own call, never rejects. */
  async #tellFinal(
    utteranceId: number,
    transcript: Promise<string | undefined>,
    before: Promise<void>,
  ): Promise<void> {
    try {
      const [text] = await Promise.all([transcript, before]);
      if (text !== undefined) this.#tell({ type: 'final', utteranceId, text });
    } catch (thrown) {
      this.#tell({ type: 'failed', error: toFailure(thrown, 'transcription').error });
      this.close();
    }
  }

  /** @returns undefined where the session ended meanwhile */
  async #transcribe(utteranceId: number, utterance: Utterance): Promise<string | undefined> {
    if (utterance.count === 0) return '';
    const file = this.#file(utterance);
    const retries = { ...CALL_RETRIES, ...this.#settings.retries };
    const onInterim = (text: string): void => {
      this.#tell({ type: 'interim', utteranceId, text });
    };
    const tries = withRetries(
      'transcription',
      this.#ending.signal,
      retries,
      (attempt) => this.#request(attempt, file, utterance.prompt, onInterim),
      this.#settings.tries,
    );
    for await (const text of tries) return text;
    return undefined;
  }

  async *#request(
    attempt: Attempt,
    file: File,
    prompt: string | undefined,
    onInterim: (text: string) => void,
  ): AsyncGenerator<string, void, undefined> {
    const { client, model, language, stream, finalTimeoutMs, refused } = this.#settings;
    attempt.arm(finalTimeoutMs ?? 8000, 'transcript');
    const body: TranscriptionCreateParams = {
      file,
      model: model ?? DEFAULT_MODEL,
      response_format: 'json',
      ...(language !== undefined && { language }),
      ...(prompt !== undefined && { prompt }),
      ...(stream === true && { stream }),
    };
    const response = await client.transcription(body, attempt.signal, refused);
    yield await readTranscription(response, onInterim);
  }

  #file(utterance: Utterance): File {
    const rateHz = this.#settings.uploadRateHz ?? 16_000;
    const line = utterance.samples.subarray(0, Math.max(utterance.count, MIN_SAMPLES));
    const wav = encodeWav(atRate(line, rateHz), rateHz);
    return new File([wav], 'utterance.wav', { type: 'audio/wav' });
  }

  #tell(event: SttEvent): void {
    if (!this.#ending.signal.aborted) this.#emit(event);
  }
}

/** Line audio at another rate; at the line's own rate it is `pcm` itself. */
function atRate(pcm: Int16Array, rateHz: number): Int16Array {
  if (rateHz === LINE_RATE_HZ) return pcm;
  const resampler = new Resampler(LINE_RATE_HZ, rateHz);
  const out = new Int16Array(resampler.outputLength(pcm.length));
  resampler.process(pcm, 0, pcm.length, out, 0);
  return out;
}
