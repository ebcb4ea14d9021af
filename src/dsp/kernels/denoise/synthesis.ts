// Back to samples: inverse FFT and overlap-add. Media plane.
//
// No two calls share a transform, though two real ones could: their rounding would depend on each other, and
// what a call hears must not depend on who is beside it.

import { COMPLEX_ROW, ROW, add, loadRow, loadSplat, mul, mulAdd, storeRow, sub } from '../simd';
import {
  FFT_INPUT,
  FFT_OUTPUT,
  FRAME_SAMPLES,
  HALF_BIN_TABLE,
  OVERLAP,
  SPECTRUM,
  TURN_TABLE,
  WINDOW_TABLE,
} from './layout';
import { fft80 } from './fft';
import { workspace } from './workspace';

/**
 * Write the clean samples of a group.
 * @param output rows [80]
 */
export function synthesise(state: usize, frame: usize, output: usize): void {
  foldSpectrum(frame + SPECTRUM);
  fft80(workspace + FFT_INPUT, workspace + FFT_OUTPUT);
  overlapAdd(state + OVERLAP, output);
}

/**
 * The inverse transform of a real signal of 160 samples is one of 80 complex ones z[m] = x[2m] + j x[2m+1]:
 *
 *   Z[k] = S + jD,  S = X[k] + X*[80-k],  D = (X[k] - X*[80-k]) exp(2 pi j k / 160)
 *   Z[80-k] = S* + jD*
 *
 * and a forward transform is the inverse one if real and imaginary parts are exchanged before and after.
 */
function foldSpectrum(spectrum: usize): void {
  const half = FRAME_SAMPLES * COMPLEX_ROW;
  let low = spectrum;
  let high = spectrum + half;
  let up = workspace + FFT_INPUT;
  let down = up + half;
  // Bins 0 and 80 of a real signal are real.
  const first = loadRow(low);
  const last = loadRow(high);
  storeRow(up, sub(first, last));
  storeRow(up + ROW, add(first, last));
  let turn = workspace + TURN_TABLE;
  const end = spectrum + half / 2;
  do {
    low += COMPLEX_ROW;
    high -= COMPLEX_ROW;
    up += COMPLEX_ROW;
    down -= COMPLEX_ROW;
    turn += 8;
    const sumR = add(loadRow(low), loadRow(high));
    const sumI = sub(v128.load(low, ROW), v128.load(high, ROW));
    const diffR = sub(loadRow(low), loadRow(high));
    const diffI = add(v128.load(low, ROW), v128.load(high, ROW));
    const cos = loadSplat(turn);
    const sin = loadSplat(turn + 4);
    const turnedR = sub(mul(diffR, cos), mul(diffI, sin));
    const turnedI = add(mul(diffR, sin), mul(diffI, cos));
    storeRow(up, add(sumI, turnedR));
    storeRow(up + ROW, sub(sumR, turnedI));
    storeRow(down, sub(turnedR, sumI));
    storeRow(down + ROW, add(sumR, turnedI));
  } while (low < end);
}

/** First half of the windowed result plus the last frame's second half; the new second half waits. */
function overlapAdd(overlap: usize, output: usize): void {
  const transformed = workspace + FFT_OUTPUT;
  let window = workspace + WINDOW_TABLE;
  let bin = workspace + HALF_BIN_TABLE;
  const end = overlap + FRAME_SAMPLES * ROW;
  for (; overlap < end; overlap += 2 * ROW) {
    const early = transformed + load<i32>(bin);
    const late = transformed + load<i32>(bin, FRAME_SAMPLES * 2);
    // The imaginary part is the even sample.
    addSample(output, overlap, v128.load(early, ROW), v128.load(late, ROW), window);
    addSample(output + ROW, overlap + ROW, loadRow(early), loadRow(late), window + 4);
    output += 2 * ROW;
    window += 8;
    bin += 4;
  }
}

function addSample(output: usize, waiting: usize, early: v128, late: v128, window: usize): void {
  const rise = loadSplat(window);
  const fall = v128.load32_splat(window, FRAME_SAMPLES * 4);
  storeRow(output, mulAdd(rise, early, loadRow(waiting)));
  storeRow(waiting, mul(fall, late));
}
