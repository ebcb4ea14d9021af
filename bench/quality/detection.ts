// Measures of a detector's scores against labels: AUC, rates at a threshold, delay of onsets. Media plane.
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
