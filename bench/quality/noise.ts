// Noises for the quality bench, the same in every run.

import { seededNormal, seededRandom } from '../../test/dsp/harness/random.js';
import { FourierTransform } from '../../test/dsp/reference/fourier.js';

/** 12 s at 8000 Hz, a product of small primes. */
const NOISE_SAMPLES = 96_000;
const RATE_HZ = 8000;
/** Coloured noise has nothing below: a telephone would not carry it. */
const LOWEST_HZ = 20;

/** Fall of the power spectrum in powers of the frequency. */
const COLOURS = { white: 0, pink: 1, brown: 2 } as const;
export type Colour = keyof typeof COLOURS;

/** Stationary Gaussian noise of unit power: random spectrum, shaped, transformed back. */
export function colouredNoise(colour: Colour, seed: number): Float32Array {
  const normal = seededNormal(seed);
  const re = new Float64Array(NOISE_SAMPLES);
  const im = new Float64Array(NOISE_SAMPLES);
  for (let bin = 1; bin < NOISE_SAMPLES / 2; bin++) {
    const hz = (bin * RATE_HZ) / NOISE_SAMPLES;
    if (hz < LOWEST_HZ) continue;
    const amplitude = hz ** (-COLOURS[colour] / 2);
    re[bin] = amplitude * normal();
    im[bin] = amplitude * normal();
    re[NOISE_SAMPLES - bin] = re[bin] ?? 0;
    im[NOISE_SAMPLES - bin] = -(im[bin] ?? 0);
  }
  const samples = new FourierTransform(NOISE_SAMPLES).forward({ re, im }).re;
  return unitPower(Float32Array.from(samples));
}

/**
 * Several talkers at once, each at the same level.
 * @param talkers recordings; each is repeated from a random place on
 */
export function babble(talkers: readonly Float32Array[], seed: number): Float32Array {
  const random = seededRandom(seed);
  const sum = new Float32Array(NOISE_SAMPLES);
  for (const talker of talkers) {
    const start = Math.floor(random() * talker.length);
    for (let n = 0; n < NOISE_SAMPLES; n++) {
      sum[n] = (sum[n] ?? 0) + (talker[(start + n) % talker.length] ?? 0);
    }
  }
  return unitPower(sum);
}

function unitPower(samples: Float32Array): Float32Array {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return samples.map((sample) => sample / Math.sqrt(power));
}
