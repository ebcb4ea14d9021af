// What the pitch trackers at 48 and at 8 kHz share: whitening and the division check. Periods are in 1/48000 s,
// the check works on their halves.

/** Inner product of `count` samples of two places of a signal. */
export function inner(x: Float32Array, a: number, b: number, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (x[a + i] ?? 0) * (x[b + i] ?? 0);
  return sum;
}

/** Lag window of the autocorrelation, per lag. */
const LAG_WINDOW = 0.008;
/** White noise floor: -40 dB. */
const NOISE_FLOOR = 1.0001;
const ORDER = 4;
const BANDWIDTH = 0.9;

/**
 * Coefficients 1..5 of RNNoise's whitening filter: order-4 linear prediction, widened, times one zero.
 * @param zero 0.8 at 24 kHz
 */
export function whiteningFilter(autocorrelation: readonly number[], zero: number): number[] {
  const lagged = autocorrelation.map((value, lag) =>
    lag === 0 ? value * NOISE_FLOOR : value * (1 - (LAG_WINDOW * lag) ** 2),
  );
  const predictor = levinson(lagged).map((value, k) => value * BANDWIDTH ** (k + 1));
  const padded = [1, ...predictor, 0];
  return padded.slice(1).map((value, k) => value + zero * (padded[k] ?? 0));
}

/** Levinson-Durbin; stops where less than a thousandth of the energy is left. */
function levinson(r: readonly number[]): number[] {
  const a: number[] = Array.from({ length: ORDER }, () => 0);
  let residual = r[0] ?? 0;
  if (residual === 0) return a;
  for (let i = 0; i < ORDER; i++) {
    let sum = r[i + 1] ?? 0;
    for (let j = 0; j < i; j++) sum += (a[j] ?? 0) * (r[i - j] ?? 0);
    const k = -sum / residual;
    const old = a.slice(0, i);
    for (let j = 0; j < i; j++) a[j] = (old[j] ?? 0) + k * (old[i - 1 - j] ?? 0);
    a[i] = k;
    residual *= 1 - k * k;
    if (residual < 0.001 * (r[0] ?? 0)) break;
  }
  return a;
}

/** 1, -1 or 0: a peak of three values half a step after, before or at the middle one. */
export function peakOffset(before: number, middle: number, after: number): number {
  if (after - before > 0.7 * (middle - before)) return 1;
  if (before - after > 0.7 * (middle - after)) return -1;
  return 0;
}

/** The last frame's pitch. */
export interface Pitch {
  readonly period: number;
  readonly gain: number;
}

/** Correlation with, and energy of, the signal `lag` steps of 1/24000 s earlier. */
export interface LagFunctions {
  readonly correlation: (lag: number) => number;
  readonly energy: (lag: number) => number;
}

const MAX_LAG = 384;
const MIN_LAG = 30;
/** Second multiple of the period, over the divisor, that must correlate too. */
const SECOND_MULTIPLES = [0, 0, 3, 2, 3, 2, 5, 2, 3, 2, 3, 2, 5, 2, 3, 2];

/** A period of T, T/2, T/3 ...: the shortest that explains the signal (RNNoise's remove_doubling). */
export function removeDoubling(period: number, lags: LagFunctions, last: Pitch): Pitch {
  const energy = lags.energy(0);
  const normalised = (xy: number, yy: number) => xy / Math.sqrt(1 + energy * yy);
  const longest = Math.min(MAX_LAG - 1, Math.floor(period / 2));
  const lastLag = Math.floor(last.period / 2);
  let best = { lag: longest, xy: lags.correlation(longest), yy: lags.energy(longest) };
  const longestGain = normalised(best.xy, best.yy);
  let bestGain = longestGain;
  for (let k = 2; k < SECOND_MULTIPLES.length; k++) {
    const lag = Math.floor((2 * longest + k) / (2 * k));
    if (lag < MIN_LAG) break;
    const second = secondLag(longest, lag, k);
    const xy = 0.5 * (lags.correlation(lag) + lags.correlation(second));
    const yy = 0.5 * (lags.energy(lag) + lags.energy(second));
    const gain = normalised(xy, yy);
    const distance = Math.abs(lag - lastLag);
    let support = 0;
    if (distance <= 1) support = last.gain;
    else if (distance <= 2 && 5 * k * k < longest) support = 0.5 * last.gain;
    const threshold =
      lag < 3 * MIN_LAG
        ? Math.max(0.4, 0.85 * longestGain - support)
        : Math.max(0.3, 0.7 * longestGain - support);
    if (gain > threshold) {
      best = { lag, xy, yy };
      bestGain = gain;
    }
  }
  const xy = Math.max(0, best.xy);
  const predictorGain = best.yy <= xy ? 1 : xy / (best.yy + 1);
  const [before, middle, after] = [-1, 0, 1].map((step) => lags.correlation(best.lag + step));
  const offset = peakOffset(before ?? 0, middle ?? 0, after ?? 0);
  return {
    period: Math.max(2 * MIN_LAG, 2 * best.lag + offset),
    gain: Math.min(predictorGain, bestGain),
  };
}

function secondLag(longest: number, lag: number, k: number): number {
  if (k === 2) return longest + lag > MAX_LAG ? longest : longest + lag;
  return Math.floor((2 * (SECOND_MULTIPLES[k] ?? 0) * longest + k) / (2 * k));
}
