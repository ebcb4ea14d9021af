// A worker with a VAD engine of its own in the memory of the main thread: the other half of worker.test.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { BatchedSilero } from '../../../src/dsp/vad/batched/batched-silero.js';
import { loadSileroWeights } from '../../../src/dsp/vad/batched/silero-model.js';
import type { SharedWasmMemory, WasmModule } from '../../../src/dsp/wasm.js';

export interface EngineWorkerData {
  readonly kernel: WasmModule;
  readonly memory: SharedWasmMemory;
  readonly byteOffset: number;
  /** Where the main thread lays the frames. */
  readonly audio: number;
}

const { kernel, memory, byteOffset, audio } = workerData as EngineWorkerData;
const engine = new BatchedSilero({
  kernel,
  weights: loadSileroWeights(),
  memory,
  byteOffset,
  capacity: 1,
  format: 'pcm16',
});
const call = engine.open();
parentPort?.on('message', () => {
  engine.push(call, audio);
  engine.run();
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker, not a window
  parentPort?.postMessage(engine.logit(call));
});
