// Measures of a detector's scores against labels: AUC, rates at a threshold, delay of onsets; logistic regression. Media plane.
import { FRAME_MS, FRAME_SAMPLES } from '../../src/dsp/frame.js';

/** An onset that is not found within this time counts as this late. */
export const MISSED_MS = 2000;

/** Scores of one call, one a frame; a higher score is more like speech. */
export type Scores = Float32Array;

/** Which frames of a call are speech (1), silence (0) or neither, and where speech sets in. */
export interface Truth {
  readonly labels: Uint8Array;
  /** Samples. */
  readonly onsets: readonly number[];
}

/** The scores of all frames of one label, over several calls. */
export function scoresOf(
  scores: readonly Scores[],
  truths: readonly Truth[],
  label: number,
): Float32Array {
  const found = truths.map(({ labels }, call) =>
    scores[call]?.filter((_, i) => labels[i] === label),
  );
  return Float32Array.from(found.flatMap((part) => [...(part ?? [])]));
}

/**
 * Area under the ROC curve: the probability that a frame of speech scores above one of silence
 * (Mann-Whitney; ties count half).
 */
export function areaUnderCurve(speech: Float32Array, silence: Float32Array): number {
  const ascending = silence.toSorted();
  let sum = 0;
  for (const score of speech) {
    const below = countBelow(ascending, score);
    const equal = countBelow(ascending, nextAbove(score)) - below;
    sum += below + equal / 2;
  }
  return sum / speech.length / silence.length;
}

/** How many of the ascending values are less than `limit`. */
function countBelow(ascending: Float32Array, limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? Infinity) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A number above `x` and not above any other f32 that is. */
function nextAbove(x: number): number {
  return x + Math.max(Math.abs(x), 1e-30) * 2 ** -25;
}

/** The threshold that this part of the frames of silence exceeds. */
export function thresholdAt(silence: Float32Array, falseRate: number): number {
  const ascending = silence.toSorted();
  return ascending[Math.ceil(ascending.length * (1 - falseRate)) - 1] ?? 0;
}

/** Part of the scores that is above the threshold. */
export function rateAbove(scores: Float32Array, threshold: number): number {
  return scores.filter((score) => score > threshold).length / scores.length;
}

/**
 * From the beginning of speech to the end of the first frame above the threshold, in ms, of every
 * onset at which the score was not above it already.
 */
export function onsetDelays(
  scores: readonly Scores[],
  truths: readonly Truth[],
  threshold: number,
): number[] {
  return truths.flatMap(({ onsets }, call) =>
    onsets.flatMap((onset) => {
      const row = scores[call] ?? new Float32Array(0);
      const first = Math.floor(onset / FRAME_SAMPLES);
      if ((row[first - 1] ?? -Infinity) > threshold) return [];
      const after = row.subarray(first, first + MISSED_MS / FRAME_MS);
      const found = after.findIndex((score) => score > threshold);
      if (found < 0) return [MISSED_MS];
      return [((first + found + 1) * FRAME_SAMPLES - onset) / (FRAME_SAMPLES / FRAME_MS)];
    }),
  );
}

/** The value that a part of all lies below. */
export function percentile(values: readonly number[], part: number): number {
  const ascending = values.toSorted((a, b) => a - b);
  return ascending[Math.min(ascending.length - 1, Math.floor(part * ascending.length))] ?? NaN;
}

/** Solve a small symmetric system by elimination with pivots. */
function solve(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  const rows = matrix.map((row, i) => Float64Array.from([...row, right[i] ?? 0]));
  for (let column = 0; column < n; column++) {
    const below = rows
      .slice(column)
      .toSorted((a, b) => Math.abs(b[column] ?? 0) - Math.abs(a[column] ?? 0));
    rows.splice(column, n - column, ...below);
    const pivot = rows[column] ?? new Float64Array(n + 1);
    for (const [i, row] of rows.entries()) {
      if (i === column) continue;
      const factor = (row[column] ?? 0) / (pivot[column] ?? NaN);
      for (const j of row.keys()) row[j] = (row[j] ?? 0) - factor * (pivot[j] ?? 0);
    }
  }
  return Float64Array.from(rows, (row, i) => (row[n] ?? 0) / (row[i] ?? NaN));
}

/** Add one frame to the gradient and the second derivatives of the loss. */
function accumulate(
  x: Float64Array,
  speech: number,
  weights: Float64Array,
  gradient: Float64Array,
  hessian: readonly Float64Array[],
): void {
  const sum = x.reduce((total, value, i) => total + value * (weights[i] ?? 0), 0);
  const p = 1 / (1 + Math.exp(-sum));
  for (const [i, row] of hessian.entries()) {
    const value = x[i] ?? 0;
    gradient[i] = (gradient[i] ?? 0) + (p - speech) * value;
    for (const [j, other] of x.entries()) row[j] = (row[j] ?? 0) + p * (1 - p) * value * other;
  }
}

/**
 * Logistic regression by Newton's method.
 * @param inputs [frames][inputs], the last of them 1 for the offset
 * @param speech [frames], 1 or 0
 * @returns the weights of the inputs
 */
export function fitLogistic(inputs: readonly Float64Array[], speech: Uint8Array): Float64Array {
  const size = inputs[0]?.length ?? 0;
  let weights = new Float64Array(size);
  for (let round = 0; round < 12; round++) {
    const gradient = new Float64Array(size);
    const hessian = Array.from({ length: size }, () => new Float64Array(size));
    for (const [frame, x] of inputs.entries()) {
      accumulate(x, speech[frame] ?? 0, weights, gradient, hessian);
    }
    const step = solve(hessian, gradient);
    weights = weights.map((weight, i) => weight - (step[i] ?? 0));
  }
  return weights;
}
