// Sounds for tests of the phone: tones as clips and as mu-law.

import { clipFromSamples, type Clip } from '../../src/phone/clip.js';

/** A sine of `ms` at 8000 Hz, -12 dB of full scale. */
export function tone(ms: number, hz = 440, rateHz = 8000, amplitude = 0.25): Float32Array {
  return Float32Array.from(
    { length: Math.round((ms * rateHz) / 1000) },
    (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / rateHz),
  );
}

/** Silence, a tone, silence. */
export function toneClip(name: string, leadMs: number, toneMs: number, trailMs: number): Clip {
  const samples = new Float32Array((leadMs + toneMs + trailMs) * 8);
  samples.set(tone(toneMs), leadMs * 8);
  return clipFromSamples(name, samples);
}

/** Whole frames of an audible tone as mu-law. */
export function toneMulaw(ms: number): Uint8Array {
  return clipFromSamples('tone', tone(ms)).mulaw;
}
