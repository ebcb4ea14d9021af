// Speech to text over OpenAI's realtime transcription WebSocket, one socket a call. Control plane.

import type { SttProvider } from '../../actors/ports.js';
import { RingmasterError } from '../../errors.js';
import type { OpenAiClient } from './client.js';
import { closedError } from './server-error.js';
import { RealtimeSession, type RealtimeSessionSettings } from './realtime-session.js';

export interface RealtimeSttSettings {
  readonly client: OpenAiClient;
  /** Default `gpt-4o-transcribe`. */
  readonly model?: string;
  /** ISO 639-1, e.g. `en`; absent lets the model find out. */
  readonly language?: string;
  /** Free text that guides the model; not taken by `gpt-realtime-whisper`. */
  readonly prompt?: string;
  /** Used instead of `prompt` for utterances begun while digits are expected. */
  readonly digitsPrompt?: string;
  /** Default null: the node cleans the audio itself. */
  readonly noiseReduction?: 'near_field' | 'far_field' | null;
  /** From connecting to a configured session. Default 5000. */
  readonly openTimeoutMs?: number;
  /** From the end of an utterance to its transcript. Default 8000. */
  readonly finalTimeoutMs?: number;
  /** Default 15000: below the idle limits of the usual proxies. */
  readonly pingIntervalMs?: number;
  /** Unsent bytes at which the session gives up. Default 262144, about 24 s of audio. */
  readonly maxBufferedBytes?: number;
  /** Audio of one utterance beyond this is not transcribed. Default 60000. */
  readonly maxUtteranceMs?: number;
}

const DEFAULT_MODEL = 'gpt-4o-transcribe';

export function createRealtimeStt(settings: RealtimeSttSettings): SttProvider {
  const resolved = resolve(settings);
  const open = new Set<RealtimeSession>();
  let closed = false;
  return {
    name: 'openai',
    capabilities: { interims: true },
    warmUp: () =>
      settings.client.check(resolved.openTimeoutMs, {
        role: 'stt',
        model: settings.model ?? DEFAULT_MODEL,
      }),
    async open({ emit, signal }) {
      if (closed) throw closedError('realtime');
      if (signal.aborted) {
        throw new RingmasterError('PROVIDER_FAILED', 'realtime: given up before it was open');
      }
      const session: RealtimeSession = new RealtimeSession(settings.client, resolved, {
        emit,
        ended: () => open.delete(session),
      });
      open.add(session);
      await session.open(signal);
      return session;
    },
    close() {
      closed = true;
      for (const session of open) session.close();
      return Promise.resolve();
    },
  };
}

function resolve(settings: RealtimeSttSettings): RealtimeSessionSettings {
  return {
    transcription: {
      model: settings.model ?? DEFAULT_MODEL,
      language: settings.language,
      prompt: settings.prompt,
    },
    digitsPrompt: settings.digitsPrompt,
    noiseReduction: settings.noiseReduction ?? null,
    openTimeoutMs: settings.openTimeoutMs ?? 5000,
    finalTimeoutMs: settings.finalTimeoutMs ?? 8000,
    pingIntervalMs: settings.pingIntervalMs ?? 15_000,
    maxBufferedBytes: settings.maxBufferedBytes ?? 256 * 1024,
    maxUtteranceMs: settings.maxUtteranceMs ?? 60_000,
  };
}
