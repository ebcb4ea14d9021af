import t from 'tap';
import {
  SIX_FOLD_DELAY_SAMPLES,
  SixFoldDownsampler,
  SixFoldUpsampler,
} from '../../../src/dsp/denoise/six-fold.js';
import { noise, sine, toneAmplitude, sameSamples } from '../signals.js';

const FRAMES = 25;

function up(input: Int16Array, lane = 0, upsampler = new SixFoldUpsampler(2)): Float32Array {
  const samples = Float32Array.from(input);
  const output = new Float32Array(samples.length * 6);
  for (let at = 0; at < samples.length; at += 160) {
    upsampler.process(lane, samples, at, output, at * 6);
  }
  return output;
}

function down(input: Float32Array, lane = 0, downsampler = new SixFoldDownsampler(2)): Int16Array {
  const output = new Float32Array(input.length / 6);
  for (let at = 0; at < output.length; at += 160) {
    downsampler.process(lane, input, at * 6, output, at);
  }
  return Int16Array.from(output, Math.round);
}

const settled = <T extends Int16Array | Float32Array>(signal: T, share: number): T =>
  signal.subarray(Math.round(signal.length * share)) as T;
const decibel = (amplitude: number): number => 20 * Math.log10(amplitude / 20000);

t.test('up and down again passes 0 to 3400 Hz within 0.03 dB', async (t) => {
  for (let frequency = 50; frequency <= 3400; frequency += 67) {
    const output = down(up(sine(frequency, 8000, FRAMES * 160, 20000)));
    const gain = decibel(toneAmplitude(settled(output, 0.2), frequency, 8000));
    t.ok(Math.abs(gain) < 0.03, `${frequency} Hz: ${gain.toFixed(4)} dB`);
  }
});

t.test('upsampling leaves no image of the telephone band above -60 dB', async (t) => {
  for (const frequency of [300, 1000, 2200, 3400]) {
    const wide = up(sine(frequency, 8000, FRAMES * 160, 20000));
    const narrowed = Int16Array.from(settled(wide, 0.2), Math.round);
    for (const base of [8000, 16000, 24000]) {
      for (const image of [base - frequency, base + frequency]) {
        if (image >= 24000) continue;
        const level = decibel(toneAmplitude(narrowed, image, 48000));
        t.ok(level < -60, `${frequency} Hz at ${image} Hz: ${level.toFixed(1)} dB`);
      }
    }
  }
});

t.test('downsampling stops 4600 Hz and up by 60 dB', async (t) => {
  for (let frequency = 4600; frequency < 24000; frequency += 331) {
    const wide = Float32Array.from(sine(frequency, 48000, FRAMES * 960, 20000));
    const rest = settled(down(wide), 0.2);
    const power = rest.reduce((sum, x) => sum + x * x, 0) / rest.length;
    const level = 10 * Math.log10(power / (20000 ** 2 / 2) + 1e-12);
    t.ok(level < -60, `${frequency} Hz: ${level.toFixed(1)} dB`);
  }
});

t.test('both ways together lag by the samples stated', async (t) => {
  const impulse = new Int16Array(320);
  impulse[5] = 20000;
  const output = down(up(impulse));
  t.equal(output.indexOf(Math.max(...output)), 5 + SIX_FOLD_DELAY_SAMPLES);
});

t.test('lanes in turn give what each gives alone', async (t) => {
  const a = noise(1600, 10000, 1);
  const b = noise(1600, 10000, 2);
  const upsampler = new SixFoldUpsampler(2);
  const downsampler = new SixFoldDownsampler(2);
  for (let at = 0; at < 1600; at += 160) {
    down(up(a.subarray(at, at + 160), 0, upsampler), 0, downsampler);
    down(up(b.subarray(at, at + 160), 1, upsampler), 1, downsampler);
  }
  const next = noise(160, 10000, 3);
  const mixed = down(up(next, 1, upsampler), 1, downsampler);
  const both = new Int16Array([...b, ...next]);
  sameSamples(t, mixed, down(up(both)).subarray(1600));
});

t.test('a lane that was reset remembers nothing', async (t) => {
  const upsampler = new SixFoldUpsampler(1);
  const downsampler = new SixFoldDownsampler(1);
  down(up(noise(800, 10000, 1), 0, upsampler), 0, downsampler);
  upsampler.reset(0);
  downsampler.reset(0);
  const again = down(up(new Int16Array(320), 0, upsampler), 0, downsampler);
  t.ok(again.every((sample) => sample === 0));
});
