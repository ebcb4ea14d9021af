import t from 'tap';
import { bargeInMs, responseMs, TurnTiming } from '../../src/phone/turn-timing.js';

function only(timing: TurnTiming) {
  const [turn] = timing.turns;
  if (turn === undefined || timing.turns.length > 1) throw new Error('not one turn');
  return turn;
}

t.test('the answer is the first media after the end of the voice', async (t) => {
  const timing = new TurnTiming();
  timing.voiceStarted('hours', 1000, false);
  timing.voiceEnded(1500);
  timing.media(2100);
  timing.media(2120);
  t.equal(responseMs(only(timing)), 600);
  t.equal(bargeInMs(only(timing)), undefined);
});

t.test('no answer is none', async (t) => {
  const timing = new TurnTiming();
  timing.voiceStarted('hours', 1000, false);
  timing.media(1100);
  t.equal(responseMs(only(timing)), undefined, 'the voice has not ended');
  const silent = new TurnTiming();
  silent.voiceStarted('hours', 1000, false);
  silent.voiceEnded(1500);
  t.equal(responseMs(only(silent)), undefined);
});

t.test('an answer before the end of the voice is negative', async (t) => {
  const timing = new TurnTiming();
  timing.voiceStarted('hours', 1000, false);
  timing.media(1400);
  timing.voiceEnded(1500);
  t.equal(responseMs(only(timing)), -100);
});

t.test('an early answer that is taken back does not count', async (t) => {
  const timing = new TurnTiming();
  timing.voiceStarted('hours', 1000, false);
  timing.media(1400);
  timing.cleared(1450);
  timing.voiceEnded(1900);
  timing.media(2500);
  t.equal(responseMs(only(timing)), 600);
});

t.test('an interruption is timed from the onset to clear', async (t) => {
  const timing = new TurnTiming();
  timing.voiceStarted('stop', 1000, true);
  timing.media(1050);
  timing.cleared(1200);
  timing.cleared(1300);
  timing.voiceEnded(1600);
  timing.media(2000);
  const turn = only(timing);
  t.ok(turn.interrupting);
  t.equal(bargeInMs(turn), 200);
  t.equal(responseMs(turn), 400);
});

t.test('media of the old reply is no answer to who interrupts it', async (t) => {
  const timing = new TurnTiming();
  timing.voiceStarted('stop', 1000, true);
  timing.voiceEnded(1600);
  timing.media(1620);
  t.equal(responseMs(only(timing)), undefined);
  timing.agentFinished();
  timing.media(2200);
  t.equal(responseMs(only(timing)), 600);
  t.equal(bargeInMs(only(timing)), undefined, 'nothing was cleared');
});

t.test('each turn has its own answer', async (t) => {
  const timing = new TurnTiming();
  timing.voiceStarted('one', 1000, false);
  timing.voiceEnded(1500);
  timing.voiceStarted('two', 2000, false);
  timing.voiceEnded(2500);
  timing.media(3000);
  t.strictSame(timing.turns.map(responseMs), [undefined, 500]);
});

t.test('media before the first turn is the greeting', async (t) => {
  const timing = new TurnTiming();
  timing.media(100);
  timing.cleared(200);
  timing.voiceEnded(300);
  t.strictSame(timing.turns, []);
});
