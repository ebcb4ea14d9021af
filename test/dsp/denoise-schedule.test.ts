// Which octets run and who moves.

import t from 'tap';
import { OctetSchedule, occupiedMask } from '../../src/dsp/denoise/batched/schedule.js';
import { seededRandom } from './harness/random.js';

function consolidated(ready: readonly number[], occupied: number) {
  const schedule = new OctetSchedule(16);
  for (const place of ready) schedule.markReady(place);
  const swaps: [number, number][] = [];
  const octets = schedule.consolidate(occupied, (a, b) => swaps.push([a, b]));
  const order = Array.from({ length: octets }, (_, rank) => schedule.octetAt(rank));
  return { schedule, swaps, order };
}

t.test('full octets run where they are', (t) => {
  const { swaps, order } = consolidated([...Array(24).keys()], 24);
  t.same(order, [0, 1, 2]);
  t.same(swaps, []);
  t.end();
});

t.test('ready calls of the emptiest octet move into idle places of the fullest', (t) => {
  const { swaps, order, schedule } = consolidated([0, 1, 2, 3, 4, 5, 9, 17], 24);
  t.same(order, [0]);
  t.same(swaps, [
    [9, 6],
    [17, 7],
  ]);
  t.equal(schedule.readyMask(0), 0xff);
  t.equal(schedule.readyMask(1), 0);
  t.end();
});

t.test('nobody moves where that would save no octet', (t) => {
  const { swaps, order } = consolidated([0, 1, 2, 3, 4, 8, 9, 10, 11], 16);
  t.same(order, [0, 1]);
  t.same(swaps, []);
  t.end();
});

t.test('places beyond the last call are not used', (t) => {
  const { swaps, order } = consolidated([0, 8], 9);
  t.same(order, [0]);
  t.same(swaps, [[8, 1]]);
  t.equal(occupiedMask(1, 9), 1);
  t.equal(occupiedMask(0, 9), 0xff);
  t.end();
});

t.test('no call runs in no octet', (t) => {
  const { order } = consolidated([], 12);
  t.same(order, []);
  t.end();
});

t.test('any ready set runs completely in as few octets as can hold it', (t) => {
  const random = seededRandom(1);
  for (let round = 0; round < 500; round++) {
    const occupied = 1 + Math.floor(random() * 128);
    const share = random();
    const ready = [...Array(occupied).keys()].filter(() => random() < share);
    const callAt = [...Array(occupied).keys()];
    const schedule = new OctetSchedule(16);
    for (const place of ready) schedule.markReady(place);
    const octets = schedule.consolidate(occupied, (a, b) => {
      [callAt[a], callAt[b]] = [callAt[b] ?? -1, callAt[a] ?? -1];
    });
    const runs: number[] = [];
    for (let rank = 0; rank < octets; rank++) {
      const octet = schedule.octetAt(rank);
      for (let place = 0; place < 8; place++) {
        if ((schedule.readyMask(octet) >> place) & 1) runs.push(callAt[octet * 8 + place] ?? -1);
      }
    }
    t.same(
      runs.sort((a, b) => a - b),
      ready,
    );
    // The last octet may have fewer places; it then counts as a part.
    t.ok(octets <= Math.ceil(ready.length / 8) + 1);
    if (occupied % 8 === 0) t.equal(octets, Math.ceil(ready.length / 8));
  }
  t.end();
});
