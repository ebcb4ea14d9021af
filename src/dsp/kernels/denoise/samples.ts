// One frame of samples of four calls: from their buffers into rows, and back. Media plane.
//
//   call 0: s0 s1 s2 ...      row 0: s0 s0 s0 s0
//   call 1: s0 s1 s2 ...  ->  row 1: s1 s1 s1 s1
//   call 2: ...               ...
//
// Floats are in int16 units. Addresses need no alignment.

import { FLOAT32, FRAME_SAMPLES, INT16, MULAW } from './layout';
import {
  ROW,
  add,
  clamp,
  keep,
  loadRow,
  minimum,
  roundToInt,
  splat,
  storeRow,
  sub,
  toFloat,
} from '../simd';

/** Bytes of a frame in `format`. */
export function frameBytes(format: i32): i32 {
  if (format == MULAW) return FRAME_SAMPLES;
  return format == INT16 ? 2 * FRAME_SAMPLES : 4 * FRAME_SAMPLES;
}

/** @param rows [80], overwritten */
export function readFrames(format: i32, a: usize, b: usize, c: usize, d: usize, rows: usize): void {
  if (format == MULAW) readMulaw(a, b, c, d, rows);
  else if (format == INT16) readInt16(a, b, c, d, rows);
  else if (format == FLOAT32) readFloat32(a, b, c, d, rows);
}

/** @param rows [80], kept */
export function writeFrames(
  format: i32,
  rows: usize,
  a: usize,
  b: usize,
  c: usize,
  d: usize,
): void {
  if (format == MULAW) writeMulaw(rows, a, b, c, d);
  else if (format == INT16) writeInt16(rows, a, b, c, d);
  else if (format == FLOAT32) writeFloat32(rows, a, b, c, d);
}

// ---- Transposition

/** Four samples of each call into four rows. */
function storeTransposed(rows: usize, a: v128, b: v128, c: v128, d: v128): void {
  const abLow = zipLow(a, b);
  const abHigh = zipHigh(a, b);
  const cdLow = zipLow(c, d);
  const cdHigh = zipHigh(c, d);
  storeRow(rows, joinLow(abLow, cdLow));
  storeRow(rows + ROW, joinHigh(abLow, cdLow));
  storeRow(rows + 2 * ROW, joinLow(abHigh, cdHigh));
  storeRow(rows + 3 * ROW, joinHigh(abHigh, cdHigh));
}

// The steps of a 4 x 4 transposition, there and back: zip two by two, then join halves.

/** a0 b0 a1 b1 */
function zipLow(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 4, 1, 5);
}

/** a2 b2 a3 b3 */
function zipHigh(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 2, 6, 3, 7);
}

/** a0 a1 b0 b1 */
function joinLow(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(a, b, 0, 2);
}

/** a2 a3 b2 b3 */
function joinHigh(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(a, b, 1, 3);
}

// ---- G.711 mu-law
//
// A code is the complement of sign 1 | segment 3 | mantissa 4 bits, and its magnitude
// (8 mantissa + 132) << segment, less 132. Shifted to the right place, segment and mantissa are the exponent
// and the leading mantissa bits of that very float:
//
//   float      | sign 1 | exponent 8        | mantissa 4 | 1 | 0 ... |
//   value      = 2^(7 + segment) * (1 + (mantissa + 1/2) / 16)  =  (8 mantissa + 132) << segment

const MULAW_BIAS: f32 = 132.0;
/** Largest magnitude that can be encoded (ITU-T G.711, in 16-bit units). */
const MULAW_CLIP: f32 = 32635.0;
/** Exponent of segment 0 at the place of the segment bits: (127 + 7) << 4. */
const SEGMENT_ZERO = 134 << 4;
/** Float bits below the four of the mantissa. */
const MANTISSA_SHIFT = 19;
const HALF_STEP = 1 << 18;

function decodeMulaw(codes: v128): v128 {
  const code = v128.xor(codes, i32x4.splat(0xff));
  const exponent = i32x4.add(v128.and(code, i32x4.splat(0x7f)), i32x4.splat(SEGMENT_ZERO));
  const bits = v128.or(i32x4.shl(exponent, MANTISSA_SHIFT), i32x4.splat(HALF_STEP));
  const magnitude = sub(bits, splat(MULAW_BIAS));
  const sign = i32x4.shl(v128.and(code, i32x4.splat(0x80)), 24);
  return v128.or(magnitude, sign);
}

/** Codes in the low byte of each lane. */
function encodeMulaw(samples: v128): v128 {
  const rounded = f32x4.nearest(samples);
  const magnitude = add(minimum(splat(MULAW_CLIP), f32x4.abs(rounded)), splat(MULAW_BIAS));
  const code = i32x4.sub(i32x4.shr_u(magnitude, MANTISSA_SHIFT), i32x4.splat(SEGMENT_ZERO));
  const sign = v128.and(i32x4.shr_u(rounded, 24), i32x4.splat(0x80));
  return v128.xor(v128.or(code, sign), i32x4.splat(0xff));
}

/** Sixteen samples a turn: zip the calls' bytes until each 32 bits hold one sample of the four calls. */
function readMulaw(a: usize, b: usize, c: usize, d: usize, rows: usize): void {
  for (let at = 0; at < FRAME_SAMPLES; at += 16) {
    const va = v128.load(a + at);
    const vb = v128.load(b + at);
    const vc = v128.load(c + at);
    const vd = v128.load(d + at);
    // prettier-ignore
    const abLow = v128.shuffle<i8>(va, vb, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    // prettier-ignore
    const abHigh = v128.shuffle<i8>(va, vb, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    // prettier-ignore
    const cdLow = v128.shuffle<i8>(vc, vd, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    // prettier-ignore
    const cdHigh = v128.shuffle<i8>(vc, vd, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const to = rows + at * ROW;
    storeDecoded(to, v128.shuffle<i16>(abLow, cdLow, 0, 8, 1, 9, 2, 10, 3, 11));
    storeDecoded(to + 4 * ROW, v128.shuffle<i16>(abLow, cdLow, 4, 12, 5, 13, 6, 14, 7, 15));
    storeDecoded(to + 8 * ROW, v128.shuffle<i16>(abHigh, cdHigh, 0, 8, 1, 9, 2, 10, 3, 11));
    storeDecoded(to + 12 * ROW, v128.shuffle<i16>(abHigh, cdHigh, 4, 12, 5, 13, 6, 14, 7, 15));
  }
}

/** Four rows from four samples' codes of the four calls. */
function storeDecoded(rows: usize, codes: v128): void {
  const low = i16x8.extend_low_i8x16_u(codes);
  const high = i16x8.extend_high_i8x16_u(codes);
  storeRow(rows, decodeMulaw(i32x4.extend_low_i16x8_u(low)));
  storeRow(rows + ROW, decodeMulaw(i32x4.extend_high_i16x8_u(low)));
  storeRow(rows + 2 * ROW, decodeMulaw(i32x4.extend_low_i16x8_u(high)));
  storeRow(rows + 3 * ROW, decodeMulaw(i32x4.extend_high_i16x8_u(high)));
}

function writeMulaw(rows: usize, a: usize, b: usize, c: usize, d: usize): void {
  for (let at = 0; at < FRAME_SAMPLES; at += 16) {
    const from = rows + at * ROW;
    const v0 = encodeFour(from);
    const v1 = encodeFour(from + 4 * ROW);
    const v2 = encodeFour(from + 8 * ROW);
    const v3 = encodeFour(from + 12 * ROW);
    const ab0 = zipLow(v0, v1);
    const ab1 = zipLow(v2, v3);
    const cd0 = zipHigh(v0, v1);
    const cd1 = zipHigh(v2, v3);
    v128.store(a + at, joinLow(ab0, ab1));
    v128.store(b + at, joinHigh(ab0, ab1));
    v128.store(c + at, joinLow(cd0, cd1));
    v128.store(d + at, joinHigh(cd0, cd1));
  }
}

/** Codes of four rows: four bytes of call 0, then of call 1, ... */
function encodeFour(rows: usize): v128 {
  const low = i16x8.narrow_i32x4_u(encodeMulaw(loadRow(rows)), encodeMulaw(loadRow(rows + ROW)));
  const high = i16x8.narrow_i32x4_u(
    encodeMulaw(loadRow(rows + 2 * ROW)),
    encodeMulaw(loadRow(rows + 3 * ROW)),
  );
  const bytes = i8x16.narrow_i16x8_u(low, high);
  return v128.shuffle<i8>(bytes, bytes, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
}

// ---- int16 and float32

const INT16_MIN: f32 = -32768.0;
const INT16_MAX: f32 = 32767.0;

function readInt16(a: usize, b: usize, c: usize, d: usize, rows: usize): void {
  for (let at = 0; at < FRAME_SAMPLES; at += 4) {
    storeTransposed(
      rows + at * ROW,
      toFloat(v128.load16x4_s(a + 2 * at)),
      toFloat(v128.load16x4_s(b + 2 * at)),
      toFloat(v128.load16x4_s(c + 2 * at)),
      toFloat(v128.load16x4_s(d + 2 * at)),
    );
  }
}

/** Rounded to nearest and saturated. */
function writeInt16(rows: usize, a: usize, b: usize, c: usize, d: usize): void {
  for (let at = 0; at < FRAME_SAMPLES; at += 4) {
    const from = rows + at * ROW;
    const r0 = toInt16(loadRow(from));
    const r1 = toInt16(loadRow(from + ROW));
    const r2 = toInt16(loadRow(from + 2 * ROW));
    const r3 = toInt16(loadRow(from + 3 * ROW));
    // int16 of rows 0 1 and 2 3, four calls each; then the four samples of each call side by side.
    const r01 = i16x8.narrow_i32x4_s(r0, r1);
    const r23 = i16x8.narrow_i32x4_s(r2, r3);
    const ab = v128.shuffle<i16>(r01, r23, 0, 4, 8, 12, 1, 5, 9, 13);
    const cd = v128.shuffle<i16>(r01, r23, 2, 6, 10, 14, 3, 7, 11, 15);
    v128.store64_lane(a + 2 * at, ab, 0);
    v128.store64_lane(b + 2 * at, ab, 1);
    v128.store64_lane(c + 2 * at, cd, 0);
    v128.store64_lane(d + 2 * at, cd, 1);
  }
}

function toInt16(samples: v128): v128 {
  return roundToInt(clamp(splat(INT16_MIN), splat(INT16_MAX), samples));
}

function readFloat32(a: usize, b: usize, c: usize, d: usize, rows: usize): void {
  for (let at = 0; at < FRAME_SAMPLES; at += 4) {
    storeTransposed(
      rows + at * ROW,
      sane(v128.load(a + 4 * at)),
      sane(v128.load(b + 4 * at)),
      sane(v128.load(c + 4 * at)),
      sane(v128.load(d + 4 * at)),
    );
  }
}

/** Within int16, and zero for NaN: nothing that is written into a buffer may spoil a call's state. */
function sane(samples: v128): v128 {
  const numbers = keep(f32x4.eq(samples, samples), samples);
  return clamp(splat(INT16_MIN), splat(INT16_MAX), numbers);
}

function writeFloat32(rows: usize, a: usize, b: usize, c: usize, d: usize): void {
  for (let at = 0; at < FRAME_SAMPLES; at += 4) {
    const from = rows + at * ROW;
    const r0 = loadRow(from);
    const r1 = loadRow(from + ROW);
    const r2 = loadRow(from + 2 * ROW);
    const r3 = loadRow(from + 3 * ROW);
    const ab0 = zipLow(r0, r1);
    const ab1 = zipLow(r2, r3);
    const cd0 = zipHigh(r0, r1);
    const cd1 = zipHigh(r2, r3);
    v128.store(a + 4 * at, joinLow(ab0, ab1));
    v128.store(b + 4 * at, joinHigh(ab0, ab1));
    v128.store(c + 4 * at, joinLow(cd0, cd1));
    v128.store(d + 4 * at, joinHigh(cd0, cd1));
  }
}
