// Finals are asked for before the turn ends, so that its end need not wait for them.

import t from 'tap';
import { createEndpointing, DEFAULT_ENDPOINTING } from '../../src/actors/endpointing/index.js';
import type { TurnSettings } from '../../src/actors/turn-context.js';
import { floor } from '../fakes/floor.js';

const FINAL_MS = 200;

/** A floor whose recogniser's finals take 200 ms, as one turn has shown; the answer to it was heard. */
function afterOneTurn(settings: Partial<TurnSettings> = {}) {
  const f = floor({ draftAfterMs: undefined, ...settings });
  f.agentSpeaks(1, 'Hello.');
  f.callerSpeaks(1);
  f.wait(400);
  f.wait(FINAL_MS);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'opening hours' });
  f.agentSpeaks(2, 'From nine to five.');
  f.take();
  return f;
}

const final = (utteranceId: number, text: string) =>
  ({ type: 'stt.final', utteranceId, text }) as const;
const interim = (utteranceId: number, text: string) =>
  ({ type: 'stt.interim', utteranceId, text }) as const;

t.test(
  'the first final is asked for when the turn ends: nothing is known of the recogniser',
  async (t) => {
    const f = floor();
    f.agentSpeaks(1, 'Hello.');
    f.take();
    f.callerSpeaks(1);
    f.wait(390);
    t.strictSame(f.take(), []);
    f.wait(10);
    t.strictSame(f.take(), ['stt.finish 1']);
  },
);

t.test('later ones so early that the turn is committed the moment it ends', async (t) => {
  const f = afterOneTurn();
  f.callerSpeaks(2);
  // The voice ended 200 ms ago, and the turn ends 600 ms after it: 250 ms before that.
  f.wait(140);
  t.strictSame(f.take(), []);
  f.wait(10);
  t.strictSame(f.take(), ['stt.finish 2']);
  f.wait(FINAL_MS);
  f.tell(final(2, 'and on Sunday?'));
  t.strictSame(f.take(), [], 'the caller may still go on');
  f.wait(50);
  t.strictSame(f.take(), ['reply 3 turn and on Sunday?']);
  f.tell({ type: 'agent.clause', generation: 3, text: 'Closed.' });
  f.tell({ type: 'playback.started', generation: 3, atMs: f.clock.now() });
  t.match(f.log.latencies.at(-1), { endpointingMs: 600, sttMs: 0 });
});

t.test(
  'who goes on after that has one turn of two utterances, whenever the finals come',
  async (t) => {
    for (const late of [false, true]) {
      const f = afterOneTurn();
      f.callerSpeaks(2);
      f.wait(300);
      t.strictSame(f.take(), ['stt.finish 2']);
      if (!late) f.tell(final(2, 'my number is'));
      f.callerSpeaks(3);
      f.wait(350);
      f.tell(final(3, 'five five five'));
      f.wait(100);
      if (late) {
        t.strictSame(f.take(), ['stt.finish 3'], 'the turn is over, but not all of it is known');
        f.tell(final(2, 'my number is'));
      }
      t.equal(
        f.take().at(-1),
        'reply 3 turn my number is five five five',
        late ? 'late' : 'in time',
      );
      t.equal(f.log.turns.filter(({ role }) => role === 'caller').length, 2);
    }
  },
);

t.test('a final that never comes is taken from its interim, with others behind it', async (t) => {
  const f = afterOneTurn();
  f.callerSpeaks(2);
  f.tell(interim(2, 'my number is'));
  f.wait(300);
  f.callerSpeaks(3);
  f.tell(interim(3, 'five five'));
  f.wait(350);
  f.tell(final(3, 'five five five'));
  f.take();
  f.wait(100 + 2500);
  t.strictSame(f.take(), ['reply 3 turn my number is five five five']);
});

t.test('an interim of what was handed over counts until its final is there', async (t) => {
  const f = afterOneTurn();
  f.callerSpeaks(2);
  f.tell(interim(2, 'five five'));
  f.wait(200);
  f.tell(interim(2, 'five five five'));
  f.wait(200 + 2500);
  t.equal(f.take().at(-1), 'reply 3 turn five five five');
});

t.test('nothing of a turn is left for the next one', async (t) => {
  const f = afterOneTurn();
  f.callerSpeaks(2);
  f.tell(interim(2, 'hello'));
  f.wait(400 + 2500);
  t.equal(f.take().at(-1), 'reply 3 turn hello');
  f.agentSpeaks(3, 'Hi.');
  f.tell(final(2, 'hello there'));
  f.tell(interim(2, 'hello there'));
  f.callerSpeaks(3);
  f.tell(final(3, 'goodbye'));
  f.wait(400);
  f.tell(final(3, 'goodbye'));
  t.equal(f.take().at(-1), 'reply 4 turn goodbye');
});

t.test('without interims the words of the final decide how long to wait', async (t) => {
  const endpointing = createEndpointing({
    ...DEFAULT_ENDPOINTING,
    strategies: ['fixed', 'text'],
    baseMs: 600,
  });
  const f = afterOneTurn({ endpointing });
  f.callerSpeaks(2);
  f.wait(150 + FINAL_MS);
  f.tell(final(2, 'my number is'));
  f.take();
  f.wait(600);
  t.strictSame(f.take(), [], 'it asks for more');
  f.callerSpeaks(3);
  f.wait(150 + FINAL_MS);
  f.tell(final(3, 'thank you goodbye'));
  f.wait(50);
  t.equal(f.take().at(-1), 'reply 3 turn my number is thank you goodbye');
});

t.test('a final in the pause is drafted for at once', async (t) => {
  const f = afterOneTurn({ draftAfterMs: 150 });
  f.callerSpeaks(2);
  f.wait(150 + FINAL_MS);
  f.take();
  f.tell(final(2, 'on Sunday?'));
  f.wait(10);
  t.strictSame(f.take(), ['draft 3 turn on Sunday?']);
  f.wait(60);
  t.strictSame(f.take(), ['agent.commit 3']);
});

t.test(
  'a line that stirs all the time keeps the turn open for 300 ms, and no longer',
  async (t) => {
    const f = afterOneTurn();
    f.callerSpeaks(2);
    f.line.voiceSuspected = true;
    f.wait(400 + 290);
    t.strictSame(f.take(), [], 'nor is its final asked for');
    f.wait(30);
    t.strictSame(f.take(), ['stt.finish 2']);
  },
);

t.test('keys in the pause take nothing from what was handed over', async (t) => {
  const f = afterOneTurn();
  f.callerSpeaks(2);
  f.wait(200);
  f.tell({ type: 'dtmf.received', digit: '4' });
  f.tell({ type: 'dtmf.received', digit: '#' });
  t.notOk(
    f.take().some((order) => order.startsWith('reply')),
    'its words are awaited',
  );
  f.tell(final(2, 'extension'));
  t.equal(f.take().at(-1), 'reply 3 digits');
  t.match(f.log.turns.slice(-2), [{ text: 'extension' }, { text: '[1 digits]' }]);
});

t.test(
  'a line that stirs when the final is to be asked for has it asked for a frame later',
  async (t) => {
    const f = afterOneTurn();
    f.callerSpeaks(2);
    f.wait(140);
    f.line.voiceSuspected = true;
    f.wait(20);
    t.strictSame(f.take(), []);
    f.line.voiceSuspected = false;
    f.wait(20);
    t.strictSame(f.take(), ['stt.finish 2']);
  },
);

t.test('where no end of a voice is known a stirring line holds nothing up', async (t) => {
  const f = floor({ draftAfterMs: undefined });
  f.tell({ type: 'agent.clause', generation: 1, text: 'We are open from nine to five.' });
  f.tell({ type: 'playback.started', generation: 1, atMs: 0 });
  f.callerSpeaks(1, 300);
  f.wait(400);
  t.match(f.state(), 'speaking', 'it was taken for a noise');
  f.line.voiceSuspected = true;
  f.tell(final(1, 'the address'));
  f.wait(1000);
  t.equal(f.take().at(-1), 'reply 2 turn the address');
});
