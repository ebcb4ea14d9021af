// Tables that the VAD kernel reads: window, twiddle factors, places of the bins. Media plane, start only.

const FFT_LENGTH = 256;
const BINS = FFT_LENGTH / 2 + 1;
/** Bytes of one complex row of four calls in the kernel's FFT. */
const FFT_ROW_BYTES = 32;
const PCM_FULL_SCALE = 32768;

/**
 * Periodic Hann window of 256, over 32768 (the kernel's samples are int16, the model's within
 * [-1, 1)) and over 2 (the kernel takes X[k] = Z[k] + conj Z[-k] without halving).
 */
export function hannWindow(): Float32Array {
  return Float32Array.from(
    { length: FFT_LENGTH },
    (_, n) => (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / FFT_LENGTH)) / (2 * PCM_FULL_SCALE),
  );
}

/** w, w^2, w^3 as (re, im) of each butterfly of the three stages that have factors; w = e^(-2 pi j n / N). */
export function twiddleFactors(): Float32Array {
  const factors: number[] = [];
  for (const butterflies of [64, 16, 4]) {
    for (let n = 0; n < butterflies; n++) {
      for (let power = 1; power <= 3; power++) {
        const angle = (-2 * Math.PI * n * power) / (4 * butterflies);
        factors.push(Math.cos(angle), Math.sin(angle));
      }
    }
  }
  return Float32Array.from(factors);
}

/** The row at which a radix-4 decimation in frequency leaves bin k: the base 4 digits of k reversed. */
function rowOfBin(k: number): number {
  return ((k & 3) << 6) | (((k >> 2) & 3) << 4) | (((k >> 4) & 3) << 2) | ((k >> 6) & 3);
}

/** Byte offsets of bins k and (256 - k) mod 256, for k = 0..128. */
export function binPlaces(): Uint32Array {
  const places = new Uint32Array(BINS * 2);
  for (let k = 0; k < BINS; k++) {
    places[2 * k] = rowOfBin(k) * FFT_ROW_BYTES;
    places[2 * k + 1] = rowOfBin((FFT_LENGTH - k) % FFT_LENGTH) * FFT_ROW_BYTES;
  }
  return places;
}
