// Makes a synthetic voice fit for a telephone: no rumble, clear consonants, one level. Media plane.

import type { Speech } from './flite.js';

/** A telephone line passes nothing below (ITU-T G.712); what is there only costs level. */
const HIGH_PASS_HZ = 300;
/** Flite's statistical voices sound muffled: consonants are told apart between 2 and 3.4 kHz. */
const PRESENCE = { centreHz: 2700, q: 0.8, gainDb: 6 };
/** Active speech level, as ITU-T P.56 means it: pauses do not count. */
const ACTIVE_LEVEL_DBFS = -20;
/** Frames so far below the loudest are pauses. */
const PAUSE_DB = 30;
const FRAME_MS = 20;
/** Above it peaks are bent, and none reaches full scale. */
const KNEE = 0.7;
const FULL_SCALE = 32_768;

/** Normalised so that a0 is 1. Robert Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients". */
interface Biquad {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

function highPass(hz: number, q: number, sampleRateHz: number): Biquad {
  const w = (2 * Math.PI * hz) / sampleRateHz;
  const alpha = Math.sin(w) / (2 * q);
  const a0 = 1 + alpha;
  const b = (1 + Math.cos(w)) / 2 / a0;
  return { b0: b, b1: -2 * b, b2: b, a1: (-2 * Math.cos(w)) / a0, a2: (1 - alpha) / a0 };
}

function peak({ centreHz, q, gainDb }: typeof PRESENCE, sampleRateHz: number): Biquad {
  const w = (2 * Math.PI * centreHz) / sampleRateHz;
  const a = 10 ** (gainDb / 40);
  const alpha = Math.sin(w) / (2 * q);
  const a0 = 1 + alpha / a;
  const middle = (-2 * Math.cos(w)) / a0;
  return {
    b0: (1 + alpha * a) / a0,
    b1: middle,
    b2: (1 - alpha * a) / a0,
    a1: middle,
    a2: (1 - alpha / a) / a0,
  };
}

/** In place; transposed direct form II. */
function filter(samples: Float64Array, { b0, b1, b2, a1, a2 }: Biquad): void {
  let [z1, z2] = [0, 0];
  for (let i = 0; i < samples.length; i++) {
    const x = samples[i] as number;
    const y = b0 * x + z1;
    z1 = b1 * x - a1 * y + z2;
    z2 = b2 * x - a2 * y;
    samples[i] = y;
  }
}

/** @returns dB of full scale, -Infinity for silence */
export function activeLevelDbfs(samples: ArrayLike<number>, sampleRateHz: number): number {
  const frame = (sampleRateHz * FRAME_MS) / 1000;
  const powers: number[] = [];
  for (let at = 0; at + frame <= samples.length; at += frame) {
    let sum = 0;
    for (let i = at; i < at + frame; i++) sum += (samples[i] as number) ** 2;
    powers.push(sum / frame / FULL_SCALE ** 2);
  }
  const least = Math.max(0, ...powers) / 10 ** (PAUSE_DB / 10);
  const active = powers.filter((power) => power > least);
  if (active.length === 0) return -Infinity;
  return 10 * Math.log10(active.reduce((sum, power) => sum + power, 0) / active.length);
}

/** Linear to the knee, then ever flatter. */
function bent(value: number): number {
  const level = Math.abs(value);
  if (level <= KNEE) return value;
  const room = 1 - KNEE;
  return Math.sign(value) * (KNEE + room * Math.tanh((level - KNEE) / room));
}

/** @returns speech as long as the one given, sample for sample; its words stay where they are */
export function forTelephone({ pcm, sampleRateHz }: Speech): Speech {
  const samples = Float64Array.from(pcm);
  // Two sections of a Butterworth high-pass of the fourth order.
  filter(samples, highPass(HIGH_PASS_HZ, 0.541, sampleRateHz));
  filter(samples, highPass(HIGH_PASS_HZ, 1.307, sampleRateHz));
  filter(samples, peak(PRESENCE, sampleRateHz));
  const levelDb = activeLevelDbfs(samples, sampleRateHz);
  if (levelDb === -Infinity) return { pcm, sampleRateHz };
  const gain = 10 ** ((ACTIVE_LEVEL_DBFS - levelDb) / 20);
  const most = FULL_SCALE - 1;
  const out = Int16Array.from(samples, (sample) =>
    Math.round(bent((sample * gain) / FULL_SCALE) * most),
  );
  return { pcm: out, sampleRateHz };
}
