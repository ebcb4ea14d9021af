// Signals and meters of the DSP tests.

import type { Test } from 'tap';
import { linearToMulaw, MULAW_TO_LINEAR } from '../../src/dsp/g711.js';
import { readClip } from './harness/wav.js';

export function sine(
  frequencyHz: number,
  rateHz: number,
  length: number,
  amplitude: number,
): Int16Array {
  return Int16Array.from({ length: Math.floor(length) }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * frequencyHz * i) / rateHz)),
  );
}

/** Numbers in [0, 1), the same on every run. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** White noise, evenly distributed in +-amplitude. */
export function noise(length: number, amplitude: number, seed: number): Int16Array {
  const next = random(seed);
  return Int16Array.from({ length }, () => Math.round((2 * next() - 1) * amplitude));
}

/** Amplitude of the component at one frequency, Hann window. */
export function toneAmplitude(signal: Int16Array, frequencyHz: number, rateHz: number): number {
  let re = 0;
  let im = 0;
  let weight = 0;
  for (let i = 0; i < signal.length; i++) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / signal.length);
    const angle = (2 * Math.PI * frequencyHz * i) / rateHz;
    re += window * (signal[i] as number) * Math.cos(angle);
    im += window * (signal[i] as number) * Math.sin(angle);
    weight += window;
  }
  return (2 * Math.hypot(re, im)) / weight;
}

export function rms(signal: Int16Array | Float32Array): number {
  let sum = 0;
  for (const sample of signal) sum += sample * sample;
  return Math.sqrt(sum / signal.length);
}

/** One of the human telephone clips: int16 at 8000 Hz. */
export function speechClip(name: string): Int16Array {
  return readClip(`assets/speech/${name}.wav`);
}

/** Gaussian noise (sum of twelve) of the RMS given. */
export function lineNoise(length: number, rmsLevel: number, seed: number): Int16Array {
  const next = random(seed);
  return Int16Array.from({ length }, () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += next();
    return Math.max(-32768, Math.min(32767, Math.round(sum * rmsLevel)));
  });
}

/** What a telephone line leaves of a signal. */
export function throughMulaw(signal: Int16Array): Int16Array {
  return signal.map((sample) => MULAW_TO_LINEAR[linearToMulaw(sample)] as number);
}

/** Two signals are the same; tells where they part, since a diff of thousands of samples takes minutes. */
export function sameSamples(
  t: Test,
  actual: ArrayLike<number> | undefined,
  expected: ArrayLike<number> | undefined,
  message = 'the same samples',
): void {
  const [a, b] = [Array.from(actual ?? []), Array.from(expected ?? [])];
  const part = a.findIndex((sample, i) => sample !== b[i]);
  t.match({ length: a.length, part }, { length: b.length, part: -1 }, message);
}
