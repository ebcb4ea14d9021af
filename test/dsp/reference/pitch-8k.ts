// The pitch tracker of the 8 kHz kernel, written plainly: every correlation is an inner product over the whole
// window, every interpolation a sum over all taps.

import { inner, peakOffset, removeDoubling, whiteningFilter, type Pitch } from './pitch.js';

const FRAME = 80;
const WINDOW = 160;
const MAX_LAG = 128;
const HISTORY = MAX_LAG + WINDOW;
/** Lags whose correlation the interpolation may need beyond the longest. */
const SPARE_LAGS = 4;
/** First search down to 180 / 48000 s. */
const MIN_SEARCHED = 31;
const MIN_SEARCHED_GRID = 91;
/** Steps of 1/24000 s in a sample. */
const GRID = 3;
const TAPS = 8;

export class PitchTracker8k {
  readonly #history = new Float32Array(HISTORY);
  readonly #whitened = new Float32Array(HISTORY);
  #last: Pitch = { period: 0, gain: 0 };

  /** @param frame 80 high-passed samples */
  track(frame: Float32Array): Pitch {
    this.#history.copyWithin(0, FRAME);
    this.#history.set(frame, HISTORY - FRAME);
    this.#whitenNewest();
    const whitened = this.#whitened;
    const correlations = Float64Array.from({ length: MAX_LAG + SPARE_LAGS + 1 }, (_, lag) =>
      inner(whitened, MAX_LAG, MAX_LAG - lag, WINDOW),
    );
    const energies = Float64Array.from({ length: MAX_LAG + 1 }, (_, lag) =>
      inner(whitened, MAX_LAG - lag, MAX_LAG - lag, WINDOW),
    );
    const lags = {
      correlation: (grid: number) => interpolateSinc(correlations, grid),
      energy: (grid: number) => interpolateLinear(energies, grid),
    };
    const coarse = searchLag(correlations, energies);
    const { period, gain } = removeDoubling(refine(coarse, lags), lags, this.#last);
    this.#last = { period: Math.min(GRID * 2 * MAX_LAG, period), gain };
    return this.#last;
  }

  /** The window one period ago in whole samples, and what is left of the period, in samples. */
  earlierWindow(): { samples: Float32Array; rest: number } {
    const samples = this.#last.period / (2 * GRID);
    const whole = Math.floor(samples + 0.5);
    const start = MAX_LAG - whole;
    return { samples: this.#history.slice(start, start + WINDOW), rest: samples - whole };
  }

  #whitenNewest(): void {
    const x = this.#history;
    const first = HISTORY - WINDOW + 4;
    const autocorrelation = [0, 1, 2, 3, 4].map((lag) => inner(x, first, first - lag, WINDOW - 4));
    const filter = whiteningFilter(autocorrelation, tiltingZero(autocorrelation));
    this.#whitened.copyWithin(0, FRAME);
    for (let i = HISTORY - FRAME; i < HISTORY; i++) {
      this.#whitened[i] = filter.reduce(
        (sum, tap, k) => sum + tap * (x[i - 1 - k] ?? 0),
        x[i] ?? 0,
      );
    }
  }
}

/** The zero that leaves the tilt which RNNoise's whitening at 24 kHz leaves, by the signal's own. */
function tiltingZero([r0 = 0, r1 = 0]: readonly number[]): number {
  const rho = r1 / (r0 + 1e-3);
  return -0.18 + 0.1 * rho + 0.5 * rho * rho;
}

/** The lag with the largest normalised correlation, the longest of equals. */
function searchLag(correlations: Float64Array, energies: Float64Array): number {
  let best = MIN_SEARCHED;
  let bestScore = 0;
  for (let lag = MAX_LAG; lag >= MIN_SEARCHED; lag--) {
    const xy = Math.max(0, correlations[lag] ?? 0);
    const score = (xy * xy) / (1 + (energies[lag] ?? 0));
    if (score > bestScore) {
      best = lag;
      bestScore = score;
    }
  }
  return best;
}

/** The period around a whole lag. */
function refine(
  lag: number,
  { correlation, energy }: { correlation: (g: number) => number; energy: (g: number) => number },
): number {
  let best = GRID * lag;
  let bestScore = -1;
  for (
    let grid = Math.max(MIN_SEARCHED_GRID, GRID * lag - 2);
    grid <= Math.min(GRID * MAX_LAG, GRID * lag + 2);
    grid++
  ) {
    const xy = Math.max(0, correlation(grid));
    const score = (xy * xy) / (1 + energy(grid));
    if (score > bestScore) {
      best = grid;
      bestScore = score;
    }
  }
  const after = correlation(Math.min(GRID * MAX_LAG, best + 1));
  return 2 * best + peakOffset(correlation(best - 1), correlation(best), after);
}

/** Eight taps of a sinc under a raised cosine of half-width 4.34. */
function interpolateSinc(values: Float64Array, grid: number): number {
  const place = grid / GRID;
  const whole = Math.floor(place);
  if (place === whole) return values[whole] ?? 0;
  let sum = 0;
  for (let tap = 0; tap < TAPS; tap++) {
    const lag = whole - TAPS / 2 + 1 + tap;
    const angle = Math.PI * (lag - place);
    const window = 0.5 + 0.5 * Math.cos(angle / (TAPS / 2 + 0.34));
    sum += (values[lag] ?? 0) * (Math.sin(angle) / angle) * window;
  }
  return sum;
}

function interpolateLinear(values: Float64Array, grid: number): number {
  const place = grid / GRID;
  const whole = Math.floor(place);
  const here = values[whole] ?? 0;
  return here + ((values[whole + 1] ?? here) - here) * (place - whole);
}
