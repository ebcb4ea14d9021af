// A voice whose every moment sounds like no other: what was played of it can be told to the sample. Media plane.

import { setTimeout } from 'node:timers/promises';
import type { TtsChunk, TtsRequest, TtsWord } from '../../src/actors/ports.js';
import { seededRandom } from '../../src/phone/seeded-random.js';

const RATE_HZ = 16_000;
const CHUNK_SAMPLES = RATE_HZ / 10;
const LETTER_MS = 60;
/** People do not give each letter the same time: a word lasts 0.6 to 1.6 times its letters. */
const PACE = { slowest: 1.6, fastest: 0.6 };
const PEAK = 9000;

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value >>> 0;
}

/** What the voice makes of one clause; the same in every process. */
export interface SpokenClause {
  readonly text: string;
  readonly words: readonly TtsWord[];
  readonly ms: number;
}

export function speak(text: string): SpokenClause {
  const random = seededRandom(hash(text));
  let atMs = 0;
  const words = text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => {
      const pace = PACE.fastest + random() * (PACE.slowest - PACE.fastest);
      const startMs = atMs;
      atMs += Math.round(word.length * LETTER_MS * pace);
      return { text: word, startMs, endMs: atMs };
    });
  return { text, words, ms: atMs };
}

function samplesOf({ text, ms }: SpokenClause): Int16Array {
  const random = seededRandom(hash(text) ^ 0x5bd1e995);
  const pcm = new Int16Array((ms * RATE_HZ) / 1000);
  let low = 0;
  for (let i = 0; i < pcm.length; i += 1) {
    // Softened: half of white noise lies where a telephone has no band.
    low += 0.5 * (random() * 2 - 1 - low);
    pcm[i] = Math.round(low * PEAK);
  }
  return pcm;
}

export interface VoiceManner {
  /** Whether the engine says when it speaks each word. */
  readonly timedVoice: boolean;
  /** From the text to the first audio. */
  readonly voiceAfterMs: number;
}

export async function* synthesize(
  { text, signal }: Pick<TtsRequest, 'text' | 'signal'>,
  { timedVoice, voiceAfterMs }: VoiceManner,
): AsyncGenerator<TtsChunk> {
  const clause = speak(text);
  const pcm = samplesOf(clause);
  if (voiceAfterMs > 0) await setTimeout(voiceAfterMs);
  for (let at = 0; at < pcm.length && !signal.aborted; at += CHUNK_SAMPLES) {
    const words = timedVoice && at === 0 ? { words: clause.words } : {};
    yield { pcm: pcm.slice(at, at + CHUNK_SAMPLES), sampleRateHz: RATE_HZ, ...words };
  }
}
