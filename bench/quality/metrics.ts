// Measures of enhanced speech, for 8000 Hz.

import { FourierTransform } from '../../test/dsp/reference/fourier.js';

/**
 * Scale-invariant signal-to-distortion ratio in dB: the estimate's part along the reference against the rest
 * (Le Roux, Wisdom, Erdogan, Hershey, "SDR - half-baked or well done?", 2019).
 */
export function siSdr(reference: Float32Array, estimate: Float32Array): number {
  let product = 0;
  let energy = 0;
  for (const [n, sample] of reference.entries()) {
    product += sample * (estimate[n] ?? 0);
    energy += sample * sample;
  }
  const scale = product / energy;
  let error = 0;
  for (const [n, sample] of reference.entries())
    error += ((estimate[n] ?? 0) - scale * sample) ** 2;
  return 10 * Math.log10((scale * scale * energy) / error);
}

/** How much lower the power of `after` is than that of `before`, in dB. */
export function attenuation(before: Float32Array, after: Float32Array): number {
  const power = (samples: Float32Array) => samples.reduce((sum, s) => sum + s * s, 0);
  return 10 * Math.log10(power(before) / power(after));
}

// ---- STOI
//
// Short-time objective intelligibility (Taal, Hendriks, Heusdens, Jensen, 2011): correlation of the temporal
// envelopes of clean and degraded speech in third-octave bands over 0.4 s, 0..1. The authors' works at
// 10 kHz with frames of 25.6 ms; this variant at 8 kHz has frames of 25 ms and the 14 of their 15 bands that
// lie below 4 kHz. Its values compare with each other, not with published ones.

const FRAME = 200;
const HOP = 100;
const FFT = 512;
const RATE_HZ = 8000;
const BANDS = 14;
const LOWEST_CENTRE_HZ = 150;
/** Frames of one envelope: 0.39 s. */
const SEGMENT = 30;
/** Frames this far below the loudest are not speech. */
const DYNAMIC_RANGE_DB = 40;
/** Lower bound of the signal-to-distortion ratio of a sample of the envelope. */
const CLIP = 1 + 10 ** (15 / 20);

const window = Float64Array.from(
  { length: FRAME },
  (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 1)) / (FRAME + 1)),
);
const transform = new FourierTransform(FFT);

export function stoi(clean: Float32Array, degraded: Float32Array): number {
  const starts = speechFrames(clean);
  const x = starts.map((start) => bandEnvelopes(clean, start));
  const y = starts.map((start) => bandEnvelopes(degraded, start));
  let sum = 0;
  let count = 0;
  for (let last = SEGMENT; last <= starts.length; last++) {
    for (let band = 0; band < BANDS; band++) {
      const xs = x.slice(last - SEGMENT, last).map((frame) => frame[band] ?? 0);
      const ys = y.slice(last - SEGMENT, last).map((frame) => frame[band] ?? 0);
      sum += envelopeCorrelation(xs, ys);
      count++;
    }
  }
  return sum / count;
}

function speechFrames(clean: Float32Array): number[] {
  const starts: number[] = [];
  const energies: number[] = [];
  for (let start = 0; start + FRAME <= clean.length; start += HOP) {
    starts.push(start);
    energies.push(window.reduce((sum, w, n) => sum + (w * (clean[start + n] ?? 0)) ** 2, 1e-9));
  }
  const loudest = Math.max(...energies);
  return starts.filter((_, i) => (energies[i] ?? 0) > loudest * 10 ** (-DYNAMIC_RANGE_DB / 10));
}

/** Norm of the spectrum in each third octave. */
function bandEnvelopes(samples: Float32Array, start: number): number[] {
  const re = new Float64Array(FFT);
  for (const [n, w] of window.entries()) re[n] = w * (samples[start + n] ?? 0);
  const spectrum = transform.forward({ re, im: new Float64Array(FFT) });
  return Array.from({ length: BANDS }, (_, band) => {
    const centre = LOWEST_CENTRE_HZ * 2 ** (band / 3);
    const first = Math.round((centre * 2 ** (-1 / 6) * FFT) / RATE_HZ);
    const end = Math.round((centre * 2 ** (1 / 6) * FFT) / RATE_HZ);
    let energy = 0;
    for (let bin = first; bin < end; bin++) {
      energy += (spectrum.re[bin] ?? 0) ** 2 + (spectrum.im[bin] ?? 0) ** 2;
    }
    return Math.sqrt(energy);
  });
}

/** Correlation of two envelopes, the degraded one brought to the clean one's norm and clipped. */
function envelopeCorrelation(clean: readonly number[], degraded: readonly number[]): number {
  const norm = (values: readonly number[]) => Math.hypot(...values);
  const gain = norm(clean) / (norm(degraded) + 1e-9);
  const clipped = degraded.map((value, i) => Math.min(gain * value, (clean[i] ?? 0) * CLIP));
  const centred = (values: readonly number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.map((value) => value - mean);
  };
  const x = centred(clean);
  const y = centred(clipped);
  const product = x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  return product / (norm(x) * norm(y) + 1e-9);
}
