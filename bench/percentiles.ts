// Percentiles of samples, by the nearest-rank method. Used by every benchmark.

/** @param share 0..1 @returns 0 for no samples */
export function percentile(samples: readonly number[], share: number): number {
  if (samples.length === 0) return 0;
  const sorted = [...samples].sort((a, b) => a - b);
  const rank = Math.ceil(share * sorted.length) - 1;
  return sorted[Math.min(sorted.length - 1, Math.max(0, rank))] ?? 0;
}

/** One decimal is all that these clocks are worth. */
export const rounded = (value: number): number => Math.round(value * 10) / 10;
