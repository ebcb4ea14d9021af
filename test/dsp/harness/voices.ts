// Speech for the DSP tests and the quality bench: test/fixtures/voices, see its README.

import { join } from 'node:path';
import { readClip } from './wav.js';

const FOLDER = 'test/fixtures/voices';

/** Twelve excerpts of 3 s at 8000 Hz: six speakers, five languages, both sexes. */
export const VOICES = [
  'en-allison-1',
  'en-allison-2',
  'en-austen-1',
  'en-austen-2',
  'en-numbers-1',
  'es-allison-1',
  'fr-june-1',
  'fr-june-2',
  'it-carlo-1',
  'it-carlo-2',
  'ru-ivrvoice-1',
  'ru-ivrvoice-2',
] as const;
export type Voice = (typeof VOICES)[number];

/** RMS of the speech frames of every clip after `loadVoice`: -22 dB of full scale, a usual line level. */
export const ACTIVE_LEVEL = 2600;

export function voicePath(name: Voice): string {
  return join(FOLDER, `${name}.wav`);
}

/** One clip in int16 units, brought to `ACTIVE_LEVEL`. */
export function loadVoice(name: Voice): Float32Array {
  return withActiveLevel(Float32Array.from(readClip(voicePath(name))), ACTIVE_LEVEL);
}

/** RMS over the 20 ms frames within 30 dB of the loudest one. */
export function activeLevel(samples: Float32Array | Int16Array): number {
  const frames: number[] = [];
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    let energy = 0;
    for (let i = at; i < at + 160; i++) energy += (samples[i] ?? 0) ** 2;
    frames.push(energy / 160);
  }
  const loudest = Math.max(...frames);
  const active = frames.filter((energy) => energy > loudest / 1000);
  return Math.sqrt(active.reduce((sum, energy) => sum + energy, 0) / active.length);
}

export function withActiveLevel(samples: Float32Array, level: number): Float32Array {
  const gain = level / activeLevel(samples);
  return samples.map((sample) => sample * gain);
}
