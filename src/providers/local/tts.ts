// Local text to speech: Flite in worker threads, without a key and without a network. Media plane.

import type { TtsChunk, TtsProvider, TtsRequest } from '../../actors/ports.js';
import { RingmasterError } from '../../errors.js';
import type { FliteVoice, Speech } from './flite.js';
import { speakablePieces } from './speakable-pieces.js';
import { TtsWorkers } from './tts-workers.js';
import { onceUntilItFails } from '../once-until-it-fails.js';

export interface LocalTtsOptions {
  /** `kal` speaks at 8000 Hz, `slt`, `rms` and `awb` at 16000 Hz. */
  readonly voice: FliteVoice;
  /** Threads for all calls. */
  readonly workers: number;
  /** Pieces of text that may wait for a thread; one more fails. Default 1000. */
  readonly maxWaiting?: number;
  /** A worker that renders one piece for so long is ended. Default 20000. */
  readonly renderTimeoutMs?: number;
  /** The program of the workers. Default: the one beside this module. */
  readonly workerUrl?: URL;
}

const CHUNK_MS = 200;
/** In the language of the voices. */
const UNPRONOUNCEABLE = 'I am sorry, I have an answer, but this voice cannot pronounce it.';
const TOLD_FOR_MS = 10_000;
const DEFAULT_MAX_WAITING = 1000;
const DEFAULT_RENDER_TIMEOUT_MS = 20_000;

function* chunksOf({ pcm, sampleRateHz }: Speech): Generator<TtsChunk> {
  const samples = (sampleRateHz * CHUNK_MS) / 1000;
  for (let at = 0; at < pcm.length; at += samples) {
    yield { pcm: pcm.slice(at, at + samples), sampleRateHz };
  }
}

/**
 * A voice that runs here. Texts may hold anything; what has no sound is left out, and digits are
 * read as the engine knows them. A text is rendered
 * piece by piece, the next one when the reader wants it, so that an abort wastes little.
 */
export function createLocalTts(options: LocalTtsOptions): TtsProvider {
  const workers = new TtsWorkers({
    voice: options.voice,
    workers: options.workers,
    workerUrl: options.workerUrl ?? new URL('./tts-worker.js', import.meta.url),
    renderTimeoutMs: options.renderTimeoutMs ?? DEFAULT_RENDER_TIMEOUT_MS,
    maxWaiting: options.maxWaiting ?? DEFAULT_MAX_WAITING,
  });
  let closed = false;
  const toldAtMs = new Map<string, number>();

  /** Letters that the voice has no sound for are said so, once for the clauses of an answer: silence would be a riddle. */
  function piecesOf(callSid: string, text: string): string[] {
    const pieces = speakablePieces(text);
    if (pieces.length > 0 || !/\p{L}/u.test(text)) return pieces;
    const nowMs = performance.now();
    for (const [call, atMs] of toldAtMs) if (nowMs - atMs > TOLD_FOR_MS) toldAtMs.delete(call);
    if (toldAtMs.has(callSid)) return [];
    toldAtMs.set(callSid, nowMs);
    return [UNPRONOUNCEABLE];
  }

  async function* synthesize({ callSid, text, signal }: TtsRequest): AsyncGenerator<TtsChunk> {
    if (closed) throw new RingmasterError('PROVIDER_FAILED', 'local text to speech: closed');
    for (const piece of piecesOf(callSid, text)) {
      if (signal.aborted) return;
      const speech = await workers.render(callSid, piece, signal);
      if (!speech) return;
      for (const chunk of chunksOf(speech)) {
        if (signal.aborted) return;
        yield chunk;
      }
    }
  }

  /** A word for each thread. */
  async function renderWords(): Promise<void> {
    const never = new AbortController().signal;
    const words = Array.from({ length: options.workers }, (_, i) => `Hello ${i}.`);
    await Promise.all(words.map((word) => workers.render(word, word, never)));
  }

  return {
    name: `flite-${options.voice}`,
    capabilities: { streaming: true, languages: ['en'] },
    warmUp: onceUntilItFails(renderWords),
    synthesize,
    async close() {
      closed = true;
      await workers.close();
    },
  };
}
