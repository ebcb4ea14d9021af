import t from 'tap';
import { upsampleByTwo } from '../../../src/providers/openai/upsample.js';

function sine(hz: number, rateHz: number, samples: number, amplitude = 10_000): Int16Array {
  return Int16Array.from({ length: samples }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / rateHz)),
  );
}

/** Level of what differs from `expected`, in dB below it, away from the ends. */
function errorDb(actual: Int16Array, expected: Int16Array): number {
  let signal = 0;
  let noise = 0;
  for (let i = 200; i < expected.length - 200; i++) {
    signal += (expected[i] ?? 0) ** 2;
    noise += ((actual[i] ?? 0) - (expected[i] ?? 0)) ** 2;
  }
  return 10 * Math.log10(noise / signal);
}

t.test('the line’s band comes out as if it had been recorded at 16 kHz', async (t) => {
  for (const hz of [300, 1000, 2500, 3300]) {
    const error = errorDb(upsampleByTwo(sine(hz, 8000, 4000)), sine(hz, 16_000, 8000));
    t.ok(error < -38, `${hz} Hz: ${error.toFixed(1)} dB`);
  }
});

t.test('every second sample is the original one', async (t) => {
  const pcm = sine(700, 8000, 100);
  const out = upsampleByTwo(pcm);
  t.equal(out.length, 200);
  t.same(
    out.filter((_, i) => i % 2 === 0),
    pcm,
  );
});

t.test('a constant stays constant, and the loudest square wave does not wrap', async (t) => {
  const flat = upsampleByTwo(new Int16Array(200).fill(1000));
  t.ok(flat.subarray(64, -64).every((sample) => Math.abs(sample - 1000) <= 1));
  const square = Int16Array.from({ length: 400 }, (_, i) => (i % 40 < 20 ? 32_767 : -32_768));
  const out = upsampleByTwo(square);
  for (const [i, sample] of out.entries()) {
    const near = square[i >> 1] ?? 0;
    const next = square[(i >> 1) + 1] ?? near;
    if (near === next) t.ok(Math.sign(sample) === Math.sign(near) || t.fail(`wrapped at ${i}`));
  }
});

t.test('an empty utterance stays empty', async (t) => {
  t.equal(upsampleByTwo(new Int16Array(0)).length, 0);
});
