// Reading WAV files for the simulated phone: any common encoding and rate to mono float samples. Control plane.

import { readFile } from 'node:fs/promises';
import { RingmasterError } from '../errors.js';
import { alawToLinear } from './alaw.js';
import { MULAW_TO_LINEAR } from './mulaw.js';

export interface WavAudio {
  readonly sampleRateHz: number;
  /** Mono, nominally -1 to 1; stereo is averaged. Owned by the receiver. */
  readonly samples: Float32Array;
}

const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_ALAW = 6;
const FORMAT_MULAW = 7;
const FORMAT_EXTENSIBLE = 0xfffe;
const MAX_FILE_BYTES = 256 * 1024 * 1024;
const MAX_SAMPLE_RATE_HZ = 768_000;

interface WavFormat {
  readonly tag: number;
  readonly channels: number;
  readonly sampleRateHz: number;
  readonly bits: number;
}

function invalid(what: string): RingmasterError {
  return new RingmasterError('WAV_INVALID', what);
}

function fourCharacters(view: DataView, offset: number): string {
  let text = '';
  for (let i = 0; i < 4; i += 1) text += String.fromCharCode(view.getUint8(offset + i));
  return text;
}

function checkContainer(view: DataView): void {
  if (view.byteLength < 12) {
    throw invalid(`not a WAV file: ${view.byteLength} bytes are too few for a header`);
  }
  const container = fourCharacters(view, 0);
  if (container === 'RIFX' || container === 'RF64' || container === 'BW64') {
    throw invalid(`${container} files are not supported, only RIFF`);
  }
  if (container !== 'RIFF') throw invalid('not a WAV file: it does not begin with RIFF');
  if (fourCharacters(view, 8) !== 'WAVE') throw invalid('a RIFF file, but not of type WAVE');
}

/** What follows the tag in the sub-format GUID of every format that also has a plain tag. */
const SUBFORMAT_TAIL = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

function extensibleTag(view: DataView, offset: number, size: number): number {
  if (size < 40) throw invalid('the extensible fmt chunk is too short for a sub-format');
  const known = SUBFORMAT_TAIL.every((byte, i) => view.getUint8(offset + 26 + i) === byte);
  if (!known) throw invalid('the sub-format of the extensible fmt chunk is not a known one');
  return view.getUint16(offset + 24, true);
}

function readFormat(view: DataView, offset: number, size: number): WavFormat {
  if (size < 16) throw invalid(`the fmt chunk has ${size} bytes, at least 16 are needed`);
  const plainTag = view.getUint16(offset, true);
  const tag = plainTag === FORMAT_EXTENSIBLE ? extensibleTag(view, offset, size) : plainTag;
  const format = {
    tag,
    channels: view.getUint16(offset + 2, true),
    sampleRateHz: view.getUint32(offset + 4, true),
    bits: view.getUint16(offset + 14, true),
  };
  if (format.channels < 1 || format.channels > 2) {
    throw invalid(`${format.channels} channels are not supported, only mono and stereo`);
  }
  if (format.sampleRateHz < 1000 || format.sampleRateHz > MAX_SAMPLE_RATE_HZ) {
    throw invalid(`a sample rate of ${format.sampleRateHz} Hz makes no sense`);
  }
  const blockAlign = view.getUint16(offset + 12, true);
  if (blockAlign !== (format.channels * format.bits) / 8) {
    throw invalid(
      `the fmt chunk contradicts itself: ${blockAlign} bytes a block for ` +
        `${format.channels} channels of ${format.bits} bits`,
    );
  }
  return format;
}

type SampleReader = (view: DataView, offset: number) => number;

/** How one sample of `format` becomes a number of about -1 to 1. */
function sampleReader({ tag, bits }: WavFormat): SampleReader {
  switch (`${tag}/${bits}`) {
    case `${FORMAT_PCM}/8`:
      return (view, at) => (view.getUint8(at) - 128) / 128;
    case `${FORMAT_PCM}/16`:
      return (view, at) => view.getInt16(at, true) / 32_768;
    case `${FORMAT_PCM}/24`:
      return (view, at) => (view.getInt16(at + 1, true) * 256 + view.getUint8(at)) / 8_388_608;
    case `${FORMAT_PCM}/32`:
      return (view, at) => view.getInt32(at, true) / 2_147_483_648;
    case `${FORMAT_FLOAT}/32`:
      return (view, at) => {
        const value = view.getFloat32(at, true);
        return Number.isFinite(value) ? value : 0;
      };
    case `${FORMAT_ALAW}/8`:
      return (view, at) => alawToLinear(view.getUint8(at)) / 32_768;
    case `${FORMAT_MULAW}/8`:
      return (view, at) => (MULAW_TO_LINEAR[view.getUint8(at)] ?? 0) / 32_768;
    default:
      throw invalid(
        `format tag ${tag} with ${bits} bits is not supported (PCM of 8, 16, 24 or 32 bits, ` +
          'float of 32 bits, A-law and mu-law are)',
      );
  }
}

function readSamples(view: DataView, format: WavFormat, offset: number, size: number): WavAudio {
  const read = sampleReader(format);
  const sampleBytes = format.bits / 8;
  const frames = Math.floor(size / (sampleBytes * format.channels));
  if (frames === 0) throw invalid('the data chunk holds no audio');
  const samples = new Float32Array(frames);
  for (let frame = 0, at = offset; frame < frames; frame += 1) {
    let sum = 0;
    for (let channel = 0; channel < format.channels; channel += 1, at += sampleBytes) {
      sum += read(view, at);
    }
    samples[frame] = sum / format.channels;
  }
  return { sampleRateHz: format.sampleRateHz, samples };
}

/**
 * Parse a RIFF WAVE file (Microsoft/IBM "Multimedia Programming Interface and Data Specifications
 * 1.0"): PCM of 8, 16, 24 or 32 bits, 32-bit float, A-law, mu-law, each also as
 * WAVE_FORMAT_EXTENSIBLE; mono or stereo; 1 to 768 kHz. A data chunk that says it is longer than
 * the file (a recording that was cut off) is read as far as it goes.
 * @param bytes the whole file; not kept
 * @throws {RingmasterError} WAV_INVALID, its message says what is wrong
 */
export function parseWav(bytes: Uint8Array): WavAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkContainer(view);
  let format: WavFormat | undefined;
  let at = 12;
  while (at + 8 <= view.byteLength) {
    const id = fourCharacters(view, at);
    const size = view.getUint32(at + 4, true);
    const available = Math.min(size, view.byteLength - at - 8);
    if (id === 'fmt ') {
      if (available < size) throw invalid('the file ends inside its fmt chunk');
      format = readFormat(view, at + 8, size);
    } else if (id === 'data') {
      if (format === undefined) throw invalid('the data chunk comes before the fmt chunk');
      return readSamples(view, format, at + 8, available);
    }
    // Chunks are padded to an even length.
    at += 8 + size + (size & 1);
  }
  throw invalid(format === undefined ? 'it has no fmt chunk' : 'it has no data chunk');
}

/**
 * Read and parse one WAV file; errors name it.
 * @throws {RingmasterError} WAV_NOT_FOUND, WAV_INVALID
 */
export async function readWav(path: string): Promise<WavAudio> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    const what = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new RingmasterError('WAV_NOT_FOUND', `${path}: ${what}`, { cause });
  }
  try {
    if (bytes.length > MAX_FILE_BYTES) throw invalid('larger than 256 MiB');
    return parseWav(bytes);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : 'unreadable';
    throw new RingmasterError('WAV_INVALID', `${path}: ${what}`, { cause });
  }
}
