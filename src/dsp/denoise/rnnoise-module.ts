// RNNoise 0.1 (Xiph.Org, BSD-3) as WebAssembly from the installed package: finding it and starting it. Media plane.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { RingmasterError } from '../../errors.js';
import { WASM_PAGE_BYTES, wasm, type WasmMemory, type WasmModule } from '../wasm.js';

const PACKAGE = '@shiguredo/rnnoise-wasm';

/** What the module exports, as far as it is used. */
export interface RnnoiseExports {
  readonly memory: WasmMemory;
  /** @returns a state of about 19 KB, or 0 where memory is out */
  rnnoise_create(model: number): number;
  rnnoise_destroy(state: number): void;
  /** 480 float samples at 48 kHz in the range of int16; `output` may be `input`. @returns 0..1 */
  rnnoise_process_frame(state: number, output: number, input: number): number;
  rnnoise_get_frame_size(): number;
  malloc(bytes: number): number;
  stackSave(): number;
  stackRestore(pointer: number): void;
  emscripten_stack_init(): void;
}

/**
 * Compile the SIMD build, or the plain one where this machine has no WebAssembly SIMD.
 * @throws {RingmasterError} DSP_MODEL_MISSING
 */
export async function compileRnnoise(): Promise<WasmModule> {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(PACKAGE));
    const simd = await readFile(join(folder, 'rnnoise_simd.wasm'));
    if (wasm.validate(simd)) return await wasm.compile(simd);
    return await wasm.compile(await readFile(join(folder, 'rnnoise.wasm')));
  } catch (cause) {
    throw new RingmasterError(
      'DSP_MODEL_MISSING',
      `${PACKAGE} has no module that can be compiled`,
      {
        cause,
      },
    );
  }
}

/** A new instance with memory of its own; one serves all lanes of a shard. */
export function startRnnoise(module: WasmModule): RnnoiseExports {
  const instance = new wasm.Instance(module, {
    env: {
      emscripten_memcpy_big: (to = 0, from = 0, bytes = 0) => {
        new Uint8Array(rnnoise.memory.buffer).copyWithin(to, from, from + bytes);
        return to;
      },
      emscripten_resize_heap: (bytes = 0) => {
        const missing = bytes - rnnoise.memory.buffer.byteLength;
        try {
          rnnoise.memory.grow(Math.ceil(missing / WASM_PAGE_BYTES));
          return 1;
        } catch {
          return 0; // malloc returns 0 then
        }
      },
      __assert_fail: () => {
        throw new RingmasterError('DSP_WORKER_FAILED', 'an assertion of RNNoise failed');
      },
    },
  });
  const rnnoise = instance.exports as unknown as RnnoiseExports;
  rnnoise.emscripten_stack_init();
  (instance.exports['__wasm_call_ctors'] as () => void)();
  return rnnoise;
}
