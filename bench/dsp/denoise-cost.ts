// Noise suppression by the stock build, with and without the resampling that a telephone call needs, and by ours. Media plane.

import type { WasmModule } from '../../src/dsp/wasm.js';
import { RnnoiseDenoiser } from '../../src/dsp/denoise/rnnoise.js';
import { FRAME_SAMPLES } from '../../src/dsp/frame.js';
import { createFrameBatch, type FrameBatch } from '../../src/dsp/frame-batch.js';
import { DenoiseCalls } from '../../test/dsp/harness/denoise-calls.js';
import { seededRandom } from '../../test/dsp/harness/random.js';
import { sixTimesFaster } from '../../test/dsp/reference/six-fold.js';
import { loadStockRnnoise, StockRnnoise } from '../../test/dsp/reference/stock-rnnoise.js';
import type { LineAudio } from './line-audio.js';
import type { Subject } from './subject.js';

/** Frames of 10 ms in a packet of 20 ms. */
const FRAMES_PER_PACKET = 2;
const WIDE_FRAME = 480;
/** Audio of the build without resampling: brought to 48 kHz before, 10 s of it. */
const WIDE_SAMPLES = 80_000;

/** Fill a batch with a frame of every call. */
export function fillBatch(batch: FrameBatch, audio: LineAudio, tick: number): void {
  batch.count = batch.lanes.length;
  for (let row = 0; row < batch.count; row++) {
    batch.lanes[row] = row;
    batch.samples.set(audio.linear(row, tick), row * FRAME_SAMPLES);
  }
}

/** As the stock engine runs it: up to 48 kHz, RNNoise, down to 8 kHz. */
export function stockDenoise(module: WasmModule, calls: number, audio: LineAudio): Subject {
  const denoiser = new RnnoiseDenoiser(module, calls);
  const batch = createFrameBatch(calls);
  for (let lane = 0; lane < calls; lane++) denoiser.open(lane);
  let tick = 0;
  return {
    name: 'stock',
    calls,
    run() {
      fillBatch(batch, audio, tick++);
      denoiser.process(batch);
      return FRAMES_PER_PACKET * calls;
    },
  };
}

/** The stock build alone, on audio that is at 48 kHz already. */
export function stockAt48k(calls: number, audio: LineAudio): Subject {
  const stock = loadStockRnnoise('simd');
  const engines = Array.from({ length: calls }, () => new StockRnnoise(stock));
  const wide = sixTimesFaster(audio.recording.subarray(0, WIDE_SAMPLES));
  const frames = wide.length / WIDE_FRAME;
  let frame = 0;
  return {
    name: 'stock, 48 kHz only',
    calls,
    run() {
      for (const [call, engine] of engines.entries()) {
        for (let i = 0; i < FRAMES_PER_PACKET; i++) {
          const at = ((frame + i + call * 37) % frames) * WIDE_FRAME;
          engine.process(wide.subarray(at, at + WIDE_FRAME));
        }
      }
      frame += FRAMES_PER_PACKET;
      return FRAMES_PER_PACKET * calls;
    },
  };
}

/**
 * Ours: mu-law packets queued, scheduled, denoised, int16 out.
 * @param readyShare part of the calls that have a packet in a tick
 */
export function ourDenoise(calls: number, audio: LineAudio, readyShare = 1): Subject {
  const lines = new DenoiseCalls({
    lanes: calls,
    framesPerPacket: FRAMES_PER_PACKET,
    inputFormat: 'mulaw',
    outputFormat: 'int16',
  });
  lines.engine.warmUp();
  for (let lane = 0; lane < calls; lane++) lines.engine.open(lane);
  const random = seededRandom(calls);
  let tick = 0;
  return {
    name: readyShare === 1 ? 'ours' : `ours, ${100 * readyShare} % ready`,
    calls,
    run() {
      tick++;
      for (let lane = 0; lane < calls; lane++) {
        if (readyShare === 1 || random() < readyShare) lines.submit(lane, audio.mulaw(lane, tick));
      }
      return FRAMES_PER_PACKET * lines.engine.run();
    },
  };
}
