// Loads the compiled denoising kernel onto a shared memory. Media plane, at start only.

import { readFileSync } from 'node:fs';
import { RingmasterError } from '../../../errors.js';
import { wasm, type WasmMemory } from '../../wasm.js';

/** Beside this module's compiled form: dist/src/dsp/kernels/denoise.wasm. */
const KERNEL_FILE = new URL('../../kernels/denoise.wasm', import.meta.url);

/** Functions of src/dsp/kernels/denoise/index.ts; addresses are bytes in the imported memory. */
export interface DenoiseKernel {
  configure(workspace: number): void;
  clearPlace(octet: number, place: number): void;
  swapPlaces(octetA: number, placeA: number, octetB: number, placeB: number): void;
  process(
    octet: number,
    frames: number,
    inputFormat: number,
    outputFormat: number,
    held: number,
  ): void;
}

/**
 * An instance of the kernel on `memory`.
 * @param memory shared; the kernel touches only the workspace and octets that it is given
 * @throws {RingmasterError} DSP_MODEL_MISSING where the kernel was not built or cannot run here
 */
export function loadDenoiseKernel(memory: WasmMemory): DenoiseKernel {
  try {
    const module = new wasm.Module(readFileSync(KERNEL_FILE));
    const { exports } = new wasm.Instance(module, { env: { memory } });
    return exports as Readonly<Record<string, unknown>> & DenoiseKernel;
  } catch (error) {
    throw new RingmasterError('DSP_MODEL_MISSING', 'the denoising kernel cannot be loaded', {
      cause: error,
    });
  }
}
