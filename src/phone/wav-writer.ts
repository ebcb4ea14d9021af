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
 * A stereo 16-bit PCM file that grows about once a second of audio. The samples are written before
 * the header that counts them: whenever the process dies, what the header names is there.
 */
export class WavWriter {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #sampleRateHz: number;
  #pending: Buffer;
  #pendingBytes = 0;
  #writtenBytes = 0;
  #queue: Promise<void> = Promise.resolve();
  #failure: unknown;
  #finished: Promise<void> | undefined;

  private constructor(path: string, file: FileHandle, sampleRateHz: number) {
    this.path = path;
    this.#file = file;
    this.#sampleRateHz = sampleRateHz;
    this.#pending = this.#emptyBlock();
  }

  /**
   * Create or overwrite `path`.
   * @throws {RingmasterError} WAV_NOT_WRITABLE
   */
  static async create(path: string, sampleRateHz: number): Promise<WavWriter> {
    try {
      const file = await open(path, 'w');
      await file.write(header(sampleRateHz, 0), 0, HEADER_BYTES, 0);
      return new WavWriter(path, file, sampleRateHz);
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
      throw new RingmasterError('WAV_NOT_WRITABLE', `${path} cannot be written (${code})`, {
        cause,
      });
    }
  }

  /**
   * Append samples; both arrays have the same length and are not kept.
   * Ignored after `finish` and after a write failed (`finish` tells).
   */
  write(left: Int16Array, right: Int16Array): void {
    if (this.#finished !== undefined || this.#failure !== undefined) return;
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
    if (this.#finished === undefined) {
      this.#flush();
      this.#finished = this.#queue.then(() => this.#close());
    }
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
    this.#queue = this.#queue.then(() => this.#append(block));
  }

  async #append(block: Buffer): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await this.#file.write(block, 0, block.length, HEADER_BYTES + this.#writtenBytes);
      this.#writtenBytes += block.length;
      const counted = header(this.#sampleRateHz, this.#writtenBytes);
      await this.#file.write(counted, 0, HEADER_BYTES, 0);
    } catch (error) {
      this.#failure = error;
    }
  }

  async #close(): Promise<void> {
    await this.#file.close();
    if (this.#failure === undefined) return;
    const code = (this.#failure as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new RingmasterError('WAV_NOT_WRITABLE', `${this.path} cannot be written (${code})`, {
      cause: this.#failure,
    });
  }
}
