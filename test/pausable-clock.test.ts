import t from 'tap';
import { createActor, createMachine, SimulatedClock } from 'xstate';
import { PausableClock } from '../src/pausable-clock.js';

function setup() {
  const timers = new SimulatedClock();
  const clock = new PausableClock({ timers, nowMs: () => timers.now() });
  const ran: number[] = [];
  const after = (delayMs: number) => clock.setTimeout(() => ran.push(timers.now()), delayMs);
  return { timers, clock, ran, after };
}

t.test('a timer has left after a pause what it had before it (B9)', async (t) => {
  const { timers, clock, ran, after } = setup();
  after(1000);
  timers.increment(400);
  clock.pause();
  timers.increment(60_000);
  t.same(ran, []);
  clock.resume();
  timers.increment(599);
  t.same(ran, []);
  timers.increment(1);
  t.same(ran, [61_000]);
  t.equal(clock.pending, 0);
});

t.test('what is set while the clock stands begins with it (B9)', async (t) => {
  const { timers, clock, ran, after } = setup();
  clock.pause();
  after(100);
  timers.increment(1000);
  t.same(ran, []);
  clock.resume();
  timers.increment(100);
  t.same(ran, [1100]);
});

t.test('a timer that is taken back never runs, standing clock or not (B9)', async (t) => {
  const { timers, clock, ran, after } = setup();
  const [one, two] = [after(100), after(100)];
  clock.clearTimeout(one);
  clock.pause();
  clock.clearTimeout(two);
  clock.clearTimeout(two);
  clock.clearTimeout(undefined);
  clock.resume();
  timers.increment(1000);
  t.same(ran, []);
  t.equal(clock.pending, 0);
});

t.test('pausing twice or going on twice changes nothing (B9)', async (t) => {
  const { timers, clock, ran, after } = setup();
  after(1000);
  clock.resume();
  timers.increment(500);
  clock.pause();
  timers.increment(500);
  clock.pause();
  timers.increment(500);
  clock.resume();
  clock.resume();
  timers.increment(499);
  t.same(ran, []);
  timers.increment(1);
  t.equal(ran.length, 1);
});

t.test(
  "a machine's delays stand still with it, and a stopped machine leaves no timer (B9)",
  async (t) => {
    const { timers, clock } = setup();
    const machine = createMachine({
      initial: 'waiting',
      states: {
        waiting: { after: { 1000: 'late' } },
        late: { after: { 5000: 'later' } },
        later: {},
      },
    });
    const actor = createActor(machine, { clock }).start();
    timers.increment(999);
    clock.pause();
    timers.increment(10_000);
    t.equal(actor.getSnapshot().value, 'waiting');
    clock.resume();
    timers.increment(1);
    t.equal(actor.getSnapshot().value, 'late');
    actor.stop();
    t.equal(clock.pending, 0);
  },
);
