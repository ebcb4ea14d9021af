// The compiled VAD kernel. Media plane, start only.
import { readFileSync } from 'node:fs';
import { RingmasterError } from '../../../errors.js';
import { wasm, type SharedWasmMemory, type WasmModule } from '../../wasm.js';

/** What an instance of the kernel does; src/dsp/kernels/vad/index.ts and frames.ts document it. */
export interface VadKernel {
  setRegion(address: number): void;
  appendFrames(frames: number, count: number, format: number, ready: number, peeks: number): number;
  runList(list: number, count: number, commit: number): void;
}

/** Beside this module's compiled form: dist/src/dsp/kernels/vad.wasm. */
const KERNEL_FILE = new URL('../../kernels/vad.wasm', import.meta.url);

/**
 * Compile the kernel. A module can be posted to workers; each makes its own instance.
 * @throws {RingmasterError} DSP_KERNEL_MISSING
 */
export function loadVadKernel(path: URL | string = KERNEL_FILE): WasmModule {
  try {
    return new wasm.Module(readFileSync(path));
  } catch (cause) {
    throw new RingmasterError('DSP_KERNEL_MISSING', 'kernels/vad.wasm is not there or damaged.', {
      cause,
    });
  }
}

/** An instance of the kernel that works in the given shared memory. */
export function instantiateVadKernel(module: WasmModule, memory: SharedWasmMemory): VadKernel {
  const { exports } = new wasm.Instance(module, { env: { memory } });
  return exports as unknown as VadKernel;
}
