// Second link of the proof: the kernel is the plain 8 kHz port.

import t from 'tap';
import { loadRnnoiseModel } from '../../src/dsp/denoise/batched/rnnoise-model.js';
import * as layout from '../../src/dsp/kernels/denoise/layout.js';
import { DenoiseCalls } from './harness/denoise-calls.js';
import { seededNormal, seededRandom } from './harness/random.js';
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

/** Both engines on the same samples, frame by frame. */
function compare(samples: Float32Array) {
  const calls = new DenoiseCalls({ lanes: 1 });
  calls.engine.open(0);
  const reference = referenceRnnoise8k(model);
  const output = new ErrorRatio();
  const result = { frames: 0, samePitch: 0, silent: 0, gains: 0, speech: 0 };
  for (let at = 0; at + 80 <= samples.length; at += 80) {
    const frame = samples.subarray(at, at + 80);
    const expected = reference.process(frame);
    calls.submit(0, frame);
    calls.engine.run();
    output.add(expected, calls.output(0));
    result.frames++;
    if (reference.silent) result.silent++;
    const period = calls.stateValue(0, layout.PITCH_PERIOD);
    if (period === reference.pitch.period) result.samePitch++;
    for (let band = 0; band < layout.BANDS; band++) {
      const gain = calls.stateValue(0, layout.LAST_GAINS + band * ROW);
      result.gains += Math.abs(gain - (reference.gains[band] ?? 0)) / layout.BANDS;
    }
    result.speech += Math.abs((calls.speech(0)[0] ?? 0) - reference.speech);
  }
  result.gains /= result.frames;
  result.speech /= result.frames;
  return { ...result, db: output.db };
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(3)} % of ${whole}`;
}

const agreement = { frames: 0, samePitch: 0 };

for (const { voice, noiseLevel } of CALLS) {
  t.test(`the kernel agrees with the port within 45 dB on ${voice}, noise ${noiseLevel}`, (t) => {
    const normal = seededNormal(1 + noiseLevel);
    const result = compare(loadVoice(voice).map((sample) => sample + noiseLevel * normal()));
    agreement.frames += result.frames;
    agreement.samePitch += result.samePitch;
    t.ok(result.db >= 45, `output ${result.db.toFixed(1)} dB`);
    t.ok(result.gains < 1e-3, `gains differ by ${result.gains}`);
    t.ok(result.speech < 1e-3, `speech differs by ${result.speech}`);
    t.end();
  });
}

t.test('the pitch of speech is the same in 99.9 % of all frames', (t) => {
  t.ok(
    agreement.samePitch >= 0.999 * agreement.frames,
    percent(agreement.samePitch, agreement.frames),
  );
  t.end();
});

t.test('the kernel agrees with the port where digital silence lies between the words', (t) => {
  const voice = loadVoice('fr-june-1');
  // Words of 0.3 s, 0.2 s of silence between: the network must not see that, nor its history move on.
  const words = voice.map((sample, n) => (n % 4000 < 2400 ? sample : 0));
  const result = compare(words);
  t.ok(result.silent > 50, `${result.silent} silent frames`);
  t.ok(result.db >= 45, `output ${result.db.toFixed(1)} dB`);
  t.ok(result.gains < 1e-3, `gains differ by ${result.gains}`);
  t.end();
});

t.test('the pitch of pulses that repeat in cycles of up to twelve is the same', (t) => {
  // What the division check decides: whether a cycle, or a part of it, is the period.
  const random = seededRandom(1);
  const samples = new Float32Array(160_000);
  let cycle: number[] = [];
  let period = 0;
  let pulse = 0;
  let next = 0;
  for (const n of samples.keys()) {
    if (n % 1600 === 0) {
      const pulses = 1 + Math.floor(12 * random());
      const evenness = random();
      cycle = Array.from({ length: pulses }, () => evenness + (1 - evenness) * random());
      period = Math.max(10, Math.min(128, (31 + 97 * random()) / pulses));
    }
    samples[n] = 1500 * (random() - 0.5);
    if (n < next) continue;
    samples[n] = 12_000 * (cycle[pulse++ % cycle.length] ?? 0);
    next += period;
  }
  const result = compare(samples);
  t.ok(result.samePitch >= 0.999 * result.frames, percent(result.samePitch, result.frames));
  t.end();
});
