// Back to samples: inverse FFT and overlap-add. Media plane.

import { COMPLEX_ROW, ROW, add, loadRow, loadSplat, mul, mulAdd, storeRow, sub } from '../simd';
import {
  BINS,
  BIN_TABLE,
  FFT_INPUT,
  FFT_OUTPUT,
  FRAME_OUTPUT,
  FRAME_SAMPLES,
  GROUP_BYTES,
  GROUP_FRAMES,
  GROUP_FRAME_BYTES,
  OVERLAP,
  SPECTRUM,
  WINDOW_SAMPLES,
  WINDOW_TABLE,
} from './layout';
import { fft160 } from './fft';
import { workspace } from './workspace';

/**
 * Write both groups' clean samples to `FRAME_OUTPUT`. Their spectra A and B share one transform: the inverse
 * FFT of A + jB has a as real and b as imaginary part. A forward FFT of the spectrum with real and imaginary
 * parts exchanged is the inverse one with its result exchanged, so b comes out real and a imaginary.
 */
export function synthesise(octet: usize): void {
  packSpectra();
  fft160(workspace + FFT_INPUT, workspace + FFT_OUTPUT);
  const output = workspace + FRAME_OUTPUT;
  overlapAdd(octet + OVERLAP, workspace + FFT_OUTPUT + ROW, output);
  overlapAdd(octet + GROUP_BYTES + OVERLAP, workspace + FFT_OUTPUT, output + FRAME_SAMPLES * ROW);
}

/** Imaginary and real part of A[k] + jB[k], and of its mirror A*[k] + jB*[k] at -k. */
function packSpectra(): void {
  let a = workspace + GROUP_FRAMES + SPECTRUM;
  let b = a + GROUP_FRAME_BYTES;
  const packed = workspace + FFT_INPUT;
  // Bins 0 and 80 of a real signal are real.
  storeRow(packed, loadRow(b));
  storeRow(packed + ROW, loadRow(a));
  let up = packed;
  let down = packed + WINDOW_SAMPLES * COMPLEX_ROW;
  for (let k = 1; k < BINS - 1; k++) {
    a += COMPLEX_ROW;
    b += COMPLEX_ROW;
    up += COMPLEX_ROW;
    down -= COMPLEX_ROW;
    const ar = loadRow(a);
    const ai = v128.load(a, ROW);
    const br = loadRow(b);
    const bi = v128.load(b, ROW);
    storeRow(up, add(ai, br));
    storeRow(up + ROW, sub(ar, bi));
    storeRow(down, sub(br, ai));
    storeRow(down + ROW, add(ar, bi));
  }
  storeRow(up + COMPLEX_ROW, loadRow(b + COMPLEX_ROW));
  storeRow(up + COMPLEX_ROW + ROW, loadRow(a + COMPLEX_ROW));
}

/** First half of the windowed result plus the last frame's second half; the new second half waits. */
function overlapAdd(overlap: usize, transformed: usize, output: usize): void {
  const bins = workspace + BIN_TABLE;
  const window = workspace + WINDOW_TABLE;
  for (let i = 0; i < FRAME_SAMPLES; i++) {
    const first = bins + (i << 2);
    const early = loadRow(transformed + load<u32>(first));
    const late = loadRow(transformed + load<u32>(first, FRAME_SAMPLES * 4));
    const rise = loadSplat(window + (i << 2));
    const fall = loadSplat(window + (i << 2) + FRAME_SAMPLES * 4);
    const waiting = overlap + i * ROW;
    storeRow(output + i * ROW, mulAdd(rise, early, loadRow(waiting)));
    storeRow(waiting, mul(fall, late));
  }
}
