// Spectral flattening before the pitch search, so that formants do not pass for pitch. Media plane.
//
// RNNoise whitens with an order-4 linear predictor and one zero at 24 kHz over its whole 36 ms buffer.
// Here the predictor is fitted to the newest 20 ms at 8 kHz and only the newest 10 ms pass through it: older
// samples keep what they got in their own frame.

import { ROW, add, div, keep, loadRow, mul, mulAdd, splat, square, storeRow, sub } from '../simd';
import {
  AUTOCORRELATION,
  FRAME_SAMPLES,
  HISTORY_SAMPLES,
  SIGNAL,
  WHITENED,
  WHITENING_TAPS,
  WINDOW_SAMPLES,
} from './layout';
import { workspace } from './workspace';

/** White noise floor of the autocorrelation: -40 dB (RNNoise), and a little for digital silence. */
const NOISE_FLOOR: f32 = 1.0001;
const SILENCE_FLOOR: f32 = 1e-3;
/** Lag window 1 - (0.008 k)^2 (RNNoise). */
const LAG_WINDOW_1: f32 = 1.0 - 0.000064;
const LAG_WINDOW_2: f32 = 1.0 - 0.000256;
const LAG_WINDOW_3: f32 = 1.0 - 0.000576;
const LAG_WINDOW_4: f32 = 1.0 - 0.001024;
/** The recursion stops where less than this share of the energy is left to predict. */
const MIN_RESIDUAL: f32 = 0.001;
/** Bandwidth expansion 0.9^k of the predictor (RNNoise). */
const EXPANSION_1: f32 = 0.9;
const EXPANSION_2: f32 = 0.81;
const EXPANSION_3: f32 = 0.729;
const EXPANSION_4: f32 = 0.6561;
/**
 * The extra zero is ZERO_0 + rho (ZERO_1 + rho ZERO_2) with rho the correlation of neighbouring samples.
 *
 * RNNoise's is 0.8 at 24 kHz. There a line fills a third of the band, which four coefficients cannot
 * flatten: what they leave is tilted up for white noise (lag-1 correlation -0.17 at 8 kHz) and down for
 * voiced speech (0.1 to 0.4). At 8 kHz they flatten all, and the tilt, which decides at what period noise
 * correlates best and so whether the network takes it for speech, has to be given back.
 */
const ZERO_0: f32 = -0.18;
const ZERO_1: f32 = 0.1;
const ZERO_2: f32 = 0.5;

/** Whiten the newest frame of `SIGNAL` into `WHITENED`, which moves one frame back. */
export function appendWhitened(state: usize): void {
  const newest = state + SIGNAL + (HISTORY_SAMPLES - FRAME_SAMPLES) * ROW;
  autocorrelate(newest + FRAME_SAMPLES * ROW);
  designFilter();
  const whitened = state + WHITENED;
  memory.copy(whitened, whitened + FRAME_SAMPLES * ROW, (HISTORY_SAMPLES - FRAME_SAMPLES) * ROW);
  filterFrame(newest, whitened + (HISTORY_SAMPLES - FRAME_SAMPLES) * ROW);
}

/** Correlate the window that ends at `end` with itself at lags 0..4. */
function autocorrelate(end: usize): void {
  let r0 = splat(0);
  let r1 = r0;
  let r2 = r0;
  let r3 = r0;
  let r4 = r0;
  let past = end - WINDOW_SAMPLES * ROW;
  do {
    const x = v128.load(past, 4 * ROW);
    r0 = mulAdd(x, x, r0);
    r1 = mulAdd(x, v128.load(past, 3 * ROW), r1);
    r2 = mulAdd(x, v128.load(past, 2 * ROW), r2);
    r3 = mulAdd(x, v128.load(past, ROW), r3);
    r4 = mulAdd(x, v128.load(past), r4);
    past += ROW;
  } while (past < end - 4 * ROW);
  const output = workspace + AUTOCORRELATION;
  storeRow(output, mulAdd(r0, splat(NOISE_FLOOR), splat(SILENCE_FLOOR)));
  storeRow(output + ROW, mul(r1, splat(LAG_WINDOW_1)));
  storeRow(output + 2 * ROW, mul(r2, splat(LAG_WINDOW_2)));
  storeRow(output + 3 * ROW, mul(r3, splat(LAG_WINDOW_3)));
  storeRow(output + 4 * ROW, mul(r4, splat(LAG_WINDOW_4)));
}

/**
 * Levinson-Durbin from the autocorrelation to a predictor 1 + a1 z^-1 .. a4 z^-4, widened, times 1 + zero z^-1.
 * Where a call's recursion has stopped, its reflections are zero.
 */
function designFilter(): void {
  const r0 = loadRow(workspace + AUTOCORRELATION);
  const r1 = loadRow(workspace + AUTOCORRELATION + ROW);
  const r2 = loadRow(workspace + AUTOCORRELATION + 2 * ROW);
  const r3 = loadRow(workspace + AUTOCORRELATION + 3 * ROW);
  const r4 = loadRow(workspace + AUTOCORRELATION + 4 * ROW);
  const floor = mul(r0, splat(MIN_RESIDUAL));

  let k = reflection(r1, r0);
  let a1 = k;
  let residual = remaining(r0, k);

  let active = f32x4.ge(residual, floor);
  k = keep(active, reflection(mulAdd(a1, r1, r2), residual));
  let a2 = k;
  a1 = mulAdd(k, a1, a1);
  residual = remaining(residual, k);

  active = v128.and(active, f32x4.ge(residual, floor));
  k = keep(active, reflection(add(r3, mulAdd(a1, r2, mul(a2, r1))), residual));
  let a3 = k;
  let old = a1;
  a1 = mulAdd(k, a2, a1);
  a2 = mulAdd(k, old, a2);
  residual = remaining(residual, k);

  active = v128.and(active, f32x4.ge(residual, floor));
  k = keep(active, reflection(add(mulAdd(a1, r3, r4), mulAdd(a2, r2, mul(a3, r1))), residual));
  const a4 = mul(k, splat(EXPANSION_4));
  old = a1;
  a1 = mul(mulAdd(k, a3, a1), splat(EXPANSION_1));
  a3 = mul(mulAdd(k, old, a3), splat(EXPANSION_3));
  a2 = mul(mulAdd(k, a2, a2), splat(EXPANSION_2));

  const rho = div(r1, r0);
  const zero = mulAdd(rho, mulAdd(rho, splat(ZERO_2), splat(ZERO_1)), splat(ZERO_0));
  const taps = workspace + WHITENING_TAPS;
  storeRow(taps, add(a1, zero));
  storeRow(taps + ROW, mulAdd(zero, a1, a2));
  storeRow(taps + 2 * ROW, mulAdd(zero, a2, a3));
  storeRow(taps + 3 * ROW, mulAdd(zero, a3, a4));
  storeRow(taps + 4 * ROW, mul(zero, a4));
}

function reflection(correlation: v128, residual: v128): v128 {
  return f32x4.neg(div(correlation, residual));
}

function remaining(residual: v128, k: v128): v128 {
  return mul(residual, sub(splat(1), square(k)));
}

/** Pass the frame at `input` through the filter; the samples before it are its memory. */
function filterFrame(input: usize, output: usize): void {
  const h1 = loadRow(workspace + WHITENING_TAPS);
  const h2 = loadRow(workspace + WHITENING_TAPS + ROW);
  const h3 = loadRow(workspace + WHITENING_TAPS + 2 * ROW);
  const h4 = loadRow(workspace + WHITENING_TAPS + 3 * ROW);
  const h5 = loadRow(workspace + WHITENING_TAPS + 4 * ROW);
  const end = output + FRAME_SAMPLES * ROW;
  let past = input - 5 * ROW;
  do {
    const recent = mulAdd(h1, v128.load(past, 4 * ROW), v128.load(past, 5 * ROW));
    const middle = mulAdd(h2, v128.load(past, 3 * ROW), mul(h3, v128.load(past, 2 * ROW)));
    const early = mulAdd(h4, v128.load(past, ROW), mul(h5, v128.load(past)));
    storeRow(output, add(recent, add(middle, early)));
    past += ROW;
    output += ROW;
  } while (output < end);
}
