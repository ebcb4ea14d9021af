// Where the voice of a recording begins and ends, by energy: silence around it must not count. Control plane.

import { LINE_RATE_HZ } from '../dsp/frame.js';

export interface VoiceSpan {
  /** Milliseconds from the recording's first sample. */
  readonly startMs: number;
  readonly endMs: number;
}

const WINDOW_MS = 10;
const WINDOW_SAMPLES = (LINE_RATE_HZ * WINDOW_MS) / 1000;
/** Voice reaches down this far below the recording's loud parts: fading vowels, final fricatives. */
const RANGE_DB = 40;
/** Voice stands out of the recording's own background noise by this much. */
const ABOVE_NOISE_DB = 8;
/** But a recording without pauses has no background: more than this below loud is not asked for. */
const NARROWEST_RANGE_DB = 25;
/** Quieter than this (RMS, dB of full scale) is never voice. */
const FLOOR_DBFS = -55;
/** Shorter sounds at the edges are clicks, not voice. */
const SHORTEST_VOICE_WINDOWS = 3;

function windowLevelsDbfs(pcm: Int16Array): number[] {
  const levels: number[] = [];
  for (let at = 0; at + WINDOW_SAMPLES <= pcm.length; at += WINDOW_SAMPLES) {
    let energy = 0;
    for (let i = at; i < at + WINDOW_SAMPLES; i += 1) energy += (pcm[i] ?? 0) ** 2;
    levels.push(10 * Math.log10(energy / WINDOW_SAMPLES / 32_768 ** 2 + 1e-12));
  }
  return levels;
}

/** First index from which `SHORTEST_VOICE_WINDOWS` entries in a row are true, or -1. */
function firstRun(voiced: readonly boolean[]): number {
  let run = 0;
  for (const [index, isVoiced] of voiced.entries()) {
    run = isVoiced ? run + 1 : 0;
    if (run === SHORTEST_VOICE_WINDOWS) return index - run + 1;
  }
  return -1;
}

function thresholdDbfs(levels: readonly number[]): number {
  const sorted = levels.toSorted((a, b) => a - b);
  const loud = sorted[Math.floor(sorted.length * 0.95)] ?? FLOOR_DBFS;
  const noise = sorted[Math.floor(sorted.length * 0.1)] ?? FLOOR_DBFS;
  const aboveNoise = Math.min(noise + ABOVE_NOISE_DB, loud - NARROWEST_RANGE_DB);
  return Math.max(FLOOR_DBFS, loud - RANGE_DB, aboveNoise);
}

/**
 * The span from the first to the last voiced moment, to 10 ms: windows within 40 dB of the
 * recording's loud level (its 95th percentile), 8 dB above its background (its 10th percentile) and
 * above -55 dBFS, at least 30 ms of them in a row.
 * @param pcm mono at 8000 Hz; not changed
 * @returns undefined where nothing is voiced
 */
export function voiceSpan(pcm: Int16Array): VoiceSpan | undefined {
  const levels = windowLevelsDbfs(pcm);
  const threshold = thresholdDbfs(levels);
  const voiced = levels.map((level) => level > threshold);
  const first = firstRun(voiced);
  if (first < 0) return undefined;
  const afterLast = voiced.length - firstRun(voiced.toReversed());
  return { startMs: first * WINDOW_MS, endMs: afterLast * WINDOW_MS };
}
