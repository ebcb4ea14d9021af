import t from 'tap';
import { WorkerPins } from '../../src/dsp/worker-pins.js';

const workers = (...ids: number[]): { id: number }[] => ids.map((id) => ({ id }));

t.test('a shard keeps its worker, whatever the order of the workers', async (t) => {
  const pins = new WorkerPins(2);
  t.equal(pins.choose(1, workers(11, 12))?.id, 11);
  t.equal(pins.choose(0, workers(11, 12))?.id, 12);
  for (const order of [workers(11, 12), workers(12, 11)]) {
    t.equal(pins.choose(1, order)?.id, 11);
    t.equal(pins.choose(0, order)?.id, 12);
  }
});

t.test('a task waits while only workers of other shards are there', async (t) => {
  const pins = new WorkerPins(2);
  pins.choose(0, workers(11));
  t.equal(pins.choose(1, workers(11)), null);
  t.equal(pins.choose(1, []), null);
});

t.test('after a respawn the shard gets the new worker, the others keep theirs', async (t) => {
  const pins = new WorkerPins(2);
  pins.choose(0, workers(11, 12));
  pins.choose(1, workers(11, 12));
  pins.release(0);
  t.notOk(pins.isPinned(11));
  t.equal(pins.choose(1, workers(12, 13))?.id, 12);
  t.equal(pins.choose(0, workers(12, 13))?.id, 13);
  t.equal(pins.threadOf(0), 13);
});

t.test('a shard whose worker is gone without notice gets a free one', async (t) => {
  const pins = new WorkerPins(1);
  pins.pin(0, 11);
  t.equal(pins.choose(0, workers(14))?.id, 14);
});
