// The plain port agrees with onnxruntime, so that it can stand for it. Media plane.
import t from 'tap';
import { loadSileroWeights } from '../../../src/dsp/vad/batched/silero-model.js';
import { openSession, SileroOnnx } from '../reference/silero-onnx.js';
import { SileroReference } from '../reference/silero-reference.js';
import { extremes, fixtureVoice } from './signals.js';

/** Rounding of the model's own single precision. */
const TOLERANCE = 1e-5;

async function worstDifference(signal: Int16Array): Promise<number> {
  const reference = new SileroReference(loadSileroWeights());
  const truth = new SileroOnnx(await openSession(), 1);
  let worst = 0;
  for (let start = 0; start + 256 <= signal.length; start += 256) {
    const window = Float32Array.from(signal.subarray(start, start + 256), (s) => s / 32768);
    const [expected = NaN] = await truth.process(window);
    worst = Math.max(worst, Math.abs(reference.process(window) - expected));
  }
  return worst;
}

t.test('the reference agrees with onnxruntime on speech', async (t) => {
  t.ok((await worstDifference(fixtureVoice('it').subarray(0, 64000))) < TOLERANCE);
});

t.test('the reference agrees with onnxruntime on full-scale noise', async (t) => {
  const noise = extremes(2).get('random signs') ?? new Int16Array(0);
  t.ok((await worstDifference(noise)) < TOLERANCE);
});
