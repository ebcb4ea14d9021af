// G.711 mu-law by the tables of the standard, for tests: slow and obvious.

/** Linear value of a code in int16 units (ITU-T G.711, table 2a, times 4). */
export function decodeMulaw(code: number): number {
  const bits = ~code & 0xff;
  const segment = (bits >> 4) & 7;
  const magnitude = ((((bits & 15) << 3) + 132) << segment) - 132;
  return bits & 0x80 ? -magnitude : magnitude;
}

/** Code of an int16 sample: the segment of the biased magnitude and its next four bits. */
export function encodeMulaw(sample: number): number {
  const biased = Math.min(Math.abs(sample), 32635) + 132;
  const segment = Math.floor(Math.log2(biased)) - 7;
  const mantissa = (biased >> (segment + 3)) & 15;
  const sign = sample < 0 || Object.is(sample, -0) ? 0x80 : 0;
  return ~(sign | (segment << 4) | mantissa) & 0xff;
}

/** What a telephone line does to samples in int16 units. */
export function throughMulaw(samples: Float32Array): Float32Array {
  return samples.map((sample) => {
    const integer = Math.round(Math.min(32767, Math.max(-32768, sample)));
    return decodeMulaw(encodeMulaw(integer));
  });
}
