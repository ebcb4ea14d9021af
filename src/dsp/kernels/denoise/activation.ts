// Activations and their int16 form. Media plane.

import { OCTET_ROW, ACTIVATION_SCALE, WEIGHT_SCALE } from './layout';
import { add, clamp, div, loadRow, mul, mulAdd, roundToInt, splat, square, toFloat } from '../simd';

const INT16_MAX: f32 = 32767.0;
/** tanh(4.95) = 0.9999: beyond it the approximation would exceed 1. */
const TANH_LIMIT: f32 = 4.95;

/** tanh by its continued fraction (Pade 7/6), error below 3e-5 up to the limit. */
export function tanh(x: v128): v128 {
  const t = clamp(splat(-TANH_LIMIT), splat(TANH_LIMIT), x);
  const t2 = square(t);
  let upper = add(t2, splat(378));
  upper = mulAdd(t2, upper, splat(17325));
  upper = mulAdd(t2, upper, splat(135135));
  let lower = mulAdd(t2, splat(28), splat(3150));
  lower = mulAdd(t2, lower, splat(62370));
  lower = mulAdd(t2, lower, splat(135135));
  return div(mul(t, upper), lower);
}

/** 1 / (1 + exp(-x)) = (1 + tanh(x / 2)) / 2. */
export function sigmoid(x: v128): v128 {
  const half = splat(0.5);
  return mulAdd(half, tanh(mul(half, x)), half);
}

/** The value of an accumulator row: int32 of scaled weights and activations. */
export function accumulated(address: usize): v128 {
  return mul(toFloat(loadRow(address)), splat(<f32>1.0 / <f32>(ACTIVATION_SCALE * WEIGHT_SCALE)));
}

/** Two rows of K as int16 pairs, each call's two values side by side; saturated. */
export function quantisePair(even: v128, odd: v128): v128 {
  const low = v128.and(quantise(even), i32x4.splat(0xffff));
  return v128.or(low, i32x4.shl(quantise(odd), 16));
}

function quantise(a: v128): v128 {
  const scaled = mul(a, splat(<f32>ACTIVATION_SCALE));
  return roundToInt(clamp(splat(-INT16_MAX), splat(INT16_MAX), scaled));
}
