// The voice of a scenario: audio in proportion to the letters of a text, so that every word has its moment. Control plane.

import type { TtsChunk, TtsRequest } from '../actors/ports.js';
import { aborted, pause, scriptedFailure } from '../providers/scripted/script.js';
import { createVoiceSignal } from '../providers/scripted/voice-signal.js';
import type { EngineNotes } from './engine-notes.js';
import type { TtsScript } from './schema.js';

const RATE_HZ = 16_000;
const CHUNK_SAMPLES = RATE_HZ / 10;
const SIGNAL_SECONDS = 4;
const FLOOD_MS = 600_000;
const DRIP_SAMPLES = RATE_HZ / 500;

let signal: Int16Array | undefined;

/** How long `text` is spoken. */
export function spokenMs(text: string, letterMs: number): number {
  return text.replace(/\s+/g, '').length * letterMs;
}

/** `samples` of the shared voice from `from` on, in a buffer of the receiver's own. */
function cut(from: number, samples: number): TtsChunk {
  signal ??= createVoiceSignal(RATE_HZ, SIGNAL_SECONDS);
  const pcm = new Int16Array(samples);
  for (let at = 0; at < samples;) {
    const start = (from + at) % signal.length;
    const piece = signal.subarray(start, start + samples - at);
    pcm.set(piece, at);
    at += piece.length;
  }
  return { pcm, sampleRateHz: RATE_HZ };
}

/** 2 ms of audio a second, without end. */
async function* drips(signal: AbortSignal): AsyncGenerator<TtsChunk> {
  for (let at = 0; ; at += DRIP_SAMPLES) {
    yield cut(at, DRIP_SAMPLES);
    if (!(await pause(globalThis, 1000, signal))) return;
  }
}

export class ScenarioVoice {
  readonly #script: TtsScript;
  readonly #notes: EngineNotes;
  #clauses = 0;

  constructor(script: TtsScript, notes: EngineNotes) {
    this.#script = script;
    this.#notes = notes;
  }

  async *synthesize({ text, signal }: TtsRequest): AsyncGenerator<TtsChunk> {
    const { firstAudioMs, letterMs, chunkMs, faults } = this.#script;
    const clause = (this.#clauses += 1);
    const kind = faults.find(
      (fault) => fault.clause <= clause && clause <= (fault.to ?? fault.clause),
    )?.kind;
    const ms = spokenMs(text, letterMs);
    this.#notes.add({ type: 'tts.clause', reply: this.#notes.reply, text, ms });
    if (!(await pause(globalThis, firstAudioMs, signal))) return;
    if (kind === 'empty') return;
    if (kind === 'fail') throw scriptedFailure();
    if (kind === 'throw') throw new TypeError('a scripted defect');
    if (kind === 'hang') {
      await aborted(signal);
      return;
    }
    if (kind === 'drips') {
      yield* drips(signal);
      return;
    }
    const isHalf = kind === 'dies' || kind === 'stalls';
    const lengthMs = kind === 'flood' ? FLOOD_MS : isHalf ? ms / 2 : ms;
    const samples = Math.round((lengthMs * RATE_HZ) / 1000);
    for (let at = 0; at < samples; at += CHUNK_SAMPLES) {
      if (at > 0 && chunkMs > 0 && !(await pause(globalThis, chunkMs, signal))) return;
      if (signal.aborted) return;
      const chunk = cut(at, Math.min(CHUNK_SAMPLES, samples - at));
      if (kind === 'silent') chunk.pcm.fill(0);
      yield chunk;
    }
    if (kind === 'stalls') await aborted(signal);
    if (kind === 'dies') throw scriptedFailure();
  }
}
