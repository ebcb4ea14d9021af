// A voice while the agent speaks: held at once, then judged.

import t from 'tap';
import { floor } from '../fakes/floor.js';
import type { TurnSettings } from '../../src/actors/turn-context.js';

/** The agent is in the middle of its first reply. */
function speaking(settings: Partial<TurnSettings> = {}, text = 'We are open from nine to five.') {
  const f = floor(settings);
  f.tell({ type: 'agent.clause', generation: 1, text });
  f.tell({ type: 'playback.started', generation: 1, atMs: 0 });
  f.wait(1000);
  f.take();
  const voice = (): void => f.tell({ type: 'speech.started', utteranceId: 1, atMs: f.clock.now() });
  const silence = (): void => {
    const atMs = f.clock.now();
    f.tell({ type: 'speech.stopped', utteranceId: 1, atMs, voiceEndedAtMs: atMs - 200 });
  };
  const held = (heardText: string): void =>
    f.tell({ type: 'playback.held', generation: 1, heardText, heardMs: 900, atMs: f.clock.now() });
  return { ...f, voice, silence, held };
}

t.test('a short sound without words holds the agent, which then goes on', async (t) => {
  const f = speaking();
  f.voice();
  t.strictSame(f.take(), ['line.hold']);
  f.wait(300);
  f.silence();
  t.strictSame(f.take(), ['stt.finish 1'], 'its words are asked for');
  f.tell({ type: 'stt.final', utteranceId: 1, text: '' });
  t.strictSame(f.take(), ['line.resume frame']);
  t.match(f.state(), 'speaking');
  t.equal(f.log.falseInterruptions, 1);
  t.equal(f.log.interruptions, 0);
  f.tell({ type: 'agent.done', generation: 1 });
  f.tell({ type: 'playback.finished', generation: 1, heardText: 'We are open from nine to five.' });
  t.match(f.state(), 'listening');
  t.strictSame(f.actor.getSnapshot().context.heard, [], 'nothing of the sound is left');
});

t.test('a voice is as long as the line says that it lasted before it was told', async (t) => {
  for (const [toldAfterMs, waitMs] of [
    [20, 480],
    [200, 300],
  ] as const) {
    const f = speaking();
    const atMs = f.clock.now();
    const voiceStartedAtMs = atMs - toldAfterMs;
    f.tell({ type: 'speech.started', utteranceId: 1, atMs, voiceStartedAtMs });
    f.wait(waitMs - 10);
    t.match(f.state(), 'held', `told after ${toldAfterMs} ms`);
    f.wait(10);
    t.match(f.state(), 'hearing');
  }
});

t.test('a voice far below the caller needs twice the length to take the floor', async (t) => {
  for (const [levelDbfs, usual, state] of [
    [-35, -15, 'held'],
    [-20, -15, 'hearing'],
    [-35, undefined, 'hearing'],
    [undefined, -15, 'hearing'],
  ] as const) {
    const f = floor();
    f.agentSpeaks(1, 'Hello.');
    f.line.voiceLevelDbfs = usual;
    f.callerSpeaks(1);
    f.wait(600);
    f.tell({ type: 'stt.final', utteranceId: 1, text: 'hours' });
    f.tell({ type: 'agent.clause', generation: 2, text: 'We are open from nine to five.' });
    f.tell({ type: 'playback.started', generation: 2, atMs: f.clock.now() });
    f.wait(500);
    f.line.voiceLevelDbfs = levelDbfs;
    f.tell({ type: 'speech.started', utteranceId: 2, atMs: f.clock.now() });
    f.wait(500);
    t.match(f.state(), state, `${levelDbfs} against ${usual} dBFS`);
    f.wait(240);
    t.match(f.state(), 'hearing', 'for long it does');
  }
});

t.test('a voice that begins softly and proves to be near takes the floor in time', async (t) => {
  const f = floor();
  f.agentSpeaks(1, 'Hello.');
  f.line.voiceLevelDbfs = -15;
  f.callerSpeaks(1);
  f.wait(600);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'hours' });
  f.tell({ type: 'agent.clause', generation: 2, text: 'We are open from nine to five.' });
  f.tell({ type: 'playback.started', generation: 2, atMs: f.clock.now() });
  f.line.voiceLevelDbfs = -40;
  f.tell({ type: 'speech.started', utteranceId: 2, atMs: f.clock.now() });
  f.wait(300);
  f.line.voiceLevelDbfs = -17;
  f.wait(140);
  t.match(f.state(), 'hearing');
});

t.test('what was no turn teaches nothing of how loud the caller is', async (t) => {
  const f = speaking();
  f.line.voiceLevelDbfs = -40;
  f.voice();
  f.wait(300);
  f.silence();
  f.tell({ type: 'stt.final', utteranceId: 1, text: '' });
  t.match(f.state(), 'speaking');
  t.equal(f.actor.getSnapshot().context.usualLevelDbfs, undefined);
  t.equal(f.actor.getSnapshot().context.turnLevelDbfs, undefined);
});

t.test('a sound whose words never come is nothing after a while', async (t) => {
  const f = speaking();
  f.voice();
  f.wait(300);
  f.silence();
  f.wait(340);
  t.strictSame(f.take(), ['line.hold', 'stt.finish 1', 'line.resume frame']);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'uh huh' });
  t.strictSame(f.take(), []);
  t.strictSame(f.actor.getSnapshot().context.heard, []);
});

t.test('words that come too late take the floor after all: none are lost', async (t) => {
  const f = speaking();
  f.voice();
  f.wait(300);
  f.silence();
  f.wait(340);
  f.take();
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'the address' });
  t.strictSame(f.take(), ['line.clear', 'tts.stop', 'agent.abort 1']);
  f.wait(600);
  t.match(f.take().at(-1), /turn the address|agent.commit 2/);
});

t.test('or are answered once the agent has finished, where it had by then', async (t) => {
  const f = speaking();
  f.voice();
  f.wait(300);
  f.silence();
  f.wait(340);
  f.tell({ type: 'agent.done', generation: 1 });
  f.tell({ type: 'playback.finished', generation: 1, heardText: 'all of it' });
  f.take();
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'the address' });
  t.strictSame(f.take(), ['reply 2 turn the address']);
});

t.test('a sign of listening does not take the floor', async (t) => {
  const f = speaking({ resumeAt: 'word' });
  f.voice();
  f.wait(250);
  f.tell({ type: 'stt.interim', utteranceId: 1, text: 'mhm' });
  f.wait(200);
  f.silence();
  t.strictSame(f.take(), ['line.hold', 'stt.finish 1', 'line.resume word']);
  t.match(f.state(), 'speaking');
});

t.test('words take the floor as soon as they are known', async (t) => {
  const f = speaking();
  f.voice();
  f.wait(150);
  f.take();
  f.tell({ type: 'stt.interim', utteranceId: 1, text: 'no wait' });
  t.strictSame(f.take(), ['line.clear', 'tts.stop', 'agent.abort 1']);
  t.match(f.state(), 'hearing');
  t.equal(f.log.interruptions, 1);
});

t.test('yes answers a question, and is a sign of listening otherwise', async (t) => {
  for (const [text, state] of [
    ['Is that right?', 'endpointing'],
    ['That is right.', 'speaking'],
  ] as const) {
    const f = speaking({}, text);
    f.voice();
    f.held(text);
    f.tell({ type: 'stt.interim', utteranceId: 1, text: 'yes' });
    f.wait(300);
    f.silence();
    const expected = state === 'speaking' ? state : /hearing|endpointing/;
    t.match(f.state(), expected, text);
  }
});

t.test('a short word that takes the floor is answered with what follows', async (t) => {
  const f = speaking();
  f.voice();
  f.wait(280);
  f.silence();
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'stop' });
  t.match(f.state(), 'endpointing');
  f.tell({ type: 'playback.cleared', generation: 1, heardText: 'We are' });
  f.take();
  f.tell({ type: 'speech.started', utteranceId: 2, atMs: f.clock.now() });
  f.wait(300);
  const atMs = f.clock.now();
  f.tell({ type: 'speech.stopped', utteranceId: 2, atMs, voiceEndedAtMs: atMs - 200 });
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 2, text: 'tell me the address' });
  t.strictSame(f.take(), ['stt.finish 2', 'reply 2 turn stop tell me the address']);
});

t.test('a word alone is answered without being waited for twice', async (t) => {
  const f = speaking();
  f.voice();
  f.wait(280);
  f.silence();
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'stop' });
  f.take();
  f.wait(410);
  t.strictSame(f.take(), ['draft 2 turn stop', 'agent.commit 2']);
});

t.test('the reply grows while it is held, and is complete afterwards', async (t) => {
  const f = speaking();
  f.voice();
  f.take();
  f.tell({ type: 'agent.clause', generation: 1, text: 'And on Saturdays.' });
  f.tell({ type: 'agent.done', generation: 1 });
  t.strictSame(f.take(), ['say 1.1 And on Saturdays.', 'tts.end 1']);
  f.wait(200);
  f.silence();
  f.tell({ type: 'stt.final', utteranceId: 1, text: '' });
  f.tell({ type: 'tts.said', generation: 1, clause: 1 });
  f.tell({ type: 'playback.finished', generation: 1, heardText: 'all of it' });
  t.match(f.state(), 'listening');
});

t.test('a reply that had been heard whole is no interruption', async (t) => {
  const f = speaking();
  f.tell({ type: 'agent.done', generation: 1 });
  f.voice();
  f.take();
  f.tell({ type: 'playback.finished', generation: 1, heardText: 'We are open.' });
  t.match(f.state(), 'hearing');
  t.equal(f.log.interruptions, 0);
  t.match(f.log.turns.at(-1), { role: 'agent', text: 'We are open.' });
  t.notOk(f.log.turns.at(-1)?.interrupted);
});

t.test('a key ends a hold', async (t) => {
  const f = speaking();
  f.voice();
  f.take();
  f.tell({ type: 'dtmf.received', digit: '1' });
  t.strictSame(f.take(), ['line.clear', 'tts.stop', 'agent.abort 1']);
  t.match(f.state(), 'keying');
});

t.test('a hum of any length lets the agent go on, held until it is over (D3)', async (t) => {
  const f = speaking();
  f.line.voiceCharacter = 'sound';
  f.voice();
  f.wait(900);
  t.match(f.state(), 'held', 'it might still turn into words');
  f.silence();
  f.tell({ type: 'stt.final', utteranceId: 1, text: '' });
  t.strictSame(f.take(), ['line.hold', 'stt.finish 1', 'line.resume frame']);
  t.match(f.state(), 'speaking');
  t.equal(f.log.interruptions, 0);
});

t.test('a protest without words takes the floor as soon as its sound says so (D3)', async (t) => {
  const f = speaking();
  f.line.voiceCharacter = 'sound';
  f.voice();
  f.wait(600);
  t.match(f.state(), 'held');
  f.line.voiceCharacter = 'speech';
  f.tell({ type: 'speech.proven', utteranceId: 1, atMs: f.clock.now() });
  t.match(f.state(), 'hearing');
  t.equal(f.log.interruptions, 1);
});

t.test('speech that proves itself early takes no longer than before (D3)', async (t) => {
  const f = speaking();
  f.voice();
  f.line.voiceCharacter = 'speech';
  f.wait(200);
  f.tell({ type: 'speech.proven', utteranceId: 1, atMs: f.clock.now() });
  t.match(f.state(), 'held', 'a proof is no length');
  f.wait(230);
  t.match(f.state(), 'held');
  f.wait(20);
  t.match(f.state(), 'hearing');
});

t.test(
  'beside a hum that does not end the agent goes on, and words still stop it (D3)',
  async (t) => {
    const f = speaking();
    f.line.voiceCharacter = 'sound';
    f.voice();
    f.wait(1650);
    t.match(f.state(), 'speaking');
    t.strictSame(f.take(), ['line.hold', 'line.resume frame']);
    f.wait(1000);
    f.line.voiceCharacter = 'speech';
    f.tell({ type: 'speech.proven', utteranceId: 1, atMs: f.clock.now() });
    t.match(f.state(), 'hearing');
    t.equal(f.log.interruptions, 1);
    t.ok(f.take().includes('line.clear'));
  },
);

t.test('a word that the recogniser doubts is none where the voice is a hum (D3)', async (t) => {
  for (const [character, confidence, state] of [
    ['sound', 0.2, 'speaking'],
    ['sound', 0.9, 'endpointing'],
    ['sound', undefined, 'endpointing'],
    ['speech', 0.2, 'endpointing'],
  ] as const) {
    const f = speaking();
    f.line.voiceCharacter = character;
    f.voice();
    f.wait(400);
    f.silence();
    const sureness = confidence === undefined ? {} : { confidence };
    f.tell({ type: 'stt.final', utteranceId: 1, text: 'goodbye', ...sureness });
    t.match(f.state(), state, `${character}, ${confidence}`);
  }
});

t.test('nor is it one where it comes after the agent went on (D3)', async (t) => {
  for (const [confidence, state] of [
    [0.2, 'speaking'],
    [0.9, 'endpointing'],
  ] as const) {
    const f = speaking();
    f.line.voiceCharacter = 'sound';
    f.voice();
    f.wait(400);
    f.silence();
    f.wait(400);
    t.match(f.state(), 'speaking');
    f.tell({ type: 'stt.final', utteranceId: 1, text: 'goodbye', confidence });
    t.match(f.state(), state, `${confidence}`);
  }
});
