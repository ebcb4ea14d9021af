// Signal-to-error ratios.

/** Accumulates 10 log10 (energy of the reference / energy of the error). */
export class ErrorRatio {
  #signal = 0;
  #error = 0;

  add(reference: ArrayLike<number>, other: ArrayLike<number>): void {
    for (let i = 0; i < reference.length; i++) {
      const expected = reference[i] ?? 0;
      this.#signal += expected ** 2;
      this.#error += (expected - (other[i] ?? 0)) ** 2;
    }
  }

  get db(): number {
    return 10 * Math.log10(this.#signal / this.#error);
  }
}
