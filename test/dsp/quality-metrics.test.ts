// The measures of the quality bench measure what they say.

import t from 'tap';
import { attenuation, siSdr, Stoi } from '../../bench/quality/metrics.js';
import { brownNoise, pinkNoise, whiteNoise } from './harness/noise.js';
import { seededRandom } from './harness/random.js';
import { loadVoice } from './harness/voices.js';

const speech = loadVoice('en-austen-1');
const noise = whiteNoise(speech.length, seededRandom(1));

function noisy(level: number): Float32Array {
  return speech.map((sample, n) => sample + level * (noise[n] ?? 0));
}

t.test('SI-SDR of speech in noise is its signal-to-noise ratio, at any scale', (t) => {
  const power = speech.reduce((sum, sample) => sum + sample * sample, 0) / speech.length;
  const level = Math.sqrt(power / 10);
  const measured = siSdr(speech, noisy(level));
  t.ok(Math.abs(measured - 10) < 0.2, `${measured} dB`);
  const louder = siSdr(
    speech,
    noisy(level).map((sample) => 3 * sample),
  );
  t.ok(Math.abs(louder - measured) < 1e-3);
  t.end();
});

t.test('STOI is 1 for clean speech, falls with noise and does not mind the level', (t) => {
  const stoi = new Stoi(speech);
  const clean = stoi.of(speech);
  t.ok(clean > 0.9999, `${clean}`);
  const scores = [100, 1000, 10_000].map((level) => stoi.of(noisy(level)));
  const [light = 0, middle = 0, heavy = 0] = scores;
  t.ok(light < 1 && middle < light && heavy < middle && heavy < 0.6, scores.join(' '));
  const quieter = noisy(1000).map((sample) => sample / 4);
  t.ok(Math.abs(stoi.of(quieter) - middle) < 1e-6);
  t.end();
});

t.test('attenuation is in power', (t) => {
  const tenth = noise.map((sample) => sample / 10);
  t.ok(Math.abs(attenuation(noise, tenth) - 20) < 1e-4);
  t.end();
});

t.test('coloured noise has unit power and its slope', (t) => {
  const octavePower = (samples: Float32Array) => {
    // Power of the difference of neighbours weighs high frequencies.
    let sum = 0;
    for (let n = 1; n < samples.length; n++) {
      sum += ((samples[n] ?? 0) - (samples[n - 1] ?? 0)) ** 2 / samples.length;
    }
    return sum;
  };
  const [white = 0, pink = 0, brown = 0] = [whiteNoise, pinkNoise, brownNoise].map((make) => {
    const samples = make(96_000, seededRandom(2));
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    t.ok(Math.abs(power - 1) < 1e-3, `${make.name}: power ${power}`);
    return octavePower(samples);
  });
  t.ok(Math.abs(white - 2) < 0.05, `white: ${white}`);
  t.ok(pink < 0.5 * white && brown < 0.2 * pink, `pink ${pink}, brown ${brown}`);
  t.end();
});
