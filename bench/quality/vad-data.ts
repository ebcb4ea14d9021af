// Labelled noisy telephone calls for measuring voice activity detection. Media plane.
//
// A call is prompts of one voice with pauses between; what is speech in it is told by the energy of the clean
// signal. Noise comes after that, then G.711 mu-law, as on the line.
import { FRAME_SAMPLES, LINE_RATE_HZ } from '../../src/dsp/frame.js';
import { throughMulaw } from '../../test/dsp/harness/g711.js';
import {
  babble,
  brownNoise,
  noisyLine,
  pinkNoise,
  rms,
  whiteNoise,
} from '../../test/dsp/harness/noise.js';
import { seededRandom } from '../../test/dsp/harness/random.js';
import { activeLevel } from '../../test/dsp/harness/voices.js';

/** One speaker may lend two voices: a split by voice must keep them together, and so must babble. */
export interface VadVoice {
  readonly name: string;
  readonly speaker: string;
  readonly clips: readonly Int16Array[];
}

const SPEECH_RMS = 2000;
/** Labels come every 10 ms. */
const LABEL_SAMPLES = LINE_RATE_HZ / 100;
const LABELS_PER_FRAME = FRAME_SAMPLES / LABEL_SAMPLES;

export const SILENCE = 0;
export const SPEECH = 1;
/** Neither loud enough to be speech for sure nor quiet enough to be silence. */
export const UNSURE = 2;

export interface LabelledCall {
  readonly voice: VadVoice;
  readonly clean: Float32Array;
  /** SILENCE, SPEECH or UNSURE of each 20 ms frame. */
  readonly labels: Uint8Array;
  /** Samples at which speech begins after at least 400 ms without. */
  readonly onsets: readonly number[];
}

export interface Condition {
  readonly noise: 'none' | 'white' | 'pink' | 'brown' | 'babble';
  /** Speech to noise, dB; Infinity without. */
  readonly ratioDb: number;
}

const NOISES = ['white', 'pink', 'brown', 'babble'] as const;

export const CONDITIONS: readonly Condition[] = [
  { noise: 'none', ratioDb: Infinity },
  ...NOISES.flatMap((noise) => [20, 10, 5, 0].map((ratioDb) => ({ noise, ratioDb }))),
];

/** Label of every 10 ms by the clean energy: speech above -25 dB, silence below -45 dB of the active level. */
function energyLabels(clean: Float32Array): Uint8Array {
  const active = activeLevel(clean);
  const labels = new Uint8Array(Math.floor(clean.length / LABEL_SAMPLES));
  for (const i of labels.keys()) {
    const level = rms(clean.subarray(i * LABEL_SAMPLES, (i + 1) * LABEL_SAMPLES));
    const loud = level > active * 10 ** (-25 / 20);
    const quiet = level < active * 10 ** (-45 / 20);
    labels[i] = loud ? SPEECH : quiet ? SILENCE : UNSURE;
  }
  return labels;
}

/** Gaps of up to 200 ms within speech, and the first 100 ms after it, are nobody's mistake. */
function forgiveGaps(labels: Uint8Array): void {
  let last = -Infinity;
  for (const [i, label] of labels.entries()) {
    if (label === SPEECH) {
      if (i - last <= 21) labels.fill(UNSURE, last + 1, i);
      last = i;
    } else if (i - last <= 10 && label === SILENCE) {
      labels[i] = UNSURE;
    }
  }
}

/** 10 ms labels at which speech begins: none for 400 ms before, 80 of the next 200 ms are speech. */
function findOnsets(labels: Uint8Array): number[] {
  const onsets: number[] = [];
  let last = -Infinity;
  for (const [i, label] of labels.entries()) {
    if (label !== SPEECH) continue;
    const next = labels.subarray(i, i + 20).filter((value) => value === SPEECH).length;
    if (i - last > 40 && i > 60 && next >= 8) onsets.push(i * LABEL_SAMPLES);
    last = i;
  }
  return onsets;
}

/** Speech if any of a frame is, silence if all of it is. */
function perFrame(labels: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: Math.floor(labels.length / LABELS_PER_FRAME) }, (_, frame) => {
    const parts = labels.subarray(frame * LABELS_PER_FRAME, (frame + 1) * LABELS_PER_FRAME);
    if (parts.includes(SPEECH)) return SPEECH;
    return parts.includes(UNSURE) ? UNSURE : SILENCE;
  });
}

function buildCall(voice: VadVoice, seconds: number, random: () => number): LabelledCall {
  const { clips } = voice;
  const clean = new Float32Array(seconds * LINE_RATE_HZ);
  let at = Math.round((1 + random()) * LINE_RATE_HZ);
  while (at < clean.length) {
    const clip = clips[Math.floor(random() * clips.length)];
    if (!clip) throw new Error(`${voice.name} has no clips`);
    const gain = SPEECH_RMS / activeLevel(clip);
    clean.set(
      Float32Array.from(clip.subarray(0, clean.length - at), (s) => s * gain),
      at,
    );
    at += Math.round(clip.length * (1 + 1.25 * (0.4 + 1.2 * random())));
  }
  const labels = energyLabels(clean);
  const onsets = findOnsets(labels);
  forgiveGaps(labels);
  return { voice, clean, labels: perFrame(labels), onsets };
}

export interface VadData {
  readonly calls: readonly LabelledCall[];
  /** What the line carries of a call under a condition, int16 at 8000 Hz. The same at every call. */
  line(call: number, condition: Condition): Int16Array;
}

/** Calls of every voice. Babble is of all speakers but the call's own. */
export function buildVadData(
  voices: readonly VadVoice[],
  callsPerVoice: number,
  seconds: number,
): VadData {
  const calls = voices.flatMap((voice, v) =>
    Array.from({ length: callsPerVoice }, (_, i) =>
      buildCall(voice, seconds, seededRandom(1000 * v + i)),
    ),
  );
  const line = (index: number, { noise, ratioDb }: Condition): Int16Array => {
    const call = calls[index];
    if (!call) throw new RangeError(`no call ${index}`);
    const random = seededRandom(7919 * index + NOISES.findIndex((name) => name === noise));
    const length = call.clean.length;
    if (noise === 'none') {
      return Int16Array.from(throughMulaw(call.clean.map((s) => s + 20 * (random() - 0.5))));
    }
    if (noise === 'babble') {
      const others = voices.filter(({ speaker }) => speaker !== call.voice.speaker);
      const clips = others.flatMap((voice) => voice.clips);
      return noisyLine(call.clean, babble(length, clips, 8, random), ratioDb);
    }
    const make = { white: whiteNoise, pink: pinkNoise, brown: brownNoise }[noise];
    return noisyLine(call.clean, make(length, random), ratioDb);
  };
  return { calls, line };
}
