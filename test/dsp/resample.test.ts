import t from 'tap';
import { canResample, Resampler } from '../../src/dsp/resample.js';
import { noise, sine, toneAmplitude, sameSamples } from './signals.js';

const RATES = [8000, 16000, 24000, 48000];
const PAIRS: [number, number][] = RATES.flatMap((from) =>
  RATES.filter((to) => to !== from).map((to): [number, number] => [from, to]),
);
PAIRS.push([22050, 8000], [44100, 8000]);

function convert(from: number, to: number, input: Int16Array): Int16Array {
  const resampler = new Resampler(from, to);
  const output = new Int16Array(resampler.outputLength(input.length));
  t.equal(resampler.process(input, 0, input.length, output, 0), output.length);
  return output;
}

function gainDb(from: number, to: number, frequencyHz: number): number {
  const output = convert(from, to, sine(frequencyHz, from, from / 5, 20000));
  const settled = output.subarray(Math.round(to * 0.02), Math.round(to * 0.18));
  return 20 * Math.log10(toneAmplitude(settled, frequencyHz, to) / 20000);
}

/** All that comes out, in dB of a full tone: aliases and images included. */
function levelDb(from: number, to: number, frequencyHz: number): number {
  const output = convert(from, to, sine(frequencyHz, from, from / 5, 20000));
  const settled = output.subarray(Math.round(to * 0.02), Math.round(to * 0.18));
  const power = settled.reduce((sum, x) => sum + x * x, 0) / settled.length;
  return 10 * Math.log10(power / (20000 ** 2 / 2));
}

for (const [from, to] of PAIRS) {
  const low = Math.min(from, to);

  t.test(`${from} to ${to} Hz passes 0 to ${0.425 * low} Hz within 0.02 dB`, async (t) => {
    for (let share = 0.01; share <= 0.425; share += 0.0207) {
      const gain = gainDb(from, to, share * low);
      t.ok(Math.abs(gain) < 0.02, `${(share * low).toFixed(0)} Hz: ${gain.toFixed(4)} dB`);
    }
    const edge = gainDb(from, to, 0.425 * low);
    t.ok(Math.abs(edge) < 0.02, `at the edge ${edge.toFixed(4)} dB`);
  });

  t.test(`${from} to ${to} Hz lags by the whole number of samples it states`, async (t) => {
    const input = new Int16Array(from / 10);
    input[0] = 20000;
    const output = convert(from, to, input);
    const peak = output.indexOf(Math.max(...output));
    t.equal(peak, new Resampler(from, to).delaySamples);
    t.ok(peak / to < 0.0034, `${((peak / to) * 1000).toFixed(2)} ms`);
  });
}

for (const [from, to] of PAIRS.filter(([from, to]) => from > to)) {
  t.test(`${from} to ${to} Hz leaves no alias above -60 dB`, async (t) => {
    for (let frequency = to / 2; frequency < from / 2; frequency += from / 47) {
      const level = levelDb(from, to, frequency);
      t.ok(level < -60, `${frequency.toFixed(0)} Hz: ${level.toFixed(1)} dB`);
    }
  });
}

for (const [from, to] of PAIRS.filter(([from, to]) => from < to)) {
  t.test(`${from} to ${to} Hz leaves no image above -60 dB`, async (t) => {
    for (const share of [0.05, 0.2, 0.35, 0.425]) {
      const output = convert(from, to, sine(share * from, from, from / 5, 20000));
      const settled = output.subarray(Math.round(to * 0.02), Math.round(to * 0.18));
      for (let base = from; base - share * from < to / 2; base += from) {
        for (const image of [base - share * from, base + share * from]) {
          if (image >= to / 2) continue;
          const level = 20 * Math.log10(toneAmplitude(settled, image, to) / 20000);
          t.ok(level < -60, `image at ${image.toFixed(0)} Hz: ${level.toFixed(1)} dB`);
        }
      }
    }
  });
}

t.test('the output does not depend on how the input is cut into chunks', async (t) => {
  for (const [from, to] of PAIRS) {
    const input = noise(from / 4, 12000, 7);
    const whole = convert(from, to, input);
    const resampler = new Resampler(from, to);
    const output = new Int16Array(whole.length);
    let at = 0;
    let chunk = 1;
    for (let start = 0; start < input.length; start += chunk) {
      chunk = Math.min((chunk * 7 + 3) % 1201, input.length - start);
      if (chunk === 0) chunk = 1;
      const promised = resampler.outputLength(chunk);
      const written = resampler.process(input, start, chunk, output, at);
      if (written !== promised) t.equal(written, promised, 'outputLength is exact');
      at += written;
    }
    t.equal(at, whole.length);
    sameSamples(t, output, whole, `${from} to ${to} Hz`);
  }
});

t.test('reset starts a new stream', async (t) => {
  const input = noise(1000, 12000, 3);
  const resampler = new Resampler(24000, 8000);
  const first = new Int16Array(resampler.outputLength(input.length));
  resampler.process(input, 0, input.length, first, 0);
  resampler.reset();
  const again = new Int16Array(first.length);
  t.equal(resampler.process(input, 0, input.length, again, 0), first.length);
  sameSamples(t, again, first);
});

t.test('a full-scale square wave clips and never wraps', async (t) => {
  const input = Int16Array.from({ length: 4800 }, (_, i) => (i % 48 < 24 ? 32767 : -32768));
  const output = convert(24000, 8000, input);
  for (let i = 200; i < output.length; i++) {
    // 24000 / 48 = 500 Hz: the middle of each half wave is far from zero, with the input's sign.
    const phase = (i - new Resampler(24000, 8000).delaySamples) % 16;
    if (phase === 4) t.ok((output[i] as number) > 25000);
    if (phase === 12) t.ok((output[i] as number) < -25000);
  }
});

t.test('rates without a filter are refused', async (t) => {
  t.notOk(canResample(8000, 22050));
  t.notOk(canResample(Number.NaN, 8000));
  t.throws(() => new Resampler(12345, 8000), { code: 'AUDIO_RATE_UNSUPPORTED' });
});

t.test('an output that is too short is refused before anything is taken', async (t) => {
  const resampler = new Resampler(8000, 16000);
  const input = new Int16Array(10);
  t.throws(() => resampler.process(input, 0, 10, new Int16Array(19), 0), {
    code: 'AUDIO_BUFFER_TOO_SMALL',
  });
  t.equal(resampler.process(input, 0, 10, new Int16Array(20), 0), 20);
});
