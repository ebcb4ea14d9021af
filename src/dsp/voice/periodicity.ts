// How periodic a sound is, as a voice with pitch is and a breath, a hiss or a cough is not. Pure. Media plane.

/** Newest samples that are looked at: 50 ms at 8000 Hz. */
export const PERIODICITY_SAMPLES = 400;

/** Pairs of samples are summed: 4000 Hz are enough for a pitch. */
const PAIRS = PERIODICITY_SAMPLES / 2;
/** Periods looked for, in pairs: 61 to 444 Hz. */
const SHORTEST = 9;
const LONGEST = 66;
const FIRST = PAIRS - 130;
/** So soft that nothing can be said of it. */
const LEAST_ENERGY = 1e4;

/** All calls share the room: nothing is kept in it. */
const pairs = new Float64Array(PAIRS);

/** @returns the largest normalised autocorrelation at the period of a voice: 0 for noise, 1 for a tone */
export function periodicity(samples: Float32Array): number {
  const offset = samples.length - PERIODICITY_SAMPLES;
  for (let i = 0; i < PAIRS; i += 1) {
    pairs[i] = (samples[offset + 2 * i] as number) + (samples[offset + 2 * i + 1] as number);
  }
  let energy = 0;
  let shifted = 0;
  for (let i = FIRST; i < PAIRS; i += 1) {
    energy += (pairs[i] as number) ** 2;
    shifted += (pairs[i - SHORTEST] as number) ** 2;
  }
  let best = 0;
  for (let lag = SHORTEST; lag <= LONGEST; lag += 1) {
    let sum = 0;
    for (let i = FIRST; i < PAIRS; i += 1) sum += (pairs[i] as number) * (pairs[i - lag] as number);
    const correlation = sum / Math.sqrt(energy * shifted + LEAST_ENERGY);
    if (correlation > best) best = correlation;
    // The window moves by one: what enters it, less what leaves.
    const enters = pairs[FIRST - lag - 1] as number;
    const leaves = pairs[PAIRS - lag - 1] as number;
    shifted = Math.max(0, shifted + enters * enters - leaves * leaves);
  }
  return best;
}
