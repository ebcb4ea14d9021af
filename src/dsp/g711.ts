// G.711 mu-law both ways, by table. Media plane.

import { RingmasterError } from '../errors.js';

/** ITU-T G.711 table 2a/2b on 16 bits: 33 (the bias of the 14-bit scale) times 4. */
const BIAS = 0x84;
/** The largest magnitude that a code stands for, plus half its step. */
const CLIP = 32635;

/**
 * The linear value of every mu-law byte, +-32124. 0xff and 0x7f are the two zeros: 0x7f, the negative
 * one, decodes to 0 as well.
 */
export const MULAW_TO_LINEAR: Int16Array = Int16Array.from({ length: 256 }, (_, byte) => {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 0x0f) << 3) + BIAS) << ((code >> 4) & 0x07)) - BIAS;
  return code & 0x80 ? -magnitude : magnitude;
});

/** The positive byte of every magnitude / 4: decision values have 14 bits, so two bits say nothing. */
const MAGNITUDE_TO_MULAW = Uint8Array.from({ length: 8193 }, (_, quarter) => {
  const biased = Math.min(quarter * 4, CLIP) + BIAS;
  const segment = 24 - Math.clz32(biased);
  return ~((segment << 4) | ((biased >> (segment + 3)) & 0x0f)) & 0xff;
});

/**
 * The mu-law byte of one sample (ITU-T G.711 clause 4, table 2a/2b). Magnitudes above 32635 clip.
 * Sign and magnitude are coded apart, so that -1..-3 give the negative zero 0x7f and 0 gives 0xff.
 * @param sample int16
 */
export function linearToMulaw(sample: number): number {
  const sign = sample >> 31;
  return (MAGNITUDE_TO_MULAW[((sample ^ sign) - sign) >> 2] as number) ^ (sign & 0x80);
}

/**
 * Decode mu-law to linear PCM (ITU-T G.711).
 * @param bytes one byte a sample, mono
 * @param pcm int16 out; length >= bytes.length; overwritten
 * @throws {RingmasterError} AUDIO_BUFFER_TOO_SMALL
 */
export function decodeMulaw(bytes: Uint8Array, pcm: Int16Array): void {
  requireRoom(pcm.length, bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    pcm[i] = MULAW_TO_LINEAR[bytes[i] as number] as number;
  }
}

/**
 * Encode linear PCM to mu-law (ITU-T G.711). Decoding and encoding again gives every byte back,
 * except that the negative zero 0x7f becomes 0xff.
 * @param pcm int16, mono
 * @param bytes one byte a sample out; length >= pcm.length; overwritten
 * @throws {RingmasterError} AUDIO_BUFFER_TOO_SMALL
 */
export function encodeMulaw(pcm: Int16Array, bytes: Uint8Array): void {
  requireRoom(bytes.length, pcm.length);
  for (let i = 0; i < pcm.length; i++) {
    bytes[i] = linearToMulaw(pcm[i] as number);
  }
}

function requireRoom(available: number, needed: number): void {
  if (available >= needed) return;
  throw new RingmasterError(
    'AUDIO_BUFFER_TOO_SMALL',
    `the output holds ${available} samples, ${needed} are needed`,
  );
}
