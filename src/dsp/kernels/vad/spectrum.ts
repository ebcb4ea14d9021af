// Reflection at the ends, magnitudes, logarithms and their mean: what the network sees of a window. Media plane.

import { transformTwoFrames } from './fft256';
import { add, mul, mulAdd, splat, sub } from './lanes';
import {
  BIN_PLACES,
  BINS,
  FFT,
  LOG_SUMS,
  NORMALISATION,
  PAD_SAMPLES,
  PADDED,
  QUAD_BYTES,
  SPECTRUM,
  WINDOW_SAMPLES,
} from './layout';
import { base } from './region';

/** Bytes of one bin in SPECTRUM: four magnitudes and four logarithms of four calls. */
export const BIN_BYTES = 128;
/** Where the logarithms begin within a bin. */
export const LOG_OFFSET = 64;

/** The model takes ln(1 + 2^20 |X|). */
const LOG_GAIN: f32 = 1048576;

// log2(1 + t) = t (L1 + t (L2 + ...)) for t in [0, 1]: least maximum error, 1.6e-5, under the
// condition that it is exact at both ends, so that no octave begins with a step.
const LOG2_1: f32 = 1.4419174194335938;
const LOG2_2: f32 = -0.7090990543365479;
const LOG2_3: f32 = 0.4156111478805542;
const LOG2_4: f32 = -0.1935790628194809;
const LOG2_5: f32 = 0.045149609446525574;

/** log2(1 + 2^20 m), m >= 0. The model's ln 2 lies in the weights that read the result. */
@inline
function logMagnitude(m: v128): v128 {
  const x = mulAdd(m, splat(LOG_GAIN), splat(1));
  const exponent = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(x, 23), i32x4.splat(127)));
  const mantissa = v128.or(v128.and(x, i32x4.splat(0x007fffff)), i32x4.splat(0x3f800000));
  const t = sub(mantissa, splat(1));
  let p = mulAdd(t, splat(LOG2_5), splat(LOG2_4));
  p = mulAdd(t, p, splat(LOG2_3));
  p = mulAdd(t, p, splat(LOG2_2));
  p = mulAdd(t, p, splat(LOG2_1));
  return mulAdd(t, p, exponent);
}

/** Mirror 96 samples at each end; the end samples themselves are not repeated. */
function reflectEnds(): void {
  const first: usize = base + PADDED + PAD_SAMPLES * QUAD_BYTES;
  const last: usize = first + (WINDOW_SAMPLES - 1) * QUAD_BYTES;
  let i = QUAD_BYTES;
  do {
    v128.store(first - i, v128.load(first + i));
    v128.store(last + i, v128.load(last - i));
    i += QUAD_BYTES;
  } while (i <= PAD_SAMPLES * QUAD_BYTES);
}

/**
 * Separate the two frames of one complex transform Z (frame x real, frame y imaginary):
 * X[k] = Z[k] + conj Z[256 - k], Y[k] = -j (Z[k] - conj Z[256 - k]); the half is in the window.
 * Writes the magnitudes of frames `frame` and `frame + 1`.
 */
function separateFrames(frame: usize): void {
  const fft: usize = base + FFT;
  let place: usize = base + BIN_PLACES;
  let out: usize = base + SPECTRUM + frame * QUAD_BYTES;
  const end: usize = out + BINS * BIN_BYTES;
  do {
    const a = fft + load<u32>(place);
    const b = fft + load<u32>(place, 4);
    place += 8;
    const aRe = v128.load(a);
    const aIm = v128.load(a, 16);
    const bRe = v128.load(b);
    const bIm = v128.load(b, 16);
    const xRe = add(aRe, bRe);
    const xIm = sub(aIm, bIm);
    const yRe = add(aIm, bIm);
    const yIm = sub(bRe, aRe);
    v128.store(out, f32x4.sqrt(mulAdd(xIm, xIm, mul(xRe, xRe))));
    v128.store(out, f32x4.sqrt(mulAdd(yIm, yIm, mul(yRe, yRe))), QUAD_BYTES);
    out += BIN_BYTES;
  } while (out < end);
}

/** The logarithms of all magnitudes, and their sums over the bins of each frame. */
function takeLogarithms(): void {
  let sum0 = splat(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  let bin: usize = base + SPECTRUM;
  const end: usize = bin + BINS * BIN_BYTES;
  do {
    const log0 = logMagnitude(v128.load(bin));
    const log1 = logMagnitude(v128.load(bin, 16));
    const log2 = logMagnitude(v128.load(bin, 32));
    const log3 = logMagnitude(v128.load(bin, 48));
    v128.store(bin, log0, LOG_OFFSET);
    v128.store(bin, log1, LOG_OFFSET + 16);
    v128.store(bin, log2, LOG_OFFSET + 32);
    v128.store(bin, log3, LOG_OFFSET + 48);
    sum0 = add(sum0, log0);
    sum1 = add(sum1, log1);
    sum2 = add(sum2, log2);
    sum3 = add(sum3, log3);
    bin += BIN_BYTES;
  } while (bin < end);
  const sums: usize = base + LOG_SUMS;
  v128.store(sums, sum0);
  v128.store(sums, sum1, 16);
  v128.store(sums, sum2, 32);
  v128.store(sums, sum3, 48);
}

/** SPECTRUM and LOG_SUMS of the four calls whose windows lie in PADDED. */
export function analyse(): void {
  reflectEnds();
  transformTwoFrames(0);
  separateFrames(0);
  transformTwoFrames(2);
  separateFrames(2);
  takeLogarithms();
}

/**
 * What the model subtracts from all logarithms of a window: the mean over the bins of each frame,
 * smoothed over time by a 7-tap filter under reflection, averaged over the four frames. All that
 * is linear and symmetric in time, so two weights hold it.
 */
@inline
export function meanLogarithm(): v128 {
  const sums: usize = base + LOG_SUMS;
  const outer = add(v128.load(sums), v128.load(sums, 48));
  const inner = add(v128.load(sums, 16), v128.load(sums, 32));
  const weights: usize = base + NORMALISATION;
  return mulAdd(v128.load32_splat(weights, 4), inner, mul(v128.load32_splat(weights), outer));
}
