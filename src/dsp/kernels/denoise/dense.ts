// The matrix product of the network: int16 weights and activations, int32 sums, eight calls at once.
// Media plane.

import { OCTET_ROW, TILE_OUTPUTS } from './layout';
import { ROW, loadSplat, storeRow } from '../simd';

const TILE_PAIR_BYTES = TILE_OUTPUTS * 4;
const TILE_BYTES = TILE_OUTPUTS * OCTET_ROW;

/**
 * sums[o][call] = bias[o] + sum over k of weights[o][k] * inputs[k][call]
 *
 * A tile is four outputs of eight calls: eight accumulators stay in registers while K runs, each pair of
 * weights is spread over four calls and multiplied and summed in one instruction (i32x4.dot_i16x8_s).
 *
 * No sum can overflow: 234 rows * 128 * 32767 < 2^30.
 * @param weights int16 [tiles][pairs][4][2]
 * @param biases int32 [tiles][4], in units of the products
 * @param pairs K / 2
 * @param inputs int16 [pairs][8 calls][2]
 * @param sums int32 [4 tiles][8 calls]
 */
export function multiply(
  weights: usize,
  biases: usize,
  pairs: i32,
  tiles: i32,
  inputs: usize,
  sums: usize,
): void {
  for (; tiles > 0; tiles--) {
    multiplyTile(weights, biases, pairs, inputs, sums);
    weights += pairs * TILE_PAIR_BYTES;
    biases += TILE_OUTPUTS * 4;
    sums += TILE_BYTES;
  }
}

function multiplyTile(weight: usize, biases: usize, pairs: i32, input: usize, sums: usize): void {
  let a0 = loadSplat(biases);
  let a1 = loadSplat(biases + 4);
  let a2 = loadSplat(biases + 8);
  let a3 = loadSplat(biases + 12);
  let b0 = a0;
  let b1 = a1;
  let b2 = a2;
  let b3 = a3;
  const end = weight + pairs * TILE_PAIR_BYTES;
  for (; weight < end; weight += TILE_PAIR_BYTES, input += OCTET_ROW) {
    const a = v128.load(input);
    const b = v128.load(input, ROW);
    const w0 = v128.load32_splat(weight);
    a0 = dotAdd(w0, a, a0);
    b0 = dotAdd(w0, b, b0);
    const w1 = v128.load32_splat(weight, 4);
    a1 = dotAdd(w1, a, a1);
    b1 = dotAdd(w1, b, b1);
    const w2 = v128.load32_splat(weight, 8);
    a2 = dotAdd(w2, a, a2);
    b2 = dotAdd(w2, b, b2);
    const w3 = v128.load32_splat(weight, 12);
    a3 = dotAdd(w3, a, a3);
    b3 = dotAdd(w3, b, b3);
  }
  storeRow(sums, a0);
  storeRow(sums + ROW, b0);
  storeRow(sums + OCTET_ROW, a1);
  storeRow(sums + OCTET_ROW + ROW, b1);
  storeRow(sums + 2 * OCTET_ROW, a2);
  storeRow(sums + 2 * OCTET_ROW + ROW, b2);
  storeRow(sums + 3 * OCTET_ROW, a3);
  storeRow(sums + 3 * OCTET_ROW + ROW, b3);
}

function dotAdd(weights: v128, inputs: v128, sum: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(weights, inputs));
}
