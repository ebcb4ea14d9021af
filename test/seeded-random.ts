// Repeatable random choices for property tests: the same seed gives the same run on every machine.

/** Marsaglia's xorshift with 32 bits of state (Journal of Statistical Software 8(14), 2003). */
export class SeededRandom {
  #state: number;

  /** @param seed any integer but 0 modulo 2^32 */
  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1) | 0 || 1;
    for (let i = 0; i < 8; i += 1) this.below(1);
  }

  /** An integer in 0 .. `limit` - 1. */
  below(limit: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return Math.floor(((x >>> 0) / 2 ** 32) * limit);
  }

  /** True in `percent` of 100 cases. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }
}
