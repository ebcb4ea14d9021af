// A small vocabulary over WebAssembly SIMD128: one row holds one value of each of four calls. Media plane.

/** Bytes of a row: four 32-bit lanes, one for each call of a group. */
export const ROW = 16;
/** Bytes of a complex row: a row of real parts, then a row of imaginary parts. */
export const COMPLEX_ROW = 32;

export function loadRow(address: usize): v128 {
  return v128.load(address);
}

export function storeRow(address: usize, row: v128): void {
  v128.store(address, row);
}

/** The 32-bit value at `address` in all four lanes. */
export function loadSplat(address: usize): v128 {
  return v128.load32_splat(address);
}

export function splat(value: f32): v128 {
  return f32x4.splat(value);
}

export function add(a: v128, b: v128): v128 {
  return f32x4.add(a, b);
}

export function sub(a: v128, b: v128): v128 {
  return f32x4.sub(a, b);
}

export function mul(a: v128, b: v128): v128 {
  return f32x4.mul(a, b);
}

export function div(a: v128, b: v128): v128 {
  return f32x4.div(a, b);
}

/** a * b + c, rounded twice: SIMD128 has no fused form. */
export function mulAdd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

export function square(a: v128): v128 {
  return f32x4.mul(a, a);
}

export function sqrt(a: v128): v128 {
  return f32x4.sqrt(a);
}

/**
 * b where b < a, else a. The pseudo-minimum is one instruction on x86; the IEEE minimum, which orders NaN
 * and signed zeros, is six. A NaN in `b` gives `a`.
 */
export function minimum(a: v128, b: v128): v128 {
  return f32x4.pmin(a, b);
}

/** b where a < b, else a. A NaN in `b` gives `a`. */
export function maximum(a: v128, b: v128): v128 {
  return f32x4.pmax(a, b);
}

export function clamp(low: v128, high: v128, a: v128): v128 {
  return minimum(high, maximum(low, a));
}

/** All ones in the lanes where a < b. */
export function less(a: v128, b: v128): v128 {
  return f32x4.lt(a, b);
}

/** `yes` in the lanes where `mask` is all ones, `no` where it is zero. */
export function select(mask: v128, yes: v128, no: v128): v128 {
  return v128.bitselect(yes, no, mask);
}

/** `a` in the lanes where `mask` is all ones, zero elsewhere. */
export function keep(mask: v128, a: v128): v128 {
  return v128.and(mask, a);
}

/** 1.5 * 2^23: added to a float of less than 2^22 it leaves the rounded integer in the low mantissa bits. */
const ROUNDING: f32 = 12582912.0;
const ROUNDING_BITS: i32 = 0x4b400000;

/**
 * 2^t for -126 <= t <= 126, relative error below 3e-6: the nearest integer is added to the exponent field of
 * a minimax polynomial of the rest.
 */
export function exp2(t: v128): v128 {
  const shifted = add(t, splat(ROUNDING));
  const rest = sub(t, sub(shifted, splat(ROUNDING)));
  let power = mulAdd(rest, splat(0.009570102), splat(0.05591786));
  power = mulAdd(rest, power, splat(0.24024744));
  power = mulAdd(rest, power, splat(0.6931218));
  power = mulAdd(rest, power, splat(0.99999926));
  return i32x4.add(power, i32x4.shl(shifted, 23));
}

/** Nearest integers (ties to even) of floats below 2^22 in magnitude, in two instructions. */
export function roundToInt(a: v128): v128 {
  return i32x4.sub(add(a, splat(ROUNDING)), i32x4.splat(ROUNDING_BITS));
}

export function toFloat(a: v128): v128 {
  return f32x4.convert_i32x4_s(a);
}
