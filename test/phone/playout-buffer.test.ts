import t from 'tap';
import { PlayoutBuffer } from '../../src/phone/playout-buffer.js';

function buffer(): { echoed: string[]; playout: PlayoutBuffer } {
  const echoed: string[] = [];
  return { echoed, playout: new PlayoutBuffer((name) => echoed.push(name)) };
}

t.test('audio is played in frames of 160 bytes', async (t) => {
  const { playout } = buffer();
  playout.push(400);
  t.strictSame([playout.tick(), playout.tick(), playout.tick(), playout.tick()], [160, 160, 80, 0]);
});

t.test('a mark comes back when the audio before it has finished playing', async (t) => {
  const { echoed, playout } = buffer();
  playout.push(320);
  playout.mark('first');
  playout.push(160);
  playout.mark('second');
  playout.tick();
  playout.tick();
  t.strictSame(echoed, [], 'the second frame is still on the line');
  playout.tick();
  t.strictSame(echoed, ['first']);
  playout.tick();
  t.strictSame(echoed, ['first', 'second']);
});

t.test('a mark with nothing queued and nothing playing comes back at once', async (t) => {
  const { echoed, playout } = buffer();
  playout.mark('now');
  t.strictSame(echoed, ['now']);
});

t.test('a mark behind the frame that is playing waits for its end', async (t) => {
  const { echoed, playout } = buffer();
  playout.push(160);
  playout.tick();
  t.equal(playout.queued, 0);
  playout.mark('end');
  t.strictSame(echoed, []);
  playout.tick();
  t.strictSame(echoed, ['end']);
});

t.test('clear drops the queue and returns every pending mark at once, in order', async (t) => {
  const { echoed, playout } = buffer();
  playout.push(1600);
  playout.mark('a');
  playout.push(1600);
  playout.mark('b');
  playout.tick();
  t.equal(playout.pendingMarks, 2);
  playout.clear();
  t.strictSame(echoed, ['a', 'b']);
  t.equal(playout.queued, 0);
  t.equal(playout.tick(), 0);
  t.strictSame(echoed, ['a', 'b'], 'none comes twice');
});

t.test('a mark after clear comes back at once', async (t) => {
  const { echoed, playout } = buffer();
  playout.push(160);
  playout.tick();
  playout.clear();
  playout.mark('after');
  t.strictSame(echoed, ['after']);
});

t.test('audio after clear is played from its beginning', async (t) => {
  const { echoed, playout } = buffer();
  playout.push(1600);
  playout.clear();
  playout.push(200);
  playout.mark('new');
  t.strictSame([playout.tick(), playout.tick(), playout.tick()], [160, 40, 0]);
  t.strictSame(echoed, ['new']);
});

t.test('idle means nothing queued and nothing on the line', async (t) => {
  const { playout } = buffer();
  t.ok(playout.idle);
  playout.push(160);
  t.notOk(playout.idle);
  playout.tick();
  t.notOk(playout.idle);
  playout.tick();
  t.ok(playout.idle);
});
