// The 42 inputs of the network (Valin 2018, "feature extraction"). Media plane.
//
//   0..21   cepstrum; the first six summed over three frames
//   22..27  first, 28..33 second difference of the first six cepstra
//   34..39  DCT of the band coherences with the pitch window
//   40      pitch period
//   41      spectral variability: mean distance of a frame's cepstrum to its nearest among the last eight

import {
  ROW,
  add,
  div,
  less,
  loadRow,
  loadSplat,
  maximum,
  minimum,
  mul,
  mulAdd,
  select,
  splat,
  square,
  storeRow,
  sub,
  toFloat,
} from '../simd';
import {
  BANDS,
  BAND_COHERENCE,
  BAND_ENERGY,
  CEPSTRA,
  CEPSTRAL_FRAMES,
  DCT_TABLE,
  DELTA_BANDS,
  DISTANCE,
  FEATURE_ROWS,
  LOG_ENERGY,
  MODEL_BANDS,
  PITCH_PERIOD,
  SILENT,
} from './layout';
import { workspace } from './workspace';

/** Rows of the feature vector. */
const FIRST_DIFFERENCE = FEATURE_ROWS + MODEL_BANDS * ROW;
const SECOND_DIFFERENCE = FIRST_DIFFERENCE + DELTA_BANDS * ROW;
const COHERENCE = SECOND_DIFFERENCE + DELTA_BANDS * ROW;
const PERIOD = COHERENCE + DELTA_BANDS * ROW;
const VARIABILITY = PERIOD + ROW;

/** Means that RNNoise takes from features before training, so that they lie around zero. */
const CEPSTRUM_0_MEAN: f32 = 12.0;
const CEPSTRUM_1_MEAN: f32 = 4.0;
const COHERENCE_0_MEAN: f32 = 1.3;
const COHERENCE_1_MEAN: f32 = 0.9;
const PERIOD_MEAN: f32 = 300.0;
const PERIOD_SCALE: f32 = 0.01;
const VARIABILITY_MEAN: f32 = 2.1;

/** Log energies, in decades: floor, largest fall below the loudest band so far, and from band to band. */
const ENERGY_FLOOR: f32 = 0.01;
const LOWEST_LOG: f32 = -2.0;
const MAX_FALL: f32 = 7.0;
const MAX_STEP: f32 = 1.5;
/** Sum of band energies below which a frame is digital silence: the network does not see it. */
const SILENCE_ENERGY: f32 = 0.04;

const CEPSTRUM_BYTES = MODEL_BANDS * ROW;

/**
 * Write the feature rows and `SILENT`, and move the cepstral history on, except in calls that are silent:
 * their history stands still.
 */
export function extractFeatures(state: usize, frame: usize): void {
  measureLogEnergy(frame);
  const silent = loadRow(frame + SILENT);
  moveCepstra(state, silent);
  cepstrum(state, silent);
  moveDistances(state, silent);
  temporalFeatures(state);
  pitchFeatures(state, frame);
}

/** Log band energies; above 4 kHz there are none and only the permitted fall from band to band is left. */
function measureLogEnergy(frame: usize): void {
  const output = workspace + LOG_ENERGY;
  let total = splat(0);
  let loudest = splat(LOWEST_LOG);
  let follower = splat(LOWEST_LOG);
  for (let i = 0; i < MODEL_BANDS; i++) {
    let level = splat(LOWEST_LOG);
    if (i < BANDS) {
      const energy = loadRow(frame + BAND_ENERGY + i * ROW);
      total = add(total, energy);
      level = log10(add(energy, splat(ENERGY_FLOOR)));
    }
    follower = sub(follower, splat(MAX_STEP));
    level = maximum(maximum(sub(loudest, splat(MAX_FALL)), follower), level);
    loudest = maximum(loudest, level);
    follower = maximum(follower, level);
    storeRow(output + i * ROW, level);
  }
  storeRow(frame + SILENT, less(total, splat(SILENCE_ENERGY)));
}

/**
 * log10 of positive floats, error below 1e-6: the exponent, and for the mantissa m in [1/sqrt 2, sqrt 2)
 * ln m = 2 artanh((m - 1) / (m + 1)) as a series.
 */
function log10(x: v128): v128 {
  const exponent = i32x4.sub(i32x4.shr_u(x, 23), i32x4.splat(127));
  const fraction = v128.or(
    v128.and(x, i32x4.splat(0x007fffff)),
    i32x4.splat(0x3f800000), // [1, 2)
  );
  const high = less(splat(1.4142135), fraction);
  const mantissa = select(high, mul(fraction, splat(0.5)), fraction);
  const octaves = add(toFloat(exponent), v128.and(high, splat(1)));
  const t = div(sub(mantissa, splat(1)), add(mantissa, splat(1)));
  const t2 = square(t);
  let series = mulAdd(t2, splat(1.0 / 9.0), splat(1.0 / 7.0));
  series = mulAdd(t2, series, splat(0.2));
  series = mulAdd(t2, series, splat(1.0 / 3.0));
  series = mulAdd(t2, series, splat(1));
  const twoOverLn10: f32 = 0.8685889638;
  const log10Of2: f32 = 0.3010299957;
  return mulAdd(mul(t, splat(twoOverLn10)), series, mul(octaves, splat(log10Of2)));
}

/** Age the cepstra of the calls that are not silent by one frame; the newest place keeps its old content. */
function moveCepstra(state: usize, silent: v128): void {
  const newest = state + CEPSTRA;
  let to = newest + (CEPSTRAL_FRAMES - 1) * CEPSTRUM_BYTES;
  for (; to > newest; to -= CEPSTRUM_BYTES) {
    for (let at = to; at < to + CEPSTRUM_BYTES; at += ROW) {
      storeRow(at, select(silent, loadRow(at), loadRow(at - CEPSTRUM_BYTES)));
    }
  }
}

/** DCT of the log energies into the newest cepstrum and the first 22 features. */
function cepstrum(state: usize, silent: v128): void {
  const levels = workspace + LOG_ENERGY;
  const newest = state + CEPSTRA;
  const features = workspace + FEATURE_ROWS;
  for (let i = 0; i < MODEL_BANDS; i += 2) {
    let even = splat(0);
    let odd = splat(0);
    let weight = workspace + DCT_TABLE + (i << 2);
    for (let j = 0; j < CEPSTRUM_BYTES; j += ROW) {
      const level = loadRow(levels + j);
      even = mulAdd(level, loadSplat(weight), even);
      odd = mulAdd(level, loadSplat(weight + 4), odd);
      weight += MODEL_BANDS * 4;
    }
    if (i == 0) {
      even = sub(even, splat(CEPSTRUM_0_MEAN));
      odd = sub(odd, splat(CEPSTRUM_1_MEAN));
    }
    const at = i * ROW;
    storeRow(features + at, even);
    storeRow(features + at + ROW, odd);
    storeRow(newest + at, select(silent, loadRow(newest + at), even));
    storeRow(newest + at + ROW, select(silent, loadRow(newest + at + ROW), odd));
  }
}

/**
 * Age the distances like the cepstra and measure those of the newest cepstrum to the seven others.
 *
 *   frame 0: d01 d02 d03 d04 d05 d06 d07
 *   frame 1:     d12 d13 d14 d15 d16 d17
 *   ...
 *   frame 6:                         d67
 *
 * One frame later dij is d(i+1)(j+1): each line moves down one and loses its last entry. In a silent call no
 * cepstrum has moved, and the first line comes out as it was.
 */
function moveDistances(state: usize, silent: v128): void {
  const distances = state + DISTANCE;
  for (let i = CEPSTRAL_FRAMES - 2; i > 0; i--) {
    const line = distances + distanceLine(i);
    const above = distances + distanceLine(i - 1);
    const bytes = (CEPSTRAL_FRAMES - 1 - i) * ROW;
    for (let at = 0; at < bytes; at += ROW) {
      storeRow(line + at, select(silent, loadRow(line + at), loadRow(above + at)));
    }
  }
  const newest = state + CEPSTRA;
  for (let j = 1; j < CEPSTRAL_FRAMES; j++) {
    const other = newest + j * CEPSTRUM_BYTES;
    let distance = splat(0);
    for (let k = 0; k < CEPSTRUM_BYTES; k += ROW) {
      const difference = sub(loadRow(newest + k), loadRow(other + k));
      distance = mulAdd(difference, difference, distance);
    }
    storeRow(distances + (j - 1) * ROW, distance);
  }
}

/** Bytes before line i of the triangle: 7 + 6 + ... rows. */
function distanceLine(i: i32): i32 {
  return ((i * (2 * CEPSTRAL_FRAMES - 1 - i)) >> 1) * ROW;
}

/** The distance between cepstra i < j. */
function distanceBetween(state: usize, i: i32, j: i32): v128 {
  return loadRow(state + DISTANCE + distanceLine(i) + (j - i - 1) * ROW);
}

/** Sums and differences over three frames, and the spectral variability. */
function temporalFeatures(state: usize): void {
  const features = workspace + FEATURE_ROWS;
  const first = workspace + FIRST_DIFFERENCE;
  const second = workspace + SECOND_DIFFERENCE;
  const now = state + CEPSTRA;
  for (let at = 0; at < DELTA_BANDS * ROW; at += ROW) {
    const c0 = loadRow(now + at);
    const c1 = loadRow(now + CEPSTRUM_BYTES + at);
    const c2 = loadRow(now + 2 * CEPSTRUM_BYTES + at);
    storeRow(features + at, add(c0, add(c1, c2)));
    storeRow(first + at, sub(c0, c2));
    storeRow(second + at, add(sub(c0, add(c1, c1)), c2));
  }

  let nearestSum = splat(0);
  for (let i = 0; i < CEPSTRAL_FRAMES; i++) {
    let nearest = splat(<f32>1e15);
    for (let j = 0; j < i; j++) nearest = minimum(nearest, distanceBetween(state, j, i));
    for (let j = i + 1; j < CEPSTRAL_FRAMES; j++) {
      nearest = minimum(nearest, distanceBetween(state, i, j));
    }
    nearestSum = add(nearestSum, nearest);
  }
  const mean = mul(nearestSum, splat(<f32>(1.0 / <f64>CEPSTRAL_FRAMES)));
  storeRow(workspace + VARIABILITY, sub(mean, splat(VARIABILITY_MEAN)));
}

/** DCT of the coherences, orders 0..5, and the period. */
function pitchFeatures(state: usize, frame: usize): void {
  const output = workspace + COHERENCE;
  for (let i = 0; i < DELTA_BANDS; i++) {
    let sum = splat(0);
    let weight = workspace + DCT_TABLE + (i << 2);
    for (let j = 0; j < BANDS * ROW; j += ROW) {
      sum = mulAdd(loadRow(frame + BAND_COHERENCE + j), loadSplat(weight), sum);
      weight += MODEL_BANDS * 4;
    }
    if (i == 0) sum = sub(sum, splat(COHERENCE_0_MEAN));
    if (i == 1) sum = sub(sum, splat(COHERENCE_1_MEAN));
    storeRow(output + i * ROW, sum);
  }
  const period = loadRow(state + PITCH_PERIOD);
  storeRow(workspace + PERIOD, mul(sub(period, splat(PERIOD_MEAN)), splat(PERIOD_SCALE)));
}
