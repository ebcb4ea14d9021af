// Text to speech over `POST /audio/speech`, streamed. Control plane.

import type { TtsChunk, TtsProvider } from '../../actors/ports.js';
import { RingmasterError } from '../../errors.js';
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
import { closedError, errorFacts, serverError } from './server-error.js';
import { rateOfContentType, SpeechAudio } from './speech-audio.js';

/** OpenAI's `pcm` format: 24 kHz mono s16le without header. */
const PCM_RATE_HZ = 24_000;
/** Digits and abbreviations take the longest to say; no character takes half a second. */
const MAX_SECONDS_PER_CHARACTER = 0.5;
/** Short texts may have long pauses around them. */
const MAX_EXTRA_SECONDS = 5;
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

export function createOpenAiTts(settings: TtsSettings): TtsProvider {
  const closing = new AbortController();
  return {
    name: 'openai',
    capabilities: { streaming: true, normalizes: true },
    warmUp: () => settings.client.check(settings.firstByteTimeoutMs ?? 5000),
    synthesize({ text, signal }) {
      return synthesize(settings, text.trim(), signal, closing.signal);
    },
    close() {
      closing.abort();
      return Promise.resolve();
    },
  };
}

/**
 * Ends quietly once one of the signals is aborted; after `close` it throws.
 * @throws {RingmasterError} PROVIDER_*, TTS_OUTPUT_TOO_LONG
 */
async function* synthesize(
  settings: TtsSettings,
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
    const tries = withRetries('speech', linked.signal, retries, (attempt) =>
      speak(settings, text, attempt),
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
  settings: TtsSettings,
  text: string,
  attempt: Attempt,
): AsyncGenerator<TtsChunk, void, undefined> {
  attempt.arm(settings.firstByteTimeoutMs ?? 5000, 'first audio');
  const response = await settings.client.speech(
    {
      model: settings.model ?? 'gpt-4o-mini-tts',
      voice: settings.voice ?? 'alloy',
      input: text,
      response_format: 'pcm',
      ...(settings.instructions !== undefined && { instructions: settings.instructions }),
      ...(settings.speed !== undefined && { speed: settings.speed }),
    },
    attempt.signal,
  );
  await refuseText(response);
  const rateHz = rateOfContentType(response.headers.get('content-type'));
  const audio = new SpeechAudio({
    rawRateHz: rateHz ?? settings.pcmRateHz ?? PCM_RATE_HZ,
    maybeMpeg: mediaType(response) === 'audio/mpeg',
  });
  let heard = false;
  for await (const bytes of bodyOf(response, 'speech')) {
    const chunk = audio.push(bytes);
    if (chunk === undefined) continue;
    heard = true;
    attempt.disarm();
    yield chunk;
    attempt.arm(settings.stallTimeoutMs ?? 3000, 'more audio');
  }
  const last = audio.end();
  if (last !== undefined) yield last;
  else if (!heard) throw nonsense('speech', 'without audio');
}

/** A 200 that is an error in JSON, or somebody's web page. */
async function refuseText(response: Response): Promise<void> {
  const type = mediaType(response);
  if (isJsonType(type)) {
    const answer = asObject(parseJson(await readText(response, 'speech', MAX_ERROR_BYTES)));
    if (answer?.['error'] !== undefined) throw serverError('speech', errorFacts(answer));
    throw nonsense('speech', 'that is JSON');
  }
  if (type.startsWith('text/')) throw nonsense('speech', 'that is text');
}
