// Counts latencies in fixed buckets: no allocation per value, percentiles at any time. Media plane.

const FINE_MS = 0.5;
const FINE_LIMIT_MS = 128;
const COARSE_MS = 8;
const COARSE_LIMIT_MS = 8192;
const FINE_BUCKETS = FINE_LIMIT_MS / FINE_MS;
const BUCKETS = FINE_BUCKETS + (COARSE_LIMIT_MS - FINE_LIMIT_MS) / COARSE_MS;

/** Buckets of 0.5 ms up to 128 ms and of 8 ms up to 8.2 s; the largest value is kept exactly. */
export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;
  #max = 0;

  get count(): number {
    return this.#total;
  }

  /** @param latencyMs negative ones count as 0 */
  add(latencyMs: number): void {
    const bucket =
      latencyMs < FINE_LIMIT_MS
        ? Math.max(0, Math.trunc(latencyMs / FINE_MS))
        : Math.min(BUCKETS - 1, FINE_BUCKETS + Math.trunc((latencyMs - FINE_LIMIT_MS) / COARSE_MS));
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#total++;
    if (latencyMs > this.#max) this.#max = latencyMs;
  }

  /** Upper end of the bucket that `share` (0..1) of all values do not exceed; 0 while empty. */
  percentile(share: number): number {
    const wanted = share * this.#total;
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket] as number;
      if (seen >= wanted && seen > 0) return Math.min(this.#max, upperEndMs(bucket));
    }
    return this.#max;
  }

  get max(): number {
    return this.#max;
  }
}

function upperEndMs(bucket: number): number {
  return bucket < FINE_BUCKETS
    ? (bucket + 1) * FINE_MS
    : FINE_LIMIT_MS + (bucket - FINE_BUCKETS + 1) * COARSE_MS;
}
