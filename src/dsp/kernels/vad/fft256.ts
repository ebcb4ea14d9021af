// 256-point complex FFT of four calls at once, two real frames packed as real and imaginary part. Media plane.
//
// Radix 4, decimation in frequency:
//
//   stage 0    1 group  of 4 x 64 rows   from PADDED under the Hann window to FFT
//   stage 1    4 groups of 4 x 16 rows   in place
//   stage 2   16 groups of 4 x  4 rows   in place
//   stage 3   64 groups of 4 rows        in place, all factors 1
//
// Stages 1 to 3 run group by group of stage 1, 2 KB at a time. The bins come out in digit-reversed
// order (base 4); the host's table BIN_PLACES says where. A row of FFT is 32 bytes: four real parts,
// four imaginary parts.

import { add, mul, sub } from './lanes';
import { FFT, HANN, HOP_SAMPLES, PADDED, QUAD_BYTES, TWIDDLES } from './layout';
import { base } from './region';

const ROW = 32;
/** Bytes of the three complex twiddle factors of one butterfly. */
const TWIDDLE_BYTES = 24;
const QUARTER_WINDOW_BYTES = 256;
const HOP_BYTES = HOP_SAMPLES * QUAD_BYTES;

/** y * w to row `p`; y = (re, im), w at `twiddle`. */
@inline
function storeRotated(p: usize, re: v128, im: v128, twiddle: usize): void {
  const wRe = v128.load32_splat(twiddle);
  const wIm = v128.load32_splat(twiddle, 4);
  v128.store(p, sub(mul(re, wRe), mul(im, wIm)));
  v128.store(p, add(mul(re, wIm), mul(im, wRe)), 16);
}

/**
 * Four complex inputs a, b, c, d (a quarter of the group apart) to four outputs at p, p + step, ...
 *   (a + c) + (b + d),  [(a - c) - j(b - d)] w,  [(a + c) - (b + d)] w^2,  [(a - c) + j(b - d)] w^3
 */
@inline
function butterfly(
  p: usize,
  step: usize,
  twiddle: usize,
  aRe: v128,
  aIm: v128,
  bRe: v128,
  bIm: v128,
  cRe: v128,
  cIm: v128,
  dRe: v128,
  dIm: v128,
): void {
  const sumAcRe = add(aRe, cRe);
  const sumAcIm = add(aIm, cIm);
  const diffAcRe = sub(aRe, cRe);
  const diffAcIm = sub(aIm, cIm);
  const sumBdRe = add(bRe, dRe);
  const sumBdIm = add(bIm, dIm);
  const diffBdRe = sub(bRe, dRe);
  const diffBdIm = sub(bIm, dIm);
  v128.store(p, add(sumAcRe, sumBdRe));
  v128.store(p, add(sumAcIm, sumBdIm), 16);
  storeRotated(p + step, add(diffAcRe, diffBdIm), sub(diffAcIm, diffBdRe), twiddle);
  storeRotated(p + step * 2, sub(sumAcRe, sumBdRe), sub(sumAcIm, sumBdIm), twiddle + 8);
  storeRotated(p + step * 3, sub(diffAcRe, diffBdIm), add(diffAcIm, diffBdRe), twiddle + 16);
}

@inline
function butterflyInPlace(p: usize, step: usize, twiddle: usize): void {
  butterfly(
    p,
    step,
    twiddle,
    v128.load(p),
    v128.load(p, 16),
    v128.load(p + step),
    v128.load(p + step, 16),
    v128.load(p + step * 2),
    v128.load(p + step * 2, 16),
    v128.load(p + step * 3),
    v128.load(p + step * 3, 16),
  );
}

/** The last stage: four neighbouring rows, all factors 1. */
@inline
function lastButterfly(p: usize): void {
  const aRe = v128.load(p);
  const aIm = v128.load(p, 16);
  const bRe = v128.load(p, 32);
  const bIm = v128.load(p, 48);
  const cRe = v128.load(p, 64);
  const cIm = v128.load(p, 80);
  const dRe = v128.load(p, 96);
  const dIm = v128.load(p, 112);
  const sumAcRe = add(aRe, cRe);
  const sumAcIm = add(aIm, cIm);
  const diffAcRe = sub(aRe, cRe);
  const diffAcIm = sub(aIm, cIm);
  const sumBdRe = add(bRe, dRe);
  const sumBdIm = add(bIm, dIm);
  const diffBdRe = sub(bRe, dRe);
  const diffBdIm = sub(bIm, dIm);
  v128.store(p, add(sumAcRe, sumBdRe));
  v128.store(p, add(sumAcIm, sumBdIm), 16);
  v128.store(p, add(diffAcRe, diffBdIm), 32);
  v128.store(p, sub(diffAcIm, diffBdRe), 48);
  v128.store(p, sub(sumAcRe, sumBdRe), 64);
  v128.store(p, sub(sumAcIm, sumBdIm), 80);
  v128.store(p, sub(diffAcRe, diffBdIm), 96);
  v128.store(p, add(diffAcIm, diffBdRe), 112);
}

/** Stage 0 with the window: frame `frame` is the real part, the next frame (one hop on) the imaginary. */
function windowAndFirstStage(frame: usize): void {
  let out: usize = base + FFT;
  let window: usize = base + HANN;
  let twiddle: usize = base + TWIDDLES;
  let sample: usize = base + PADDED + frame * HOP_BYTES;
  const end = out + 64 * ROW;
  do {
    const w0 = v128.load32_splat(window);
    const w1 = v128.load32_splat(window, QUARTER_WINDOW_BYTES);
    const w2 = v128.load32_splat(window, 2 * QUARTER_WINDOW_BYTES);
    const w3 = v128.load32_splat(window, 3 * QUARTER_WINDOW_BYTES);
    // A hop is a quarter of the transform, so both frames read the same five samples.
    const x1 = v128.load(sample, HOP_BYTES);
    const x2 = v128.load(sample, 2 * HOP_BYTES);
    const x3 = v128.load(sample, 3 * HOP_BYTES);
    butterfly(
      out,
      64 * ROW,
      twiddle,
      mul(w0, v128.load(sample)),
      mul(w0, x1),
      mul(w1, x1),
      mul(w1, x2),
      mul(w2, x2),
      mul(w2, x3),
      mul(w3, x3),
      mul(w3, v128.load(sample, 4 * HOP_BYTES)),
    );
    out += ROW;
    window += 4;
    twiddle += TWIDDLE_BYTES;
    sample += QUAD_BYTES;
  } while (out < end);
}

/** Transform frames `frame` and `frame + 1` of the four calls in PADDED into FFT. */
export function transformTwoFrames(frame: usize): void {
  windowAndFirstStage(frame);
  const twiddles16: usize = base + TWIDDLES + 64 * TWIDDLE_BYTES;
  const twiddles4: usize = twiddles16 + 16 * TWIDDLE_BYTES;
  let group: usize = base + FFT;
  const end = group + 256 * ROW;
  do {
    let n: usize = 0;
    do {
      butterflyInPlace(group + n * ROW, 16 * ROW, twiddles16 + n * TWIDDLE_BYTES);
      n++;
    } while (n < 16);
    let p = group;
    const groupEnd = group + 64 * ROW;
    do {
      butterflyInPlace(p, 4 * ROW, twiddles4);
      butterflyInPlace(p + ROW, 4 * ROW, twiddles4 + TWIDDLE_BYTES);
      butterflyInPlace(p + 2 * ROW, 4 * ROW, twiddles4 + 2 * TWIDDLE_BYTES);
      butterflyInPlace(p + 3 * ROW, 4 * ROW, twiddles4 + 3 * TWIDDLE_BYTES);
      lastButterfly(p);
      lastButterfly(p + 4 * ROW);
      lastButterfly(p + 8 * ROW);
      lastButterfly(p + 12 * ROW);
      p += 16 * ROW;
    } while (p < groupEnd);
    group += 64 * ROW;
  } while (group < end);
}
