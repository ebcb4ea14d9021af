// Noise for measurements, the same in every run: white, pink, brown, babble; and the mu-law line. Media plane.
import { LINE_RATE_HZ } from '../../src/dsp/frame.js';

/** Uniform numbers in [0, 1) from a seed: mulberry32 (Tommy Ettinger, public domain). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Root mean square. */
export function rms(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += (samples[i] ?? 0) ** 2;
  return Math.sqrt(sum / Math.max(1, samples.length));
}

/** Level of speech while it lasts: rms over the 20 ms frames within 30 dB of the loudest. */
export function activeLevel(speech: Int16Array | Float32Array): number {
  const frame = LINE_RATE_HZ / 50;
  const levels: number[] = [];
  for (let at = 0; at + frame <= speech.length; at += frame) {
    levels.push(rms(speech.subarray(at, at + frame)));
  }
  const floor = Math.max(...levels) / 10 ** (30 / 20);
  return rms(levels.filter((level) => level > floor));
}

/** White Gaussian noise of rms 1 (Box-Muller). */
export function whiteNoise(length: number, random: () => number): Float32Array {
  return Float32Array.from(
    { length },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
}

/** Scale to rms 1 in place. */
function normalise(samples: Float32Array): Float32Array {
  const scale = 1 / rms(samples);
  for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] ?? 0) * scale;
  return samples;
}

/** -3 dB an octave: a sum of one-pole filters two octaves apart, from 5 Hz to beyond 4 kHz. */
export function pinkNoise(length: number, random: () => number): Float32Array {
  const pink = new Float32Array(length);
  for (let cutoffHz = 5; cutoffHz < LINE_RATE_HZ; cutoffHz *= 4) {
    const pole = Math.exp((-2 * Math.PI * cutoffHz) / LINE_RATE_HZ);
    const gain = Math.sqrt((1 - pole * pole) / 1);
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
  clips: readonly Int16Array[],
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

/** Linear PCM of a mu-law byte, in the scale of int16 (ITU-T G.711: 14 bits, times 4). */
export function fromMulaw(byte: number): number {
  const inverted = ~byte & 0xff;
  const magnitude = ((((inverted & 15) << 3) + 132) << ((inverted >> 4) & 7)) - 132;
  return inverted & 0x80 ? -magnitude : magnitude;
}

/** The mu-law byte of a sample of int16. */
export function toMulaw(sample: number): number {
  const biased = Math.min(32635, Math.abs(Math.round(sample))) + 132;
  const segment = 24 - Math.clz32(biased);
  const mantissa = (biased >> (segment + 3)) & 15;
  return ~((sample < 0 ? 0x80 : 0) | (segment << 4) | mantissa) & 0xff;
}

/** Speech plus noise at a ratio to the speech's active level, through the mu-law line. */
export function noisyLine(
  speech: Int16Array | Float32Array,
  noise: Float32Array,
  ratioDb: number,
): Int16Array {
  const gain = (activeLevel(speech) * 10 ** (-ratioDb / 20)) / rms(noise);
  return Int16Array.from(speech, (sample, i) =>
    fromMulaw(toMulaw(sample + gain * (noise[i] ?? 0))),
  );
}
