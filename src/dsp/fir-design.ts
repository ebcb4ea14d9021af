// Windowed-sinc low-pass filters for the resamplers. Media plane (design time only).

/**
 * A linear-phase low-pass filter: sinc times a Kaiser window (Kaiser 1974; Oppenheim & Schafer,
 * Discrete-Time Signal Processing, section 7.5).
 * @param halfLength taps on each side of the centre; the filter has 2 * halfLength + 1
 * @param cutoff the -6 dB point in cycles per sample, 0..0.5
 * @param attenuationDb stop-band attenuation that the window's shape aims at, above 50
 * @returns taps whose sum is 1
 */
export function designLowPass(
  halfLength: number,
  cutoff: number,
  attenuationDb: number,
): Float64Array {
  const beta = 0.1102 * (attenuationDb - 8.7);
  const taps = new Float64Array(2 * halfLength + 1);
  let sum = 0;
  for (let n = -halfLength; n <= halfLength; n++) {
    const sinc = n === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * n) / (Math.PI * n);
    const window = besselI0(beta * Math.sqrt(1 - (n / (halfLength + 1)) ** 2)) / besselI0(beta);
    taps[n + halfLength] = sinc * window;
    sum += sinc * window;
  }
  return taps.map((tap) => tap / sum);
}

/** Taps on each side that Kaiser's formula asks for; `transition` in cycles per sample. */
export function halfLengthFor(attenuationDb: number, transition: number): number {
  return Math.ceil((attenuationDb - 7.95) / (14.36 * transition) / 2);
}

/** The modified Bessel function of the first kind and order 0, by its power series. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-16; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
