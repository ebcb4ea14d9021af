// The WAV container (RIFF, PCM): written for uploads, read where a server answers with it. Media plane.

import { endianness } from 'node:os';
import { MULAW_TO_LINEAR } from '../../dsp/g711.js';
import { RingmasterError } from '../../errors.js';

const HEADER_BYTES = 44;
const FORMAT_PCM = 1;
/** WAVE_FORMAT_EXTENSIBLE: the true format is in the sub-format's first two bytes. */
const FORMAT_EXTENSIBLE = 0xfffe;
/** Headers with cover pictures and the like are not speech. */
const MAX_HEADER_BYTES = 64 * 1024;

/**
 * A whole WAV file.
 * @param pcm mono int16 in the machine's byte order; read only
 */
export function encodeWav(pcm: Int16Array, sampleRateHz: number): Buffer<ArrayBuffer> {
  const dataBytes = pcm.length * 2;
  const wav = Buffer.alloc(HEADER_BYTES + dataBytes);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(HEADER_BYTES - 8 + dataBytes, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(FORMAT_PCM, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(sampleRateHz, 24);
  wav.writeUInt32LE(sampleRateHz * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(dataBytes, 40);
  wav.set(new Uint8Array(pcm.buffer, pcm.byteOffset, dataBytes), HEADER_BYTES);
  if (endianness() === 'BE') wav.subarray(HEADER_BYTES).swap16();
  return wav;
}

/** How one sample is written. */
export interface SampleFormat {
  readonly bytes: number;
  /** As int16. */
  read(data: Buffer, at: number): number;
}

export const INT16: SampleFormat = { bytes: 2, read: (data, at) => data.readInt16LE(at) };

const clamped = (value: number): number =>
  Math.max(-32_768, Math.min(32_767, Math.round(value * 32_767)));

/** By the format's tag and its bits. */
const SAMPLE_FORMATS: Readonly<Record<string, SampleFormat>> = {
  '1/16': INT16,
  '1/8': { bytes: 1, read: (data, at) => ((data[at] ?? 128) - 128) << 8 },
  '1/24': { bytes: 3, read: (data, at) => data.readIntLE(at, 3) >> 8 },
  '1/32': { bytes: 4, read: (data, at) => data.readInt32LE(at) >> 16 },
  '3/32': { bytes: 4, read: (data, at) => clamped(data.readFloatLE(at) || 0) },
  '7/8': { bytes: 1, read: (data, at) => MULAW_TO_LINEAR[data[at] ?? 0xff] ?? 0 },
};

export interface WavFormat {
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly sample: SampleFormat;
  /** Where the samples begin. */
  readonly dataOffset: number;
  /** Infinity where the header does not know it, as streamed files do. */
  readonly dataBytes: number;
}

/**
 * Read the header of a WAV file whose rest may still be on its way.
 * @param head the file so far; begins with `RIFF`
 * @returns undefined where the samples have not begun yet
 * @throws {RingmasterError} PROVIDER_PROTOCOL for anything but PCM and mu-law of one or two channels
 */
export function readWavHeader(head: Buffer): WavFormat | undefined {
  let format: WavSamples | undefined;
  for (let at = 12; at + 8 <= head.length;) {
    const id = head.toString('latin1', at, at + 4);
    const bytes = head.readUInt32LE(at + 4);
    const body = at + 8;
    if (id === 'data') {
      if (format === undefined) throw unreadable('has no format');
      // 0 and the largest values stand for "not known yet".
      const known = bytes > 0 && bytes < 0x7fff_0000;
      return { ...format, dataOffset: body, dataBytes: known ? bytes : Number.POSITIVE_INFINITY };
    }
    if (body + bytes > head.length) break;
    if (id === 'fmt ') format = readFormat(head.subarray(body, body + bytes));
    at = body + bytes + (bytes % 2);
  }
  if (head.length > MAX_HEADER_BYTES) throw unreadable('has no samples');
  return undefined;
}

type WavSamples = Pick<WavFormat, 'sampleRateHz' | 'channels' | 'sample'>;

function readFormat(chunk: Buffer): WavSamples {
  if (chunk.length < 16) throw unreadable('has a broken format');
  const tag = chunk.readUInt16LE(0);
  const format = tag === FORMAT_EXTENSIBLE && chunk.length >= 26 ? chunk.readUInt16LE(24) : tag;
  const channels = chunk.readUInt16LE(2);
  const sampleRateHz = chunk.readUInt32LE(4);
  const bits = chunk.readUInt16LE(14);
  const sample = SAMPLE_FORMATS[`${format}/${bits}`];
  if (sample === undefined || channels < 1 || channels > 2 || sampleRateHz === 0) {
    throw unreadable('is neither PCM nor mu-law of one or two channels');
  }
  return { sampleRateHz, channels, sample };
}

function unreadable(how: string): RingmasterError {
  return new RingmasterError('PROVIDER_PROTOCOL', `speech: the WAV answer ${how}`);
}
