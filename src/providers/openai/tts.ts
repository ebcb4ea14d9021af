// Text to speech over `POST /audio/speech`, streamed. Control plane.

import type { TtsChunk, TtsProvider } from '../../actors/ports.js';
import { RingmasterError } from '../../errors.js';
import { NoiseGuard } from './audio-format.js';
import { bodyOf, isJsonType, mediaType, nonsense, readText } from './answer-body.js';
import {
  CALL_RETRIES,
  LinkedSignal,
  withRetries,
  type Attempt,
  type RetrySettings,
} from './attempt.js';
import type { OpenAiClient } from './client.js';
import { asObject, parseJson } from './json.js';
import { RecentFailures, type CallTries } from './recent-failures.js';
import { RefusedFields } from './refused-fields.js';
import { closedError, errorFacts, serverError } from './server-error.js';
import { rateOfContentType, SpeechAudio } from './speech-audio.js';

/** OpenAI's `pcm` format: 24 kHz mono s16le without header. */
const PCM_RATE_HZ = 24_000;
/** Digits and abbreviations take the longest to say; no character takes half a second. */
const MAX_SECONDS_PER_CHARACTER = 0.5;
/** Short texts may have long pauses around them. */
const MAX_EXTRA_SECONDS = 5;
const DEFAULT_MODEL = 'gpt-4o-mini-tts';
/** A pause that listeners forgive, beyond half the speed of speech. */
const MAX_LAG_MS = 2000;
const MAX_ERROR_BYTES = 64 * 1024;

export interface TtsSettings {
  readonly client: OpenAiClient;
  /** Default `gpt-4o-mini-tts`. */
  readonly model?: string;
  /** Default `alloy`, which every model of OpenAI has. */
  readonly voice?: string;
  /** How to speak, e.g. "Calm and friendly."; not taken by `tts-1` and `tts-1-hd`. */
  readonly instructions?: string;
  /** 0.25 to 4; default 1. */
  readonly speed?: number;
  /** Rate of headerless answers, for servers whose `pcm` is not 24000 Hz. */
  readonly pcmRateHz?: number;
  /** From the request to the first audio, each try. Default 5000. */
  readonly firstByteTimeoutMs?: number;
  /** Between two pieces of audio. Default 3000. */
  readonly stallTimeoutMs?: number;
  /** Parts of the default patience to change. */
  readonly retries?: Partial<RetrySettings>;
}

interface VoiceSettings extends TtsSettings {
  readonly refused: RefusedFields;
  readonly tries: CallTries;
}

export function createOpenAiTts(settings: TtsSettings): TtsProvider {
  const closing = new AbortController();
  const model = settings.model ?? DEFAULT_MODEL;
  const failures = new RecentFailures();
  const voice = { ...settings, refused: new RefusedFields() };
  return {
    name: 'openai',
    capabilities: { streaming: true, normalizes: true },
    warmUp: () =>
      settings.client.check(settings.firstByteTimeoutMs ?? 5000, { role: 'tts', model }),
    synthesize({ callSid, text, signal }) {
      const tries = failures.of(callSid);
      return synthesize({ ...voice, tries }, text.trim(), signal, closing.signal);
    },
    close() {
      closing.abort();
      failures.clear();
      return Promise.resolve();
    },
  };
}

/**
 * Ends quietly once one of the signals is aborted; after `close` it throws.
 * @throws {RingmasterError} PROVIDER_*, TTS_OUTPUT_TOO_LONG
 */
async function* synthesize(
  settings: VoiceSettings,
  text: string,
  signal: AbortSignal,
  closing: AbortSignal,
): AsyncGenerator<TtsChunk, void, undefined> {
  const maxSeconds = maxSpeechSeconds(text, settings.speed ?? 1);
  if (closing.aborted) throw closedError('speech');
  // Of dots and dashes alone a model makes noises.
  if (!/[\p{L}\p{N}]/u.test(text)) return;
  const linked = new LinkedSignal(signal, closing);
  let seconds = 0;
  try {
    const retries = { ...CALL_RETRIES, ...settings.retries };
    const tries = withRetries(
      'speech',
      linked.signal,
      retries,
      (attempt) => speak(settings, text, attempt),
      settings.tries,
    );
    for await (const chunk of tries) {
      seconds += chunk.pcm.length / chunk.sampleRateHz;
      if (seconds > maxSeconds) {
        const message = `speech: more than ${Math.round(maxSeconds)} s of audio for ${text.length} characters`;
        throw new RingmasterError('TTS_OUTPUT_TOO_LONG', message);
      }
      yield chunk;
    }
  } finally {
    linked.letGo();
  }
}

/** What no voice needs for `text`: more is a model that lost its way. */
function maxSpeechSeconds(text: string, speed: number): number {
  return MAX_EXTRA_SECONDS + (MAX_SECONDS_PER_CHARACTER * text.length) / Math.min(speed, 1);
}

async function* speak(
  settings: VoiceSettings,
  text: string,
  attempt: Attempt,
): AsyncGenerator<TtsChunk, void, undefined> {
  attempt.arm(settings.firstByteTimeoutMs ?? 5000, 'first audio');
  const response = await settings.client.speech(
    {
      model: settings.model ?? DEFAULT_MODEL,
      voice: settings.voice ?? 'alloy',
      input: text,
      response_format: 'pcm',
      ...(settings.instructions !== undefined && { instructions: settings.instructions }),
      ...(settings.speed !== undefined && { speed: settings.speed }),
    },
    attempt.signal,
    settings.refused,
  );
  await refuseText(response);
  const rateHz = rateOfContentType(response.headers.get('content-type'));
  const audio = new SpeechAudio({ rawRateHz: rateHz ?? settings.pcmRateHz ?? PCM_RATE_HZ });
  const guard = new NoiseGuard();
  const pace = new Pace();
  for await (const bytes of bodyOf(response, 'speech')) {
    const chunk = audio.push(bytes);
    if (chunk === undefined) continue;
    attempt.disarm();
    yield heard(chunk, guard, pace);
    pace.waits();
    attempt.arm(settings.stallTimeoutMs ?? 3000, 'more audio');
  }
  const last = audio.end();
  if (last !== undefined) yield heard(last, guard, pace);
  else if (!pace.begun) throw nonsense('speech', 'without audio');
}

/** @throws {RingmasterError} PROVIDER_PROTOCOL for noise, PROVIDER_TIMEOUT where audio only drips */
function heard(chunk: TtsChunk, guard: NoiseGuard, pace: Pace): TtsChunk {
  if (guard.isNoise(chunk.pcm)) throw nonsense('speech', 'that is noise and no 16-bit PCM');
  if (pace.tooSlow((chunk.pcm.length * 1000) / chunk.sampleRateHz)) {
    const text = 'speech: the audio comes far slower than it is spoken';
    throw new RingmasterError('PROVIDER_TIMEOUT', text, { retryable: true });
  }
  return chunk;
}

/** Is audio there in time? What the listener takes is not counted. */
class Pace {
  #audioMs = 0;
  #waitedMs = 0;
  #waitsSinceMs: number | undefined;

  get begun(): boolean {
    return this.#audioMs > 0;
  }

  waits(): void {
    this.#waitsSinceMs = performance.now();
  }

  /** @param audioMs of what came now */
  tooSlow(audioMs: number): boolean {
    if (this.#waitsSinceMs !== undefined) this.#waitedMs += performance.now() - this.#waitsSinceMs;
    this.#waitsSinceMs = undefined;
    this.#audioMs += audioMs;
    return this.#waitedMs > MAX_LAG_MS + 2 * this.#audioMs;
  }
}

/** A 200 that is an error in JSON; text is told by its bytes. */
async function refuseText(response: Response): Promise<void> {
  const type = mediaType(response);
  if (isJsonType(type)) {
    const answer = asObject(parseJson(await readText(response, 'speech', MAX_ERROR_BYTES)));
    if (answer?.['error'] !== undefined) throw serverError('speech', errorFacts(answer));
    throw nonsense('speech', 'that is JSON');
  }
}
