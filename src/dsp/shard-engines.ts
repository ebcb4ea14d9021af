// Makes what a worker runs its shard on: the engine of both kinds, and what converts agent audio. Media plane.

import { BatchedEngine } from './batched-engine.js';
import { batchedLayout, DENOISE_FRAMES } from './batched-layout.js';
import { IDLE_NOISE, IDLE_NOISE_BYTES } from './vad/idle-noise.js';
import { BatchedLineConverters } from './batched-line-converter.js';
import { DenoiseEngine } from './denoise/batched/engine.js';
import { passThrough, type Denoiser } from './denoise/denoiser.js';
import { EnergyGate } from './denoise/energy-gate.js';
import { GatedDenoiser } from './denoise/gated-denoiser.js';
import { RnnoiseDenoiser } from './denoise/rnnoise.js';
import { ScalarLineConverter, type LineConverter } from './line-converter.js';
import type { ShardEngine } from './shard-engine.js';
import type { ShardMemory, SlotMemory } from './shard-memory.js';
import type { ShardOwnership } from './shard-ownership.js';
import { StockEngine } from './stock-engine.js';
import { BatchedSilero } from './vad/batched/batched-silero.js';
import { loadVadKernel } from './vad/batched/kernel.js';
import { loadSileroWeights } from './vad/batched/silero-model.js';
import type { SharedWasmMemory, WasmModule } from './wasm.js';

export interface ShardEngines {
  readonly engine: ShardEngine;
  /** The converter of one slot's agent audio; one at a time for each slot. */
  readonly lineConverter: (slot: number, memory: SlotMemory) => LineConverter;
}

export interface EngineOptions {
  readonly denoises: boolean;
  /** Stock RNNoise, compiled; undefined where it is not used. */
  readonly rnnoise: WasmModule | undefined;
  /** The stock engine: rest on silent lines. */
  readonly gate: boolean;
  readonly sileroPath: string;
}

/**
 * Load the engine that suits the shard's memory, and run it in.
 * @param memory the slots' own, where the batched engine runs in it; undefined for the stock engine
 * @throws {RingmasterError} DSP_MODEL_MISSING, DSP_KERNEL_MISSING
 */
export async function createEngines(
  slots: ShardMemory,
  memory: SharedWasmMemory | undefined,
  ownership: ShardOwnership,
  options: EngineOptions,
): Promise<ShardEngines> {
  const engines = memory
    ? createBatchedEngines(slots, memory, options)
    : await createStockEngines(slots, ownership, options);
  await engines.engine.warmUp();
  return engines;
}

/**
 * @param slots in `memory`, at its beginning, as `batchedLayout` says
 * @throws {RingmasterError} DSP_MODEL_MISSING, DSP_KERNEL_MISSING
 */
export function createBatchedEngines(
  slots: ShardMemory,
  memory: SharedWasmMemory,
  data: Pick<EngineOptions, 'sileroPath' | 'denoises'>,
): ShardEngines {
  const capacity = slots.slots.length;
  const layout = batchedLayout(capacity);
  const silero = new BatchedSilero({
    kernel: loadVadKernel(),
    weights: loadSileroWeights(data.sileroPath),
    memory,
    byteOffset: layout.vad,
    capacity,
    format: 'mulaw',
  });
  const denoise = data.denoises
    ? new DenoiseEngine({
        memory,
        byteOffset: layout.denoise,
        maxLanes: capacity,
        framesPerPacket: DENOISE_FRAMES,
        inputFormat: 'mulaw',
        outputFormat: 'int16',
      })
    : undefined;
  const speech = new Float32Array(memory.buffer, layout.speech, capacity * DENOISE_FRAMES);
  const idleNoise = new Uint8Array(memory.buffer, layout.idleNoise, IDLE_NOISE_BYTES);
  idleNoise.set(IDLE_NOISE);
  const converters = new BatchedLineConverters(memory, layout.outbound, capacity);
  converters.warmUp();
  return {
    engine: new BatchedEngine({ memory: slots, silero, denoise, speech, idleNoise }),
    lineConverter: (slot, memory) => converters.forSlot(slot, memory),
  };
}

async function createStockEngines(
  slots: ShardMemory,
  ownership: ShardOwnership,
  data: EngineOptions,
): Promise<ShardEngines> {
  const lanes = slots.slots.length;
  // Loading onnxruntime is a native call as well.
  const { SileroDetector } = await ownership.native(() => import('./vad/silero.js'));
  const detector = await SileroDetector.create(data.sileroPath, lanes, (call) =>
    ownership.native(call),
  );
  const denoiser = createStockDenoiser(data, lanes);
  const checkpoint = (): void => ownership.checkpoint();
  return {
    engine: new StockEngine({ memory: slots, denoiser, detector, checkpoint }),
    lineConverter: (_slot, memory) => new ScalarLineConverter(memory),
  };
}

function createStockDenoiser({ rnnoise, gate }: EngineOptions, lanes: number): Denoiser {
  if (rnnoise === undefined) return passThrough;
  return new GatedDenoiser(
    new RnnoiseDenoiser(rnnoise, lanes),
    lanes,
    gate ? new EnergyGate(lanes) : undefined,
  );
}
