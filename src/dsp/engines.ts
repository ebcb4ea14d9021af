// The engines of one shard, on the thread that runs them: batched kernels or the stock ones. Media plane, start only.

import { BatchedEngines } from './batched-engines.js';
import { batchedLayout, DENOISE_FRAMES } from './batched-layout.js';
import { DenoiseEngine } from './denoise/batched/engine.js';
import { passThrough, type Denoiser } from './denoise/denoiser.js';
import { EnergyGate } from './denoise/energy-gate.js';
import { GatedDenoiser } from './denoise/gated-denoiser.js';
import { RnnoiseDenoiser } from './denoise/rnnoise.js';
import { FRAME_SAMPLES } from './frame.js';
import { createFrameBatch, type FrameBatch } from './frame-batch.js';
import type { ShardPlace } from './shard-place.js';
import { BatchedSilero } from './vad/batched/batched-silero.js';
import { loadVadKernel } from './vad/batched/kernel.js';
import { loadSileroWeights } from './vad/batched/silero-model.js';
import type { NativeCall } from './vad/silero.js';
import type { SpeechDetector } from './vad/speech-detector.js';
import { warmUp } from './warm-up.js';
import type { SharedWasmMemory, WasmModule } from './wasm.js';

export interface EngineOptions {
  readonly denoises: boolean;
  /** Stock RNNoise, compiled; undefined where it is not used. */
  readonly rnnoise: WasmModule | undefined;
  /** The stock engine: rest on silent lines. */
  readonly gate: boolean;
  readonly sileroPath: string;
}

/** What a `ShardPipeline` works with. */
export interface Engines {
  readonly denoiser: Denoiser;
  readonly detector: SpeechDetector;
  readonly batch: FrameBatch;
}

/**
 * Load the engines that suit the shard's place, and run them in.
 * @param native wraps every call of onnxruntime
 * @throws {RingmasterError} DSP_MODEL_MISSING, DSP_KERNEL_MISSING
 */
export async function createEngines(
  options: EngineOptions,
  { slots, memory }: ShardPlace,
  native: NativeCall,
): Promise<Engines> {
  const engines = memory
    ? batchedEngines(options, slots, memory)
    : await stockEngines(options, slots, native);
  await warmUp(engines.denoiser, engines.detector, engines.batch);
  return engines;
}

function batchedEngines(options: EngineOptions, slots: number, memory: SharedWasmMemory): Engines {
  const layout = batchedLayout(slots);
  const rows = new Float32Array(memory.buffer, layout.samples, slots * FRAME_SAMPLES);
  const silero = new BatchedSilero({
    kernel: loadVadKernel(),
    weights: loadSileroWeights(options.sileroPath),
    memory,
    byteOffset: layout.vad,
    capacity: slots,
    format: 'f32',
  });
  const denoise = options.denoises
    ? new DenoiseEngine({
        memory,
        byteOffset: layout.denoise,
        maxLanes: slots,
        framesPerPacket: DENOISE_FRAMES,
        inputFormat: 'float32',
        outputFormat: 'float32',
      })
    : undefined;
  denoise?.warmUp();
  const { detector, denoiser } = new BatchedEngines({
    silero,
    denoise,
    clean: new Float32Array(memory.buffer, layout.clean, slots * FRAME_SAMPLES),
    speech: new Float32Array(memory.buffer, layout.speech, slots * DENOISE_FRAMES),
  });
  return { denoiser, detector, batch: createFrameBatch(slots, rows) };
}

async function stockEngines(
  options: EngineOptions,
  slots: number,
  native: NativeCall,
): Promise<Engines> {
  const denoiser = createStockDenoiser(options, slots);
  // Loading onnxruntime is a native call as well.
  const { SileroDetector } = await native(() => import('./vad/silero.js'));
  const detector = await SileroDetector.create(options.sileroPath, slots, native);
  return { denoiser, detector, batch: createFrameBatch(slots) };
}

function createStockDenoiser({ rnnoise, gate }: EngineOptions, slots: number): Denoiser {
  if (rnnoise === undefined) return passThrough;
  const energyGate = gate ? new EnergyGate(slots) : undefined;
  return new GatedDenoiser(new RnnoiseDenoiser(rnnoise, slots), slots, energyGate);
}
