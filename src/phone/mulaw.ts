// ITU-T G.711 mu-law for the simulated phone: its own, because the phone must not trust the code under test. Media plane.

const BIAS = 132;
/** Largest magnitude of 16-bit PCM that still has a code of its own. */
const CLIP = 32_635;

function expand(code: number): number {
  const inverted = ~code & 0xff;
  const segment = (inverted >> 4) & 7;
  const magnitude = (((inverted & 0x0f) << 3) + BIAS) << segment;
  return (inverted & 0x80) === 0 ? magnitude - BIAS : BIAS - magnitude;
}

/** The linear 16-bit value of every mu-law byte (ITU-T G.711 table 2a/2b, scaled to 16 bits). */
export const MULAW_TO_LINEAR: Int16Array = Int16Array.from({ length: 256 }, (_, code) =>
  expand(code),
);

/** One 16-bit sample as a mu-law byte. Values beyond the range of G.711 clip. */
export function linearToMulaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), CLIP) + BIAS;
  // The segment is the place of the highest set bit: 7 (bit 14) down to 0 (bit 7).
  const segment = 24 - Math.clz32(magnitude);
  const mantissa = (magnitude >> (segment + 3)) & 0x0f;
  return ~(sign | (segment << 4) | mantissa) & 0xff;
}

/** @returns a new array with one mu-law byte for each sample */
export function encodeMulaw(pcm: Int16Array): Uint8Array {
  const bytes = new Uint8Array(pcm.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = linearToMulaw(pcm[i] ?? 0);
  return bytes;
}

/** @returns a new array with one 16-bit sample for each mu-law byte */
export function decodeMulaw(bytes: Uint8Array): Int16Array {
  const pcm = new Int16Array(bytes.length);
  for (let i = 0; i < pcm.length; i += 1) pcm[i] = MULAW_TO_LINEAR[bytes[i] ?? 0] ?? 0;
  return pcm;
}
