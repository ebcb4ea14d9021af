// Second link of the proof: the kernel is the plain 8 kHz port.

import t from 'tap';
import { loadRnnoiseModel } from '../../src/dsp/denoise/batched/rnnoise-model.js';
import * as layout from '../../src/dsp/kernels/denoise/layout.js';
import { DenoiseCalls } from './harness/denoise-calls.js';
import { seededNormal } from './harness/random.js';
import { ErrorRatio } from './harness/ratios.js';
import { loadVoice, type Voice } from './harness/voices.js';
import { referenceRnnoise8k } from './reference/rnnoise.js';

const CALLS: readonly { voice: Voice; noiseLevel: number }[] = [
  { voice: 'en-allison-1', noiseLevel: 0 },
  { voice: 'es-allison-1', noiseLevel: 100 },
  { voice: 'en-austen-1', noiseLevel: 400 },
  { voice: 'en-numbers-1', noiseLevel: 0 },
  { voice: 'fr-june-2', noiseLevel: 400 },
  { voice: 'it-carlo-2', noiseLevel: 100 },
  { voice: 'ru-ivrvoice-1', noiseLevel: 1000 },
];
const ROW = 16;

const model = loadRnnoiseModel();
const agreement = { frames: 0, samePitch: 0 };

for (const { voice, noiseLevel } of CALLS) {
  t.test(
    `the kernel agrees with the 8 kHz port within 45 dB on ${voice}, noise ${noiseLevel}`,
    (t) => {
      const normal = seededNormal(1 + noiseLevel);
      const noisy = loadVoice(voice).map((sample) => sample + noiseLevel * normal());
      const calls = new DenoiseCalls({ lanes: 1 });
      calls.engine.open(0);
      const reference = referenceRnnoise8k(model);
      const output = new ErrorRatio();
      const difference = { gains: 0, speech: 0 };
      let frames = 0;
      for (let at = 0; at < noisy.length; at += 80) {
        const frame = noisy.subarray(at, at + 80);
        const expected = reference.process(frame);
        calls.submit(0, frame);
        calls.engine.run();
        output.add(expected, calls.output(0));
        frames++;
        if (calls.stateValue(0, layout.PITCH_PERIOD) === reference.pitch.period)
          agreement.samePitch++;
        for (let band = 0; band < layout.BANDS; band++) {
          const gain = calls.stateValue(0, layout.LAST_GAINS + band * ROW);
          difference.gains += Math.abs(gain - (reference.gains[band] ?? 0)) / layout.BANDS;
        }
        difference.speech += Math.abs((calls.speech(0)[0] ?? 0) - reference.speech);
      }
      agreement.frames += frames;
      t.ok(output.db >= 45, `output ${output.db.toFixed(1)} dB`);
      t.ok(difference.gains / frames < 1e-3, `gains differ by ${difference.gains / frames}`);
      t.ok(difference.speech / frames < 1e-3, `speech differs by ${difference.speech / frames}`);
      t.end();
    },
  );
}

t.test('the pitch is the same in 99.9 % of all frames', (t) => {
  const share = agreement.samePitch / agreement.frames;
  t.ok(share >= 0.999, `${(100 * share).toFixed(3)} % of ${agreement.frames}`);
  t.end();
});
