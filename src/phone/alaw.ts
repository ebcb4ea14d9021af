// ITU-T G.711 A-law, decoding alone: for reading WAV files of format 6. Media plane.

/** One A-law byte as linear 16-bit PCM (ITU-T G.711 table 1a/1b, scaled to 16 bits). */
export function alawToLinear(code: number): number {
  // Even bits are inverted on the line.
  const bits = code ^ 0x55;
  const segment = (bits >> 4) & 7;
  const step = ((bits & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 256) << (segment - 1);
  return (bits & 0x80) === 0 ? -magnitude : magnitude;
}
