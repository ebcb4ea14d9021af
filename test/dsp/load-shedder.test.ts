import t from 'tap';
import { LoadShedder } from '../../src/dsp/load-shedder.js';

/** Tell of `count` equal tasks. @returns calls shed after them */
function tasks(shedder: LoadShedder, count: number, ranOut: boolean, busyMs: number): number {
  for (let i = 0; i < count; i++) shedder.update(ranOut, busyMs, 40);
  return shedder.shed;
}

t.test('a shard that runs out of time for a while sheds an eighth of its calls', async (t) => {
  const shedder = new LoadShedder();
  t.equal(tasks(shedder, 11, true, 15), 0);
  t.equal(tasks(shedder, 1, true, 15), 5);
  t.equal(tasks(shedder, 12, true, 15), 10);
});

t.test('it never sheds more calls than there are', async (t) => {
  const shedder = new LoadShedder();
  t.equal(tasks(shedder, 1000, true, 15), 40);
  t.equal(shedder.update(false, 15, 7), 7);
});

t.test('a burst now and then sheds nothing', async (t) => {
  const shedder = new LoadShedder();
  for (let i = 0; i < 50; i++) {
    tasks(shedder, 10, true, 15);
    tasks(shedder, 1, false, 12);
  }
  t.equal(shedder.shed, 0);
});

t.test('calls come back one by one while there is time to spare', async (t) => {
  const shedder = new LoadShedder();
  tasks(shedder, 12, true, 15);
  t.equal(tasks(shedder, 99, false, 3), 5);
  t.equal(tasks(shedder, 1, false, 3), 4);
  t.equal(tasks(shedder, 500, false, 3), 0);
});

t.test('a shard that just keeps up changes nothing', async (t) => {
  const shedder = new LoadShedder();
  tasks(shedder, 12, true, 15);
  t.equal(tasks(shedder, 5000, false, 12), 5);
});
