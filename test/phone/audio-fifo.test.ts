import t from 'tap';
import { AudioFifo } from '../../src/phone/audio-fifo.js';

t.test('chunks of any length are read through as one', async (t) => {
  const fifo = new AudioFifo();
  fifo.push(Uint8Array.of(1, 2, 3));
  fifo.push(Uint8Array.of(4));
  fifo.push(Uint8Array.of(5, 6, 7, 8));
  const target = new Uint8Array(5);
  t.equal(fifo.read(target, 5), 5);
  t.strictSame([...target], [1, 2, 3, 4, 5]);
  t.equal(fifo.read(target, 5), 3);
  t.strictSame([...target.subarray(0, 3)], [6, 7, 8]);
  t.equal(fifo.read(target, 5), 0);
});

t.test('after clear only what is new is read', async (t) => {
  const fifo = new AudioFifo();
  fifo.push(Uint8Array.of(1, 2, 3));
  fifo.read(new Uint8Array(1), 1);
  fifo.clear();
  fifo.push(Uint8Array.of(9, 8));
  const target = new Uint8Array(4);
  t.equal(fifo.read(target, 4), 2);
  t.strictSame([...target], [9, 8, 0, 0]);
});
