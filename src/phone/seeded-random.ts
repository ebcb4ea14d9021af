// Random numbers that a seed repeats: faults and bench plans must be the same in every run. Control plane.

/** @returns a function that gives the next number, 0 (included) to 1 (excluded) */
export function seededRandom(seed: number): () => number {
  // A Weyl sequence through a finalizer of MurmurHash3's kind (Steele, Lea and Flood, "Fast
  // Splittable Pseudorandom Number Generators", 2014; constants by C. Wellons' hash prospector).
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
