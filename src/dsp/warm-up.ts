// Runs stock engines in before their first call, so that no call pays for their compilation. Media plane.

import type { Denoiser } from './denoise/denoiser.js';
import { FRAME_SAMPLES } from './frame.js';
import type { FrameBatch } from './frame-batch.js';
import type { SpeechDetector } from './vad/speech-detector.js';

const LANES = 4;
/** The optimising compilers have seen enough after so many frames of four lanes. */
const FRAMES = 24;

/** All lanes must be closed; they are closed again afterwards. */
export async function warmUp(
  denoiser: Denoiser,
  detector: SpeechDetector,
  batch: FrameBatch,
): Promise<void> {
  const lanes = Math.min(LANES, batch.lanes.length);
  for (let lane = 0; lane < lanes; lane++) {
    denoiser.open(lane);
    detector.open(lane);
  }
  for (let frame = 0; frame < FRAMES; frame++) {
    batch.count = lanes;
    for (let lane = 0; lane < lanes; lane++) batch.lanes[lane] = lane;
    // A tone that no gate takes for silence.
    for (let i = 0; i < lanes * FRAME_SAMPLES; i++) {
      batch.samples[i] = 3000 * Math.sin((frame * FRAME_SAMPLES + i) * 0.3);
    }
    await detector.process(batch);
    denoiser.process(batch);
  }
  for (let lane = 0; lane < lanes; lane++) {
    denoiser.close(lane);
    detector.close(lane);
  }
}
