import t from 'tap';
import { LatenessHistogram } from '../../src/phone/lateness.js';

t.test('an empty histogram says zero', async (t) => {
  t.strictSame(new LatenessHistogram().read(), { count: 0, meanMs: 0, p99Ms: 0, maxMs: 0 });
});

t.test('mean and maximum are exact, the percentile is to a quarter of a millisecond', async (t) => {
  const histogram = new LatenessHistogram();
  for (let i = 0; i < 980; i += 1) histogram.add(1);
  for (let i = 0; i < 20; i += 1) histogram.add(30);
  t.strictSame(histogram.read(), { count: 1000, meanMs: 1.58, p99Ms: 30.25, maxMs: 30 });
});

t.test('what is later than 100 ms is in the last bin', async (t) => {
  const histogram = new LatenessHistogram();
  histogram.add(5000);
  t.strictSame(histogram.read(), { count: 1, meanMs: 5000, p99Ms: 100.25, maxMs: 5000 });
});
