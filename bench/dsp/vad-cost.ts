// Voice activity detection by onnxruntime and by ours: frames of 160 samples in, windows of 256 judged. Media plane.

import { createFrameBatch } from '../../src/dsp/frame-batch.js';
import { FRAME_SAMPLES } from '../../src/dsp/frame.js';
import { BatchedSilero } from '../../src/dsp/vad/batched/batched-silero.js';
import { loadVadKernel } from '../../src/dsp/vad/batched/kernel.js';
import { loadSileroWeights } from '../../src/dsp/vad/batched/silero-model.js';
import { SileroDetector } from '../../src/dsp/vad/silero.js';
import { sharedMemoryFor } from '../../src/dsp/wasm.js';
import { fillBatch } from './denoise-cost.js';
import type { LineAudio } from './line-audio.js';
import type { Subject } from './subject.js';

/** Eight frames are five windows: so many are run at a time, that windows divide by ticks. */
const FRAMES_A_RUN = 8;

/** All windows that are ready in one inference, on one thread. */
export async function stockVad(
  modelPath: string,
  calls: number,
  audio: LineAudio,
): Promise<Subject> {
  const detector = await SileroDetector.create(modelPath, calls);
  const batch = createFrameBatch(calls);
  for (let lane = 0; lane < calls; lane++) detector.open(lane);
  let tick = 0;
  return {
    name: 'stock',
    calls,
    async run() {
      const before = detector.windows;
      for (let i = 0; i < FRAMES_A_RUN; i++) {
        fillBatch(batch, audio, tick++);
        await detector.process(batch);
      }
      return detector.windows - before;
    },
  };
}

export function ourVad(calls: number, audio: LineAudio): Subject {
  const bytes = BatchedSilero.bytesFor(calls);
  const memory = sharedMemoryFor(bytes + calls * FRAME_SAMPLES);
  const engine = new BatchedSilero({
    kernel: loadVadKernel(),
    weights: loadSileroWeights(),
    memory,
    byteOffset: 0,
    capacity: calls,
    format: 'mulaw',
  });
  const frames = new Uint8Array(memory.buffer, bytes, calls * FRAME_SAMPLES);
  const opened = Array.from({ length: calls }, () => engine.open());
  let tick = 0;
  return {
    name: 'ours',
    calls,
    run() {
      const before = engine.windows;
      for (let i = 0; i < FRAMES_A_RUN; i++, tick++) {
        for (const call of opened) {
          frames.set(audio.mulaw(call, tick), call * FRAME_SAMPLES);
          engine.push(call, bytes + call * FRAME_SAMPLES);
        }
        engine.run();
      }
      return engine.windows - before;
    },
  };
}
