import t from 'tap';
import { createEndpointing } from '../../src/actors/endpointing/index.js';
import { floor } from '../fakes/floor.js';

/** Base 600 ms: 420 where the model is sure of the end, 1500 where it is sure of more. */
const endpointing = createEndpointing({
  strategies: ['fixed', 'model'],
  baseMs: 600,
  minMs: 0,
  maxMs: 2000,
  hangoverMs: 200,
  digitsMs: 600,
  language: 'en',
});

function listening() {
  const f = floor({ endpointing, draftAfterMs: undefined });
  f.agentSpeaks(1, 'Hello.');
  f.take();
  return f;
}

/** Milliseconds from the end of the voice to the end of the turn. */
function waitedMs(f: ReturnType<typeof listening>): number {
  const voiceEndedMs = f.clock.now() - 200;
  for (let i = 0; i < 300 && !f.take().some((order) => order.startsWith('stt.finish')); i += 1) {
    f.wait(10);
  }
  return f.clock.now() - voiceEndedMs;
}

const predicted = (utteranceId: number, probability: number) =>
  ({ type: 'turn.predicted', utteranceId, probability }) as const;

t.test('a turn ends sooner or later as the model says, and as ever without it', async (t) => {
  for (const [probability, expectedMs] of [
    [undefined, 600],
    [0.95, 420],
    [0.05, 1500],
  ] as const) {
    const f = listening();
    f.callerSpeaks(1);
    if (probability !== undefined) f.tell(predicted(1, probability));
    t.equal(waitedMs(f), expectedMs, `${probability}`);
  }
});

t.test('an answer that comes late counts from the end of the voice', async (t) => {
  const f = listening();
  f.callerSpeaks(1);
  const startMs = f.clock.now() - 200;
  f.wait(300);
  f.tell(predicted(1, 0.95));
  waitedMs(f);
  // The wait that it asks for is over already.
  t.equal(f.clock.now() - startMs, 510);
});

t.test('an answer about another utterance, or while the caller speaks, says nothing', async (t) => {
  const f = listening();
  f.callerSpeaks(3);
  f.tell(predicted(2, 0.05));
  t.equal(waitedMs(f), 600);
  const g = listening();
  g.tell({ type: 'speech.started', utteranceId: 1, atMs: g.clock.now() });
  g.tell(predicted(1, 0.05));
  const atMs = g.clock.now();
  g.tell({ type: 'speech.stopped', utteranceId: 1, atMs, voiceEndedAtMs: atMs - 200 });
  t.equal(waitedMs(g), 600);
});

t.test('each pause is judged anew', async (t) => {
  const f = listening();
  f.callerSpeaks(1);
  f.tell(predicted(1, 0.05));
  f.wait(800);
  f.callerSpeaks(1);
  t.equal(waitedMs(f), 600, 'the pause before says nothing of this one');
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'one' });
  f.agentSpeaks(2, 'Yes.');
  f.take();
  f.callerSpeaks(2);
  t.equal(waitedMs(f), 600, 'nor does the turn before');
});

t.test('an answer that comes while the words are awaited changes nothing', async (t) => {
  const f = listening();
  f.callerSpeaks(1);
  waitedMs(f);
  f.tell(predicted(1, 0.05));
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'one' });
  t.strictSame(f.take(), ['reply 2 turn one']);
});
