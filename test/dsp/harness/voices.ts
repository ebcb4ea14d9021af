// Speech for the DSP tests and the quality bench: test/fixtures/voices, see its README.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

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

/** One clip in int16 units, brought to `ACTIVE_LEVEL`. */
export function loadVoice(name: Voice): Float32Array {
  return withActiveLevel(readWav(join(FOLDER, `${name}.wav`)), ACTIVE_LEVEL);
}

/** Samples of an 8 kHz mono 16-bit WAV file with the canonical 44-byte header. */
export function readWav(path: string): Float32Array {
  const bytes = readFileSync(path);
  if (bytes.toString('latin1', 36, 40) !== 'data' || bytes.readUInt32LE(24) !== 8000) {
    throw new TypeError(`${path} is no plain 8 kHz WAV file`);
  }
  const count = bytes.readUInt32LE(40) / 2;
  return Float32Array.from({ length: count }, (_, i) => bytes.readInt16LE(44 + 2 * i));
}

/** RMS over the 20 ms frames within 30 dB of the loudest one. */
export function activeLevel(samples: Float32Array): number {
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
