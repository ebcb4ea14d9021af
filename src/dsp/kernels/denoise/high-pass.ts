// High-pass of the line audio. Media plane.
//
// RNNoise removes DC and rumble with a biquad at 48 kHz: zeros at z = 1, twice, poles of
// 1 - 1.99599 z^-1 + 0.99600 z^-2. At 8 kHz the same decay needs the poles to the sixth power; the gain
// is matched at 1 kHz. HIGH_PASS_TABLE holds gain, a1, a2.

import { ROW, add, keep, less, loadRow, loadSplat, mul, splat, storeRow, sub } from '../simd';
import { FRAME_SAMPLES, HIGH_PASS, HIGH_PASS_TABLE, HISTORY_SAMPLES, SIGNAL } from './layout';
import { workspace } from './workspace';

/** Numerator: 1 - 2 z^-1 + z^-2. */
const B1: f32 = -2.0;
const B2: f32 = 1.0;

/**
 * State below this (int16 units, -210 dB of full scale) becomes zero: a decaying filter never reaches zero
 * by itself but ends in denormals, on which some processors are a hundred times slower.
 */
const FLUSH: f32 = 1e-6;

/** Move the history one frame back and append the filtered `input`, rows [80]. */
export function appendHighPassed(state: usize, input: usize): void {
  const signal = state + SIGNAL;
  memory.copy(signal, signal + FRAME_SAMPLES * ROW, (HISTORY_SAMPLES - FRAME_SAMPLES) * ROW);

  // Transposed direct form II is y = x + m1; m1' = m2 + b1 x - a1 y; m2' = b2 x - a2 y. With y written
  // out, each new state waits for one product of the old one instead of for the output.
  const table = workspace + HIGH_PASS_TABLE;
  const gain = loadSplat(table);
  const a1 = loadSplat(table + 4);
  const a2 = loadSplat(table + 8);
  const c1 = sub(splat(B1), a1);
  const c2 = sub(splat(B2), a2);
  let m1 = loadRow(state + HIGH_PASS);
  let m2 = loadRow(state + HIGH_PASS + ROW);
  let output = signal + (HISTORY_SAMPLES - FRAME_SAMPLES) * ROW;
  const end = input + FRAME_SAMPLES * ROW;
  do {
    const x = mul(gain, loadRow(input));
    storeRow(output, add(x, m1));
    const old = m1;
    m1 = sub(add(m2, mul(c1, x)), mul(a1, old));
    m2 = sub(mul(c2, x), mul(a2, old));
    input += ROW;
    output += ROW;
  } while (input < end);
  storeRow(state + HIGH_PASS, flush(m1));
  storeRow(state + HIGH_PASS + ROW, flush(m2));
}

function flush(a: v128): v128 {
  return keep(less(splat(FLUSH), f32x4.abs(a)), a);
}
