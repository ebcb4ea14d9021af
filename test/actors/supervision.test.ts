import t from 'tap';
import {
  backoffMs,
  DEFAULT_RESTART_POLICY,
  mayRestart,
  noteFailure,
  type RestartPolicy,
} from '../../src/actors/supervision.js';
import { SeededRandom } from '../seeded-random.js';

const policy: RestartPolicy = { budget: 3, windowMs: 1000, backoffMs: 50, maxBackoffMs: 150 };

t.test('a child may fail one time less than its budget within the window', async (t) => {
  t.equal(mayRestart([], 0, policy), true);
  t.equal(mayRestart([0], 0, policy), true);
  t.equal(mayRestart([0, 1], 2, policy), false);
});

t.test('failures older than the window do not count', async (t) => {
  t.equal(mayRestart([0, 500], 999, policy), false);
  t.equal(mayRestart([0, 500], 1000, policy), true);
});

t.test('what is noted holds the failures that count, the new one last', async (t) => {
  t.strictSame(noteFailure([], 7, policy), [7]);
  t.strictSame(noteFailure([0, 500, 900], 1500, policy), [900, 1500]);
});

t.test('the wait doubles with each failure up to its limit', async (t) => {
  t.equal(backoffMs([], policy), 50);
  t.equal(backoffMs([1], policy), 50);
  t.equal(backoffMs([1, 2], policy), 100);
  t.equal(backoffMs([1, 2, 3], policy), 150);
  t.equal(backoffMs(Array(2000).fill(1), policy), 150);
});

t.test('a budget of one allows no restart', async (t) => {
  t.equal(mayRestart([], 0, { ...policy, budget: 1 }), false);
});

t.test('by default a child that fails at once, for good, is given up after 350 ms', async (t) => {
  let nowMs = 0;
  let failures: readonly number[] = [];
  while (mayRestart(failures, nowMs, DEFAULT_RESTART_POLICY)) {
    failures = noteFailure(failures, nowMs, DEFAULT_RESTART_POLICY);
    nowMs += backoffMs(failures, DEFAULT_RESTART_POLICY);
  }
  t.equal(nowMs, 350);
});

t.test('for any failures, what is kept is bounded by the budget', async (t) => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const random = new SeededRandom(seed);
    const { budget } = policy;
    let nowMs = 0;
    let failures: readonly number[] = [];
    for (let i = 0; i < 200; i += 1) {
      nowMs += random.below(1200);
      if (mayRestart(failures, nowMs, policy)) failures = noteFailure(failures, nowMs, policy);
      if (failures.length >= budget) return t.fail(`${failures.length} kept with seed ${seed}`);
    }
  }
  return t.pass('100 runs');
});
