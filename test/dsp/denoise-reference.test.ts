// First link of the proof: the plain 48 kHz port is the stock RNNoise.

import t from 'tap';
import { loadRnnoiseModel } from '../../src/dsp/denoise/batched/rnnoise-model.js';
import { seededNormal } from './harness/random.js';
import { ErrorRatio } from './harness/ratios.js';
import { loadVoice, type Voice } from './harness/voices.js';
import { referenceRnnoise48k } from './reference/rnnoise.js';
import { sixTimesFaster } from './reference/six-fold.js';
import { loadStockRnnoise, StockRnnoise } from './reference/stock-rnnoise.js';

const SPEAKERS: readonly Voice[] = ['en-allison-1', 'en-austen-1', 'fr-june-1', 'it-carlo-1'];
const NOISE_LEVEL = 200;
const SAMPLES_48K = 60_000;

const model = loadRnnoiseModel();
const stock = loadStockRnnoise('plain');

t.test('the 48 kHz port agrees with the stock build within 50 dB over four speakers', (t) => {
  const all = new ErrorRatio();
  for (const speaker of SPEAKERS) {
    const normal = seededNormal(1);
    const noisy = loadVoice(speaker).map((sample) => sample + NOISE_LEVEL * normal());
    const fast = sixTimesFaster(noisy.subarray(0, SAMPLES_48K / 6));
    const theirs = new StockRnnoise(stock);
    const ours = referenceRnnoise48k(model);
    const output = new ErrorRatio();
    let speechDifference = 0;
    for (let at = 0; at < SAMPLES_48K; at += 480) {
      const frame = fast.subarray(at, at + 480);
      const expected = theirs.process(frame);
      const actual = ours.process(frame);
      output.add(expected, actual);
      all.add(expected, actual);
      speechDifference = Math.max(speechDifference, Math.abs(theirs.speech - ours.speech));
    }
    theirs.free();
    // One pitch that falls the other way for rounding costs a speaker 20 dB.
    t.ok(output.db >= 45, `${speaker}: ${output.db.toFixed(1)} dB`);
    t.ok(speechDifference < 0.02, `${speaker}: speech within ${speechDifference.toFixed(4)}`);
  }
  t.ok(all.db >= 50, `all: ${all.db.toFixed(1)} dB`);
  t.end();
});

t.test(
  'the 48 kHz port passes digital silence and forgets nothing, as the stock build does',
  (t) => {
    const voice = loadVoice('fr-june-1').subarray(0, 8000);
    const interrupted = new Float32Array(18_000);
    interrupted.set(voice, 0);
    interrupted.set(voice, 10_000);
    const fast = sixTimesFaster(interrupted);
    const theirs = new StockRnnoise(stock);
    const ours = referenceRnnoise48k(model);
    const afterSilence = new ErrorRatio();
    let silentFrames = 0;
    for (let at = 0; at < fast.length; at += 480) {
      const frame = fast.subarray(at, at + 480);
      const expected = theirs.process(frame);
      const actual = ours.process(frame);
      if (ours.silent) {
        silentFrames++;
        t.equal(theirs.speech, 0);
      }
      if (at >= 60_000) afterSilence.add(expected, actual);
    }
    theirs.free();
    t.ok(silentFrames > 10, `${silentFrames} silent frames`);
    t.ok(afterSilence.db >= 40, `${afterSilence.db.toFixed(1)} dB after the silence`);
    t.end();
  },
);
