// Correlation of the newest 20 ms of whitened audio with its past. Media plane.
//
//   whitened   0 ........ 128 ................ 208 .............. 287
//              past        | frame before       | newest frame
//                          <----- window of 160 samples ---------->
//
// The window is two frames, and the half of the frame before was computed with that frame: only the newest
// 80 samples are correlated, 80 * 128 products instead of 160 * 128.

import { ROW, add, loadRow, maximum, mul, mulAdd, splat, square, storeRow, sub } from '../simd';
import {
  CORRELATION,
  CORRELATION_LAGS,
  FIRST_CORRELATION_LAG,
  FRAME_SAMPLES,
  HALF_CORRELATION,
  HISTORY_SAMPLES,
  LAG_ENERGY,
  MAX_LAG,
  WHITENED,
  WINDOW_SAMPLES,
} from './layout';
import { workspace } from './workspace';

/** Lags that share the loads of one pass. */
const TILE_LAGS = 8;

/** Fill `CORRELATION` for lags 5..132 and keep the newest half for the next frame. */
export function correlate(state: usize): void {
  const newest = state + WHITENED + (HISTORY_SAMPLES - FRAME_SAMPLES) * ROW;
  let tile = 0;
  do {
    const lag = FIRST_CORRELATION_LAG + tile;
    correlateTile(
      newest,
      newest - (lag + TILE_LAGS - 1) * ROW,
      state + HALF_CORRELATION + tile * ROW,
      workspace + CORRELATION + lag * ROW,
    );
    tile += TILE_LAGS;
  } while (tile < CORRELATION_LAGS);
}

/**
 * Correlate 80 samples at `x` at eight neighbouring lags; `y` is x delayed by the longest of them. Four
 * samples a turn: the eleven delayed samples that they meet are loaded once for thirty-two products.
 * @param half rows [8], the sums of the frame before; replaced by those of this frame
 * @param total rows [8], sums over both frames
 */
function correlateTile(x: usize, y: usize, half: usize, total: usize): void {
  let s0 = splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let s5 = s0;
  let s6 = s0;
  let s7 = s0;
  const end = x + FRAME_SAMPLES * ROW;
  do {
    const x0 = v128.load(x);
    const x1 = v128.load(x, ROW);
    const x2 = v128.load(x, 2 * ROW);
    const x3 = v128.load(x, 3 * ROW);
    let delayed = v128.load(y);
    s7 = mulAdd(x0, delayed, s7);
    delayed = v128.load(y, ROW);
    s6 = mulAdd(x0, delayed, s6);
    s7 = mulAdd(x1, delayed, s7);
    delayed = v128.load(y, 2 * ROW);
    s5 = mulAdd(x0, delayed, s5);
    s6 = mulAdd(x1, delayed, s6);
    s7 = mulAdd(x2, delayed, s7);
    delayed = v128.load(y, 3 * ROW);
    s4 = mulAdd(x0, delayed, s4);
    s5 = mulAdd(x1, delayed, s5);
    s6 = mulAdd(x2, delayed, s6);
    s7 = mulAdd(x3, delayed, s7);
    delayed = v128.load(y, 4 * ROW);
    s3 = mulAdd(x0, delayed, s3);
    s4 = mulAdd(x1, delayed, s4);
    s5 = mulAdd(x2, delayed, s5);
    s6 = mulAdd(x3, delayed, s6);
    delayed = v128.load(y, 5 * ROW);
    s2 = mulAdd(x0, delayed, s2);
    s3 = mulAdd(x1, delayed, s3);
    s4 = mulAdd(x2, delayed, s4);
    s5 = mulAdd(x3, delayed, s5);
    delayed = v128.load(y, 6 * ROW);
    s1 = mulAdd(x0, delayed, s1);
    s2 = mulAdd(x1, delayed, s2);
    s3 = mulAdd(x2, delayed, s3);
    s4 = mulAdd(x3, delayed, s4);
    delayed = v128.load(y, 7 * ROW);
    s0 = mulAdd(x0, delayed, s0);
    s1 = mulAdd(x1, delayed, s1);
    s2 = mulAdd(x2, delayed, s2);
    s3 = mulAdd(x3, delayed, s3);
    delayed = v128.load(y, 8 * ROW);
    s0 = mulAdd(x1, delayed, s0);
    s1 = mulAdd(x2, delayed, s1);
    s2 = mulAdd(x3, delayed, s2);
    delayed = v128.load(y, 9 * ROW);
    s0 = mulAdd(x2, delayed, s0);
    s1 = mulAdd(x3, delayed, s1);
    delayed = v128.load(y, 10 * ROW);
    s0 = mulAdd(x3, delayed, s0);
    x += 4 * ROW;
    y += 4 * ROW;
  } while (x < end);
  addHalf(half, total, s0);
  addHalf(half + ROW, total + ROW, s1);
  addHalf(half + 2 * ROW, total + 2 * ROW, s2);
  addHalf(half + 3 * ROW, total + 3 * ROW, s3);
  addHalf(half + 4 * ROW, total + 4 * ROW, s4);
  addHalf(half + 5 * ROW, total + 5 * ROW, s5);
  addHalf(half + 6 * ROW, total + 6 * ROW, s6);
  addHalf(half + 7 * ROW, total + 7 * ROW, s7);
}

function addHalf(half: usize, total: usize, sum: v128): void {
  storeRow(total, add(sum, loadRow(half)));
  storeRow(half, sum);
}

/**
 * Fill `LAG_ENERGY`: row t is the energy of the window t samples back, for t = 0..129 (129 repeats 128, the
 * oldest window there is).
 */
export function measureLagEnergy(state: usize): void {
  const start = state + WHITENED + MAX_LAG * ROW;
  const end = start + WINDOW_SAMPLES * ROW;
  let e0 = splat(0);
  let e1 = e0;
  let e2 = e0;
  let e3 = e0;
  let p = start;
  do {
    e0 = add(e0, square(loadRow(p)));
    e1 = add(e1, square(v128.load(p, ROW)));
    e2 = add(e2, square(v128.load(p, 2 * ROW)));
    e3 = add(e3, square(v128.load(p, 3 * ROW)));
    p += 4 * ROW;
  } while (p < end);
  let energy = add(add(e0, e1), add(e2, e3));
  let row = workspace + LAG_ENERGY;
  storeRow(row, energy);
  // One sample enters the window at its start, one leaves at its end.
  let back = ROW;
  do {
    energy = add(energy, sub(square(loadRow(start - back)), square(loadRow(end - back))));
    row += ROW;
    storeRow(row, maximum(energy, splat(0)));
    back += ROW;
  } while (back <= MAX_LAG * ROW);
  storeRow(row + ROW, maximum(energy, splat(0)));
}
