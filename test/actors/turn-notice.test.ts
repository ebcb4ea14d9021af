// A legal notice within a reply: heard whole, and what comes over it is answered afterwards.

import t from 'tap';
import { createEndpointing, DEFAULT_ENDPOINTING } from '../../src/actors/endpointing/index.js';
import { afterGreeting, floor } from '../fakes/floor.js';

const NOTICE = 'This call is recorded.';
const REST = 'We are open from nine to five.';

/** A reply of a notice and an ordinary rest; the notice is being heard. */
function noticed(rest: string | undefined = REST) {
  const f = floor();
  f.tell({ type: 'agent.clause', generation: 1, text: NOTICE, uninterruptible: true });
  if (rest !== undefined) f.tell({ type: 'agent.clause', generation: 1, text: rest });
  f.tell({ type: 'agent.done', generation: 1 });
  f.tell({ type: 'playback.started', generation: 1, atMs: 0 });
  const started = (): void =>
    f.tell({ type: 'notice.started', generation: 1, atMs: f.clock.now() });
  started();
  f.take();
  const voice = (utteranceId = 1): void =>
    f.tell({ type: 'speech.started', utteranceId, atMs: f.clock.now() });
  const silence = (utteranceId = 1): void => {
    const atMs = f.clock.now();
    f.tell({ type: 'speech.stopped', utteranceId, atMs, voiceEndedAtMs: atMs - 200 });
  };
  const final = (text: string, utteranceId = 1): void =>
    f.tell({ type: 'stt.final', utteranceId, text });
  const over = (heardText = NOTICE): void => {
    const atMs = f.clock.now();
    f.tell({ type: 'notice.ended', generation: 1, heardText, heardMs: 900, atMs });
  };
  const finished = (heardText = `${NOTICE} ${REST}`): void =>
    f.tell({ type: 'playback.finished', generation: 1, heardText });
  const cut = ['line.clear', 'tts.stop', 'agent.abort 1'];
  return { ...f, voice, silence, final, started, over, finished, cut };
}

t.test('the speech engine is told of each clause whether it must be heard', async (t) => {
  const f = floor();
  f.take();
  f.tell({ type: 'agent.clause', generation: 1, text: 'Hello.' });
  f.tell({ type: 'agent.clause', generation: 1, text: NOTICE, uninterruptible: true });
  f.tell({ type: 'agent.clause', generation: 1, text: REST });
  const said = [`say 1.1 ${NOTICE} !`, `say 1.2 ${REST}`];
  t.strictSame(f.take(), ['say 1.0 Hello.', ...said]);
  f.tell({ type: 'tts.said', generation: 1, clause: 0 });
  f.tell({ type: 'child.restarted', child: 'tts' });
  t.strictSame(f.take(), said, 'one that comes back too');
});

t.test('a drafted notice is a notice', async (t) => {
  const f = afterGreeting();
  f.tell({ type: 'speech.started', utteranceId: 1, atMs: f.clock.now() });
  f.tell({ type: 'stt.interim', utteranceId: 1, text: 'opening hours' });
  f.wait(500);
  const atMs = f.clock.now();
  f.tell({ type: 'speech.stopped', utteranceId: 1, atMs, voiceEndedAtMs: atMs - 200 });
  f.wait(200);
  f.tell({ type: 'agent.clause', generation: 2, text: NOTICE, uninterruptible: true });
  f.tell({ type: 'agent.clause', generation: 2, text: REST });
  f.wait(400);
  f.take();
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'opening hours' });
  t.strictSame(f.take(), ['agent.commit 2', `say 2.0 ${NOTICE} !`, `say 2.1 ${REST}`]);
});

t.test('a voice over a notice holds nothing', async (t) => {
  const f = noticed();
  f.voice();
  f.tell({ type: 'stt.interim', utteranceId: 1, text: 'no wait' });
  f.wait(1000);
  t.strictSame(f.take(), []);
  t.match(f.state(), 'speaking');
});

t.test('before the notice a voice holds as ever, and the notice may not be heard', async (t) => {
  const f = floor();
  f.tell({ type: 'agent.clause', generation: 1, text: 'Hello.' });
  f.tell({ type: 'agent.clause', generation: 1, text: NOTICE, uninterruptible: true });
  f.tell({ type: 'playback.started', generation: 1, atMs: 0 });
  f.take();
  f.tell({ type: 'speech.started', utteranceId: 1, atMs: f.clock.now() });
  t.strictSame(f.take(), ['line.hold']);
  f.tell({ type: 'stt.interim', utteranceId: 1, text: 'no wait' });
  t.strictSame(f.take(), ['line.clear', 'tts.stop', 'agent.abort 1']);
  f.tell({ type: 'playback.cleared', generation: 1, heardText: 'Hello.' });
  t.match(f.actor.getSnapshot().context.history, [{ role: 'agent', text: 'Hello.' }]);
});

t.test('a notice that nothing was heard of is withdrawn when the caller speaks', async (t) => {
  const f = floor();
  f.tell({ type: 'agent.clause', generation: 1, text: NOTICE, uninterruptible: true });
  f.take();
  f.tell({ type: 'speech.started', utteranceId: 1, atMs: f.clock.now() });
  t.strictSame(f.take(), ['line.clear', 'tts.stop', 'agent.abort 1']);
  t.match(f.state(), 'hearing');
});

t.test('behind the notice a voice holds as ever', async (t) => {
  const f = noticed();
  f.over();
  t.strictSame(f.take(), []);
  f.voice();
  t.strictSame(f.take(), ['line.hold']);
});

t.test('words said over the notice cut the rest at its end, and are answered', async (t) => {
  const f = noticed();
  f.voice();
  f.wait(500);
  f.silence();
  f.final('I object');
  t.strictSame(f.take(), ['stt.finish 1']);
  f.wait(2000);
  f.over();
  t.strictSame(f.take(), f.cut);
  f.tell({ type: 'playback.cleared', generation: 1, heardText: NOTICE });
  f.wait(10);
  t.match(f.take().at(-1), /turn I object|agent.commit/);
  t.equal(f.log.interruptions, 1);
  t.match(f.log.turns[0], { text: NOTICE, interrupted: true });
});

t.test('words of two voices over a notice are one turn', async (t) => {
  const f = noticed();
  for (const [id, text] of ['no', 'I object'].entries()) {
    f.voice(id + 1);
    f.wait(500);
    f.silence(id + 1);
    f.final(text, id + 1);
  }
  f.take();
  f.over();
  f.wait(410);
  t.match(f.take(), [...f.cut, 'draft 2 turn no I object', 'agent.commit 2']);
});

t.test('a voice that lasts beyond the notice is judged at its end', async (t) => {
  const f = noticed();
  f.voice();
  f.wait(800);
  f.over();
  t.strictSame(f.take(), f.cut, 'it is long enough for an interruption');
  t.match(f.state(), 'hearing');
  t.equal(f.log.interruptions, 1);
});

t.test('a voice that began just before the end holds the rest until it is judged', async (t) => {
  for (const [text, order] of [
    ['', 'line.resume frame'],
    ['stop', 'line.clear'],
  ] as const) {
    const f = noticed();
    f.voice();
    f.wait(100);
    f.over();
    t.strictSame(f.take(), ['line.hold']);
    t.match(f.state(), 'waiting');
    f.wait(150);
    f.silence();
    f.final(text);
    t.equal(f.take()[1], order);
  }
});

t.test('a sign of listening over the notice is not answered, and the rest is heard', async (t) => {
  const f = noticed();
  f.voice();
  f.wait(400);
  f.silence();
  f.final('mhm');
  f.over();
  t.strictSame(f.take(), ['stt.finish 1']);
  f.finished();
  t.strictSame(f.take(), []);
  t.match(f.state(), 'listening');
});

t.test('"yes" answers a notice that asks', async (t) => {
  for (const [heard, cut] of [
    ['Do you agree?', true],
    ['You agree.', false],
  ] as const) {
    const f = noticed();
    f.voice();
    f.wait(400);
    f.silence();
    f.final('yes');
    f.take();
    f.over(heard);
    t.strictSame(f.take(), cut ? f.cut : [], heard);
  }
});

t.test('a noise over the notice is nothing', async (t) => {
  const f = noticed();
  f.voice();
  f.wait(700);
  f.silence();
  f.final('');
  f.over();
  t.strictSame(f.take(), ['stt.finish 1'], 'all of it was understood, and held no words');
  t.match(f.state(), 'speaking');
  f.voice(2);
  t.strictSame(f.take(), ['line.hold'], 'the next voice holds');
});

t.test('a cough behind words of a notice does not hide the words that come late', async (t) => {
  const f = noticed();
  f.voice();
  f.wait(500);
  f.silence();
  f.wait(500);
  f.voice(2);
  f.wait(250);
  f.silence(2);
  f.wait(400);
  f.over();
  t.strictSame(f.take(), ['stt.finish 1', 'stt.finish 2']);
  f.final('I object');
  t.strictSame(f.take(), f.cut);
});

t.test('words of before the notice that come late wait for its end', async (t) => {
  const f = floor();
  f.tell({ type: 'agent.clause', generation: 1, text: 'Hello.' });
  f.tell({ type: 'playback.started', generation: 1, atMs: 0 });
  f.callerSpeaks(1, 300);
  f.wait(400);
  f.tell({ type: 'notice.started', generation: 1, atMs: f.clock.now() });
  t.match(f.state(), 'speaking');
  f.take();
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'the address' });
  t.strictSame(f.take(), []);
  const atMs = f.clock.now();
  f.tell({ type: 'notice.ended', generation: 1, heardText: NOTICE, heardMs: 900, atMs });
  t.strictSame(f.take(), ['line.clear', 'tts.stop', 'agent.abort 1']);
});

t.test('what was said over a notice that ends the reply is answered then', async (t) => {
  const f = noticed(undefined);
  f.voice();
  f.wait(500);
  f.silence();
  t.strictSame(f.take(), ['stt.finish 1']);
  f.final('I object');
  f.finished(NOTICE);
  t.strictSame(f.take(), ['reply 2 turn I object']);
  t.equal(f.log.interruptions, 0);
});

t.test('a final that is still to come when the reply ends is waited for', async (t) => {
  const f = noticed(undefined);
  f.voice();
  f.wait(500);
  f.silence();
  f.finished(NOTICE);
  t.match(f.state(), 'transcribing');
  f.take();
  f.final('hours');
  t.strictSame(f.take(), ['reply 2 turn hours']);
});

t.test('a voice over the last words of a reply goes on as the turn of the caller', async (t) => {
  const f = noticed(undefined);
  f.voice();
  f.wait(500);
  f.finished(NOTICE);
  t.match(f.state(), 'hearing');
});

t.test('several notices of one reply are each heard whole', async (t) => {
  const f = noticed();
  f.over();
  f.started();
  f.voice();
  f.wait(500);
  t.strictSame(f.take(), []);
  f.silence();
  f.final('I object');
  f.over();
  t.strictSame(f.take(), ['stt.finish 1', ...f.cut]);
});

t.test('facts of an older reply are none of a notice', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'hours' });
  f.tell({ type: 'agent.clause', generation: 2, text: REST });
  f.tell({ type: 'playback.started', generation: 2, atMs: f.clock.now() });
  f.tell({ type: 'notice.started', generation: 1, atMs: f.clock.now() });
  f.take();
  f.tell({ type: 'speech.started', utteranceId: 2, atMs: f.clock.now() });
  t.strictSame(f.take(), ['line.hold']);
});

t.test('digits typed over a notice are answered after it', async (t) => {
  const f = noticed();
  for (const digit of '20') f.tell({ type: 'dtmf.received', digit });
  t.strictSame(f.take(), []);
  f.wait(1000);
  f.over();
  t.strictSame(f.take(), f.cut);
  t.match(f.state(), 'keying');
  f.tell({ type: 'dtmf.received', digit: '5' });
  f.wait(1510);
  t.strictSame(f.take(), ['reply 2 digits']);
  t.match(f.actor.getSnapshot().context.input, { digits: '205' });
});

t.test('digits that are complete when the notice ends are not waited for again', async (t) => {
  for (const [keys, thenMs] of [
    ['205#', 0],
    ['205', 1600],
  ] as const) {
    const f = noticed();
    for (const digit of keys) f.tell({ type: 'dtmf.received', digit });
    f.wait(thenMs);
    f.over();
    f.wait(10);
    t.strictSame(f.take().at(-1), 'reply 2 digits', keys);
  }
});

t.test('words and digits that came over a notice are answered together', async (t) => {
  const f = noticed();
  f.voice();
  f.wait(500);
  f.silence();
  f.final('my extension is');
  for (const digit of '205#') f.tell({ type: 'dtmf.received', digit });
  f.take();
  f.over();
  f.wait(10);
  t.strictSame(f.take().at(-1), 'reply 2 digits');
  const { history, input } = f.actor.getSnapshot().context;
  t.match(input, { digits: '205' });
  t.match(history.at(-2), { text: 'my extension is' });
});

t.test('a hash alone is no input over a notice either', async (t) => {
  const f = noticed();
  f.tell({ type: 'dtmf.received', digit: '#' });
  f.over();
  t.strictSame(f.take(), []);
  t.match(f.state(), 'speaking');
});

/** A reply that is a notice, and then the call is hung up. */
function goodbye() {
  const f = floor();
  f.tell({ type: 'agent.clause', generation: 1, text: NOTICE, uninterruptible: true });
  f.tell({ type: 'agent.done', generation: 1, action: { type: 'hangup' } });
  f.tell({ type: 'playback.started', generation: 1, atMs: 0 });
  f.tell({ type: 'notice.started', generation: 1, atMs: 0 });
  f.take();
  const finish = (): void =>
    f.tell({ type: 'playback.finished', generation: 1, heardText: NOTICE });
  return { ...f, finish };
}

t.test('nobody is hung up on who said or typed something over the last notice', async (t) => {
  const words = goodbye();
  words.callerSpeaks(1);
  words.tell({ type: 'stt.final', utteranceId: 1, text: 'no wait' });
  words.finish();
  t.strictSame(words.take(), ['stt.finish 1', 'reply 2 turn no wait']);
  const voice = goodbye();
  voice.tell({ type: 'speech.started', utteranceId: 1, atMs: 0 });
  voice.wait(100);
  voice.finish();
  t.strictSame(voice.take(), [], 'too short yet to say what it is');
  voice.wait(400);
  t.match(voice.state(), 'hearing');
  const keys = goodbye();
  keys.tell({ type: 'dtmf.received', digit: '1' });
  keys.finish();
  keys.wait(1510);
  t.strictSame(keys.take(), ['reply 2 digits']);
});

t.test('a sign of listening over the last notice does not keep the call', async (t) => {
  const f = goodbye();
  f.callerSpeaks(1);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'okay' });
  f.finish();
  t.strictSame(f.take(), ['stt.finish 1', 'hangup agent-hangup hangup']);
});

t.test(
  'a noise over the last notice does not keep the call, once it is known to be one',
  async (t) => {
    const silent = goodbye();
    silent.callerSpeaks(1, 300);
    silent.finish();
    t.strictSame(silent.take(), ['stt.finish 1']);
    silent.tell({ type: 'stt.final', utteranceId: 1, text: '' });
    t.strictSame(silent.take(), ['hangup agent-hangup hangup']);
    const unknown = goodbye();
    unknown.callerSpeaks(1, 300);
    unknown.finish();
    unknown.wait(400);
    t.strictSame(unknown.take().at(-1), 'hangup agent-hangup hangup', 'no final comes');
    const words = goodbye();
    words.callerSpeaks(1, 300);
    words.finish();
    words.tell({ type: 'stt.final', utteranceId: 1, text: 'no wait' });
    t.strictSame(words.take(), ['stt.finish 1', 'reply 2 turn no wait']);
  },
);

t.test('how loud a noise over a notice was says nothing of the caller', async (t) => {
  const f = noticed();
  f.line.voiceLevelDbfs = -3;
  f.voice();
  f.wait(300);
  f.silence();
  f.final('');
  f.over();
  t.match(f.state(), 'speaking');
  f.line.voiceLevelDbfs = -25;
  f.voice(2);
  f.wait(500);
  f.silence(2);
  f.wait(600);
  f.final('what about Sunday', 2);
  t.equal(f.actor.getSnapshot().context.usualLevelDbfs, -25);
});

t.test('what was said long before the end of a notice teaches no pause', async (t) => {
  const endpointing = createEndpointing(DEFAULT_ENDPOINTING);
  const f = floor({ endpointing });
  f.tell({ type: 'agent.clause', generation: 1, text: NOTICE, uninterruptible: true });
  f.tell({ type: 'agent.clause', generation: 1, text: REST });
  f.tell({ type: 'playback.started', generation: 1, atMs: 0 });
  f.tell({ type: 'notice.started', generation: 1, atMs: 0 });
  f.callerSpeaks(1);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'I want to talk to sales' });
  f.wait(8000);
  const atMs = f.clock.now();
  f.tell({ type: 'notice.ended', generation: 1, heardText: NOTICE, heardMs: 900, atMs });
  f.wait(60);
  t.equal(f.take().at(-1), 'reply 2 turn I want to talk to sales');
  f.tell({ type: 'speech.started', utteranceId: 2, atMs: f.clock.now() });
  t.match(f.state(), 'hearing');
  t.strictSame(f.actor.getSnapshot().context.endpointState, endpointing.initial());
});
