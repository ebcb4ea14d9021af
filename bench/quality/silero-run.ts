// Silero's opinion of whole lines, frame by frame, by our kernel. Media plane.

import { FRAME_SAMPLES } from '../../src/dsp/frame.js';
import { BatchedSilero } from '../../src/dsp/vad/batched/batched-silero.js';
import { loadVadKernel } from '../../src/dsp/vad/batched/kernel.js';
import { loadSileroWeights } from '../../src/dsp/vad/batched/silero-model.js';
import { sharedMemoryFor } from '../../src/dsp/wasm.js';

const WINDOW_SAMPLES = 256;

/** True where a window of 256 samples ends within this frame. */
export function endsWindow(frame: number): boolean {
  const windowsBy = (frames: number) => Math.floor((frames * FRAME_SAMPLES) / WINDOW_SAMPLES);
  return windowsBy(frame + 1) > windowsBy(frame);
}

/** Logits after every frame of all lines, which are of one length, with a peek at every frame or none. */
export function sileroLogits(lines: readonly Int16Array[], peek: boolean): Float32Array[] {
  const capacity = lines.length;
  const audio = BatchedSilero.bytesFor(capacity);
  const memory = sharedMemoryFor(audio + capacity * FRAME_SAMPLES * 2);
  const engine = new BatchedSilero({
    kernel: loadVadKernel(),
    weights: loadSileroWeights(),
    memory,
    byteOffset: 0,
    capacity,
    format: 'pcm16',
  });
  const opened = lines.map(() => engine.open());
  for (const call of opened) engine.peek(call, peek);
  const frames = Math.floor((lines[0]?.length ?? 0) / FRAME_SAMPLES);
  const logits = lines.map(() => new Float32Array(frames));
  for (let frame = 0; frame < frames; frame++) {
    for (const [call, line] of lines.entries()) {
      const samples = line.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES);
      const address = audio + call * FRAME_SAMPLES * 2;
      new Int16Array(memory.buffer, address, FRAME_SAMPLES).set(samples);
      engine.push(call, address);
    }
    engine.run();
    for (const [call, row] of logits.entries()) row[frame] = engine.logit(call);
  }
  return logits;
}
