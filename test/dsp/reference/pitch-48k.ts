// RNNoise's pitch tracker as it is: 48 kHz, searched at 12 and 24 kHz.

import { inner, peakOffset, removeDoubling, whiteningFilter, type Pitch } from './pitch.js';

const FRAME = 480;
const MAX_PERIOD = 768;
const MIN_PERIOD = 60;
const WINDOW = 960;
const HISTORY = MAX_PERIOD + WINDOW;
/** Lags of the search, in 1/48000 s before the longest. */
const SEARCHED = MAX_PERIOD - 3 * MIN_PERIOD;
const HALF_WINDOW = WINDOW / 2;
const HALF_MAX = MAX_PERIOD / 2;
const ZERO = 0.8;

export class PitchTracker48k {
  readonly #history = new Float32Array(HISTORY);
  #last: Pitch = { period: 0, gain: 0 };

  /** @param frame 480 high-passed samples */
  track(frame: Float32Array): Pitch {
    this.#history.copyWithin(0, FRAME);
    this.#history.set(frame, HISTORY - FRAME);
    const whitened = whiten(halfRate(this.#history));
    const period = MAX_PERIOD - searchLag(whitened);
    const energies = windowEnergies(whitened);
    this.#last = removeDoubling(
      period,
      {
        correlation: (lag) => inner(whitened, HALF_MAX, HALF_MAX - lag, HALF_WINDOW),
        energy: (lag) => energies[lag] ?? 0,
      },
      this.#last,
    );
    return this.#last;
  }

  /** The window one period ago. */
  earlierWindow(): Float32Array {
    const start = MAX_PERIOD - this.#last.period;
    return this.#history.slice(start, start + WINDOW);
  }
}

/** Low-pass [1 2 1] / 4 and every second sample. */
function halfRate(x: Float32Array): Float32Array {
  return Float32Array.from({ length: x.length / 2 }, (_, i) => {
    const around = (x[2 * i - 1] ?? 0) + (x[2 * i + 1] ?? 0);
    return 0.5 * (0.5 * around + (x[2 * i] ?? 0));
  });
}

function whiten(x: Float32Array): Float32Array {
  const autocorrelation = [0, 1, 2, 3, 4].map((lag) => inner(x, lag, 0, x.length - lag));
  const filter = whiteningFilter(autocorrelation, ZERO);
  return x.map((value, i) =>
    filter.reduce((sum, tap, k) => sum + tap * (x[i - 1 - k] ?? 0), value),
  );
}

/** Where in the 24 kHz history the window correlates best, in 1/48000 s from its start. */
function searchLag(whitened: Float32Array): number {
  const quarter = Float32Array.from(
    { length: whitened.length / 2 },
    (_, i) => whitened[2 * i] ?? 0,
  );
  const coarse = Float64Array.from({ length: SEARCHED / 4 }, (_, i) =>
    inner(quarter, HALF_MAX / 2, i, HALF_WINDOW / 2),
  );
  const candidates = twoBest(coarse, quarter, HALF_WINDOW / 2);
  const fine = new Float64Array(SEARCHED / 2);
  for (const i of fine.keys()) {
    if (candidates.some((candidate) => Math.abs(i - 2 * candidate) <= 2)) {
      fine[i] = Math.max(-1, inner(whitened, HALF_MAX, i, HALF_WINDOW));
    }
  }
  const [best] = twoBest(fine, whitened, HALF_WINDOW);
  if (best <= 0 || best >= fine.length - 1) return 2 * best;
  return 2 * best - peakOffset(fine[best - 1] ?? 0, fine[best] ?? 0, fine[best + 1] ?? 0);
}

/** The two places with the largest correlation over energy. */
function twoBest(
  correlation: Float64Array,
  signal: Float32Array,
  count: number,
): readonly [number, number] {
  const best = { place: 0, score: -1, energy: 0 };
  const second = { place: 1, score: -1, energy: 0 };
  let energy = 1 + inner(signal, 0, 0, count);
  for (const [place, value] of correlation.entries()) {
    const score = value * value;
    if (value > 0 && score * second.energy > second.score * energy) {
      if (score * best.energy > best.score * energy) {
        Object.assign(second, best);
        Object.assign(best, { place, score, energy });
      } else {
        Object.assign(second, { place, score, energy });
      }
    }
    energy += (signal[place + count] ?? 0) ** 2 - (signal[place] ?? 0) ** 2;
    energy = Math.max(1, energy);
  }
  return [best.place, second.place];
}

/** Energy of the window moved back by 0..384 samples of 24 kHz. */
function windowEnergies(whitened: Float32Array): Float64Array {
  const energies = new Float64Array(HALF_MAX + 1);
  let energy = inner(whitened, HALF_MAX, HALF_MAX, HALF_WINDOW);
  energies[0] = energy;
  for (let lag = 1; lag <= HALF_MAX; lag++) {
    energy += (whitened[HALF_MAX - lag] ?? 0) ** 2;
    energy -= (whitened[HALF_MAX + HALF_WINDOW - lag] ?? 0) ** 2;
    energies[lag] = Math.max(0, energy);
  }
  return energies;
}
