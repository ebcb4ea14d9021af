// Which audio engine a pool runs on: the batched kernels where they run, the stock engines elsewhere. Media plane.

import { loadDenoiseKernel } from './denoise/batched/kernel.js';
import type { EnginePreference } from './pool-types.js';
import { RingmasterError, toRingmasterError } from '../errors.js';
import { loadVadKernel } from './vad/batched/kernel.js';
import { wasm } from './wasm.js';

export interface EngineChoice {
  readonly engine: 'batched' | 'stock';
  /** For the log. */
  readonly reason: string;
}

/** Compiling the kernels proves SIMD; a shared memory proves shared memory. */
function whyNotBatched(): string | undefined {
  try {
    loadDenoiseKernel(new wasm.Memory({ initial: 1, maximum: 1, shared: true }));
    loadVadKernel();
    return undefined;
  } catch (thrown) {
    return toRingmasterError(thrown, 'DSP_MODEL_MISSING').message;
  }
}

/** @throws {RingmasterError} DSP_MODEL_MISSING where `batched` is asked for and cannot run */
export function chooseEngine(preference: EnginePreference): EngineChoice {
  if (preference === 'stock') return { engine: 'stock', reason: 'stock is configured' };
  const problem = whyNotBatched();
  if (problem === undefined) {
    const reason =
      preference === 'batched' ? 'batched is configured' : 'SIMD and shared memory are here';
    return { engine: 'batched', reason };
  }
  if (preference === 'batched') throw new RingmasterError('DSP_MODEL_MISSING', problem);
  return { engine: 'stock', reason: problem };
}
