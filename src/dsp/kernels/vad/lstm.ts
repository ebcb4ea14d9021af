// The two LSTM layers of eight calls, in i16 products and i32 sums. Media plane.
//
// Two thirds of the network's multiplications. One 32-bit word holds two i16 inputs, and
// i32x4.dot_i16x8_s multiplies and adds eight of them at once: twice the work of f32.
//
// Scales, all powers of two, so that no sum can wrap whatever the audio is:
//
//   weights     2^13   the largest of the model is 1.27, i16 holds 4
//   h           2^13   |h| <= 1
//   x           2^e    e a call and window: its largest channel comes to lie in [2^12, 2^13]
//   sums        at most 2^26 (sum |w| + |b|) in magnitude; the host refuses a model in which that
//               reaches 2^31 (0.61 of it in the model here)
//
// The channels of x reach 13 in telephone speech, 55 where it clips and 151 in full-scale tones; one
// scale for all would give away three bits in every ordinary window. As x and h then differ in scale,
// a layer adds up their parts apart. In layer 2 the input is h of layer 1.
//
// RECURRENT, rows of eight calls x 2 neighbouring channels:
//
//              x, 32 rows | h1, 32 rows | h2, 32 rows
//   layer 1    input      | own output  |
//   layer 2               | input       | own output

import { cellOutput, nextCell, ROUNDER } from './activations';
import { mul, mulAdd, splat, toFloat } from './lanes';
import {
  CELLS_1,
  CELLS_2,
  HIDDEN,
  LSTM_1,
  LSTM_2,
  LSTM_BIAS,
  LSTM_RECURRENT,
  NEURONS,
  OCTET_BYTES,
  RECURRENT,
  RECURRENT_SUMS,
  INPUT_SUMS,
  ROWS_A,
} from './layout';
import { base } from './region';

const ROW = OCTET_BYTES;
/** Rows of pairs of one part, and their bytes. */
const PAIRS = NEURONS / 2;
const PART_BYTES = PAIRS * ROW;
/** Bytes of the weights of one neuron in one part: 32 pairs of inputs x four gates x two i16. */
const NEURON_BYTES = PAIRS * 16;
/** Bytes of the sums of one neuron: four gates x eight calls. */
const SUMS_BYTES = 4 * ROW;
const HIDDEN_SCALE: f32 = 8192;
const SUM_SCALE: f32 = 1.0 / 67108864.0;

/** Channels 2j and 2j + 1 as i16 in one word: round(a scale), round(b scale), both within i16. */
@inline
function packPair(a: v128, b: v128, scale: v128): v128 {
  const rounder = splat(ROUNDER);
  return v128.or(
    v128.and(mulAdd(a, scale, rounder), i32x4.splat(0xffff)),
    i32x4.shl(mulAdd(b, scale, rounder), 16),
  );
}

/** 64 rows of f32 to 32 rows of pairs; four calls of each. */
@inline
function packRows(from: usize, to: usize, scale: v128): void {
  const end = to + PART_BYTES;
  do {
    v128.store(to, packPair(v128.load(from), v128.load(from, ROW), scale));
    from += 2 * ROW;
    to += ROW;
  } while (to < end);
}

/** The bits of 2^floor(log2 m), m the largest of 64 channels, or 2^-20 if that is larger. */
@inline
function largestPower(from: usize): v128 {
  let largest = splat(9.5367431640625e-7);
  const end = from + NEURONS * ROW;
  do {
    largest = f32x4.pmax(largest, v128.load(from));
    from += ROW;
  } while (from < end);
  return v128.and(largest, i32x4.splat(0x7f800000));
}

/** Four calls' x to i16 pairs. @returns what a sum of their products with weights is to be multiplied by */
@inline
function packInput(from: usize, to: usize): v128 {
  const power = largestPower(from);
  // Powers of two by their exponents: 2^12 / power, and power / 2^12 / 2^13.
  packRows(from, to, i32x4.sub(i32x4.splat((254 + 12) << 23), power));
  return i32x4.sub(power, i32x4.splat((12 + 13) << 23));
}

/**
 * Sums of the four gates of all neurons over the 32 pairs of one part, for eight calls.
 *
 * @param weights i16 [64][32][4 gates][2]
 * @param bias i32[64][4] to begin with, or 0 for none
 * @param from 32 rows of pairs
 * @param sums i32 [64][4 gates][8 calls]
 */
function multiply(weights: usize, bias: usize, from: usize, sums: usize): void {
  const sumsEnd = sums + NEURONS * SUMS_BYTES;
  do {
    let i0 = i32x4.splat(0);
    let o0 = i0;
    let f0 = i0;
    let g0 = i0;
    if (bias) {
      i0 = v128.load32_splat(bias);
      o0 = v128.load32_splat(bias, 4);
      f0 = v128.load32_splat(bias, 8);
      g0 = v128.load32_splat(bias, 12);
      bias += 16;
    }
    let i1 = i0;
    let o1 = o0;
    let f1 = f0;
    let g1 = g0;
    let row = from;
    const end = weights + NEURON_BYTES;
    do {
      const x0 = v128.load(row);
      const x1 = v128.load(row, 16);
      row += ROW;
      let w = v128.load32_splat(weights);
      i0 = i32x4.add(i0, i32x4.dot_i16x8_s(x0, w));
      i1 = i32x4.add(i1, i32x4.dot_i16x8_s(x1, w));
      w = v128.load32_splat(weights, 4);
      o0 = i32x4.add(o0, i32x4.dot_i16x8_s(x0, w));
      o1 = i32x4.add(o1, i32x4.dot_i16x8_s(x1, w));
      w = v128.load32_splat(weights, 8);
      f0 = i32x4.add(f0, i32x4.dot_i16x8_s(x0, w));
      f1 = i32x4.add(f1, i32x4.dot_i16x8_s(x1, w));
      w = v128.load32_splat(weights, 12);
      g0 = i32x4.add(g0, i32x4.dot_i16x8_s(x0, w));
      g1 = i32x4.add(g1, i32x4.dot_i16x8_s(x1, w));
      weights += 16;
    } while (weights < end);
    v128.store(sums, i0);
    v128.store(sums, i1, 16);
    v128.store(sums, o0, 32);
    v128.store(sums, o1, 48);
    v128.store(sums, f0, 64);
    v128.store(sums, f1, 80);
    v128.store(sums, g0, 96);
    v128.store(sums, g1, 112);
    sums += SUMS_BYTES;
  } while (sums < sumsEnd);
}

/** One gate of four calls from both of its sums. */
@inline
function gate(sums: usize, inputScale: v128): v128 {
  const input = toFloat(v128.load(sums, INPUT_SUMS));
  const recurrent = toFloat(v128.load(sums, RECURRENT_SUMS));
  return mulAdd(input, inputScale, mul(recurrent, splat(SUM_SCALE)));
}

/** New cells of all neurons of four calls from the sums; `lanes` is the base plus 16 a group. */
function updateCells(lanes: usize, cells: usize, inputScale: v128): void {
  let sums = lanes;
  let cell = lanes + cells;
  const end = cell + NEURONS * ROW;
  do {
    const i = gate(sums, inputScale);
    const f = gate(sums + 2 * ROW, inputScale);
    const g = gate(sums + 3 * ROW, inputScale);
    v128.store(cell, nextCell(i, f, g, v128.load(cell)));
    sums += SUMS_BYTES;
    cell += ROW;
  } while (cell < end);
}

/** Outputs of all neurons of four calls from the new cells, to HIDDEN. */
function updateOutputs(lanes: usize, cells: usize, inputScale: v128): void {
  let sums = lanes + ROW;
  let at = lanes;
  const end = at + NEURONS * ROW;
  do {
    const o = gate(sums, inputScale);
    v128.store(at, cellOutput(o, v128.load(at + cells)), HIDDEN);
    sums += SUMS_BYTES;
    at += ROW;
  } while (at < end);
}

/**
 * One step of one layer: new cells, new outputs as f32 in HIDDEN and as pairs after the input.
 *
 * @param weights of the input, of the recurrent part, biases
 * @param input 32 rows of pairs, followed by the 32 of the layer's own last output
 * @param cells offset in the region
 */
function stepLayer(
  weights: usize,
  input: usize,
  inputScale0: v128,
  inputScale1: v128,
  cells: usize,
): void {
  const output = input + PART_BYTES;
  multiply(weights, 0, input, base + INPUT_SUMS);
  multiply(weights + LSTM_RECURRENT, weights + LSTM_BIAS, output, base + RECURRENT_SUMS);
  updateCells(base, cells, inputScale0);
  updateCells(base + 16, cells, inputScale1);
  updateOutputs(base, cells, inputScale0);
  updateOutputs(base + 16, cells, inputScale1);
  packRows(base + HIDDEN, output, splat(HIDDEN_SCALE));
  packRows(base + HIDDEN + 16, output + 16, splat(HIDDEN_SCALE));
}

/** One step of both layers: ROWS_A, the h rows of RECURRENT and CELLS in; the latter two and HIDDEN out. */
export function recur(): void {
  const x = base + RECURRENT;
  const scale0 = packInput(base + ROWS_A, x);
  const scale1 = packInput(base + ROWS_A + 16, x + 16);
  stepLayer(base + LSTM_1, x, scale0, scale1, CELLS_1);
  const scale = splat(SUM_SCALE);
  stepLayer(base + LSTM_2, x + PART_BYTES, scale, scale, CELLS_2);
}
