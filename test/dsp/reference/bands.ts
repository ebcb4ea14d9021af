// Triangular bands of RNNoise over bins 50 Hz apart, and its cosine transform.

import type { Spectrum } from './fourier.js';

/** Centres of the 22 bands in bins: 0 to 20 kHz. */
const BAND_CENTRES = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 34, 40, 48, 60, 78, 100,
].map((step) => 4 * step);
export const MODEL_BANDS = BAND_CENTRES.length;

/**
 * Sums over bands of Re(A B*), which for B = A are energies.
 * @param bands how many of the 22 the spectra reach; the others are zero
 */
export function bandCorrelation(a: Spectrum, b: Spectrum, bands: number): Float64Array {
  const sums = new Float64Array(MODEL_BANDS);
  for (let band = 0; band + 1 < bands; band++) {
    forEachBin(band, (bin, share) => {
      const product = (a.re[bin] ?? 0) * (b.re[bin] ?? 0) + (a.im[bin] ?? 0) * (b.im[bin] ?? 0);
      sums[band] = (sums[band] ?? 0) + (1 - share) * product;
      sums[band + 1] = (sums[band + 1] ?? 0) + share * product;
    });
  }
  // The first and the last band have only one of their two slopes.
  sums[0] = 2 * (sums[0] ?? 0);
  sums[MODEL_BANDS - 1] = 2 * (sums[MODEL_BANDS - 1] ?? 0);
  return sums;
}

/** Multiply each bin by a gain that is linear between band centres; bins from the last centre on. */
export function scaleByBand(spectrum: Spectrum, gains: ArrayLike<number>, bands: number): void {
  const scale = (bin: number, gain: number) => {
    spectrum.re[bin] = (spectrum.re[bin] ?? 0) * gain;
    spectrum.im[bin] = (spectrum.im[bin] ?? 0) * gain;
  };
  forEachGain(gains, bands, spectrum.re.length, scale);
}

/** X += gain * P per bin. */
export function addByBand(x: Spectrum, p: Spectrum, gains: ArrayLike<number>, bands: number): void {
  forEachGain(gains, bands, x.re.length, (bin, gain) => {
    x.re[bin] = (x.re[bin] ?? 0) + gain * (p.re[bin] ?? 0);
    x.im[bin] = (x.im[bin] ?? 0) + gain * (p.im[bin] ?? 0);
  });
}

/**
 * The gain of every bin. With all 22 bands, bins beyond the last centre get zero (RNNoise: above 20 kHz); a
 * narrower spectrum ends at its last band's centre and takes that band's gain there.
 */
function forEachGain(
  gains: ArrayLike<number>,
  bands: number,
  bins: number,
  apply: (bin: number, gain: number) => void,
): void {
  for (let band = 0; band + 1 < bands; band++) {
    forEachBin(band, (bin, share) => {
      apply(bin, (1 - share) * (gains[band] ?? 0) + share * (gains[band + 1] ?? 0));
    });
  }
  const last = BAND_CENTRES[bands - 1] ?? 0;
  const rest = bands === MODEL_BANDS ? 0 : (gains[bands - 1] ?? 0);
  for (let bin = last; bin < bins; bin++) apply(bin, rest);
}

/** Bins from a band's centre to the next one's, with how far each is on the way. */
function forEachBin(band: number, visit: (bin: number, share: number) => void): void {
  const first = BAND_CENTRES[band] ?? 0;
  const next = BAND_CENTRES[band + 1] ?? 0;
  for (let bin = first; bin < next; bin++) visit(bin, (bin - first) / (next - first));
}

/** Orthonormal DCT-II of 22 band values; the first `orders` coefficients. */
export function bandCepstrum(values: ArrayLike<number>, orders: number): Float64Array {
  return Float64Array.from({ length: orders }, (_, order) => {
    let sum = 0;
    for (let band = 0; band < MODEL_BANDS; band++) {
      sum += (values[band] ?? 0) * Math.cos(((band + 0.5) * order * Math.PI) / MODEL_BANDS);
    }
    return sum * Math.sqrt((order === 0 ? 1 : 2) / MODEL_BANDS);
  });
}
