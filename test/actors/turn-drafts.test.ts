// A reply begun on words that may still change: nothing of it is spoken or done before the turn is final.

import t from 'tap';
import { afterGreeting, floor } from '../fakes/floor.js';

const sure = (confidence: number | undefined) => confidence !== undefined && { confidence };

/** The caller has said `text`, by the interim, and paused just now. */
function paused(text: string, confidence?: number) {
  const f = afterGreeting();
  f.tell({ type: 'speech.started', utteranceId: 1, atMs: f.clock.now() });
  f.wait(500);
  f.tell({ type: 'stt.interim', utteranceId: 1, text, ...sure(confidence) });
  const atMs = f.clock.now();
  f.tell({ type: 'speech.stopped', utteranceId: 1, atMs, voiceEndedAtMs: atMs - 200 });
  return f;
}

t.test(
  'an interim that stands is drafted for, and what was drafted is spoken at the final',
  async (t) => {
    const f = paused('opening hours');
    t.strictSame(f.take(), []);
    f.wait(160);
    t.strictSame(f.take(), ['draft 2 turn opening hours']);
    f.tell({ type: 'agent.clause', generation: 2, text: 'From nine to five.' });
    f.tell({ type: 'agent.expected', generation: 2, expectation: 'digits' });
    f.tell({ type: 'agent.done', generation: 2 });
    t.strictSame(f.take(), ['prepare From nine to five.'], 'nothing of it is spoken');
    f.wait(250);
    t.strictSame(f.take(), ['stt.finish 1']);
    f.tell({ type: 'stt.final', utteranceId: 1, text: 'Opening hours.' });
    t.strictSame(f.take(), [
      'agent.commit 2',
      'stt.expect',
      'say 2.0 From nine to five.',
      'tts.end 2',
    ]);
    t.match(f.log.turns.at(-1), { role: 'caller', text: 'Opening hours.' });
    t.equal(f.actor.getSnapshot().context.turns, 1);
  },
);

t.test('a draft that is not complete goes on as the reply', async (t) => {
  const f = paused('opening hours');
  f.wait(410);
  f.tell({ type: 'agent.clause', generation: 2, text: 'One.' });
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'opening hours' });
  f.take();
  f.tell({ type: 'agent.clause', generation: 2, text: 'Two.' });
  f.tell({ type: 'agent.done', generation: 2, action: { type: 'hangup' } });
  t.strictSame(f.take(), ['say 2.1 Two.', 'tts.end 2']);
  f.tell({ type: 'playback.started', generation: 2, atMs: f.clock.now() });
  f.tell({ type: 'playback.finished', generation: 2, heardText: 'One. Two.' });
  t.strictSame(f.take(), ['hangup agent-hangup hangup']);
});

t.test('a final that means something else throws the draft away', async (t) => {
  const f = paused('hang up');
  f.wait(410);
  f.tell({ type: 'agent.clause', generation: 2, text: 'Goodbye.' });
  f.tell({ type: 'agent.done', generation: 2, action: { type: 'hangup' } });
  f.take();
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'do not hang up' });
  t.strictSame(f.take(), ['agent.abort 2', 'tts.forget', 'reply 3 turn do not hang up']);
  f.tell({ type: 'agent.clause', generation: 2, text: 'Late.' });
  t.strictSame(f.take(), []);
});

t.test('a draft on words that are more or less sure at last is made anew (D3)', async (t) => {
  for (const [before, after] of [
    [0.9, 0.2],
    [0.2, 0.9],
    [undefined, 0.2],
  ]) {
    const f = paused('goodbye', before);
    f.wait(410);
    t.match(f.take(), ['draft 2 turn goodbye', 'stt.finish 1']);
    f.tell({ type: 'stt.final', utteranceId: 1, text: 'goodbye', ...sure(after) });
    t.match(f.orders.at(-1), { input: { confidence: after } });
    t.match(f.take(), ['agent.abort 2', 'reply 3 turn goodbye']);
  }
});

t.test('a caller who goes on takes the draft with it', async (t) => {
  const f = paused('I want');
  f.wait(160);
  f.take();
  f.tell({ type: 'speech.started', utteranceId: 1, atMs: f.clock.now() });
  t.strictSame(f.take(), ['agent.abort 2']);
  t.equal(f.actor.getSnapshot().context.draft, undefined);
});

t.test('an interim that says something else starts a new draft, but not for ever', async (t) => {
  const f = paused('I want');
  f.wait(160);
  for (const text of [
    'I want to',
    'I want to talk',
    'I want to talk to',
    'I want to talk to you',
  ]) {
    f.tell({ type: 'stt.interim', utteranceId: 1, text });
    f.wait(160);
  }
  const drafts = f.take().filter((order) => order.startsWith('draft'));
  t.strictSame(drafts, ['draft 2 turn I want', 'draft 3 turn I want to']);
});

t.test('an interim in other letters is the same draft', async (t) => {
  const f = paused('five oh one');
  f.wait(160);
  f.take();
  f.tell({ type: 'stt.interim', utteranceId: 1, text: 'Five, oh one.' });
  f.wait(100);
  t.strictSame(f.take(), []);
});

t.test('an agent that dies takes its draft with it, and the turn is asked for anew', async (t) => {
  const f = paused('hours');
  f.wait(160);
  f.take();
  f.tell({ type: 'child.restarted', child: 'agent' });
  f.wait(250);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'hours' });
  t.strictSame(f.take(), ['stt.finish 1', 'reply 3 turn hours']);
});

t.test('without interims, or with drafts off, the final is waited for', async (t) => {
  const off = floor({ draftAfterMs: undefined });
  off.agentSpeaks(1, 'Hello.');
  off.take();
  off.tell({ type: 'speech.started', utteranceId: 1, atMs: off.clock.now() });
  off.wait(300);
  off.tell({ type: 'stt.interim', utteranceId: 1, text: 'hours' });
  const atMs = off.clock.now();
  off.tell({ type: 'speech.stopped', utteranceId: 1, atMs, voiceEndedAtMs: atMs - 200 });
  off.wait(410);
  t.strictSame(off.take(), ['stt.finish 1']);
  const none = afterGreeting();
  none.callerSpeaks(1);
  none.wait(410);
  t.strictSame(none.take(), ['stt.finish 1']);
});

t.test('a key withdraws the draft', async (t) => {
  const f = paused('my number is');
  f.wait(160);
  f.take();
  f.tell({ type: 'dtmf.received', digit: '5' });
  t.strictSame(f.take(), ['agent.abort 2', 'stt.finish 1']);
});

t.test('a turn that is taken back is not drafted for: its words are not all known', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'I want' });
  f.callerSpeaks(2);
  f.take();
  f.tell({ type: 'stt.interim', utteranceId: 2, text: 'the hours' });
  f.wait(300);
  t.strictSame(
    f.take().filter((order) => order.startsWith('draft')),
    [],
  );
});

t.test('words of an interim stand where the final never comes', async (t) => {
  const f = paused('hours');
  f.wait(410);
  f.take();
  f.wait(2500);
  t.strictSame(f.take(), ['agent.commit 2']);
  t.match(f.log.turns.at(-1), { role: 'caller', text: 'hours' });
});
