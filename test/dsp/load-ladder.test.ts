import t from 'tap';
import { LoadLadder, TOP_STEP } from '../../src/dsp/load-ladder.js';

/** A shard's tasks, one every 20 ms, on a clock of its own. */
class Shard {
  readonly ladder = new LoadLadder();
  nowMs = 0;

  run(seconds: number, task: { behind: boolean; busyMs: number }): number {
    for (let i = 0; i < seconds * 50; i++) {
      this.nowMs += 20;
      this.ladder.update(task.behind, task.busyMs, this.nowMs);
    }
    return this.ladder.step;
  }
}

const BEHIND = { behind: true, busyMs: 20 };
const RELAXED = { behind: false, busyMs: 5 };
const TIGHT = { behind: false, busyMs: 15 };

t.test('a shard that is behind for a second goes a step up, and on to the top', async (t) => {
  const shard = new Shard();
  t.equal(shard.run(0.9, BEHIND), 0);
  t.equal(shard.run(0.2, BEHIND), 1);
  t.equal(shard.ladder.shedOf(40), 10, 'the newest quarter');
  t.notOk(shard.ladder.coarse);
  shard.run(3, BEHIND);
  t.equal(shard.ladder.shedOf(40), 40);
  t.notOk(shard.ladder.coarse, 'noise suppression first');
  shard.run(1, BEHIND);
  t.ok(shard.ladder.coarse);
  t.notOk(shard.ladder.refusing, 'then windows');
  shard.run(1, BEHIND);
  t.ok(shard.ladder.refusing);
  t.equal(shard.run(10, BEHIND), TOP_STEP);
});

t.test('stalls now and then change nothing', async (t) => {
  const shard = new Shard();
  for (let i = 0; i < 30; i++) {
    shard.run(0.4, BEHIND);
    shard.run(0.6, TIGHT);
  }
  t.equal(shard.ladder.step, 0);
});

t.test('it comes down a step at a time, after three seconds with time to spare', async (t) => {
  const shard = new Shard();
  shard.run(4, BEHIND);
  const up = shard.ladder.step;
  shard.run(2.5, RELAXED);
  t.equal(shard.ladder.step, up);
  shard.run(1.2, RELAXED);
  t.equal(shard.ladder.step, up - 1);
  shard.run(60, RELAXED);
  t.equal(shard.ladder.step, 0);
});

t.test('a shard that just keeps up stays where it is', async (t) => {
  const shard = new Shard();
  const up = shard.run(2, BEHIND);
  t.ok(up > 0);
  t.equal(shard.run(60, TIGHT), up);
});

t.test('a task that begins long after the one before counts as little time', async (t) => {
  const ladder = new LoadLadder();
  ladder.update(true, 20, 0);
  ladder.update(true, 20, 60_000);
  t.equal(ladder.step, 0);
});

t.test('the share of calls without noise suppression follows how many there are', async (t) => {
  const shard = new Shard();
  shard.run(1.1, BEHIND);
  t.equal(shard.ladder.shedOf(0), 0);
  t.equal(shard.ladder.shedOf(1), 1);
  t.equal(shard.ladder.shedOf(500), 125);
});
