// 8 kHz to 48 kHz and back by a linear-phase low-pass, without delay: for whole recordings, not for calls.

/** Half-length in samples of 8 kHz. */
const REACH = 24;
const FACTOR = 6;
const CENTRE = REACH * FACTOR;
const CUTOFF_HZ = 3850;
const KAISER_BETA = 9;

/** Windowed sinc of 289 taps at 48 kHz. */
const TAPS = Float64Array.from({ length: 2 * CENTRE + 1 }, (_, i) => {
  const n = i - CENTRE;
  const cutoff = (2 * CUTOFF_HZ) / 48000;
  const sinc = n === 0 ? cutoff : Math.sin(Math.PI * cutoff * n) / (Math.PI * n);
  const window = besselI0(KAISER_BETA * Math.sqrt(Math.max(0, 1 - (n / CENTRE) ** 2)));
  return (sinc * window) / besselI0(KAISER_BETA);
});

function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; k < 40; k++) {
    term *= (x / 2 / k) ** 2;
    sum += term;
  }
  return sum;
}

export function sixTimesFaster(x: Float32Array): Float32Array {
  const y = new Float32Array(x.length * FACTOR);
  for (let at = 0; at < y.length; at++) {
    let sum = 0;
    const first = Math.max(0, Math.ceil((at - CENTRE) / FACTOR));
    const last = Math.min(x.length - 1, Math.floor((at + CENTRE) / FACTOR));
    for (let n = first; n <= last; n++) sum += (x[n] ?? 0) * (TAPS[at - n * FACTOR + CENTRE] ?? 0);
    y[at] = sum * FACTOR;
  }
  return y;
}

export function sixTimesSlower(x: Float32Array): Float32Array {
  const y = new Float32Array(Math.floor(x.length / FACTOR));
  for (let at = 0; at < y.length; at++) {
    let sum = 0;
    const start = at * FACTOR - CENTRE;
    const first = Math.max(0, -start);
    const last = Math.min(TAPS.length, x.length - start);
    for (let i = first; i < last; i++) sum += (x[start + i] ?? 0) * (TAPS[i] ?? 0);
    y[at] = sum;
  }
  return y;
}
