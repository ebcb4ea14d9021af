// Activations of accumulated products, and their int16 form. Media plane.

import { ACTIVATION_SCALE, WEIGHT_SCALE } from './layout';
import {
  add,
  clamp,
  div,
  exp2,
  loadRow,
  maximum,
  mul,
  roundToInt,
  splat,
  sub,
  toFloat,
} from '../simd';

const INT16_MAX: f32 = 32767.0;
/** Value of one unit of an accumulator: the product of a weight and an activation. */
const UNIT: f32 = 1.0 / <f32>(ACTIVATION_SCALE * WEIGHT_SCALE);
const LOG2_E: f32 = 1.4426950408889634;
/** Beyond it the exponent would leave its field; sigmoid is 0 or 1 there. */
const EXPONENT_LIMIT: f32 = 126.0;

/** 1 / (1 + exp(-x)) of an int32 accumulator row. */
export function sigmoid(accumulator: usize): v128 {
  return logistic(mul(toFloat(loadRow(accumulator)), splat(-LOG2_E * UNIT)));
}

/** tanh(x) = 2 / (1 + exp(-2x)) - 1 of an int32 accumulator row. */
export function tanh(accumulator: usize): v128 {
  const s = logistic(mul(toFloat(loadRow(accumulator)), splat(<f32>-2.0 * LOG2_E * UNIT)));
  return sub(add(s, s), splat(1));
}

export function relu(accumulator: usize): v128 {
  return maximum(splat(0), mul(toFloat(loadRow(accumulator)), splat(UNIT)));
}

/**
 * 1 / (1 + 2^t). Gains near 1 must be exact in 1 - gain: the pitch filter's strength depends on it.
 */
function logistic(t: v128): v128 {
  const one = splat(1);
  return div(one, add(one, exp2(clamp(splat(-EXPONENT_LIMIT), splat(EXPONENT_LIMIT), t))));
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
