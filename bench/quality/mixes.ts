// Noisy telephone speech for the quality bench: 12 clips, 4 noises, 4 signal-to-noise ratios.

import { throughMulaw } from '../../test/dsp/harness/g711.js';
import { babble, brownNoise, pinkNoise, whiteNoise } from '../../test/dsp/harness/noise.js';
import { ACTIVE_LEVEL, loadVoice, VOICES, type Voice } from '../../test/dsp/harness/voices.js';
import { seededRandom } from '../../test/dsp/harness/random.js';

export const NOISES = ['white', 'pink', 'brown', 'babble'] as const;
export type Noise = (typeof NOISES)[number];
/** Speech level while somebody speaks, over noise level, in dB. */
export const SNRS_DB = [0, 5, 10, 15] as const;
/** Noise alone before the speech: what steady noise is reduced to is measured there. */
export const LEAD_SAMPLES = 24_000;
/**
 * Noise fades in within 0.25 s. RNNoise's first frames set the course of its recurrent states for seconds in
 * loud noise, and an abrupt start is another signal at 48 kHz, with splatter up to 24 kHz, than at 8 kHz.
 */
const FADE_SAMPLES = 2000;
const BABBLE_TALKERS = 6;
/** 12 s: mixes begin at random places in it. */
const NOISE_SAMPLES = 96_000;
const STEADY = { white: whiteNoise, pink: pinkNoise, brown: brownNoise };

export interface Mix {
  readonly voice: Voice;
  readonly noise: Noise;
  readonly snrDb: number;
  /** Clean speech after the lead of silence; int16 units, 8000 Hz. */
  readonly clean: Float32Array;
  /** Speech and noise through mu-law. */
  readonly noisy: Float32Array;
}

function speakerOf(voice: Voice): string {
  return voice.split('-')[1] ?? voice;
}

/** All mixes; the same in every run. */
export function buildMixes(): Mix[] {
  const clips = new Map(VOICES.map((voice) => [voice, loadVoice(voice)]));
  const steady = new Map(
    Object.entries(STEADY).map(([name, make], i) => [
      name,
      make(NOISE_SAMPLES, seededRandom(10 + i)),
    ]),
  );
  const random = seededRandom(4);
  const mixes: Mix[] = [];
  for (const [index, [voice, speech]] of [...clips].entries()) {
    const clean = new Float32Array(LEAD_SAMPLES + speech.length);
    clean.set(speech, LEAD_SAMPLES);
    // Nobody talks over himself.
    const others = [...clips].filter(([other]) => speakerOf(other) !== speakerOf(voice));
    const crowd = babble(
      NOISE_SAMPLES,
      others.map(([, samples]) => samples),
      BABBLE_TALKERS,
      seededRandom(20 + index),
    );
    for (const noise of NOISES) {
      const source = steady.get(noise) ?? crowd;
      for (const snrDb of SNRS_DB) {
        const from = Math.floor(random() * (source.length - clean.length));
        const gain = ACTIVE_LEVEL * 10 ** (-snrDb / 20);
        const noisy = clean.map(
          (sample, n) => sample + gain * Math.min(1, n / FADE_SAMPLES) * (source[from + n] ?? 0),
        );
        mixes.push({ voice, noise, snrDb, clean, noisy: throughMulaw(noisy) });
      }
    }
  }
  return mixes;
}
