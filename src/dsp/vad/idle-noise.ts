// What the speech detector hears in place of digital silence: the noise of an idle line. Pure. Media plane.
//
// Silero was trained on microphones. After exact zeros, as a muted phone or a machine sends them, its state is
// one of its own, and the first half second of a voice may be lost on it.

import { FRAME_SAMPLES, MULAW_SILENCE } from '../frame.js';
import { MULAW_TO_LINEAR } from '../g711.js';

/** So many different frames follow one another, so that no 20 ms repeat at once. A power of two. */
const FRAMES = 4;
/** The other zero of mu-law, and the two softest steps that are not zero: -73 dBFS. */
const MULAW_MINUS_ZERO = 0x7f;
const SOFTEST = [0xfe, 0x7e] as const;
export const IDLE_NOISE_BYTES = FRAMES * FRAME_SAMPLES;

/** Numerical Recipes' linear congruential generator: the same noise in every process. */
function makeNoise(): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: IDLE_NOISE_BYTES }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return SOFTEST[state >>> 30] ?? MULAW_SILENCE;
  });
}

/** Mu-law. */
export const IDLE_NOISE: Readonly<Uint8Array> = makeNoise();
/** The same as int16, in -1..1. */
export const IDLE_NOISE_FLOATS: Readonly<Float32Array> = Float32Array.from(
  IDLE_NOISE,
  (mulaw) => (MULAW_TO_LINEAR[mulaw] as number) / 32768,
);

/** Where in the noise the frame called `count` begins. */
export const idleNoiseAt = (count: number): number => (count & (FRAMES - 1)) * FRAME_SAMPLES;

/** Is the frame that begins at `from` nothing but zeros? */
export function isIdle(mulaw: Uint8Array, from: number): boolean {
  for (let i = from; i < from + FRAME_SAMPLES; i += 1) {
    const byte = mulaw[i];
    if (byte !== MULAW_SILENCE && byte !== MULAW_MINUS_ZERO) return false;
  }
  return true;
}
