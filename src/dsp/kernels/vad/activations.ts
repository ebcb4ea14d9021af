// exp2, and the logistic sigmoid and LSTM cell made of it, for four calls at once. Media plane.

import { add, mul, mulAdd, splat, sub } from './lanes';

/** 1.5 * 2^23: adding it to |x| < 2^22 leaves x, rounded, in the low bits of the mantissa. */
export const ROUNDER: f32 = 12582912;

const LOG2_E: f32 = 1.4426950408889634;

// 2^f = 1 + f (E1 + f (E2 + ...)) for f in [-1/2, 1/2]: least maximum relative error, 2.8e-6; what
// comes of it is stored in steps of 1.2e-4.
const EXP2_1: f32 = 0.6931241750717163;
const EXP2_2: f32 = 0.24024038016796112;
const EXP2_3: f32 = 0.05590660125017166;
const EXP2_4: f32 = 0.009585410356521606;

/** 2^x, x held to [-30, 30], where every use below has long saturated. */
@inline
function exp2(x: v128): v128 {
  const held = f32x4.pmax(splat(-30), f32x4.pmin(splat(30), x));
  const rounded = add(held, splat(ROUNDER));
  const f = sub(held, sub(rounded, splat(ROUNDER)));
  let p = mulAdd(f, splat(EXP2_4), splat(EXP2_3));
  p = mulAdd(f, p, splat(EXP2_2));
  p = mulAdd(f, p, splat(EXP2_1));
  p = mulAdd(f, p, splat(1));
  return i32x4.add(p, i32x4.shl(rounded, 23));
}

/** 1 / (1 + e^-x) */
@inline
export function sigmoid(x: v128): v128 {
  return f32x4.div(splat(1), add(splat(1), exp2(mul(x, splat(-LOG2_E)))));
}

// An LSTM cell, c' = sigmoid(f) c + sigmoid(i) tanh(g) and h = sigmoid(o) tanh(c'), each equation on one
// fraction line, so that two divisions do the work of six. The two are functions of their own because
// a processor overlaps many short independent chains of instructions better than half as many long ones.

/** c' = (c I (1 + G) + (1 - G) F) / (I (1 + G) F) with I = 1 + e^-i, F = 1 + e^-f, G = e^-2g */
@inline
export function nextCell(i: v128, f: v128, g: v128, c: v128): v128 {
  const one = splat(1);
  const input = add(one, exp2(mul(i, splat(-LOG2_E))));
  const forget = add(one, exp2(mul(f, splat(-LOG2_E))));
  const candidate = exp2(mul(g, splat(-2 * LOG2_E)));
  const scale = mul(input, add(one, candidate));
  return f32x4.div(mulAdd(c, scale, mul(sub(one, candidate), forget)), mul(scale, forget));
}

/** h = (1 - C) / (O (1 + C)) with O = 1 + e^-o, C = e^-2c; |h| <= 1 */
@inline
export function cellOutput(o: v128, c: v128): v128 {
  const one = splat(1);
  const output = add(one, exp2(mul(o, splat(-LOG2_E))));
  const squashed = exp2(mul(c, splat(-2 * LOG2_E)));
  return f32x4.div(sub(one, squashed), mul(output, add(one, squashed)));
}
