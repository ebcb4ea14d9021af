// Which utterance the recogniser decodes next, so that most callers wait least. Pure. Media plane.

/** What a complete utterance has waited makes it shorter by so much: a long one is not overtaken for ever. */
const AGEING = 3;
const SAMPLES_PER_MS = 8;

/** What decides: audio that waits, and when its caller fell silent (undefined while speaking). */
export interface Waiting {
  readonly waitingSamples: number;
  readonly completeAtMs: number | undefined;
}

/**
 * The least goes first. Whose caller has finished comes before all who still speak; of those the one
 * with the least left to decode. All who still speak are equal.
 */
export function decodeRank({ completeAtMs, waitingSamples }: Waiting, nowMs: number): number {
  if (completeAtMs === undefined) return Infinity;
  return waitingSamples - AGEING * SAMPLES_PER_MS * (nowMs - completeAtMs);
}
