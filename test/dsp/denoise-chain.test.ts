// The whole chain at once: the kernel on a telephone line against the stock build at 48 kHz between two
// resamplers, frame for frame. They hear almost the same; how near is bounded by how sensitive RNNoise is to
// where its frames lie (3 ms of shift give 20 dB), not by the kernel.

import t from 'tap';
import { loadRnnoiseModel } from '../../src/dsp/denoise/batched/rnnoise-model.js';
import * as layout from '../../src/dsp/kernels/denoise/layout.js';
import { DenoiseCalls } from './harness/denoise-calls.js';
import { throughMulaw } from './harness/g711.js';
import { seededNormal } from './harness/random.js';
import { ErrorRatio } from './harness/ratios.js';
import { loadVoice, type Voice } from './harness/voices.js';
import { referenceRnnoise48k } from './reference/rnnoise.js';
import { sixTimesFaster } from './reference/six-fold.js';
import { denoiseByStock, loadStockRnnoise } from './reference/stock-rnnoise.js';

const ROW = 16;
const SPEAKERS: readonly Voice[] = ['en-allison-2', 'en-austen-2', 'fr-june-1', 'it-carlo-1'];
const NOISE_LEVEL = 300;
const SAMPLES = 16_000;
/** An abrupt start is another signal at 48 kHz than at 8 kHz: it has splatter up to 24 kHz. */
const FADE_SAMPLES = 2000;

const model = loadRnnoiseModel();
const stock = loadStockRnnoise('simd');

for (const speaker of SPEAKERS) {
  t.test(`the kernel does on a telephone line what the stock chain does, ${speaker}`, (t) => {
    const normal = seededNormal(3);
    const noisy = throughMulaw(
      loadVoice(speaker)
        .subarray(0, SAMPLES)
        .map((sample, n) => sample + Math.min(1, n / FADE_SAMPLES) * NOISE_LEVEL * normal()),
    );
    const theirs = denoiseByStock(stock, noisy);
    // The stock build does not tell its gains; the port that equals it does.
    const port = referenceRnnoise48k(model);
    const fast = sixTimesFaster(noisy);
    const calls = new DenoiseCalls({ lanes: 1 });
    calls.engine.open(0);
    const output = new ErrorRatio();
    const difference = { gains: 0, speech: 0 };
    const frames = SAMPLES / 80;
    for (let frame = 0; frame < frames; frame++) {
      const at = frame * 80;
      calls.submit(0, noisy.subarray(at, at + 80));
      calls.engine.run();
      port.process(fast.subarray(6 * at, 6 * at + 480));
      output.add(theirs.clean.subarray(at, at + 80), calls.output(0));
      difference.speech += Math.abs((theirs.speech[frame] ?? 0) - (calls.speech(0)[0] ?? 0));
      for (let band = 0; band < layout.BANDS; band++) {
        const gain = calls.stateValue(0, layout.LAST_GAINS + band * ROW);
        difference.gains += Math.abs(gain - (port.gains[band] ?? 0)) / layout.BANDS;
      }
    }
    t.ok(output.db >= 18, `output ${output.db.toFixed(1)} dB`);
    t.ok(difference.gains / frames < 0.05, `gains differ by ${difference.gains / frames}`);
    t.ok(difference.speech / frames < 0.05, `speech differs by ${difference.speech / frames}`);
    t.end();
  });
}
