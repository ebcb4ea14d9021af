// Which audio engine a pool runs on: the batched kernels where they run, the stock engines elsewhere. Media plane.

import { availableParallelism } from 'node:os';
import { loadDenoiseKernel } from './denoise/batched/kernel.js';
import type { EnginePreference } from './pool-types.js';
import { RingmasterError, toRingmasterError } from '../errors.js';
import { loadVadKernel } from './vad/batched/kernel.js';
import { sharedMemoryFor } from './wasm.js';

export interface EngineChoice {
  readonly engine: 'batched' | 'stock';
  /** For the log. */
  readonly reason: string;
}

/** Compiling the kernels proves SIMD; a shared memory proves shared memory. */
function whyNotBatched(): string | undefined {
  try {
    loadDenoiseKernel(sharedMemoryFor(1));
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

/**
 * Workers that suit an engine on this machine. One batched worker keeps up with more calls than a
 * main thread can feed, so that every other core is enough; the stock engine needs all there are.
 */
export function defaultShards(preference: EnginePreference): number {
  const cores = availableParallelism();
  return chooseEngine(preference).engine === 'batched' ? Math.max(1, cores >> 1) : cores;
}
