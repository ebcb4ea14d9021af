// Voices made of pulses and resonances, whose every property is known. For tests.

import { FRAME_SAMPLES, LINE_RATE_HZ } from '../../../src/dsp/frame.js';
import { SeededRandom } from '../../seeded-random.js';

/** A voice at one moment. */
export interface Moment {
  /** 0 where there is no pitch: breath alone. */
  readonly pitchHz: number;
  readonly formantsHz: readonly number[];
  /** 0..1 */
  readonly loudness: number;
}

/** Second-order resonances of some 90 Hz, one after the other. */
class Resonances {
  readonly #state = new Float64Array(8);

  through(input: number, formantsHz: readonly number[]): number {
    const radius = Math.exp((-Math.PI * 90) / LINE_RATE_HZ);
    let sample = input;
    for (const [i, hz] of formantsHz.entries()) {
      const a = 2 * radius * Math.cos((2 * Math.PI * hz) / LINE_RATE_HZ);
      const b = -radius * radius;
      const [one = 0, two = 0] = [this.#state[2 * i], this.#state[2 * i + 1]];
      const out = (1 - a - b) * sample + a * one + b * two;
      this.#state[2 * i + 1] = one;
      this.#state[2 * i] = out;
      sample = out;
    }
    return sample;
  }
}

/** @param at the voice at a time in ms */
export function speak(ms: number, at: (ms: number) => Moment, seed = 1): Int16Array {
  const random = new SeededRandom(seed);
  const resonances = new Resonances();
  const samples = new Float64Array(
    Math.ceil((ms * LINE_RATE_HZ) / 1000 / FRAME_SAMPLES) * FRAME_SAMPLES,
  );
  let phase = 0;
  for (const i of samples.keys()) {
    const { pitchHz, formantsHz, loudness } = at((1000 * i) / LINE_RATE_HZ);
    phase += pitchHz / LINE_RATE_HZ;
    const pulse = phase >= 1 ? 1 : 0;
    phase -= pulse;
    const breath = (random.below(2001) / 1000 - 1) * (pitchHz === 0 ? 0.15 : 0.003);
    samples[i] = loudness * resonances.through(pulse + breath, formantsHz);
  }
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) || 1;
  // With the noise of a quiet line, some -65 dB of full scale.
  return Int16Array.from(samples, (sample) =>
    Math.round((sample / peak) * 12_000 + (random.below(63) - 31)),
  );
}

const between = (from: number, to: number, share: number): number =>
  from + (to - from) * Math.min(1, Math.max(0, share));

/** "Mmmm": nasal, with a melody. */
export const hum = (ms: number, fromHz = 140, toHz = 110): Int16Array =>
  speak(ms, (at) => ({
    pitchHz: between(fromHz, toHz, at / ms),
    formantsHz: [280, 1100, 2200],
    loudness: Math.min(1, at / 60, (ms - at) / 80),
  }));

/** "Uuuh": one vowel, falling. */
export const groan = (ms: number): Int16Array =>
  speak(ms, (at) => ({
    pitchHz: between(130, 80, at / ms),
    formantsHz: [550, 1000, 2400],
    loudness: Math.min(1, at / 60, (ms - at) / 150),
  }));

/** "Ha-ha-ha": a voiced burst of 70 ms each 200 ms. */
export const laugh = (bursts: number): Int16Array =>
  speak(bursts * 200, (at) => {
    const within = at % 200;
    const isVoice = within < 70;
    return {
      pitchHz: isVoice ? 260 - at / 20 : 0,
      formantsHz: [750, 1250, 2500],
      loudness: isVoice ? 1 : within < 110 ? 0.03 : 0.001,
    };
  });

/** Breath alone, in explosions. */
export const cough = (bursts: number): Int16Array =>
  speak(bursts * 450, (at) => ({
    pitchHz: 0,
    formantsHz: [900, 1700, 2600],
    loudness: at % 450 < 300 ? Math.exp(-(at % 450) / 90) : 0,
  }));

/** Vowels that follow one another, some with a stop between: nobody's language. */
export function babble(ms: number, syllableMs = 190): Int16Array {
  const vowels = [
    [300, 2200, 2900],
    [700, 1200, 2500],
    [350, 800, 2300],
    [500, 1800, 2500],
  ] as const;
  return speak(ms, (at) => {
    const place = Math.floor(at / syllableMs);
    const share = (at % syllableMs) / syllableMs;
    const from = vowels[place % vowels.length] ?? vowels[0];
    const to = vowels[(place + 1) % vowels.length] ?? vowels[0];
    const glide = (share - 0.45) / 0.4;
    return {
      pitchHz: 125 + 20 * Math.sin(at / 150),
      formantsHz: from.map((hz, i) => between(hz, to[i] ?? hz, glide)),
      loudness: share > 0.85 ? 0.15 : 1,
    };
  });
}
