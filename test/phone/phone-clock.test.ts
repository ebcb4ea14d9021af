import t from 'tap';
import { machineClock, ManualClock } from '../../src/phone/phone-clock.js';

t.test('manual time stands still until it is moved', async (t) => {
  const clock = new ManualClock();
  let fired = false;
  clock.setTimer(10, () => {
    fired = true;
  });
  await clock.advance(9);
  t.notOk(fired);
  await clock.advance(1);
  t.ok(fired);
  t.equal(clock.nowMs(), 10);
});

t.test('timers and frames come in the order of their moments', async (t) => {
  const clock = new ManualClock();
  const seen: string[] = [];
  clock.everyFrame((dueMs) => seen.push(`frame ${dueMs}`));
  clock.setTimer(30, () => seen.push(`timer ${clock.nowMs()}`));
  await clock.advance(60);
  t.strictSame(seen, ['frame 20', 'timer 30', 'frame 40', 'frame 60']);
});

t.test('promises that a moment settles run on before the next moment', async (t) => {
  const clock = new ManualClock();
  const seen: number[] = [];
  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      clock.setTimer(ms, resolve);
    });
  const run = async (): Promise<void> => {
    for (let i = 0; i < 3; i += 1) {
      await sleep(10);
      seen.push(clock.nowMs());
    }
  };
  void run();
  await clock.advance(100);
  t.strictSame(seen, [10, 20, 30]);
});

t.test('what is cancelled does not happen', async (t) => {
  const clock = new ManualClock();
  let calls = 0;
  const count = (): void => {
    calls += 1;
  };
  const cancelTimer = clock.setTimer(10, count);
  const endFrames = clock.everyFrame(count);
  cancelTimer();
  endFrames();
  await clock.advance(100);
  t.equal(calls, 0);
});

t.test("the machine's clock counts real time", async (t) => {
  const before = machineClock.nowMs();
  await new Promise<void>((resolve) => {
    machineClock.setTimer(15, resolve);
  });
  t.ok(machineClock.nowMs() - before >= 13);
  let late = false;
  machineClock.setTimer(5, () => {
    late = true;
  })();
  await new Promise((resolve) => {
    setTimeout(resolve, 20);
  });
  t.notOk(late, 'a cancelled timer does not fire');
});
