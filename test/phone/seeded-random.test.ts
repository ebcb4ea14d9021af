import t from 'tap';
import { seededRandom } from '../../src/phone/seeded-random.js';

t.test('the same seed gives the same numbers, another seed others', async (t) => {
  const draw = (seed: number): number[] => Array.from({ length: 10 }, seededRandom(seed));
  t.strictSame(draw(1), draw(1));
  t.notSame(draw(1), draw(2));
});

t.test('numbers lie in 0 to 1 and spread evenly', async (t) => {
  const random = seededRandom(3);
  const bins = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 100_000; i += 1) {
    const bin = Math.floor(random() * 10);
    bins[bin] = (bins[bin] ?? NaN) + 1;
  }
  t.equal(bins.length, 10);
  t.ok(
    bins.every((count) => Math.abs(count - 10_000) < 500),
    bins.join(' '),
  );
});

t.test('neighbouring seeds have nothing to do with each other', async (t) => {
  for (const draw of [0, 1, 5]) {
    let below = 0;
    for (let seed = 0; seed < 6000; seed += 1) {
      const random = seededRandom(seed);
      for (let skip = 0; skip < draw; skip += 1) random();
      if (random() < 1 / 6) below += 1;
    }
    t.ok(Math.abs(below - 1000) < 120, `${below} of 6000`);
  }
});
