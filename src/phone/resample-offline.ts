// Whole recordings of any rate to the telephone line's 8 kHz, at good quality and no hurry. Control plane.

import { LINE_RATE_HZ } from '../dsp/frame.js';

/** Half the length of the filter, in samples of the lower of the two rates. */
const HALF_WIDTH = 36;
/** Middle of the transition band as a share of the lower rate: 3700 Hz for 8 kHz. */
const CUTOFF = 0.4625;
/** Kaiser window shape for about 85 dB of stop-band attenuation. */
const KAISER_BETA = 8.5;

/** Modified Bessel function of the first kind, order zero, by its power series. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** The windowed sinc at `t`, in samples of the lower rate; unity gain at DC in the continuum. */
function kernel(t: number): number {
  const edge = t / HALF_WIDTH;
  if (Math.abs(edge) >= 1) return 0;
  const window = besselI0(KAISER_BETA * Math.sqrt(1 - edge * edge)) / besselI0(KAISER_BETA);
  const x = 2 * Math.PI * CUTOFF * t;
  const sinc = x === 0 ? 1 : Math.sin(x) / x;
  return 2 * CUTOFF * sinc * window;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

interface Phase {
  /** Input index of the first tap, relative to the whole input position of the output sample. */
  readonly first: number;
  readonly taps: Float64Array;
}

/** The filter for output samples that lie `fraction` (0 to 1) after an input sample. */
function phaseOf(fraction: number, scale: number): Phase {
  const reach = HALF_WIDTH / scale;
  const first = Math.ceil(fraction - reach);
  const last = Math.floor(fraction + reach);
  const taps = Float64Array.from({ length: last - first + 1 }, (_, i) =>
    kernel((first + i - fraction) * scale),
  );
  // Exact unity at DC for every phase: otherwise the phases' small differences are a tone.
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return { first, taps: taps.map((tap) => tap / sum) };
}

/**
 * Resample to 8000 Hz with a Kaiser-windowed sinc (Smith, "Digital Audio Resampling Home Page";
 * Kaiser 1974 for the window), one exact filter for each of the ratio's phases.
 *
 * Response for inputs of 8 kHz and more: flat within 0.05 dB to 3400 Hz, -6 dB at 3700 Hz, at
 * least 80 dB down from 4000 Hz on. No delay. Lower input rates: the same, scaled to their rate.
 * @param samples mono at `sampleRateHz`; not changed. Returned as it is when already at 8000 Hz
 * @returns round(length * 8000 / sampleRateHz) samples
 */
export function resampleToLineRate(samples: Float32Array, sampleRateHz: number): Float32Array {
  if (sampleRateHz === LINE_RATE_HZ) return samples;
  const divisor = greatestCommonDivisor(sampleRateHz, LINE_RATE_HZ);
  const up = LINE_RATE_HZ / divisor;
  const down = sampleRateHz / divisor;
  const scale = Math.min(1, LINE_RATE_HZ / sampleRateHz);
  const phases: (Phase | undefined)[] = Array.from({ length: up });
  const out = new Float32Array(Math.round((samples.length * up) / down));
  for (let n = 0; n < out.length; n += 1) {
    const remainder = (n * down) % up;
    const whole = (n * down - remainder) / up;
    const phase = (phases[remainder] ??= phaseOf(remainder / up, scale));
    let sum = 0;
    for (let i = 0; i < phase.taps.length; i += 1) {
      sum += (samples[whole + phase.first + i] ?? 0) * (phase.taps[i] ?? 0);
    }
    out[n] = sum;
  }
  return out;
}
