import t from 'tap';
import { FrameTimer } from '../../src/phone/frame-timer.js';

const wait = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Keep the event loop busy. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

t.test('moments due are exactly 20 ms apart, however late the timer is', async (t) => {
  const timer = new FrameTimer();
  const due: number[] = [];
  const end = timer.add((dueMs) => due.push(dueMs));
  await wait(130);
  block(15);
  await wait(60);
  end();
  t.ok(due.length >= 4, `${due.length} frames`);
  const first = due[0] ?? 0;
  for (const dueMs of due) {
    const periods = (dueMs - first) / 20;
    t.ok(Math.abs(periods - Math.round(periods)) < 1e-6);
  }
});

t.test('no frame is lost to a stall: the moment due tells how many are owed', async (t) => {
  const timer = new FrameTimer();
  const due: number[] = [];
  const startMs = performance.now();
  const end = timer.add((dueMs) => due.push(dueMs));
  await wait(50);
  block(150);
  await wait(30);
  end();
  const largest = Math.max(...due.slice(1).map((dueMs, i) => dueMs - (due[i] ?? 0)));
  t.ok(largest >= 120, `the stall shows as ${largest} ms`);
  const owed = Math.floor((performance.now() - startMs) / 20);
  const told = Math.round(((due.at(-1) ?? 0) - (due[0] ?? 0)) / 20) + 1;
  t.ok(told >= owed - 2 && told <= owed, `${told} told of ${owed}`);
  t.ok(timer.lateness().maxMs >= 100);
});

t.test('after a stall every phone is served at once, whatever its phase', async (t) => {
  const timer = new FrameTimer();
  const served = [0, 0, 0];
  const ends: (() => void)[] = [];
  for (const index of served.keys()) {
    ends.push(
      timer.add(() => {
        served[index] = performance.now();
      }),
    );
    block(5);
  }
  await wait(50);
  block(100);
  const stalledUntilMs = performance.now();
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  for (const end of ends) end();
  t.ok(
    served.every((atMs) => atMs >= stalledUntilMs),
    served.map((atMs) => (atMs - stalledUntilMs).toFixed(1)).join(' '),
  );
});

t.test('phones that begin at other times tick at other times', async (t) => {
  const timer = new FrameTimer();
  const due = new Map<string, number>();
  const ends = [timer.add((dueMs) => due.set('a', dueMs))];
  block(7);
  ends.push(timer.add((dueMs) => due.set('b', dueMs)));
  await wait(60);
  for (const end of ends) end();
  const apart = Math.abs((due.get('a') ?? 0) - (due.get('b') ?? 0)) % 20;
  t.ok(apart >= 5 && apart <= 15, `${apart} ms apart`);
});

t.test('after the end a listener is not called', async (t) => {
  const timer = new FrameTimer();
  let calls = 0;
  const end = timer.add(() => {
    calls += 1;
    end();
    end();
  });
  await wait(80);
  t.equal(calls, 1);
});

t.test('a listener that ends another one within a tick is safe', async (t) => {
  const timer = new FrameTimer();
  const calls: string[] = [];
  const ends: (() => void)[] = [];
  ends.push(
    timer.add(() => {
      calls.push('a');
      ends[1]?.();
    }),
    timer.add(() => calls.push('b')),
  );
  await wait(70);
  ends[0]?.();
  t.ok(calls.includes('a'));
  t.notOk(calls.slice(2).includes('b'));
});
