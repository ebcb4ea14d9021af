import t from 'tap';
import { resampleToLineRate } from '../../src/phone/resample-offline.js';
import { tone } from '../fakes/sounds.js';

/** Level of a sine of `hz` and amplitude 0.25 after resampling, in dB of what went in. */
function gainDb(hz: number, rateHz: number): number {
  const out = resampleToLineRate(tone(500, hz, rateHz), rateHz);
  // The middle: the recording's own edges are steps.
  const middle = out.subarray(800, out.length - 800);
  const power = middle.reduce((sum, value) => sum + value * value, 0) / middle.length;
  return 10 * Math.log10(power / (0.25 ** 2 / 2) + 1e-15);
}

for (const rateHz of [11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000]) {
  t.test(`${rateHz} Hz: flat to 3400 Hz, nothing folds back from 4000 Hz on`, async (t) => {
    for (const hz of [50, 1000, 2000, 3000, 3400]) {
      t.ok(Math.abs(gainDb(hz, rateHz)) < 0.05, `${hz} Hz: ${gainDb(hz, rateHz)} dB`);
    }
    for (const hz of [4000, 4300, 5000].filter((f) => f < rateHz / 2)) {
      t.ok(gainDb(hz, rateHz) < -80, `${hz} Hz: ${gainDb(hz, rateHz)} dB`);
    }
  });
}

t.test('a lower rate is raised without images', async (t) => {
  const out = resampleToLineRate(tone(500, 1000, 6000), 6000);
  t.equal(out.length, 4000);
  const expected = tone(500, 1000, 8000);
  const error = out.subarray(500, 3500).map((value, i) => value - (expected[i + 500] ?? 0));
  t.ok(Math.max(...error.map(Math.abs)) < 1e-4);
});

t.test('nothing is delayed', async (t) => {
  const out = resampleToLineRate(tone(500, 1000, 44_100), 44_100);
  const expected = tone(500, 1000, 8000);
  const error = out.subarray(500, 3500).map((value, i) => value - (expected[i + 500] ?? 0));
  t.ok(Math.max(...error.map(Math.abs)) < 1e-3);
});

t.test('8000 Hz passes untouched', async (t) => {
  const samples = tone(20);
  t.equal(resampleToLineRate(samples, 8000), samples);
});

t.test('an odd rate keeps the length in time', async (t) => {
  t.equal(resampleToLineRate(new Float32Array(12_347), 12_347).length, 8000);
});
