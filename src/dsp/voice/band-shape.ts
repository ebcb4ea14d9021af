// The shape of a sound's spectrum in six bands of the telephone's range, and how far two shapes are apart. Pure. Media plane.
//
// What the mouth does shows in which bands are loud against the others, however loud the voice is. The lowest
// band holds the first harmonics of any voice, so that a melody without words moves little else.

/** Newest samples that a shape is taken of: 32 ms at 8000 Hz. */
export const SHAPE_SAMPLES = 256;
/** Numbers that a shape is made of: dB of each band against all of them. */
export const SHAPE_BANDS = 6;

/** Edges of the bands in steps of 31.25 Hz: 150, 600, 1000, 1500, 2100, 2800, 3800 Hz. */
const EDGES = [5, 19, 32, 48, 67, 90, 122] as const;
/** What is softer against the whole is line noise as soon as there is any. */
const FLOOR_DB = -35;

const HALF = SHAPE_SAMPLES / 2;
const BITS = Math.log2(SHAPE_SAMPLES);
const cosines = Float64Array.from({ length: HALF }, (_, i) => Math.cos((Math.PI * i) / HALF));
const sines = Float64Array.from({ length: HALF }, (_, i) => -Math.sin((Math.PI * i) / HALF));
const hann = Float64Array.from(
  { length: SHAPE_SAMPLES },
  (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * i) / HALF),
);
const reversed = Uint8Array.from({ length: SHAPE_SAMPLES }, (_, i) => {
  let bits = 0;
  for (let bit = 0; bit < BITS; bit += 1) if ((i >> bit) & 1) bits |= 1 << (BITS - 1 - bit);
  return bits;
});

/** All calls share the room: nothing is kept in it from one shape to the next. */
const real = new Float64Array(SHAPE_SAMPLES);
const imaginary = new Float64Array(SHAPE_SAMPLES);
const powers = new Float64Array(SHAPE_BANDS);

/** The discrete Fourier transform of what lies in `real` and `imaginary` in bit-reversed order. */
function transform(): void {
  for (let half = 1; half < SHAPE_SAMPLES; half *= 2) {
    const step = HALF / half;
    for (let block = 0; block < SHAPE_SAMPLES; block += 2 * half) butterflies(block, half, step);
  }
}

function butterflies(block: number, half: number, step: number): void {
  for (let i = 0; i < half; i += 1) {
    const cosine = cosines[i * step] as number;
    const sine = sines[i * step] as number;
    const a = block + i;
    const b = a + half;
    const turnedReal = (real[b] as number) * cosine - (imaginary[b] as number) * sine;
    const turnedImaginary = (real[b] as number) * sine + (imaginary[b] as number) * cosine;
    real[b] = (real[a] as number) - turnedReal;
    imaginary[b] = (imaginary[a] as number) - turnedImaginary;
    real[a] = (real[a] as number) + turnedReal;
    imaginary[a] = (imaginary[a] as number) + turnedImaginary;
  }
}

/**
 * @param samples its last `SHAPE_SAMPLES` are looked at
 * @param shape takes the shape, from index `at`
 */
export function takeShape(samples: Float32Array, shape: Float32Array, at: number): void {
  const first = samples.length - SHAPE_SAMPLES;
  for (let i = 0; i < SHAPE_SAMPLES; i += 1) {
    const place = reversed[i] as number;
    real[place] = (samples[first + i] as number) * (hann[i] as number);
    imaginary[place] = 0;
  }
  transform();
  let total = 0;
  for (let band = 0; band < SHAPE_BANDS; band += 1) {
    let power = 0;
    const end = EDGES[band + 1] as number;
    for (let i = EDGES[band] as number; i < end; i += 1) {
      power += (real[i] as number) ** 2 + (imaginary[i] as number) ** 2;
    }
    powers[band] = power;
    total += power;
  }
  for (let band = 0; band < SHAPE_BANDS; band += 1) {
    const share = total > 0 ? (powers[band] as number) / total : 0;
    shape[at + band] = Math.max(FLOOR_DB, 10 * Math.log10(share + 1e-9));
  }
}

/** Root mean square over the bands, dB. @param at, @param otherAt where the shapes begin */
export function shapeDistanceDb(
  shapes: Float32Array,
  at: number,
  others: Float32Array,
  otherAt: number,
): number {
  let sum = 0;
  for (let band = 0; band < SHAPE_BANDS; band += 1) {
    sum += ((shapes[at + band] as number) - (others[otherAt + band] as number)) ** 2;
  }
  return Math.sqrt(sum / SHAPE_BANDS);
}
