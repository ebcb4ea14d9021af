// Pitch period of each call. Media plane.
//
// RNNoise searches 62.5 to 267 Hz coarsely, refines, and then asks whether a half, a third, ... of the period
// explains the signal as well (up to 800 Hz), preferring what continues the last frame's pitch. Its grid is
// 24 kHz, three steps to an 8 kHz sample; periods are in 1/48000 s. Here the correlation is known at every
// whole sample, and a windowed sinc gives the thirds between: no inner product is computed again.

import {
  CORRELATION,
  GROUP_LANES,
  LAG_ENERGY,
  LAG_FILTER_TABLE,
  MAX_LAG,
  PITCH_GAIN,
  PITCH_PERIOD,
  PITCH_SCRATCH,
} from './layout';
import { ROW, add, div, less, loadRow, maximum, mul, select, splat, storeRow } from '../simd';
import { correlate, measureLagEnergy } from './correlation';
import { appendWhitened } from './whitening';
import { workspace } from './workspace';

/** Steps of the 24 kHz grid in a sample of 8 kHz. */
const GRID = 3;
/** The first search stops at 180 of 48 kHz (RNNoise: 3 * 60); higher pitches come from the division check. */
const MIN_SEARCH_GRID = 91;
const MIN_SEARCH_LAG = 31;
const MAX_GRID = GRID * MAX_LAG;
/** Shortest period: 60 of 48 kHz, 800 Hz. */
const MIN_GRID = 30;
const MIN_PERIOD = 60;
const MAX_PERIOD = 768;
/** Largest divisor of the period that is tried. */
const MAX_DIVISOR = 15;
/** A neighbour this close to the peak's rise means that the peak lies between the two. */
const BETWEEN: f32 = 0.7;

/** Lag of the coarse search and energy at lag 0, one row each. */
const COARSE_LAG = PITCH_SCRATCH;
const ENERGY = PITCH_SCRATCH + ROW;

/** Whiten the newest frame and write each call's `PITCH_PERIOD` and `PITCH_GAIN`. */
export function findPitch(state: usize): void {
  appendWhitened(state);
  correlate(state);
  measureLagEnergy(state);
  searchCoarse();
  for (let lane = 0; lane < GROUP_LANES * 4; lane += 4) refine(state, lane);
}

/** The lag of 31..128 samples with the largest normalised correlation; of equals the longest. */
function searchCoarse(): void {
  const correlation = workspace + CORRELATION;
  const energy = workspace + LAG_ENERGY;
  const zero = splat(0);
  const one = splat(1);
  let best = zero;
  let bestLag = splat(<f32>MIN_SEARCH_LAG);
  for (let lag = MAX_LAG; lag >= MIN_SEARCH_LAG; lag--) {
    const xy = loadRow(correlation + lag * ROW);
    const yy = loadRow(energy + lag * ROW);
    const score = div(mul(xy, maximum(zero, xy)), add(one, yy));
    bestLag = select(less(best, score), splat(<f32>lag), bestLag);
    best = maximum(best, score);
  }
  storeRow(workspace + COARSE_LAG, bestLag);
  storeRow(workspace + ENERGY, loadRow(energy));
}

/** Correlation at `grid` steps of 24 kHz: 8-tap interpolation between whole lags. */
function correlationAt(grid: i32, lane: i32): f32 {
  const lag = grid / GRID;
  const phase = grid - GRID * lag;
  const row = workspace + CORRELATION + lag * ROW + lane;
  if (phase == 0) return load<f32>(row);
  const taps = row - 3 * ROW;
  const filter = workspace + LAG_FILTER_TABLE + ((phase - 1) << 5);
  const outer =
    load<f32>(filter) * load<f32>(taps) +
    load<f32>(filter, 4) * load<f32>(taps, ROW) +
    load<f32>(filter, 24) * load<f32>(taps, 6 * ROW) +
    load<f32>(filter, 28) * load<f32>(taps, 7 * ROW);
  const inner =
    load<f32>(filter, 8) * load<f32>(taps, 2 * ROW) +
    load<f32>(filter, 12) * load<f32>(taps, 3 * ROW) +
    load<f32>(filter, 16) * load<f32>(taps, 4 * ROW) +
    load<f32>(filter, 20) * load<f32>(taps, 5 * ROW);
  return outer + inner;
}

/** Energy of the window `grid` steps back, linear between whole lags. */
function energyAt(grid: i32, lane: i32): f32 {
  const lag = grid / GRID;
  const row = workspace + LAG_ENERGY + lag * ROW + lane;
  const here = load<f32>(row);
  const between = <f32>(grid - GRID * lag) * <f32>(1.0 / 3.0);
  return here + (load<f32>(row, ROW) - here) * between;
}

/** Normalised correlation; the 1 keeps silence from dividing by zero. */
function pitchGain(xy: f32, xx: f32, yy: f32): f32 {
  return xy / sqrt<f32>(1.0 + xx * yy);
}

/** -1, 0 or 1: whether the peak of three neighbouring correlations lies half a step beside the middle one. */
function peakOffset(before: f32, middle: f32, after: f32): i32 {
  if (after - before > BETWEEN * (middle - before)) return 1;
  if (before - after > BETWEEN * (middle - after)) return -1;
  return 0;
}

/** The coarse lag of one call on the 24 kHz grid, refined by half a step and rounded down again. */
function refineOnGrid(lag: i32, lane: i32): i32 {
  const center = GRID * lag;
  const last = min<i32>(MAX_GRID, center + 2);
  let best = center;
  let bestScore: f32 = -1.0;
  for (let grid = max<i32>(MIN_SEARCH_GRID, center - 2); grid <= last; grid++) {
    const xy = correlationAt(grid, lane);
    const score: f32 = xy > 0 ? (xy * xy) / (1.0 + energyAt(grid, lane)) : 0;
    if (score > bestScore) {
      bestScore = score;
      best = grid;
    }
  }
  const offset = peakOffset(
    correlationAt(best - 1, lane),
    correlationAt(best, lane),
    correlationAt(min<i32>(MAX_GRID, best + 1), lane),
  );
  return min<i32>((2 * best + offset) >> 1, MAX_GRID - 1);
}

/** A second multiple m / divisor of the period, where a true pitch correlates too (RNNoise's table). */
function secondMultiple(divisor: i32): i32 {
  if (divisor & 1) return 2;
  return divisor == 6 || divisor == 12 ? 5 : 3;
}

/** How much the last frame's pitch speaks for this one. */
function continuity(grid: i32, lastGrid: i32, lastGain: f32, divisor: i32, longest: i32): f32 {
  const distance = abs(grid - lastGrid);
  if (distance <= 1) return lastGain;
  return distance <= 2 && 5 * divisor * divisor < longest ? <f32>0.5 * lastGain : 0;
}

/** What a shorter period's gain must exceed; more for very high pitch, which short-term correlation feigns. */
function threshold(grid: i32, longestGain: f32, continuity: f32): f32 {
  return grid < 3 * MIN_GRID
    ? max<f32>(0.4, <f32>0.85 * longestGain - continuity)
    : max<f32>(0.3, <f32>0.7 * longestGain - continuity);
}

/** The division check: the shortest period that explains the signal, refined by half a grid step. */
function refine(state: usize, lane: i32): void {
  const energy = load<f32>(workspace + ENERGY + lane);
  const longest = refineOnGrid(<i32>load<f32>(workspace + COARSE_LAG + lane), lane);
  const lastGrid = (<i32>load<f32>(state + PITCH_PERIOD + lane)) >> 1;
  const lastGain = load<f32>(state + PITCH_GAIN + lane);

  let bestXy = correlationAt(longest, lane);
  let bestYy = energyAt(longest, lane);
  const longestGain = pitchGain(bestXy, energy, bestYy);
  let bestGain = longestGain;
  let best = longest;
  for (let divisor = 2; divisor <= MAX_DIVISOR; divisor++) {
    const grid = (2 * longest + divisor) / (2 * divisor);
    if (grid < MIN_GRID) break;
    let second = (2 * secondMultiple(divisor) * longest + divisor) / (2 * divisor);
    if (divisor == 2) second = longest + grid > MAX_GRID ? longest : longest + grid;
    const xy: f32 = 0.5 * (correlationAt(grid, lane) + correlationAt(second, lane));
    const yy: f32 = 0.5 * (energyAt(grid, lane) + energyAt(second, lane));
    const gain = pitchGain(xy, energy, yy);
    const support = continuity(grid, lastGrid, lastGain, divisor, longest);
    if (gain > threshold(grid, longestGain, support)) {
      bestXy = xy;
      bestYy = yy;
      bestGain = gain;
      best = grid;
    }
  }

  bestXy = max<f32>(0, bestXy);
  const predictorGain: f32 = bestYy <= bestXy ? 1.0 : bestXy / (bestYy + 1.0);
  const offset = peakOffset(
    correlationAt(best - 1, lane),
    correlationAt(best, lane),
    correlationAt(best + 1, lane),
  );
  const period = min<i32>(MAX_PERIOD, max<i32>(MIN_PERIOD, 2 * best + offset));
  store<f32>(state + PITCH_PERIOD + lane, <f32>period);
  store<f32>(state + PITCH_GAIN + lane, min<f32>(predictorGain, bestGain));
}
