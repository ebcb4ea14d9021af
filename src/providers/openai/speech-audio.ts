// The audio of a speech answer, as it comes in: raw PCM or WAV bytes to int16 chunks. Media plane.

import type { TtsChunk } from '../../actors/ports.js';
import { nonsense } from './answer-body.js';
import { audioFormat, type AudioFormat } from './audio-format.js';
import { INT16, readWavHeader, type SampleFormat } from './wav.js';

export interface SpeechAudioOptions {
  /** Rate of an answer without a header. */
  readonly rawRateHz: number;
}

interface Layout {
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly sample: SampleFormat;
  /** Sample bytes still to come. */
  bytesLeft: number;
}

/**
 * Turns bytes, cut anywhere, into whole samples. One answer each.
 * Servers that speak the protocol only roughly answer `pcm` with a WAV file, or with MP3, which would
 * be noise: the former is read, the latter refused, whatever the content type says.
 */
export class SpeechAudio {
  readonly #options: SpeechAudioOptions;
  /** Bytes kept: the head until the container is known, then at most a part of one sample. */
  #rest: Buffer = Buffer.alloc(0);
  #layout: Layout | undefined;

  constructor(options: SpeechAudioOptions) {
    this.#options = options;
  }

  /**
   * @param bytes borrowed for this call
   * @returns the samples that became whole, mono, owned by the caller; undefined where there are none
   * @throws {RingmasterError} PROVIDER_PROTOCOL
   */
  push(bytes: Uint8Array): TtsChunk | undefined {
    const data = Buffer.concat([this.#rest, bytes]);
    if (this.#layout !== undefined) return this.#samples(data, this.#layout);
    const format = audioFormat(data, false);
    if (format === 'unknown') {
      this.#rest = data;
      return undefined;
    }
    return format === 'wav' ? this.#wav(data) : this.#samples(data, this.#raw(format));
  }

  /** What a very short answer left undecided. */
  end(): TtsChunk | undefined {
    const data = this.#rest;
    if (this.#layout !== undefined || data.length === 0) return undefined;
    const format = audioFormat(data, true);
    if (format === 'wav') throw nonsense('speech', 'with a WAV header alone');
    return this.#samples(data, this.#raw(format));
  }

  #raw(format: AudioFormat): Layout {
    if (typeof format === 'object') {
      throw nonsense('speech', `that is not raw PCM but ${format.other}`);
    }
    this.#layout = {
      sampleRateHz: this.#options.rawRateHz,
      channels: 1,
      sample: INT16,
      bytesLeft: Number.POSITIVE_INFINITY,
    };
    return this.#layout;
  }

  #wav(data: Buffer): TtsChunk | undefined {
    const header = readWavHeader(data);
    if (header === undefined) {
      this.#rest = data;
      return undefined;
    }
    const { sampleRateHz, channels, sample, dataBytes } = header;
    this.#layout = { sampleRateHz, channels, sample, bytesLeft: dataBytes };
    return this.#samples(data.subarray(header.dataOffset), this.#layout);
  }

  #samples(data: Buffer, layout: Layout): TtsChunk | undefined {
    const { channels, sample } = layout;
    const sampleBytes = sample.bytes * channels;
    const count = Math.floor(Math.min(data.length, layout.bytesLeft) / sampleBytes);
    layout.bytesLeft -= count * sampleBytes;
    // What follows the samples of a WAV file is metadata.
    const more = layout.bytesLeft >= sampleBytes;
    this.#rest = more ? Buffer.from(data.subarray(count * sampleBytes)) : Buffer.alloc(0);
    if (count === 0) return undefined;
    const pcm = new Int16Array(count);
    for (let i = 0; i < count; i++) {
      const at = i * sampleBytes;
      const left = sample.read(data, at);
      pcm[i] = channels === 1 ? left : (left + sample.read(data, at + sample.bytes)) >> 1;
    }
    return { pcm, sampleRateHz: layout.sampleRateHz };
  }
}

/** The rate that a content type such as `audio/pcm;rate=16000` or `audio/L16; rate=8000` names. */
export function rateOfContentType(contentType: string | null): number | undefined {
  const rate = Number(/;\s*rate=(\d{4,6})\b/i.exec(contentType ?? '')?.[1]);
  return Number.isNaN(rate) ? undefined : rate;
}
