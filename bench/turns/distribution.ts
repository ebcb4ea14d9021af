// Samples told by what matters of them. Used by the benchmark of turns.

import { percentile, rounded } from '../percentiles.js';

export interface Distribution {
  readonly n: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export function distribution(samples: readonly number[]): Distribution {
  const at = (share: number): number => rounded(percentile(samples, share));
  return {
    n: samples.length,
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    max: at(1),
  };
}
