// Random numbers that a seed repeats: faults and bench plans must be the same in every run. Control plane.

/** @returns a function that gives the next number, 0 (included) to 1 (excluded) */
export function seededRandom(seed: number): () => number {
  // Marsaglia's xorshift32 ("Xorshift RNGs", 2003), its seed scrambled so that neighbours differ.
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}
