// Complex FFTs of 160 and 80 points, of four calls at once. Media plane.
//
// 160 = 5 * 32 and 80 = 5 * 16, and 5 shares no factor with a power of two, so the prime-factor algorithm
// (Good, 1958; Thomas, 1963) needs no twiddles between its two stages. With M = 32 or 16:
//
//   x[(M n1 + 5 n2) mod 5 M]  ->  5-point DFTs over n1  ->  M-point DFTs over n2  ->  X[k]
//   where k mod 5 = k1 and k mod M = k2.
//
// The M-point DFTs are decimated in frequency in place (radix 4, 4 and, for 32, 2): bin k ends up at
// M k1 + the digits of k2 reversed, which BIN_TABLE and HALF_BIN_TABLE hold in bytes.

import { ROW, COMPLEX_ROW, add, loadRow, loadSplat, mul, splat, storeRow, sub } from '../simd';
import { TWIDDLE_TABLE } from './layout';
import { workspace } from './workspace';

/** Bytes of the twiddles of one radix-4 butterfly: three complex numbers. */
const TWIDDLES = 24;

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
  const row = 32 * COMPLEX_ROW;
  dft5s(input, row, output);
  for (let k1 = 0; k1 < 5; k1++) dft32(output + k1 * row);
}

/**
 * Unscaled forward transform.
 * @param input complex rows [80], natural order
 * @param output complex rows [80]; bin k at byte HALF_BIN_TABLE[k]
 */
export function fft80(input: usize, output: usize): void {
  const row = 16 * COMPLEX_ROW;
  dft5s(input, row, output);
  for (let k1 = 0; k1 < 5; k1++) dft16(output + k1 * row);
}

/**
 * The first stage: for each n2 a 5-point DFT over n1.
 * @param row bytes of M complex rows, which is from one n1 or k1 to the next
 */
function dft5s(input: usize, row: i32, output: usize): void {
  const all = 5 * row;
  let n0 = 0;
  do {
    const n1 = wrap(n0 + row, all);
    const n2 = wrap(n1 + row, all);
    const n3 = wrap(n2 + row, all);
    const n4 = wrap(n3 + row, all);
    dft5(input + n0, input + n1, input + n2, input + n3, input + n4, output, row);
    n0 += 5 * COMPLEX_ROW;
    output += COMPLEX_ROW;
  } while (n0 < all);
}

function wrap(offset: i32, length: i32): i32 {
  return offset >= length ? offset - length : offset;
}

/** One 5-point DFT of complex rows; bin k1 goes to `output + k1 * row`. */
function dft5(
  x0: usize,
  x1: usize,
  x2: usize,
  x3: usize,
  x4: usize,
  output: usize,
  row: i32,
): void {
  const cos1 = splat(COS1);
  const cos2 = splat(COS2);
  const sin1 = splat(SIN1);
  const sin2 = splat(SIN2);

  const r0 = loadRow(x0);
  const r1 = loadRow(x1);
  const r2 = loadRow(x2);
  const r3 = loadRow(x3);
  const r4 = loadRow(x4);
  const rSum1 = add(r1, r4);
  const rSum2 = add(r2, r3);
  const rDiff1 = sub(r1, r4);
  const rDiff2 = sub(r2, r3);
  storeRow(output, add(r0, add(rSum1, rSum2)));
  const rEven1 = add(r0, add(mul(cos1, rSum1), mul(cos2, rSum2)));
  const rEven2 = add(r0, add(mul(cos2, rSum1), mul(cos1, rSum2)));
  const rOdd1 = add(mul(sin1, rDiff1), mul(sin2, rDiff2));
  const rOdd2 = sub(mul(sin2, rDiff1), mul(sin1, rDiff2));

  const i0 = loadRow(x0 + ROW);
  const i1 = loadRow(x1 + ROW);
  const i2 = loadRow(x2 + ROW);
  const i3 = loadRow(x3 + ROW);
  const i4 = loadRow(x4 + ROW);
  const iSum1 = add(i1, i4);
  const iSum2 = add(i2, i3);
  const iDiff1 = sub(i1, i4);
  const iDiff2 = sub(i2, i3);
  storeRow(output + ROW, add(i0, add(iSum1, iSum2)));
  const iEven1 = add(i0, add(mul(cos1, iSum1), mul(cos2, iSum2)));
  const iEven2 = add(i0, add(mul(cos2, iSum1), mul(cos1, iSum2)));
  const iOdd1 = add(mul(sin1, iDiff1), mul(sin2, iDiff2));
  const iOdd2 = sub(mul(sin2, iDiff1), mul(sin1, iDiff2));

  const k1 = output + row;
  const k2 = k1 + row;
  const k3 = k2 + row;
  const k4 = k3 + row;
  storeRow(k1, add(rEven1, iOdd1));
  storeRow(k1 + ROW, sub(iEven1, rOdd1));
  storeRow(k2, add(rEven2, iOdd2));
  storeRow(k2 + ROW, sub(iEven2, rOdd2));
  storeRow(k3, sub(rEven2, iOdd2));
  storeRow(k3 + ROW, add(iEven2, rOdd2));
  storeRow(k4, sub(rEven1, iOdd1));
  storeRow(k4 + ROW, add(iEven1, rOdd1));
}

/** One 32-point DFT in place, output in reversed digits. */
function dft32(data: usize): void {
  const twiddles = workspace + TWIDDLE_TABLE;
  for (let i = 0; i < 8; i++) {
    butterfly4(data + i * COMPLEX_ROW, 8 * COMPLEX_ROW, twiddles + i * TWIDDLES);
  }
  for (let quarter = 0; quarter < 4; quarter++) {
    const eight = data + quarter * 8 * COMPLEX_ROW;
    butterfly4(eight, 2 * COMPLEX_ROW, twiddles);
    butterfly4(eight + COMPLEX_ROW, 2 * COMPLEX_ROW, twiddles + 4 * TWIDDLES);
    for (let pair = 0; pair < 4; pair++) butterfly2(eight + pair * 2 * COMPLEX_ROW);
  }
}

/** One 16-point DFT in place, output in reversed digits. */
function dft16(data: usize): void {
  const twiddles = workspace + TWIDDLE_TABLE;
  for (let i = 0; i < 4; i++) {
    butterfly4(data + i * COMPLEX_ROW, 4 * COMPLEX_ROW, twiddles + 2 * i * TWIDDLES);
  }
  for (let quarter = 0; quarter < 4; quarter++) {
    butterfly4(data + quarter * 4 * COMPLEX_ROW, COMPLEX_ROW, twiddles);
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
