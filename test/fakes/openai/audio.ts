// The audio that a client sent, decoded: mu-law, raw PCM and WAV. Test.

import { Refusal } from './faults.js';

/** What a transcription is made of. */
export interface HeardAudio {
  /** Mono int16. */
  readonly pcm: Int16Array;
  readonly sampleRateHz: number;
  readonly model: string;
  readonly language: string | undefined;
  readonly prompt: string | undefined;
  readonly source: 'realtime' | 'upload';
}

export type TranscribeFunction = (audio: HeardAudio) => string | Promise<string>;

/** "hello" to anything but silence. */
export const hearHello: TranscribeFunction = ({ pcm }) => (rms(pcm) < 50 ? '' : 'hello');

export function rms(pcm: Int16Array): number {
  let sum = 0;
  for (const sample of pcm) sum += sample * sample;
  return Math.sqrt(sum / Math.max(pcm.length, 1));
}

/** Every second sample of 16 kHz audio, and 8 kHz audio as it is. */
export function atLineRate(audio: HeardAudio): Int16Array {
  const step = audio.sampleRateHz / 8000;
  const pcm = new Int16Array(Math.floor(audio.pcm.length / step));
  for (let i = 0; i < pcm.length; i++) pcm[i] = audio.pcm[i * step] ?? 0;
  return pcm;
}

/** G.711 mu-law to int16 (ITU-T G.711, table 2). */
export function decodeMulaw(bytes: Uint8Array): Int16Array {
  return Int16Array.from(bytes, (byte) => {
    const inverted = ~byte & 0xff;
    const magnitude = (((inverted & 0x0f) << 3) + 0x84) << ((inverted >> 4) & 7);
    return (inverted & 0x80) === 0 ? magnitude - 0x84 : 0x84 - magnitude;
  });
}

export function decodePcm(bytes: Buffer): Int16Array {
  const pcm = new Int16Array(Math.floor(bytes.length / 2));
  for (let i = 0; i < pcm.length; i++) pcm[i] = bytes.readInt16LE(i * 2);
  return pcm;
}

/** Strict: PCM, 16 bit, mono, and a header whose sizes are true. */
export function decodeWav(file: Buffer): { pcm: Int16Array; sampleRateHz: number } {
  const ok =
    file.length >= 44 &&
    file.toString('latin1', 0, 4) === 'RIFF' &&
    file.readUInt32LE(4) === file.length - 8 &&
    file.toString('latin1', 8, 16) === 'WAVEfmt ' &&
    file.readUInt16LE(20) === 1 &&
    file.readUInt16LE(22) === 1 &&
    file.readUInt32LE(28) === file.readUInt32LE(24) * 2 &&
    file.readUInt16LE(32) === 2 &&
    file.readUInt16LE(34) === 16 &&
    file.toString('latin1', 36, 40) === 'data' &&
    file.readUInt32LE(40) === file.length - 44;
  if (!ok) {
    throw new Refusal('Invalid file format.', { param: 'file', code: 'invalid_value' });
  }
  return { pcm: decodePcm(file.subarray(44)), sampleRateHz: file.readUInt32LE(24) };
}
