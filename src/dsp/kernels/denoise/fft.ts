// 160-point complex FFT of four calls at once. Media plane.
//
// 160 = 5 * 32 and 5 and 32 share no factor, so the prime-factor algorithm (Good, 1958; Thomas, 1963)
// needs no twiddles between its two stages:
//
//   x[(32 n1 + 5 n2) mod 160]  ->  5-point DFTs over n1  ->  32-point DFTs over n2  ->  X[k]
//   where k mod 5 = k1 and k mod 32 = k2.
//
// The 32-point DFTs are decimated in frequency in place (radix 4, 4, 2): bin k ends up at
// BIN_TABLE[k] = 32 k1 + digits of k2 reversed, in bytes.

import { ROW, COMPLEX_ROW, add, loadRow, loadSplat, mul, splat, storeRow, sub } from '../simd';
import { TWIDDLE_TABLE, WINDOW_SAMPLES } from './layout';
import { workspace } from './workspace';

/** Points of the second stage. */
const COLUMNS = 32;
const COLUMN_BYTES = COLUMNS * COMPLEX_ROW;

/** cos and sin of 2 pi / 5 and 4 pi / 5. */
const COS1: f32 = 0.30901699437494745;
const COS2: f32 = -0.8090169943749475;
const SIN1: f32 = 0.9510565162951535;
const SIN2: f32 = 0.5877852522924731;

/**
 * Unscaled forward transform.
 * @param input complex rows [160], natural order
 * @param output complex rows [160]; bin k at byte BIN_TABLE[k]
 */
export function fft160(input: usize, output: usize): void {
  for (let column = 0; column < COLUMNS; column++) {
    dft5(input, column, output + column * COMPLEX_ROW);
  }
  for (let row = 0; row < 5; row++) dft32(output + row * COLUMN_BYTES);
}

/** Byte offset of the sample `COLUMNS` after the one at `offset`, modulo the window. */
function nextSample(offset: i32): i32 {
  const next = offset + COLUMN_BYTES;
  return next >= WINDOW_SAMPLES * COMPLEX_ROW ? next - WINDOW_SAMPLES * COMPLEX_ROW : next;
}

/** One 5-point DFT over n1; bin k1 goes to `output + k1 * COLUMN_BYTES`. */
function dft5(input: usize, column: i32, output: usize): void {
  const n0 = 5 * column * COMPLEX_ROW;
  const n1 = nextSample(n0);
  const n2 = nextSample(n1);
  const n3 = nextSample(n2);
  const n4 = nextSample(n3);
  const cos1 = splat(COS1);
  const cos2 = splat(COS2);
  const sin1 = splat(SIN1);
  const sin2 = splat(SIN2);

  const r0 = loadRow(input + n0);
  const r1 = loadRow(input + n1);
  const r2 = loadRow(input + n2);
  const r3 = loadRow(input + n3);
  const r4 = loadRow(input + n4);
  const rSum1 = add(r1, r4);
  const rSum2 = add(r2, r3);
  const rDiff1 = sub(r1, r4);
  const rDiff2 = sub(r2, r3);
  storeRow(output, add(r0, add(rSum1, rSum2)));
  const rEven1 = add(r0, add(mul(cos1, rSum1), mul(cos2, rSum2)));
  const rEven2 = add(r0, add(mul(cos2, rSum1), mul(cos1, rSum2)));
  const rOdd1 = add(mul(sin1, rDiff1), mul(sin2, rDiff2));
  const rOdd2 = sub(mul(sin2, rDiff1), mul(sin1, rDiff2));

  const i0 = loadRow(input + n0 + ROW);
  const i1 = loadRow(input + n1 + ROW);
  const i2 = loadRow(input + n2 + ROW);
  const i3 = loadRow(input + n3 + ROW);
  const i4 = loadRow(input + n4 + ROW);
  const iSum1 = add(i1, i4);
  const iSum2 = add(i2, i3);
  const iDiff1 = sub(i1, i4);
  const iDiff2 = sub(i2, i3);
  storeRow(output + ROW, add(i0, add(iSum1, iSum2)));
  const iEven1 = add(i0, add(mul(cos1, iSum1), mul(cos2, iSum2)));
  const iEven2 = add(i0, add(mul(cos2, iSum1), mul(cos1, iSum2)));
  const iOdd1 = add(mul(sin1, iDiff1), mul(sin2, iDiff2));
  const iOdd2 = sub(mul(sin2, iDiff1), mul(sin1, iDiff2));

  storeRow(output + COLUMN_BYTES, add(rEven1, iOdd1));
  storeRow(output + COLUMN_BYTES + ROW, sub(iEven1, rOdd1));
  storeRow(output + 2 * COLUMN_BYTES, add(rEven2, iOdd2));
  storeRow(output + 2 * COLUMN_BYTES + ROW, sub(iEven2, rOdd2));
  storeRow(output + 3 * COLUMN_BYTES, sub(rEven2, iOdd2));
  storeRow(output + 3 * COLUMN_BYTES + ROW, add(iEven2, rOdd2));
  storeRow(output + 4 * COLUMN_BYTES, sub(rEven1, iOdd1));
  storeRow(output + 4 * COLUMN_BYTES + ROW, add(iEven1, rOdd1));
}

/** One 32-point DFT in place, output in reversed digits. */
function dft32(data: usize): void {
  const twiddles = workspace + TWIDDLE_TABLE;
  for (let i = 0; i < 8; i++) {
    butterfly4(data + i * COMPLEX_ROW, 8 * COMPLEX_ROW, twiddles + i * 24);
  }
  for (let quarter = 0; quarter < 4; quarter++) {
    const eight = data + quarter * 8 * COMPLEX_ROW;
    butterfly4(eight, 2 * COMPLEX_ROW, twiddles);
    butterfly4(eight + COMPLEX_ROW, 2 * COMPLEX_ROW, twiddles + 4 * 24);
    for (let pair = 0; pair < 4; pair++) butterfly2(eight + pair * 2 * COMPLEX_ROW);
  }
}

/**
 * Radix-4 butterfly of the rows at `data + 0..3 * stride`; outputs 1..3 are turned by the twiddles.
 * @param twiddles f32 [3][2]
 */
function butterfly4(data: usize, stride: usize, twiddles: usize): void {
  const p1 = data + stride;
  const p2 = p1 + stride;
  const p3 = p2 + stride;
  const ar = loadRow(data);
  const ai = loadRow(data + ROW);
  const br = loadRow(p1);
  const bi = loadRow(p1 + ROW);
  const cr = loadRow(p2);
  const ci = loadRow(p2 + ROW);
  const dr = loadRow(p3);
  const di = loadRow(p3 + ROW);

  const evenSumR = add(ar, cr);
  const evenSumI = add(ai, ci);
  const evenDiffR = sub(ar, cr);
  const evenDiffI = sub(ai, ci);
  const oddSumR = add(br, dr);
  const oddSumI = add(bi, di);
  const oddDiffR = sub(br, dr);
  const oddDiffI = sub(bi, di);

  storeRow(data, add(evenSumR, oddSumR));
  storeRow(data + ROW, add(evenSumI, oddSumI));
  storeTurned(p1, add(evenDiffR, oddDiffI), sub(evenDiffI, oddDiffR), twiddles);
  storeTurned(p2, sub(evenSumR, oddSumR), sub(evenSumI, oddSumI), twiddles + 8);
  storeTurned(p3, sub(evenDiffR, oddDiffI), add(evenDiffI, oddDiffR), twiddles + 16);
}

/** Store (re + j im) * (cos + j sin). */
function storeTurned(address: usize, re: v128, im: v128, twiddle: usize): void {
  const cos = loadSplat(twiddle);
  const sin = loadSplat(twiddle + 4);
  storeRow(address, sub(mul(re, cos), mul(im, sin)));
  storeRow(address + ROW, add(mul(re, sin), mul(im, cos)));
}

function butterfly2(data: usize): void {
  const ar = loadRow(data);
  const ai = loadRow(data + ROW);
  const br = loadRow(data + COMPLEX_ROW);
  const bi = loadRow(data + COMPLEX_ROW + ROW);
  storeRow(data, add(ar, br));
  storeRow(data + ROW, add(ai, bi));
  storeRow(data + COMPLEX_ROW, sub(ar, br));
  storeRow(data + COMPLEX_ROW + ROW, sub(ai, bi));
}
