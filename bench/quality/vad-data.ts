// Labelled noisy telephone calls for measuring voice activity detection. Media plane.
//
// Speech: recorded prompts of the Debian packages asterisk-core-sounds-{en,es,fr,it,ru}-wav (CC BY-SA
// 3.0 and CC BY 3.0), four speakers in five languages. A call is a minute of prompts of one voice with
// pauses; what is speech in it is told by the energy of the clean signal. Noise comes after that, then
// G.711 mu-law, as on the line.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FRAME_SAMPLES, LINE_RATE_HZ } from '../../src/dsp/frame.js';
import {
  activeLevel,
  babble,
  brownNoise,
  fromMulaw,
  noisyLine,
  pinkNoise,
  randomFrom,
  rms,
  toMulaw,
  whiteNoise,
} from './vad-noise.js';
import { readClip } from './wav.js';

export interface Voice {
  readonly folder: string;
  readonly speaker: string;
}

/** One speaker lends two voices: a split by voice must keep them together. */
export const VOICES: readonly Voice[] = [
  { folder: 'en_US_f_Allison', speaker: 'Allison' },
  { folder: 'es_MX_f_Allison', speaker: 'Allison' },
  { folder: 'fr_CA_f_June', speaker: 'June' },
  { folder: 'it_IT_m_Carlo', speaker: 'Carlo' },
  { folder: 'ru_RU_f_IvrvoiceRU', speaker: 'IvrvoiceRU' },
];

/** Where the Debian packages put them. */
export const DEFAULT_SOUNDS = '/usr/share/asterisk/sounds';

/** Prompts that are no speech, by name. */
const NO_SPEECH = /beep|ring|silence|tone|music|monk|screech|loop/;
const SPEECH_RMS = 2000;
/** Labels come every 10 ms. */
export const LABEL_SAMPLES = LINE_RATE_HZ / 100;
const LABELS_PER_FRAME = FRAME_SAMPLES / LABEL_SAMPLES;

export const SILENCE = 0;
export const SPEECH = 1;
/** Neither loud enough to be speech for sure nor quiet enough to be silence. */
export const UNSURE = 2;

export interface LabelledCall {
  readonly voice: Voice;
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

/** Prompts of one voice between 1.2 s and 7 s. @throws {Error} where the package is not installed */
function clipsOf(sounds: string, voice: Voice): Int16Array[] {
  const folder = join(sounds, voice.folder);
  if (!existsSync(folder)) {
    throw new Error(
      `${folder} is not there: install asterisk-core-sounds-{en,es,fr,it,ru}-wav or give their place.`,
    );
  }
  return readdirSync(folder)
    .filter((file) => file.endsWith('.wav') && !NO_SPEECH.test(file))
    .map((file) => join(folder, file))
    .filter((path) => {
      const seconds = statSync(path).size / 2 / LINE_RATE_HZ;
      return seconds > 1.2 && seconds < 7;
    })
    .toSorted()
    .map(readClip);
}

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

function buildCall(
  voice: Voice,
  clips: readonly Int16Array[],
  seconds: number,
  random: () => number,
): LabelledCall {
  const clean = new Float32Array(seconds * LINE_RATE_HZ);
  let at = Math.round((1 + random()) * LINE_RATE_HZ);
  while (at < clean.length) {
    const clip = clips[Math.floor(random() * clips.length)] ?? new Int16Array(LINE_RATE_HZ);
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

/**
 * Calls of every voice. Babble is of all speakers but the call's own.
 * @throws {Error} where the voices are not installed
 */
export function buildVadData(sounds: string, callsPerVoice: number, seconds: number): VadData {
  const clips = VOICES.map((voice) => clipsOf(sounds, voice));
  const calls = VOICES.flatMap((voice, v) =>
    Array.from({ length: callsPerVoice }, (_, i) =>
      buildCall(voice, clips[v] ?? [], seconds, randomFrom(1000 * v + i)),
    ),
  );
  const line = (index: number, { noise, ratioDb }: Condition): Int16Array => {
    const call = calls[index];
    if (!call) throw new RangeError(`no call ${index}`);
    const random = randomFrom(7919 * index + NOISES.findIndex((name) => name === noise));
    const length = call.clean.length;
    if (noise === 'none') {
      return Int16Array.from(call.clean, (s) => fromMulaw(toMulaw(s + 20 * (random() - 0.5))));
    }
    if (noise === 'babble') {
      const others = clips.filter((_, v) => VOICES[v]?.speaker !== call.voice.speaker).flat();
      return noisyLine(call.clean, babble(length, others, 8, random), ratioDb);
    }
    const make = { white: whiteNoise, pink: pinkNoise, brown: brownNoise }[noise];
    return noisyLine(call.clean, make(length, random), ratioDb);
  };
  return { calls, line };
}
