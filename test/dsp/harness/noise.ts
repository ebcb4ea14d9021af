// Noise for measurements, the same in every run: white, pink, brown, babble; and the mu-law line. Media plane.
import { LINE_RATE_HZ } from '../../../src/dsp/frame.js';
import { throughMulaw } from './g711.js';
import { activeLevel } from './voices.js';

/** Root mean square. */
export function rms(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += (samples[i] ?? 0) ** 2;
  return Math.sqrt(sum / Math.max(1, samples.length));
}

/** Scale to rms 1 in place. */
function normalise(samples: Float32Array): Float32Array {
  const scale = 1 / rms(samples);
  for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] ?? 0) * scale;
  return samples;
}

/** White Gaussian noise of rms 1 (Box-Muller). */
export function whiteNoise(length: number, random: () => number): Float32Array {
  const samples = Float32Array.from(
    { length },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
  return normalise(samples);
}

/** -3 dB an octave: a sum of one-pole filters two octaves apart, from 5 Hz to beyond 4 kHz. */
export function pinkNoise(length: number, random: () => number): Float32Array {
  const pink = new Float32Array(length);
  for (let cutoffHz = 5; cutoffHz < LINE_RATE_HZ; cutoffHz *= 4) {
    const pole = Math.exp((-2 * Math.PI * cutoffHz) / LINE_RATE_HZ);
    const gain = Math.sqrt(1 - pole * pole);
    const white = whiteNoise(length, random);
    let state = 0;
    for (let i = 0; i < length; i++) {
      state = pole * state + gain * (white[i] ?? 0);
      pink[i] = (pink[i] ?? 0) + state;
    }
  }
  return normalise(pink);
}

/** -6 dB an octave above 30 Hz: a leaky integral. */
export function brownNoise(length: number, random: () => number): Float32Array {
  const pole = Math.exp((-2 * Math.PI * 30) / LINE_RATE_HZ);
  const brown = whiteNoise(length, random);
  let state = 0;
  for (let i = 0; i < length; i++) brown[i] = state = pole * state + (brown[i] ?? 0);
  return normalise(brown);
}

/** `talkers` people who each speak clips in random order without a pause, all equally loud; rms 1. */
export function babble(
  length: number,
  clips: readonly (Int16Array | Float32Array)[],
  talkers: number,
  random: () => number,
): Float32Array {
  const sum = new Float32Array(length);
  for (let talker = 0; talker < talkers; talker++) {
    let at = -Math.floor(random() * 2 * LINE_RATE_HZ);
    while (at < length) {
      const clip = clips[Math.floor(random() * clips.length)];
      if (!clip) throw new Error('babble needs clips');
      const gain = 1 / activeLevel(clip);
      for (let i = Math.max(0, -at); i < clip.length && at + i < length; i++) {
        sum[at + i] = (sum[at + i] ?? 0) + gain * (clip[i] ?? 0);
      }
      at += clip.length + Math.floor(random() * LINE_RATE_HZ * 0.25);
    }
  }
  return normalise(sum);
}

/** Speech plus noise at a ratio to the speech's active level, through the mu-law line. */
export function noisyLine(
  speech: Int16Array | Float32Array,
  noise: Float32Array,
  ratioDb: number,
): Int16Array {
  const gain = (activeLevel(speech) * 10 ** (-ratioDb / 20)) / rms(noise);
  const sum = Float32Array.from(speech, (sample, i) => sample + gain * (noise[i] ?? 0));
  return Int16Array.from(throughMulaw(sum));
}
