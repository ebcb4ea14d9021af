// What of a reply was played, told by the recording alone.

import t from 'tap';
import { seam, Wholes } from '../../bench/turns/played.js';
import { SeededRandom } from '../seeded-random.js';

function noise(seed: number, samples: number): Int16Array {
  const random = new SeededRandom(seed);
  return Int16Array.from({ length: samples }, () => random.below(8000) - 4000 || 1);
}

function join(...parts: readonly (Int16Array | number)[]): Int16Array {
  return Int16Array.from(
    parts.flatMap((part) =>
      typeof part === 'number' ? Array.from({ length: part }, () => 0) : [...part],
    ),
  );
}

const one = noise(1, 4000);
const other = noise(2, 4000);
const wholes = new Wholes([one, other]);

t.test('a reply that was played without a break is one run', async (t) => {
  t.strictSame(wholes.runsOf(join(320, other, 160)), [{ whole: 1, from: 0, to: 4000, at: 320 }]);
});

t.test('a pause between two parts of a reply loses and repeats nothing', async (t) => {
  const [before, after] = wholes.runsOf(join(one.slice(0, 1600), 800, one.slice(1600)));
  t.match(after, { whole: 0, from: 1600, to: 4000, at: 2400 });
  t.strictSame(before && after && seam(before, after), { lostMs: 0, repeatedMs: 0 });
});

t.test('what was left out is told to the sample', async (t) => {
  const [before, after] = wholes.runsOf(join(one.slice(0, 1600), 800, one.slice(1763)));
  t.strictSame(before && after && seam(before, after), { lostMs: 163 / 8, repeatedMs: 0 });
});

t.test('what was played twice is told to the sample', async (t) => {
  const [before, after] = wholes.runsOf(join(one.slice(0, 1600), 800, one.slice(1500)));
  t.strictSame(before && after && seam(before, after), { lostMs: 0, repeatedMs: 12.5 });
});

t.test('silence and sound of something else are no runs', async (t) => {
  t.strictSame(wholes.runsOf(join(400, noise(3, 1000), 400)), []);
});
