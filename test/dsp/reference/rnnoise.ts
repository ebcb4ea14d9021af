// RNNoise 0.1 for one call, written plainly, at 48 kHz as it is and at 8 kHz as the kernel does it. The 48 kHz
// one is checked against the stock WebAssembly build, the 8 kHz one differs from it in what is named here and
// in pitch-8k.ts alone, and the kernel is checked against that: a chain of proof.
//
// Both: 10 ms frames, 20 ms windows, bins 50 Hz apart, samples in int16 units.

import type { RnnoiseModel } from '../../../src/dsp/denoise/batched/rnnoise-model.js';
import { addByBand, bandCepstrum, bandCorrelation, MODEL_BANDS, scaleByBand } from './bands.js';
import { FourierTransform, type Spectrum } from './fourier.js';
import { ReferenceNetwork } from './network.js';
import { PitchTracker48k } from './pitch-48k.js';
import { PitchTracker8k } from './pitch-8k.js';
import type { Pitch } from './pitch.js';

/** What RNNoise does differently at another rate. */
interface Rate {
  readonly frameSamples: number;
  /** Bands below half the rate. */
  readonly bands: number;
  /** gain (1 - z^-1)^2 / (1 + a1 z^-1 + a2 z^-2) */
  readonly highPass: { readonly gain: number; readonly a1: number; readonly a2: number };
  /** Response of a filter that the line's spectrum passes first. */
  readonly response: (hz: number) => number;
  track(frame: Float32Array): Pitch;
  /** Spectrum of the window one pitch period earlier. */
  earlierSpectrum(analyse: (window: Float32Array) => Spectrum): Spectrum;
}

const DELTAS = 6;
const CEPSTRAL_FRAMES = 8;
const SILENCE_ENERGY = 0.04;
const GAIN_DECAY = 0.6;
const BIN_HZ = 50;

export class ReferenceRnnoise {
  readonly frameSamples: number;
  /** Of the last frame. */
  pitch: Pitch = { period: 0, gain: 0 };
  speech = 0;
  silent = false;
  /** The network's gains after smoothing. */
  readonly gains = new Float32Array(MODEL_BANDS);

  readonly #rate: Rate;
  readonly #network: ReferenceNetwork;
  readonly #transform: FourierTransform;
  readonly #window: Float64Array;
  readonly #highPass = { m1: 0, m2: 0 };
  readonly #lastFrame: Float32Array;
  readonly #overlap: Float64Array;
  readonly #cepstra: Float64Array[] = Array.from(
    { length: CEPSTRAL_FRAMES },
    () => new Float64Array(MODEL_BANDS),
  );

  constructor(model: RnnoiseModel, rate: Rate) {
    this.#rate = rate;
    this.frameSamples = rate.frameSamples;
    const windowSamples = 2 * rate.frameSamples;
    this.#network = new ReferenceNetwork(model);
    this.#transform = new FourierTransform(windowSamples);
    this.#window = Float64Array.from({ length: windowSamples }, (_, n) => {
      const s = Math.sin((Math.PI * (n + 0.5)) / windowSamples);
      return Math.sin(0.5 * Math.PI * s * s);
    });
    this.#lastFrame = new Float32Array(rate.frameSamples);
    this.#overlap = new Float64Array(rate.frameSamples);
  }

  /** @param input one frame @returns the frame before, clean */
  process(input: Float32Array): Float32Array {
    const frame = this.#highPassed(input);
    const x = this.#analyse(Float32Array.from([...this.#lastFrame, ...frame]));
    this.#lastFrame.set(frame);
    this.pitch = this.#rate.track(frame);
    const p = this.#rate.earlierSpectrum((window) => this.#analyse(window));
    const { bands } = this.#rate;
    const ex = bandCorrelation(x, x, bands);
    const ep = bandCorrelation(p, p, bands);
    const coherence = bandCorrelation(x, p, bands).map(
      (value, band) => value / Math.sqrt(0.001 + (ex[band] ?? 0) * (ep[band] ?? 0)),
    );
    this.silent = ex.reduce((sum, energy) => sum + energy, 0) < SILENCE_ENERGY;
    this.speech = 0;
    if (!this.silent) {
      const { gains, speech } = this.#network.run(this.#features(ex, coherence));
      this.speech = speech;
      this.#enhance(x, p, { ex, ep, coherence, gains });
    }
    return this.#synthesise(x);
  }

  #highPassed(input: Float32Array): Float32Array {
    const { gain, a1, a2 } = this.#rate.highPass;
    const memory = this.#highPass;
    return input.map((sample) => {
      const x = gain * sample;
      const y = x + memory.m1;
      memory.m1 = memory.m2 + (-2 * x - a1 * y);
      memory.m2 = x - a2 * y;
      return y;
    });
  }

  /** Windowed spectrum, divided by the window's length; bins from 0 to half the rate. */
  #analyse(samples: Float32Array): Spectrum {
    const length = samples.length;
    const re = Float64Array.from(samples, (sample, n) => sample * (this.#window[n] ?? 0));
    const all = this.#transform.forward({ re, im: new Float64Array(length) });
    const half = (part: Float64Array) =>
      part
        .slice(0, length / 2 + 1)
        .map((value, bin) => (value / length) * this.#rate.response(BIN_HZ * bin));
    return { re: half(all.re), im: half(all.im) };
  }

  #features(ex: Float64Array, coherence: Float64Array): Float32Array {
    const features = new Float32Array(MODEL_BANDS + 3 * DELTAS + 2);
    const cepstrum = bandCepstrum(logEnergies(ex), MODEL_BANDS);
    cepstrum[0] = (cepstrum[0] ?? 0) - 12;
    cepstrum[1] = (cepstrum[1] ?? 0) - 4;
    this.#cepstra.unshift(cepstrum);
    this.#cepstra.pop();
    features.set(cepstrum);
    const coherences = bandCepstrum(coherence, DELTAS);
    for (let i = 0; i < DELTAS; i++) {
      const [c0, c1, c2] = [0, 1, 2].map((age) => this.#cepstra[age]?.[i] ?? 0) as [
        number,
        number,
        number,
      ];
      features[i] = c0 + c1 + c2;
      features[MODEL_BANDS + i] = c0 - c2;
      features[MODEL_BANDS + DELTAS + i] = c0 - 2 * c1 + c2;
      const mean = i === 0 ? 1.3 : i === 1 ? 0.9 : 0;
      features[MODEL_BANDS + 2 * DELTAS + i] = (coherences[i] ?? 0) - mean;
    }
    features[MODEL_BANDS + 3 * DELTAS] = 0.01 * (this.pitch.period - 300);
    features[MODEL_BANDS + 3 * DELTAS + 1] = this.#spectralVariability() - 2.1;
    return features;
  }

  /** Mean over the last eight frames of the squared distance to the nearest other. */
  #spectralVariability(): number {
    let sum = 0;
    for (const [i, a] of this.#cepstra.entries()) {
      let nearest = 1e15;
      for (const [j, b] of this.#cepstra.entries()) {
        if (i === j) continue;
        const distance = a.reduce((total, value, k) => total + (value - (b[k] ?? 0)) ** 2, 0);
        nearest = Math.min(nearest, distance);
      }
      sum += nearest;
    }
    return sum / CEPSTRAL_FRAMES;
  }

  /** Pitch filter and gains. */
  #enhance(
    x: Spectrum,
    p: Spectrum,
    {
      ex,
      ep,
      coherence,
      gains,
    }: { ex: Float64Array; ep: Float64Array; coherence: Float64Array; gains: Float32Array },
  ): void {
    const { bands } = this.#rate;
    const comb = coherence.map((c, band) => {
      const g = gains[band] ?? 0;
      const ratio = (c * c * (1 - g * g)) / (0.001 + g * g * (1 - c * c));
      const strength = c > g ? 1 : Math.sqrt(Math.min(1, Math.max(0, ratio)));
      return strength * Math.sqrt((ex[band] ?? 0) / (1e-8 + (ep[band] ?? 0)));
    });
    addByBand(x, p, comb, bands);
    const combed = bandCorrelation(x, x, bands);
    const norm = ex.map((energy, band) => Math.sqrt(energy / (1e-8 + (combed[band] ?? 0))));
    scaleByBand(x, norm, bands);
    for (const band of this.gains.keys()) {
      this.gains[band] = Math.max(gains[band] ?? 0, GAIN_DECAY * (this.gains[band] ?? 0));
    }
    scaleByBand(x, this.gains, bands);
  }

  #synthesise(x: Spectrum): Float32Array {
    const frame = this.frameSamples;
    const length = 2 * frame;
    // The conjugate's forward transform is the inverse transform's conjugate, and the result is real.
    const mirrored = (part: Float64Array, sign: number) =>
      Float64Array.from({ length }, (_, k) =>
        k <= frame ? sign * (part[k] ?? 0) : -sign * (part[length - k] ?? 0),
      );
    const re = Float64Array.from({ length }, (_, k) => x.re[k <= frame ? k : length - k] ?? 0);
    const im = mirrored(x.im, -1);
    im[0] = 0;
    im[frame] = 0;
    const samples = this.#transform.forward({ re, im }).re;
    const output = new Float32Array(frame);
    for (let n = 0; n < frame; n++) {
      output[n] = (samples[n] ?? 0) * (this.#window[n] ?? 0) + (this.#overlap[n] ?? 0);
      this.#overlap[n] = (samples[frame + n] ?? 0) * (this.#window[frame + n] ?? 0);
    }
    return output;
  }
}

/** Decades, falling by 7 below the loudest band so far and by 1.5 from band to band at most. */
function logEnergies(ex: Float64Array): Float64Array {
  let loudest = -2;
  let follower = -2;
  return ex.map((energy) => {
    const level = Math.max(loudest - 7, follower - 1.5, Math.log10(0.01 + energy));
    loudest = Math.max(loudest, level);
    follower = Math.max(follower - 1.5, level);
    return level;
  });
}

const HIGH_PASS_48K = { gain: 1, a1: -1.99599, a2: 0.996 };

/** RNNoise as it is. */
export function referenceRnnoise48k(model: RnnoiseModel): ReferenceRnnoise {
  const tracker = new PitchTracker48k();
  return new ReferenceRnnoise(model, {
    frameSamples: 480,
    bands: MODEL_BANDS,
    highPass: HIGH_PASS_48K,
    response: () => 1,
    track: (frame) => tracker.track(frame),
    earlierSpectrum: (analyse) => analyse(tracker.earlierWindow()),
  });
}

/** The kernel's: bands up to 4 kHz with a roll-off, a high-pass of its own, pitch by whole samples. */
export function referenceRnnoise8k(model: RnnoiseModel): ReferenceRnnoise {
  const tracker = new PitchTracker8k();
  return new ReferenceRnnoise(model, {
    frameSamples: 80,
    bands: 14,
    highPass: sixfoldPoles(),
    response: rollOff,
    track: (frame) => tracker.track(frame),
    earlierSpectrum(analyse) {
      const { samples, rest } = tracker.earlierWindow();
      return delayed(analyse(samples), rest);
    },
  });
}

/** Raised cosine from 3475 to 4225 Hz, the low-pass of a resampler to 48 kHz. */
function rollOff(hz: number): number {
  if (hz <= 3475) return 1;
  return 0.5 + 0.5 * Math.cos((Math.PI * (hz - 3475)) / 750);
}

/** The high-pass with its response 1 kHz kept and its poles to the sixth power. */
function sixfoldPoles(): { gain: number; a1: number; a2: number } {
  const { a1, a2 } = HIGH_PASS_48K;
  // z1 + z2 and z1 z2 of the poles; sums of powers by Newton's identity.
  const power = [2, -a1];
  for (let n = 2; n <= 6; n++) power.push(-a1 * (power[n - 1] ?? 0) - a2 * (power[n - 2] ?? 0));
  const at8k = { a1: -(power[6] ?? 0), a2: a2 ** 6 };
  const magnitude = (filter: { a1: number; a2: number }, w: number) => {
    const re = 1 + filter.a1 * Math.cos(w) + filter.a2 * Math.cos(2 * w);
    const im = filter.a1 * Math.sin(w) + filter.a2 * Math.sin(2 * w);
    return (4 * Math.sin(w / 2) ** 2) / Math.hypot(re, im);
  };
  const match = 2 * Math.PI * 1000;
  const gain = magnitude(HIGH_PASS_48K, match / 48000) / magnitude(at8k, match / 8000);
  return { gain, ...at8k };
}

/** Delay by a fraction of a sample: a phase that grows with the bin. */
function delayed({ re, im }: Spectrum, samples: number): Spectrum {
  const windowSamples = 2 * (re.length - 1);
  const turned = { re: new Float64Array(re.length), im: new Float64Array(re.length) };
  for (let bin = 0; bin < re.length; bin++) {
    const angle = (-2 * Math.PI * bin * samples) / windowSamples;
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    turned.re[bin] = (re[bin] ?? 0) * cos - (im[bin] ?? 0) * sin;
    turned.im[bin] = (re[bin] ?? 0) * sin + (im[bin] ?? 0) * cos;
  }
  return turned;
}
