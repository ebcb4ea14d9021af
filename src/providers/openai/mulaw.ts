// Linear PCM to G.711 mu-law for the realtime endpoint. Media plane.

const BIAS = 132;
const CLIP = 32_635;

/**
 * The mu-law byte of one sample (ITU-T G.711, inverted bits as on the wire).
 * @param sample int16
 */
export function linearToMulaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(sign === 0 ? sample : -sample, CLIP) + BIAS;
  // The biased magnitude has its highest bit at 7..14; that is the segment.
  const segment = 24 - Math.clz32(magnitude);
  return ~(sign | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)) & 0xff;
}
