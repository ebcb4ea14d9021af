// Writing a stereo WAV while a call runs, so that the file is valid at any moment. Control plane.

import { open, type FileHandle } from 'node:fs/promises';
import { RingmasterError } from '../errors.js';

const HEADER_BYTES = 44;
const CHANNELS = 2;
const BYTES_PER_SAMPLE = 2;

function header(sampleRateHz: number, dataBytes: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  const blockAlign = CHANNELS * BYTES_PER_SAMPLE;
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(HEADER_BYTES - 8 + dataBytes, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(CHANNELS, 22);
  bytes.writeUInt32LE(sampleRateHz, 24);
  bytes.writeUInt32LE(sampleRateHz * blockAlign, 28);
  bytes.writeUInt16LE(blockAlign, 32);
  bytes.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(dataBytes, 40);
  return bytes;
}

/**
 * A stereo 16-bit PCM file. It is created (or overwritten) at the first sample and grows about once
 * a second of audio, the samples before the header that counts them: whenever the process dies,
 * what the header names is there. Without a sample there is no file.
 */
export class WavWriter {
  readonly path: string;
  readonly #sampleRateHz: number;
  #file: FileHandle | undefined;
  #pending: Buffer;
  #pendingBytes = 0;
  #writtenBytes = 0;
  #queue: Promise<void> | undefined;
  #failure: unknown;
  #finished: Promise<void> | undefined;

  constructor(path: string, sampleRateHz: number) {
    this.path = path;
    this.#sampleRateHz = sampleRateHz;
    this.#pending = this.#emptyBlock();
  }

  /** True once there was a sample, so that there is a file. */
  get started(): boolean {
    return this.#queue !== undefined;
  }

  /**
   * Append samples; both arrays have the same length and are not kept.
   * Ignored after `finish` and after a write failed (`finish` tells).
   */
  write(left: Int16Array, right: Int16Array): void {
    if (this.#finished !== undefined || this.#failure !== undefined) return;
    this.#queue ??= this.#attempt(() => this.#open());
    for (let i = 0; i < left.length; i += 1) {
      this.#pendingBytes = this.#pending.writeInt16LE(left[i] ?? 0, this.#pendingBytes);
      this.#pendingBytes = this.#pending.writeInt16LE(right[i] ?? 0, this.#pendingBytes);
      if (this.#pendingBytes === this.#pending.length) this.#flush();
    }
  }

  /**
   * Write what is pending and close the file. Idempotent.
   * @throws {RingmasterError} WAV_NOT_WRITABLE, also where an earlier write failed
   */
  finish(): Promise<void> {
    this.#finished ??= this.#finish();
    return this.#finished;
  }

  #emptyBlock(): Buffer {
    return Buffer.alloc(this.#sampleRateHz * CHANNELS * BYTES_PER_SAMPLE);
  }

  #flush(): void {
    if (this.#pendingBytes === 0) return;
    const block = this.#pending.subarray(0, this.#pendingBytes);
    this.#pending = this.#emptyBlock();
    this.#pendingBytes = 0;
    this.#queue = this.#queue?.then(() => this.#attempt(() => this.#append(block)));
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await work();
    } catch (error) {
      this.#failure = error;
    }
  }

  async #open(): Promise<void> {
    this.#file = await open(this.path, 'w');
    await this.#file.write(header(this.#sampleRateHz, 0), 0, HEADER_BYTES, 0);
  }

  async #append(block: Buffer): Promise<void> {
    await this.#file?.write(block, 0, block.length, HEADER_BYTES + this.#writtenBytes);
    this.#writtenBytes += block.length;
    const counted = header(this.#sampleRateHz, this.#writtenBytes);
    await this.#file?.write(counted, 0, HEADER_BYTES, 0);
  }

  async #finish(): Promise<void> {
    this.#flush();
    await this.#queue;
    await this.#file?.close();
    if (this.#failure === undefined) return;
    const code = (this.#failure as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new RingmasterError('WAV_NOT_WRITABLE', `${this.path} cannot be written (${code})`, {
      cause: this.#failure,
    });
  }
}
