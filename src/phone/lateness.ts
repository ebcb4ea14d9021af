// How late a timer woke: whether the phone or the node was the slow one. Media plane.

export interface Lateness {
  /** Slots that were served. */
  readonly count: number;
  readonly meanMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** How late the timer woke: 0.25 ms bins to 100 ms. */
export class LatenessHistogram {
  readonly #bins = new Uint32Array(401);
  #count = 0;
  #sumMs = 0;
  #maxMs = 0;

  add(lateMs: number): void {
    const bin = Math.min(400, Math.floor(lateMs * 4));
    this.#bins[bin] = (this.#bins[bin] ?? 0) + 1;
    this.#count += 1;
    this.#sumMs += lateMs;
    if (lateMs > this.#maxMs) this.#maxMs = lateMs;
  }

  read(): Lateness {
    let below = 0;
    let bin = 0;
    while (bin < 400 && below + (this.#bins[bin] ?? 0) < this.#count * 0.99) {
      below += this.#bins[bin] ?? 0;
      bin += 1;
    }
    return {
      count: this.#count,
      meanMs: this.#count === 0 ? 0 : this.#sumMs / this.#count,
      p99Ms: this.#count === 0 ? 0 : (bin + 1) / 4,
      maxMs: this.#maxMs,
    };
  }
}
