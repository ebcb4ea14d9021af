// The connection to an OpenAI-compatible server; credentials never leave this closure. Control plane.

import OpenAI from 'openai';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import type { SpeechCreateParams } from 'openai/resources/audio/speech';
import type { TranscriptionCreateParams } from 'openai/resources/audio/transcriptions';
import { WebSocket } from 'ws';
import { RingmasterError } from '../../errors.js';
import { AskedToWait } from './asked-to-wait.js';
import { asObject, parseJson } from './json.js';
import { RefusedFields } from './refused-fields.js';
import { ServerCheck, type CheckSubject } from './server-check.js';

const OPENAI_BASE_URL = 'https://api.openai.com/v1';
/** Transcription events are a few hundred bytes. */
const MAX_REALTIME_MESSAGE_BYTES = 1024 * 1024;

export interface OpenAiConnectionSettings {
  /** Sent as bearer token. Absent for servers that want none. */
  readonly apiKey?: string;
  /** With the version path, e.g. `https://api.openai.com/v1` (the default). */
  readonly baseUrl?: string;
  readonly organization?: string;
  readonly project?: string;
}

/** Requests as raw responses: their bodies are read, timed and bounded by the callers. */
export interface OpenAiClient {
  /** @param refused what is known of the server's dislikes, and learns of more */
  chat(
    body: ChatCompletionCreateParamsStreaming,
    signal: AbortSignal,
    refused?: RefusedFields,
  ): Promise<Response>;
  speech(body: SpeechCreateParams, signal: AbortSignal, refused?: RefusedFields): Promise<Response>;
  transcription(
    body: TranscriptionCreateParams,
    signal: AbortSignal,
    refused?: RefusedFields,
  ): Promise<Response>;
  /** A socket that begins to connect to the realtime transcription endpoint. */
  realtimeTranscription(): WebSocket;
  /**
   * Is the server there, is its URL right, does it take the key, has it the model? Asked by its list of
   * models, and where it has none by the role's endpoint. A success is remembered.
   * @throws {RingmasterError} PROVIDER_AUTH, PROVIDER_TIMEOUT, PROVIDER_PROTOCOL, PROVIDER_FAILED; the
   * message says how to mend it
   */
  check(timeoutMs: number, subject?: CheckSubject): Promise<void>;
}

/**
 * Requests are tried once: repeating them is up to those who know what was already said.
 * @throws {RingmasterError} CONFIG_INVALID; the message never holds the key
 */
export function createOpenAiClient(settings: OpenAiConnectionSettings = {}): OpenAiClient {
  const { apiKey } = settings;
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new RingmasterError(
      'CONFIG_INVALID',
      'the API key is empty or holds spaces, line breaks or characters that no header can carry',
    );
  }
  const baseUrl = parseBaseUrl(settings.baseUrl ?? OPENAI_BASE_URL);
  const sdk = createSdk(settings, baseUrl);
  const checked = new Map<string, Promise<void>>();
  const waits = new AskedToWait();
  return {
    chat: (body, signal, refused = new RefusedFields()) =>
      waits.heeded('chat', () =>
        refused.ask(body, (sent) =>
          sdk.chat.completions
            .create(sent as ChatCompletionCreateParamsStreaming, { signal })
            .asResponse(),
        ),
      ),
    speech: (body, signal, refused = new RefusedFields()) =>
      waits.heeded('speech', () =>
        refused.ask(body, (sent) =>
          sdk.audio.speech.create(sent as SpeechCreateParams, { signal }).asResponse(),
        ),
      ),
    transcription: (body, signal, refused = new RefusedFields()) =>
      waits.heeded('transcription', () =>
        refused.ask(body, (sent) =>
          sdk.audio.transcriptions
            .create(sent as OpenAI.Audio.TranscriptionCreateParamsStreaming, { signal })
            .asResponse(),
        ),
      ),
    realtimeTranscription: () =>
      new WebSocket(realtimeUrl(baseUrl), {
        headers: realtimeHeaders(settings),
        perMessageDeflate: false,
        maxPayload: MAX_REALTIME_MESSAGE_BYTES,
      }),
    check(timeoutMs, subject) {
      const key = `${subject?.role} ${subject?.model}`;
      const running =
        checked.get(key) ??
        new ServerCheck(sdk, timeoutMs, subject).run().catch((error: unknown) => {
          checked.delete(key);
          throw error;
        });
      checked.set(key, running);
      return running;
    },
  };
}

function createSdk(settings: OpenAiConnectionSettings, baseUrl: URL): OpenAI {
  return new OpenAI({
    // The SDK wants a key even where none is sent.
    apiKey: settings.apiKey ?? 'none',
    baseURL: baseUrl.href.replace(/\/$/, ''),
    // Given here so that the SDK does not read the environment for them.
    organization: settings.organization ?? null,
    project: settings.project ?? null,
    adminAPIKey: null,
    webhookSecret: null,
    maxRetries: 0,
    fetch: fetchWithErrorBodies,
    // The SDK would log answers that it cannot parse.
    logLevel: 'off',
    ...(settings.apiKey === undefined && { defaultHeaders: { Authorization: null } }),
  });
}

const MAX_ERROR_BODY_CHARS = 64 * 1024;

/** The SDK keeps of a refusal what is in `error`; many servers write `detail` or `message` instead. */
async function fetchWithErrorBodies(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(input, init);
  if (response.ok) return response;
  const text = (await response.text()).slice(0, MAX_ERROR_BODY_CHARS);
  const body = asObject(parseJson(text));
  const { status } = response;
  const headers = new Headers(response.headers);
  for (const name of ['content-length', 'content-encoding']) headers.delete(name);
  const isOdd = body !== undefined && asObject(body['error']) === undefined;
  const told = isOdd ? JSON.stringify({ error: { ...body, message: JSON.stringify(body) } }) : text;
  return new Response(told, { status, headers });
}

function parseBaseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const extras = url === undefined ? '' : url.username + url.password + url.search + url.hash;
  if (url === undefined || !/^https?:$/.test(url.protocol) || extras !== '') {
    throw new RingmasterError(
      'CONFIG_INVALID',
      'the base URL of the OpenAI provider must be an http or https URL without credentials and query',
    );
  }
  return url;
}

function realtimeUrl(baseUrl: URL): URL {
  const url = new URL(baseUrl);
  url.protocol = baseUrl.protocol === 'https:' ? 'wss:' : 'ws:';
  url.pathname = `${baseUrl.pathname.replace(/\/$/, '')}/realtime`;
  url.searchParams.set('intent', 'transcription');
  return url;
}

function realtimeHeaders(settings: OpenAiConnectionSettings): Record<string, string> {
  return {
    ...(settings.apiKey !== undefined && { Authorization: `Bearer ${settings.apiKey}` }),
    ...(settings.organization !== undefined && { 'OpenAI-Organization': settings.organization }),
    ...(settings.project !== undefined && { 'OpenAI-Project': settings.project }),
  };
}
