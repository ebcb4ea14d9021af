// SIMD vocabulary of the VAD kernel: a v128 holds one value of four calls, one lane a call. Media plane.

@inline
export function splat(x: f32): v128 {
  return f32x4.splat(x);
}

@inline
export function add(a: v128, b: v128): v128 {
  return f32x4.add(a, b);
}

@inline
export function sub(a: v128, b: v128): v128 {
  return f32x4.sub(a, b);
}

@inline
export function mul(a: v128, b: v128): v128 {
  return f32x4.mul(a, b);
}

/** a * b + c; rounded twice, SIMD128 has no fused form. */
@inline
export function mulAdd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** max(0, x), and 0 for NaN. */
@inline
export function relu(x: v128): v128 {
  return f32x4.pmax(f32x4.splat(0), x);
}

/** Four calls' int32 as f32. */
@inline
export function toFloat(x: v128): v128 {
  return f32x4.convert_i32x4_s(x);
}

// ---- 4 x 4 transposition. Four v128 in (four words of one call each), four out (one word of four
// calls each). Two rounds of shuffles; the result is said one row at a time because a function
// returns one value: the compiler shares the first round between the rows.

/** a0 b0 a1 b1 */
@inline
export function interleaveLow(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 4, 1, 5);
}

/** a2 b2 a3 b3 */
@inline
export function interleaveHigh(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 2, 6, 3, 7);
}

/** a0 a1 b0 b1 */
@inline
export function joinLow(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(a, b, 0, 2);
}

/** a2 a3 b2 b3 */
@inline
export function joinHigh(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(a, b, 1, 3);
}
