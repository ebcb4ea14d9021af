// Linear PCM to G.711 mu-law for the realtime endpoint. Media plane.

const BIAS = 132;
const CLIP = 32_635;

/**
 * Encode one int16 sample (ITU-T G.711, mu-law, inverted bits as on the wire).
 * @param sample -32768..32767
 */
function encodeSample(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(sign === 0 ? sample : -sample, CLIP) + BIAS;
  // The biased magnitude has its highest bit at 7..14; that is the segment.
  const segment = 24 - Math.clz32(magnitude);
  return ~(sign | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)) & 0xff;
}

/**
 * Encode `count` samples of `pcm` from `from` into `target` at `offset`.
 * @param pcm mono int16 at 8000 Hz; read only
 * @param target one byte a sample
 */
export function encodeMulaw(
  pcm: Int16Array,
  from: number,
  count: number,
  target: Uint8Array,
  offset: number,
): void {
  for (let i = 0; i < count; i++) target[offset + i] = encodeSample(pcm[from + i] ?? 0);
}
