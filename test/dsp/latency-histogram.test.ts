import t from 'tap';
import { LatencyHistogram } from '../../src/dsp/latency-histogram.js';
import { random } from './signals.js';

t.test('an empty histogram says 0', async (t) => {
  const histogram = new LatencyHistogram();
  t.same([histogram.percentile(0.5), histogram.percentile(0.99), histogram.max], [0, 0, 0]);
});

t.test('percentiles are exact to half a millisecond below 128 ms', async (t) => {
  const next = random(9);
  const histogram = new LatencyHistogram();
  const values = Array.from({ length: 5000 }, () => next() ** 3 * 120);
  for (const value of values) histogram.add(value);
  values.sort((a, b) => a - b);
  for (const share of [0.01, 0.5, 0.9, 0.99]) {
    const exact = values[Math.ceil(share * values.length) - 1] as number;
    const got = histogram.percentile(share);
    t.ok(got >= exact && got <= exact + 0.5, `${share}: ${got} for ${exact}`);
  }
  t.equal(histogram.max, values.at(-1));
  t.equal(histogram.count, 5000);
});

t.test('values of any size are counted, the largest exactly', async (t) => {
  const histogram = new LatencyHistogram();
  for (const value of [-3, 0, 1000, 99_999]) histogram.add(value);
  t.equal(histogram.count, 4);
  t.equal(histogram.max, 99_999);
  t.equal(histogram.percentile(0.75), 1008);
  t.equal(histogram.percentile(0.25), 0.5);
});
