// A worker thread with a denoising engine on memory that the main thread shares with it.

import { parentPort, workerData } from 'node:worker_threads';
import { DenoiseEngine } from '../../../src/dsp/denoise/batched/engine.js';
import type { WasmMemory } from '../../../src/dsp/wasm.js';

const { memory, byteOffset } = workerData as { memory: WasmMemory; byteOffset: number };
const engine = new DenoiseEngine({
  memory,
  byteOffset,
  maxLanes: 8,
  framesPerPacket: 2,
  inputFormat: 'mulaw',
  outputFormat: 'int16',
});
engine.open(0);

/** Addresses of a packet of lane 0; answered with the number of packets denoised. */
parentPort?.on('message', ({ input, output, speech }: Record<string, number>) => {
  engine.submit(0, input ?? 0, output ?? 0, speech ?? 0);
  parentPort?.postMessage(engine.run(), []);
});
