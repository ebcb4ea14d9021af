// Gated recurrent unit with ReLU candidate, as in RNNoise. Media plane.
//
//   z  = sigmoid(W_z x + U_z s + b_z)            update gate
//   r  = sigmoid(W_r x + U_r s + b_r)            reset gate
//   h  = relu(W_h x + U_h (r * s) + b_h)         candidate
//   s' = z * s + (1 - z) * h
//
// x and s are one contiguous range of the network's inputs, so that each line is one matrix product. The
// state is f32; its int16 form lies in the inputs, is r * s while h is computed, and s' afterwards.

import { ROW, keep, less, loadRow, mul, mulAdd, select, splat, storeRow, sub } from '../simd';
import {
  ACCUMULATORS,
  GROUPS,
  GROUP_BYTES,
  GROUP_FRAMES,
  GROUP_FRAME_BYTES,
  NETWORK_INPUT,
  OCTET_ROW,
  RECURRENT,
  SILENT,
  UPDATE_GATES,
} from './layout';
import { quantisePair, relu, sigmoid } from './activation';
import { multiply } from './dense';
import { workspace } from './workspace';

/** A state that fades below this becomes zero, so that it does not end in denormals. */
const FLUSH: f32 = 1e-9;

/**
 * One step of a layer for an octet. Calls whose frame is silent keep their state.
 * @param weights offset of the gate weights (z, then r) in the workspace; likewise the other three
 * @param pairs of K: inputs and state
 * @param firstPair where they begin in the network's inputs
 * @param statePair where the state begins
 * @param units neurons of the layer
 * @param firstUnit of the layer in `RECURRENT`
 */
export function stepGru(
  octet: usize,
  gateWeights: i32,
  gateBias: i32,
  newWeights: i32,
  newBias: i32,
  pairs: i32,
  firstPair: i32,
  statePair: i32,
  units: i32,
  firstUnit: i32,
): void {
  const inputs = workspace + NETWORK_INPUT + firstPair * OCTET_ROW;
  const sums = workspace + ACCUMULATORS;
  const stateInput = workspace + NETWORK_INPUT + statePair * OCTET_ROW;
  const state = octet + RECURRENT + firstUnit * ROW;

  multiply(workspace + gateWeights, workspace + gateBias, pairs, units >> 1, inputs, sums);
  let group = 0;
  do {
    const half = group * ROW;
    applyGates(sums + half, stateInput + half, state + group * GROUP_BYTES, half, units);
    group++;
  } while (group < GROUPS);
  multiply(workspace + newWeights, workspace + newBias, pairs, units >> 2, inputs, sums);
  group = 0;
  do {
    const half = group * ROW;
    const silent = loadRow(workspace + GROUP_FRAMES + group * GROUP_FRAME_BYTES + SILENT);
    update(sums + half, stateInput + half, state + group * GROUP_BYTES, half, units, silent);
    group++;
  } while (group < GROUPS);
}

/** Keep z and put r * s in the place of s, for one group. */
function applyGates(sums: usize, stateInput: usize, state: usize, half: i32, units: i32): void {
  const end = sums + units * OCTET_ROW;
  let gates = workspace + UPDATE_GATES + half;
  let z = sums;
  do {
    storeRow(gates, sigmoid(z));
    z += OCTET_ROW;
    gates += OCTET_ROW;
  } while (z < end);
  let r = end;
  do {
    const even = mul(sigmoid(r), loadRow(state));
    const odd = mul(sigmoid(r + OCTET_ROW), loadRow(state + ROW));
    storeRow(stateInput, quantisePair(even, odd));
    stateInput += OCTET_ROW;
    state += 2 * ROW;
    r += 2 * OCTET_ROW;
  } while (r < end + units * OCTET_ROW);
}

/** s' of one group, as f32 and as int16. */
function update(
  sums: usize,
  stateInput: usize,
  state: usize,
  half: i32,
  units: i32,
  silent: v128,
): void {
  let gates = workspace + UPDATE_GATES + half;
  const end = sums + units * OCTET_ROW;
  do {
    const even = mix(loadRow(gates), loadRow(state), relu(sums), silent);
    const odd = mix(
      loadRow(gates + OCTET_ROW),
      loadRow(state + ROW),
      relu(sums + OCTET_ROW),
      silent,
    );
    storeRow(state, even);
    storeRow(state + ROW, odd);
    storeRow(stateInput, quantisePair(even, odd));
    stateInput += OCTET_ROW;
    state += 2 * ROW;
    sums += 2 * OCTET_ROW;
    gates += 2 * OCTET_ROW;
  } while (sums < end);
}

function mix(z: v128, s: v128, h: v128, silent: v128): v128 {
  const next = mulAdd(z, sub(s, h), h);
  return select(silent, s, keep(less(splat(FLUSH), next), next));
}
