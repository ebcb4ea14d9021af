// Constant tables of the denoising kernel. Media plane, at start only.

import * as layout from '../../kernels/denoise/layout.js';

const { BANDS, BINS, MODEL_BANDS, WINDOW_SAMPLES } = layout;

/** Band centres in steps of 200 Hz, four bins each (RNNoise, up to 4 kHz). */
export const BAND_CENTRES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20] as const;
const BINS_PER_STEP = 4;

/** RNNoise's high-pass at 48 kHz: denominator 1 - 1.99599 z^-1 + 0.99600 z^-2, zeros at 1. */
const HIGH_PASS_48K = { a1: -1.99599, a2: 0.996 } as const;
/** Where the gains of the two high-passes are made equal. */
const HIGH_PASS_MATCH_HZ = 1000;
const RATE_RATIO = 6;

/**
 * Write all tables into a workspace.
 * @param memory the kernel's memory
 * @param workspace byte address
 */
export function writeTables(memory: SharedArrayBuffer, workspace: number): void {
  const floats = new Float32Array(memory);
  const ints = new Int32Array(memory);
  floats.set(powerComplementaryWindow(), (workspace + layout.WINDOW_TABLE) / 4);
  ints.set(fftBinOffsets(32), (workspace + layout.BIN_TABLE) / 4);
  ints.set(fftBinOffsets(16), (workspace + layout.HALF_BIN_TABLE) / 4);
  floats.set(fftTwiddles(), (workspace + layout.TWIDDLE_TABLE) / 4);
  floats.set(halfTurns(), (workspace + layout.TURN_TABLE) / 4);
  floats.set(cosineTransform(), (workspace + layout.DCT_TABLE) / 4);
  ints.set(
    BAND_CENTRES.map((step) => step * BINS_PER_STEP),
    (workspace + layout.BAND_TABLE) / 4,
  );
  floats.set(bandShares(), (workspace + layout.BAND_SHARE_TABLE) / 4);
  floats.set(binScales(), (workspace + layout.BIN_SCALE_TABLE) / 4);
  floats.set(delaySteps(), (workspace + layout.DELAY_TABLE) / 4);
  floats.set(lagFilters(), (workspace + layout.LAG_FILTER_TABLE) / 4);
  const { gain, a1, a2 } = highPassCoefficients();
  floats.set([gain, a1, a2], (workspace + layout.HIGH_PASS_TABLE) / 4);
}

/**
 * The window of Vorbis I, section 4.3.1: sin(pi/2 sin^2(pi (n + 1/2) / N)). Its square and that of its
 * mirror add up to one, so that windowing twice with 50 % overlap is transparent.
 */
export function powerComplementaryWindow(): Float32Array {
  return Float32Array.from({ length: WINDOW_SAMPLES }, (_, n) => {
    const s = Math.sin((Math.PI * (n + 0.5)) / WINDOW_SAMPLES);
    return Math.sin(0.5 * Math.PI * s * s);
  });
}

/**
 * Byte offset of each bin in the output of the kernel's FFT of 5 * m points: m k1 + k2 in reversed digits.
 * @param m 32 (digits of radix 4, 4, 2) or 16 (4, 4)
 */
function fftBinOffsets(m: 16 | 32): Int32Array {
  const complexRowBytes = 32;
  return Int32Array.from({ length: 5 * m }, (_, k) => {
    const k2 = k % m;
    const reversed = (m / 4) * (k2 & 3) + (m / 16) * ((k2 >> 2) & 3) + (k2 >> 4);
    return (m * (k % 5) + reversed) * complexRowBytes;
  });
}

/** cos and sin of 2 pi k / 160 for k = 0..40. */
function halfTurns(): Float32Array {
  const turns: number[] = [];
  for (let k = 0; k <= WINDOW_SAMPLES / 4; k++) {
    const angle = (2 * Math.PI * k) / WINDOW_SAMPLES;
    turns.push(Math.cos(angle), Math.sin(angle));
  }
  return Float32Array.from(turns);
}

/** cos and -sin of 2 pi i q / 32 for i = 0..7, q = 1..3. */
function fftTwiddles(): Float32Array {
  const twiddles: number[] = [];
  for (let i = 0; i < 8; i++) {
    for (let q = 1; q <= 3; q++) {
      const angle = (2 * Math.PI * i * q) / 32;
      twiddles.push(Math.cos(angle), -Math.sin(angle));
    }
  }
  return Float32Array.from(twiddles);
}

/** Orthonormal DCT-II over the model's 22 bands: [band][order]. */
export function cosineTransform(): Float32Array {
  const table = new Float32Array(MODEL_BANDS * MODEL_BANDS);
  for (let band = 0; band < MODEL_BANDS; band++) {
    for (let order = 0; order < MODEL_BANDS; order++) {
      const norm = Math.sqrt((order === 0 ? 1 : 2) / MODEL_BANDS);
      table[band * MODEL_BANDS + order] =
        norm * Math.cos(((band + 0.5) * order * Math.PI) / MODEL_BANDS);
    }
  }
  return table;
}

/** How far each bin is from its band's centre towards the next, 0..1. */
function bandShares(): Float32Array {
  const shares = new Float32Array(BINS - 1);
  for (let band = 0; band < BANDS - 1; band++) {
    const first = (BAND_CENTRES[band] ?? 0) * BINS_PER_STEP;
    const next = (BAND_CENTRES[band + 1] ?? 0) * BINS_PER_STEP;
    for (let bin = first; bin < next; bin++) shares[bin] = (bin - first) / (next - first);
  }
  return shares;
}

/** Half amplitude and width of the roll-off at the upper end of the line. */
const ROLL_OFF_HZ = { centre: 3850, width: 750 } as const;
const BIN_HZ = 50;

/**
 * Scale of each bin: 1 / window, as RNNoise's forward transform has it, half of it since two spectra share a
 * transform; and a raised cosine towards 4 kHz, the low-pass of the resampler through which RNNoise would
 * hear a telephone line. Without it the two bands there are louder than the network expects.
 */
export function binScales(): Float32Array {
  return Float32Array.from({ length: BINS }, (_, bin) => {
    const place = (bin * BIN_HZ - ROLL_OFF_HZ.centre) / ROLL_OFF_HZ.width;
    const pass = 0.5 - 0.5 * Math.sin(Math.PI * Math.min(0.5, Math.max(-0.5, place)));
    return (0.5 * pass) / WINDOW_SAMPLES;
  });
}

/** cos and -sin of the phase that a delay of -3..2 sixths of a sample turns a bin by, per bin. */
function delaySteps(): Float32Array {
  const steps: number[] = [];
  for (let sixths = -3; sixths <= 2; sixths++) {
    const angle = (2 * Math.PI * sixths) / (RATE_RATIO * WINDOW_SAMPLES);
    steps.push(Math.cos(angle), -Math.sin(angle));
  }
  return Float32Array.from(steps);
}

const LAG_FILTER_TAPS = 8;
/** Half-width of the raised cosine over the sinc, in lags. */
const LAG_FILTER_REACH = LAG_FILTER_TAPS / 2 + 0.34;

/** Windowed sinc at 1/3 and 2/3 between taps 3 and 4. */
function lagFilters(): Float32Array {
  const filters: number[] = [];
  for (const third of [1, 2]) {
    for (let tap = 0; tap < LAG_FILTER_TAPS; tap++) {
      const distance = tap - (LAG_FILTER_TAPS / 2 - 1) - third / 3;
      const angle = Math.PI * distance;
      filters.push((Math.sin(angle) / angle) * (0.5 + 0.5 * Math.cos(angle / LAG_FILTER_REACH)));
    }
  }
  return Float32Array.from(filters);
}

/**
 * RNNoise's high-pass at 8 kHz: poles to the sixth power, so that the impulse response decays alike in
 * time, zeros at 1, gain equal at 1 kHz. y[n] = gain (x[n] - 2 x[n-1] + x[n-2]) - a1 y[n-1] - a2 y[n-2].
 */
export function highPassCoefficients(): { gain: number; a1: number; a2: number } {
  const re = -HIGH_PASS_48K.a1 / 2;
  const im = Math.sqrt(HIGH_PASS_48K.a2 - re * re);
  const radius = Math.hypot(re, im) ** RATE_RATIO;
  const angle = Math.atan2(im, re) * RATE_RATIO;
  const at8k = { a1: -2 * radius * Math.cos(angle), a2: radius * radius };
  const wanted = biquadMagnitude(HIGH_PASS_48K, (2 * Math.PI * HIGH_PASS_MATCH_HZ) / 48000);
  const given = biquadMagnitude(at8k, (2 * Math.PI * HIGH_PASS_MATCH_HZ) / 8000);
  return { gain: wanted / given, ...at8k };
}

/** |1 - z^-1|^2 / |1 + a1 z^-1 + a2 z^-2| at angle `w` of the unit circle. */
function biquadMagnitude({ a1, a2 }: { a1: number; a2: number }, w: number): number {
  const zeros = 2 - 2 * Math.cos(w);
  const re = 1 + a1 * Math.cos(w) + a2 * Math.cos(2 * w);
  const im = a1 * Math.sin(w) + a2 * Math.sin(2 * w);
  return zeros / Math.hypot(re, im);
}
