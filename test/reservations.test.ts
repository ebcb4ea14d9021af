import t from 'tap';
import { Reservations } from '../src/reservations.js';
import { DrivenClock } from './transports/driven-clock.js';

function setup(lifeMs = 15_000) {
  const clock = new DrivenClock();
  const freed: number[] = [];
  const places = new Reservations({
    lifeMs,
    after: (delayMs, callback) => clock.after(delayMs, callback),
    onFreed: () => freed.push(clock.nowMs()),
  });
  return { clock, freed, places };
}

t.test('a call has one place, however often its webhook is repeated (B7)', async (t) => {
  const { places, clock } = setup();
  for (let i = 0; i < 3; i += 1) places.reserve('CA1');
  places.reserve('CA2');
  t.equal(places.size, 2);
  t.equal(clock.pending, 2, 'and one timer');
});

t.test('a place is free again once its stream is here, and only once (B7)', async (t) => {
  const { places, clock, freed } = setup();
  places.reserve('CA1');
  t.equal(places.release('CA1'), true);
  t.equal(places.release('CA1'), false);
  t.equal(places.size, 0);
  t.equal(freed.length, 1);
  t.equal(clock.pending, 0, 'no timer is left over');
  t.equal(places.expired, 0);
});

t.test('a stream that does not come frees its place after its time (B7)', async (t) => {
  const { places, clock, freed } = setup(15_000);
  places.reserve('CA1');
  clock.advance(14_999);
  t.equal(places.has('CA1'), true);
  clock.advance(1);
  t.equal(places.has('CA1'), false);
  t.equal(freed.length, 1);
  t.equal(places.expired, 1);
});

t.test('a repeated webhook gives its place a whole new time (B7)', async (t) => {
  const { places, clock } = setup(15_000);
  places.reserve('CA1');
  clock.advance(10_000);
  places.reserve('CA1');
  clock.advance(10_000);
  t.equal(places.size, 1);
  clock.advance(5000);
  t.equal(places.size, 0);
});

t.test('all places are given up at once, without timers left', async (t) => {
  const { places, clock } = setup();
  for (let i = 0; i < 200; i += 1) places.reserve(`CA${i}`);
  places.clear();
  t.equal(places.size, 0);
  t.equal(clock.pending, 0);
});
