// Events of actors, counted and searched for audio.

import t from 'tap';
import { assign, createActor, setup } from 'xstate';
import { EventCount, findBinary } from '../../bench/turns/event-count.js';

t.test('binary data is found wherever it lies in an event', async (t) => {
  t.equal(findBinary({ type: 'a', text: 'hello', words: [{ startMs: 1 }] }), undefined);
  t.equal(findBinary({ type: 'a', chunk: { pcm: new Int16Array(2) } }), '.chunk.pcm');
  t.equal(findBinary({ list: [1, Buffer.alloc(2)] }), '.list.1');
  t.equal(findBinary({ map: new Map([['key', new ArrayBuffer(2)]]) }), '.map.key');
});

t.test('a value that holds itself ends the search', async (t) => {
  const round: { self?: unknown } = {};
  round.self = round;
  t.equal(findBinary(round), undefined);
});

t.test('events are counted by kind, and those with audio are named', async (t) => {
  const count = new EventCount();
  const machine = setup({
    types: { context: {} as { n: number }, events: {} as { type: string; pcm?: Uint8Array } },
    actions: { count: assign({ n: ({ context }) => context.n + 1 }) },
  }).createMachine({ context: { n: 0 }, on: { 'a.b': { actions: 'count' } } });
  const actor = createActor(machine, { inspect: count.inspect }).start();
  actor.send({ type: 'a.b' });
  actor.send({ type: 'a.b', pcm: new Uint8Array(1) });
  actor.stop();
  t.equal(count.byKind['a.b'], 2);
  t.equal(
    count.total,
    Object.values(count.byKind).reduce((sum, n) => sum + n, 0),
  );
  t.strictSame([...count.binary], ['a.b: .pcm']);
});
