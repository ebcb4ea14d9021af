import t from 'tap';
import { UtteranceLedger } from '../../../src/providers/openai/utterance-ledger.js';

type Told = ['interim' | 'final', number, string];

function start() {
  const told: Told[] = [];
  const ledger = new UtteranceLedger({
    interim: (id, text) => told.push(['interim', id, text]),
    final: (id, text) => told.push(['final', id, text]),
  });
  const utter = (id: number) => {
    ledger.begin(id);
    ledger.commit(id);
    ledger.finish(id);
  };
  return { told, ledger, utter };
}

t.test('items belong to commits in the order of both', async (t) => {
  const { told, ledger, utter } = start();
  utter(1);
  utter(2);
  ledger.committed('a');
  ledger.committed('b');
  ledger.completed('b', 'two');
  t.same(told, [], 'the second final waits for the first');
  ledger.completed('a', 'one');
  t.same(told, [
    ['final', 1, 'one'],
    ['final', 2, 'two'],
  ]);
});

t.test('a final comes once, however often its item is completed', async (t) => {
  const { told, ledger, utter } = start();
  utter(1);
  ledger.committed('a');
  ledger.completed('a', ' one ');
  ledger.completed('a', 'again');
  ledger.finish(1);
  t.same(told, [['final', 1, 'one']]);
});

t.test('a transcript known before finish waits for it', async (t) => {
  const { told, ledger } = start();
  ledger.begin(1);
  ledger.commit(1);
  ledger.committed('a');
  ledger.completed('a', 'one');
  t.same(told, []);
  t.equal(ledger.awaits(1), false);
  ledger.finish(1);
  t.same(told, [['final', 1, 'one']]);
  t.equal(ledger.awaits(1), false);
});

t.test('an utterance never finished holds no other back', async (t) => {
  const { told, ledger, utter } = start();
  ledger.begin(1);
  ledger.commit(1);
  utter(2);
  ledger.committed('a');
  ledger.committed('b');
  ledger.completed('b', 'two');
  t.same(told, [['final', 2, 'two']]);
});

t.test('a delta before the commit claims the item, and the commit confirms it', async (t) => {
  const { told, ledger } = start();
  ledger.begin(1);
  ledger.delta('a', 'on');
  ledger.commit(1);
  ledger.committed('a');
  ledger.delta('a', 'e');
  ledger.finish(1);
  ledger.completed('a', 'one');
  t.same(told, [
    ['interim', 1, 'on'],
    ['interim', 1, 'one'],
    ['final', 1, 'one'],
  ]);
});

t.test('a wrong claim is undone by the commit', async (t) => {
  const { told, ledger, utter } = start();
  utter(1);
  ledger.delta('stray', 'x');
  ledger.completed('stray', 'x');
  ledger.committed('a');
  ledger.delta('a', 'one');
  ledger.completed('stray', 'x');
  ledger.completed('a', 'one');
  t.same(told, [
    ['interim', 1, 'x'],
    ['interim', 1, 'one'],
    ['final', 1, 'one'],
  ]);
});

t.test('what still comes of an old item is nobody else’s', async (t) => {
  const { told, ledger, utter } = start();
  utter(1);
  ledger.committed('a');
  ledger.completed('a', 'one');
  ledger.begin(2);
  ledger.delta('a', 'late');
  ledger.completed('a', 'late');
  t.same(told, [['final', 1, 'one']]);
});

t.test('a refused commit settles its own utterance, or the oldest where unknown', async (t) => {
  const { told, ledger, utter } = start();
  for (const id of [1, 2, 3]) utter(id);
  ledger.refused(2);
  ledger.refused(undefined);
  ledger.committed('c');
  ledger.completed('c', 'three');
  t.same(told, [
    ['final', 1, ''],
    ['final', 2, ''],
    ['final', 3, 'three'],
  ]);
  t.doesNotThrow(() => ledger.refused(undefined), 'nothing left to refuse');
});

t.test('a commit nobody asked for is told', async (t) => {
  const { ledger } = start();
  t.equal(ledger.committed('a'), false);
});

t.test('utterances that are never finished do not pile up', async (t) => {
  const { told, ledger, utter } = start();
  for (let id = 1; id <= 1000; id++) ledger.begin(id);
  utter(1001);
  ledger.committed('a');
  ledger.completed('a', 'end');
  t.same(told, [['final', 1001, 'end']]);
  ledger.finish(1);
  t.equal(ledger.awaits(1), false, 'the oldest are forgotten');
  ledger.finish(999);
  t.equal(ledger.awaits(999), true, 'the newest are not');
});
