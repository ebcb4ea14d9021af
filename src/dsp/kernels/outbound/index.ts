// Engine PCM to the line's rate: a polyphase FIR filter (Crochiere & Rabiner, Multirate Digital Signal
// Processing, section 3.3) on int16, eight products an instruction. Media plane.
//
// Sums are exact in int32: samples and coefficients have 16 bits, and the magnitudes of a phase's
// coefficients add up to less than 2^16, so that no sum reaches 2^31. The result depends on nothing but the
// stream, however it is cut.

import {
  BLOCK_SAMPLES,
  COEFFICIENT_BITS,
  DESIGN_COEFFICIENTS,
  DESIGN_PHASE_STEP,
  DESIGN_STEP,
  DESIGN_TAPS,
  DESIGN_UP,
  STREAM_HISTORY,
  STREAM_NEXT,
  STREAM_PHASE,
} from './layout';

const HALF = 1 << (COEFFICIENT_BITS - 1);

/** The sum of four partial sums, rounded back to the scale of samples. */
@inline
function rounded(sums: v128): i32 {
  const halves = i32x4.add(sums, v128.shuffle<i32>(sums, sums, 2, 3, 0, 1));
  const sum = i32x4.extract_lane(halves, 0) + i32x4.extract_lane(halves, 1);
  return (sum + HALF) >> COEFFICIENT_BITS;
}

@inline
function storeSample(output: usize, sample: i32): void {
  store<i16>(output, <i16>min(max(sample, -32768), 32767));
}

/** One output: the dot product of a phase with the inputs from `input` on. */
@inline
function one(coefficients: usize, input: usize, bytes: usize, output: usize): void {
  let sums = i32x4.splat(0);
  let at: usize = 0;
  do {
    sums = i32x4.add(
      sums,
      i32x4.dot_i16x8_s(v128.load(coefficients + at), v128.load(input + at)),
    );
    at += 16;
  } while (at < bytes);
  storeSample(output, rounded(sums));
}

/** Four outputs of one phase, `step` bytes apart at the input: each coefficient is loaded once for them. */
@inline
function four(coefficients: usize, input: usize, step: usize, bytes: usize, output: usize): void {
  let a = i32x4.splat(0);
  let b = i32x4.splat(0);
  let c = i32x4.splat(0);
  let d = i32x4.splat(0);
  const end = coefficients + bytes;
  do {
    const taps = v128.load(coefficients);
    a = i32x4.add(a, i32x4.dot_i16x8_s(taps, v128.load(input)));
    b = i32x4.add(b, i32x4.dot_i16x8_s(taps, v128.load(input + step)));
    c = i32x4.add(c, i32x4.dot_i16x8_s(taps, v128.load(input + step * 2)));
    d = i32x4.add(d, i32x4.dot_i16x8_s(taps, v128.load(input + step * 3)));
    coefficients += 16;
    input += 16;
  } while (coefficients < end);
  storeSample(output, rounded(a));
  storeSample(output + 2, rounded(b));
  storeSample(output + 4, rounded(c));
  storeSample(output + 6, rounded(d));
}

/**
 * Convert the next inputs of a stream.
 * @param stream its state; all zeros where it begins
 * @param design the filter of its pair of rates
 * @param workspace scratch of WORKSPACE_BYTES, the same for all streams
 * @param input int16 [count], 2-aligned; 0 for silence
 * @param count at most BLOCK_SAMPLES
 * @param output int16, room for ceil(count * output rate / input rate)
 * @returns outputs written
 */
export function convert(
  stream: usize,
  design: usize,
  workspace: usize,
  input: usize,
  count: i32,
  output: usize,
): i32 {
  if (count <= 0 || count > BLOCK_SAMPLES) return 0;
  const up = load<i32>(design, DESIGN_UP);
  const step = load<i32>(design, DESIGN_STEP);
  const phaseStep = load<i32>(design, DESIGN_PHASE_STEP);
  const bytes: usize = <usize>load<i32>(design, DESIGN_TAPS) << 1;
  const coefficients = design + DESIGN_COEFFICIENTS;
  const history = stream + STREAM_HISTORY;
  const kept = bytes - 2;
  memory.copy(workspace, history, kept);
  if (input) memory.copy(workspace + kept, input, <usize>count << 1);
  else memory.fill(workspace + kept, 0, <usize>count << 1);

  let next = load<i32>(stream, STREAM_NEXT);
  let phase = load<i32>(stream, STREAM_PHASE);
  let to = output;
  if (up == 1) {
    for (; next + 3 * step < count; next += 4 * step, to += 8) {
      four(coefficients, workspace + (<usize>next << 1), <usize>step << 1, bytes, to);
    }
  }
  while (next < count) {
    one(coefficients + <usize>phase * bytes, workspace + (<usize>next << 1), bytes, to);
    to += 2;
    next += step;
    phase += phaseStep;
    if (phase >= up) {
      phase -= up;
      next++;
    }
  }
  store<i32>(stream, next - count, STREAM_NEXT);
  store<i32>(stream, phase, STREAM_PHASE);
  memory.copy(history, workspace + (<usize>count << 1), kept);
  return <i32>((to - output) >> 1);
}
