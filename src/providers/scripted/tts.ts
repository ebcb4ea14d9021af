// Scripted text to speech: so much audio for each word, at a set pace, for benchmarks and tests. Control plane.

import type { TtsChunk, TtsProvider, TtsRequest, TtsWord } from '../../actors/ports.js';
import {
  aborted,
  closedProvider,
  FaultPlan,
  pause,
  scriptedFailure,
  type FaultKind,
  type ScriptedFault,
  type TimerSource,
} from './script.js';
import { createVoiceSignal } from './voice-signal.js';

export interface ScriptedTtsOptions {
  /** From the request to the first chunk. Default 0. */
  readonly firstAudioMs?: number;
  /** From one chunk to the next. Default 0: no wait between. */
  readonly chunkIntervalMs?: number;
  /** Audio for each word. Default 300. */
  readonly wordMs?: number;
  /** Audio in one chunk. Default 100. */
  readonly chunkMs?: number;
  /** Default 24000; with `clip`, the clip's rate. */
  readonly sampleRateHz?: number;
  /** Mono int16 to speak with, repeated as needed. Default: a voice-like signal. */
  readonly clip?: Int16Array;
  /** A request is one `synthesize`. */
  readonly faults?: readonly ScriptedFault[];
  readonly timer?: TimerSource;
}

const DEFAULT_RATE_HZ = 24_000;
const SIGNAL_SECONDS = 4;
const FLOOD_SECONDS = 1800;

interface Voice {
  readonly signal: Int16Array;
  readonly sampleRateHz: number;
  readonly chunkSamples: number;
}

/** `samples` of the voice from `from` on, in a buffer of the receiver's own. */
function cut(voice: Voice, from: number, samples: number): TtsChunk {
  const pcm = new Int16Array(samples);
  for (let at = 0; at < samples;) {
    const start = (from + at) % voice.signal.length;
    const piece = voice.signal.subarray(start, start + samples - at);
    pcm.set(piece, at);
    at += piece.length;
  }
  return { pcm, sampleRateHz: voice.sampleRateHz };
}

async function* faultySpeech(
  fault: FaultKind,
  voice: Voice,
  signal: AbortSignal,
): AsyncGenerator<TtsChunk> {
  switch (fault) {
    case 'fail':
      throw scriptedFailure();
    case 'throw':
      throw new TypeError('a scripted defect');
    case 'hang':
      await aborted(signal);
      return;
    case 'garbage':
      yield { pcm: new Int16Array(0), sampleRateHz: voice.sampleRateHz };
      yield { pcm: new Int16Array(333).fill(-32_768), sampleRateHz: 7919 };
      yield { pcm: undefined, sampleRateHz: Number.NaN } as unknown as TtsChunk;
      return;
    case 'flood': {
      const samples = FLOOD_SECONDS * voice.sampleRateHz;
      for (let at = 0; at < samples && !signal.aborted; at += voice.chunkSamples) {
        yield cut(voice, at, voice.chunkSamples);
      }
      return;
    }
    case 'empty':
  }
}

/** A voice that needs no engine: one signal is shared, and a chunk costs one copy. */
export function createScriptedTts(options: ScriptedTtsOptions = {}): TtsProvider {
  const plan = new FaultPlan(options.faults);
  const timer = options.timer ?? globalThis;
  const sampleRateHz = options.sampleRateHz ?? DEFAULT_RATE_HZ;
  const voice: Voice = {
    signal: options.clip ?? createVoiceSignal(sampleRateHz, SIGNAL_SECONDS),
    sampleRateHz,
    chunkSamples: Math.max(1, Math.round(((options.chunkMs ?? 100) * sampleRateHz) / 1000)),
  };
  const wordSamples = Math.round(((options.wordMs ?? 300) * sampleRateHz) / 1000);
  const intervalMs = options.chunkIntervalMs ?? 0;
  let closed = false;

  async function* synthesize({ text, signal }: TtsRequest): AsyncGenerator<TtsChunk> {
    if (closed) throw closedProvider('scripted-tts');
    if (signal.aborted) return;
    const { fault } = plan.next();
    if (!(await pause(timer, options.firstAudioMs ?? 0, signal))) return;
    if (fault !== undefined) {
      yield* faultySpeech(fault, voice, signal);
      return;
    }
    const spoken = text.match(/[\p{L}\p{N}]+/gu) ?? [];
    const words = spoken.map((word, i): TtsWord => {
      const startMs = (i * wordSamples * 1000) / sampleRateHz;
      return { text: word, startMs, endMs: startMs + (wordSamples * 1000) / sampleRateHz };
    });
    const samples = spoken.length * wordSamples;
    for (let at = 0; at < samples; at += voice.chunkSamples) {
      if (at > 0 && intervalMs > 0 && !(await pause(timer, intervalMs, signal))) return;
      if (signal.aborted) return;
      const chunk = cut(voice, at, Math.min(voice.chunkSamples, samples - at));
      // All of them with the first chunk, as a script knows them beforehand.
      yield at === 0 ? { ...chunk, words } : chunk;
    }
  }

  return {
    name: 'scripted-tts',
    capabilities: { streaming: true, normalizes: true },
    async warmUp() {},
    synthesize,
    async close() {
      closed = true;
    },
  };
}
