import t from 'tap';
import { afterGreeting, floor } from '../fakes/floor.js';

t.test('a call begins with the greeting, spoken as it comes', async (t) => {
  const f = floor();
  t.strictSame(f.take(), ['reply 1 greeting']);
  f.tell({ type: 'agent.clause', generation: 1, text: 'Hello.' });
  f.tell({ type: 'agent.clause', generation: 1, text: 'How can I help?' });
  f.tell({ type: 'agent.done', generation: 1 });
  t.strictSame(f.take(), ['say 1.0 Hello.', 'say 1.1 How can I help?', 'tts.end 1']);
  t.match(f.state(), 'thinking');
  f.tell({ type: 'playback.started', generation: 1, atMs: 0 });
  t.match(f.state(), 'speaking');
  f.tell({ type: 'playback.finished', generation: 1, heardText: 'Hello. How can I help?' });
  t.match(f.state(), 'listening');
  t.match(f.log.turns, [{ role: 'agent', text: 'Hello. How can I help?' }]);
});

t.test('a turn is committed once silence and the final transcript are there', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(390);
  t.strictSame(f.take(), [], 'not before the endpoint delay');
  f.wait(20);
  t.strictSame(f.take(), ['stt.finish 1']);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'opening hours' });
  t.strictSame(f.take(), ['reply 2 turn opening hours']);
  t.match(f.log.turns.at(-1), { role: 'caller', text: 'opening hours' });
});

t.test('a pause inside a sentence does not end the turn', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(300);
  f.callerSpeaks(1);
  f.wait(300);
  t.strictSame(f.take(), []);
  f.wait(110);
  t.strictSame(f.take(), ['stt.finish 1']);
});

t.test('words of a caller who goes on while the transcript is awaited make one turn', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(410);
  f.tell({ type: 'speech.started', utteranceId: 2, atMs: f.clock.now() });
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'my extension is' });
  f.wait(300);
  f.tell({ type: 'speech.stopped', utteranceId: 2, atMs: 0, voiceEndedAtMs: 0 });
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 2, text: 'two zero five' });
  t.strictSame(f.take(), [
    'stt.finish 1',
    'stt.finish 2',
    'reply 2 turn my extension is two zero five',
  ]);
});

t.test('a caller who goes on before the answer is heard keeps the words said so far', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'I want' });
  f.take();
  f.callerSpeaks(2);
  t.strictSame(f.take(), ['line.clear', 'tts.stop', 'agent.abort 2']);
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 2, text: 'the opening hours' });
  t.strictSame(f.take(), ['stt.finish 2', 'reply 3 turn I want the opening hours']);
  const { history } = f.actor.getSnapshot().context;
  t.strictSame(
    history.map(({ text }) => text),
    ['Hello.', 'I want the opening hours'],
  );
});

t.test(
  'an interruption clears, stops and aborts at once; history keeps what was heard',
  async (t) => {
    const f = afterGreeting();
    f.callerSpeaks(1);
    f.wait(410);
    f.tell({ type: 'stt.final', utteranceId: 1, text: 'hours' });
    f.tell({ type: 'agent.clause', generation: 2, text: 'We are open from nine to five.' });
    f.tell({ type: 'playback.started', generation: 2, atMs: f.clock.now() });
    f.take();
    f.tell({ type: 'speech.started', utteranceId: 2, atMs: f.clock.now() });
    t.strictSame(f.take(), ['line.hold'], 'silent at once');
    t.match(f.state(), 'held');
    f.wait(450);
    t.strictSame(f.take(), ['line.clear', 'tts.stop', 'agent.abort 2'], 'the voice lasts');
    f.tell({ type: 'playback.cleared', generation: 2, heardText: 'We are open' });
    t.equal(f.log.interruptions, 1);
    t.match(f.log.turns.at(-1), { role: 'agent', text: 'We are open', interrupted: true });
    f.tell({ type: 'agent.clause', generation: 2, text: 'Late.' });
    f.tell({ type: 'agent.done', generation: 2, action: { type: 'hangup' } });
    t.strictSame(f.take(), [], 'facts of the aborted reply mean nothing');
    t.match(f.state(), 'hearing');
  },
);

t.test('no words from speech asks again; no final at all does so after its time-out', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 1, text: '  ' });
  t.strictSame(f.take(), ['stt.finish 1', 'reply 2 unclear']);
  f.agentSpeaks(2, 'Sorry?');
  f.take();
  f.callerSpeaks(2);
  f.wait(410 + 3000);
  t.strictSame(f.take(), ['stt.finish 2', 'reply 3 unclear']);
});

t.test('silence is re-prompted, then the call ends as idle', async (t) => {
  const f = afterGreeting();
  f.wait(8010);
  t.strictSame(f.take(), ['reply 2 idle']);
  t.match(f.actor.getSnapshot().context.input, { kind: 'idle', count: 0, last: false });
  f.agentSpeaks(2, 'Are you there?');
  f.wait(8010);
  t.match(f.actor.getSnapshot().context.input, { kind: 'idle', count: 1, last: true });
  f.tell({ type: 'agent.clause', generation: 3, text: 'Goodbye.' });
  f.tell({ type: 'agent.done', generation: 3 });
  f.tell({ type: 'playback.started', generation: 3, atMs: 0 });
  f.tell({ type: 'playback.finished', generation: 3, heardText: 'Goodbye.' });
  t.equal(f.take().at(-1), 'hangup idle hangup');
  t.match(f.state(), 'closing');
});

t.test('speech resets the count of re-prompts', async (t) => {
  const f = afterGreeting();
  f.wait(8010);
  f.agentSpeaks(2, 'Are you there?');
  f.callerSpeaks(1);
  t.equal(f.actor.getSnapshot().context.idleCount, 0);
});

t.test('a transfer happens after its announcement was played', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'transfer' });
  f.tell({ type: 'agent.clause', generation: 2, text: 'One moment.' });
  f.tell({ type: 'agent.done', generation: 2, action: { type: 'transfer', to: '205' } });
  f.tell({ type: 'playback.started', generation: 2, atMs: 0 });
  f.take();
  f.tell({ type: 'playback.finished', generation: 2, heardText: 'One moment.' });
  t.strictSame(f.take(), ['hangup transferred transfer']);
});

t.test('an interrupted goodbye does not hang up', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'goodbye' });
  f.tell({ type: 'agent.clause', generation: 2, text: 'Goodbye then.' });
  f.tell({ type: 'agent.done', generation: 2, action: { type: 'hangup' } });
  f.tell({ type: 'playback.started', generation: 2, atMs: 0 });
  f.tell({ type: 'speech.started', utteranceId: 2, atMs: 0 });
  f.take();
  f.tell({ type: 'playback.finished', generation: 2, heardText: '' });
  t.notMatch(f.take().join(), 'hangup');
  t.match(f.state(), 'hearing');
});

t.test('an agent that came back is asked again, unless it had spoken', async (t) => {
  const f = floor();
  f.take();
  f.tell({ type: 'child.restarted', child: 'agent' });
  t.strictSame(f.take(), ['reply 1 greeting']);
  f.tell({ type: 'agent.clause', generation: 1, text: 'Hello,' });
  f.take();
  f.tell({ type: 'child.restarted', child: 'agent' });
  t.strictSame(f.take(), ['tts.end 1'], 'what was said stands');
});

t.test('a speech engine that came back is given what was not handed over', async (t) => {
  const f = floor();
  f.tell({ type: 'agent.clause', generation: 1, text: 'One.' });
  f.tell({ type: 'agent.clause', generation: 1, text: 'Two.' });
  f.tell({ type: 'agent.done', generation: 1 });
  f.tell({ type: 'tts.said', generation: 1, clause: 0 });
  f.tell({ type: 'playback.started', generation: 1, atMs: 0 });
  f.take();
  f.tell({ type: 'child.restarted', child: 'tts' });
  t.strictSame(f.take(), ['say 1.1 Two.', 'tts.end 1']);
});

t.test('an agent that never greets is told within the budget (C10)', async (t) => {
  const f = floor();
  f.take();
  f.wait(6590);
  t.strictSame(f.take(), []);
  f.wait(20);
  t.strictSame(f.take(), ['answer.overdue']);
  f.tell({ type: 'child.restarted', child: 'agent' });
  f.tell({ type: 'agent.clause', generation: 1, text: 'Late.' });
  t.strictSame(f.take(), [], 'nothing is ordered any more');
});

t.test('a reply that is never completed is said to have broken off (C10)', async (t) => {
  const f = floor();
  f.tell({ type: 'agent.clause', generation: 1, text: 'Hello.' });
  f.tell({ type: 'playback.started', generation: 1, atMs: 0 });
  f.tell({ type: 'tts.said', generation: 1, clause: 0 });
  f.take();
  f.wait(1000);
  const goDry = (untilMs: number): void => {
    for (; f.line.dryForMs < untilMs; f.wait(50)) f.line.dryForMs += 50;
  };
  goDry(5400);
  t.strictSame(f.take(), []);
  goDry(5800);
  t.strictSame(f.take(), ['agent.abort 1', 'say 1.1 I lost my thread.', 'tts.end 1']);
  f.tell({ type: 'agent.clause', generation: 1, text: 'Late.' });
  f.tell({ type: 'agent.done', generation: 1, action: { type: 'hangup' } });
  t.strictSame(f.take(), [], 'and what comes of it later means nothing');
});

t.test('an endless utterance is handed over in pieces and answered as one turn', async (t) => {
  const f = afterGreeting();
  f.tell({ type: 'speech.started', utteranceId: 1, atMs: 0 });
  f.wait(10_010);
  t.strictSame(f.take(), ['stt.finish 1']);
  f.tell({ type: 'speech.started', utteranceId: 2, atMs: f.clock.now() });
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'first' });
  f.tell({ type: 'speech.stopped', utteranceId: 2, atMs: 0, voiceEndedAtMs: 0 });
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 2, text: 'second' });
  t.strictSame(f.take(), ['stt.finish 2', 'reply 2 turn first second']);
});

t.test('latency of an answer is told by stage', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(400);
  f.wait(100);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'hours' });
  f.wait(50);
  f.tell({ type: 'agent.clause', generation: 2, text: 'Nine.' });
  f.wait(30);
  f.tell({ type: 'playback.started', generation: 2, atMs: f.clock.now() });
  t.strictSame(f.log.latencies, [
    { turn: 1, endpointingMs: 600, sttMs: 100, agentMs: 50, ttsMs: 30, totalMs: 780 },
  ]);
});

t.test('the agent is given all turns before its input, and the input once', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'hours' });
  t.match(f.orders.at(-1), { input: { kind: 'turn', text: 'hours' } });
  t.match(f.orders.at(-1), { history: [{ role: 'agent', text: 'Hello.' }] });
  f.tell({ type: 'child.restarted', child: 'agent' });
  t.strictSame(f.orders.at(-1), f.orders.at(-2), 'also where it is asked again');
  f.agentSpeaks(2, 'Nine to five.');
  f.tell({ type: 'dtmf.received', digit: '7' });
  f.tell({ type: 'dtmf.received', digit: '#' });
  t.strictSame((f.orders.at(-1) as { history?: unknown }).history, [
    { role: 'agent', text: 'Hello.' },
    { role: 'caller', text: 'hours' },
    { role: 'agent', text: 'Nine to five.' },
  ]);
});

t.test('finals that come out of order are read in the order of speech', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(410);
  f.callerSpeaks(2);
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 2, text: 'two zero five' });
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'my extension is' });
  t.equal(f.take().at(-1), 'reply 2 turn my extension is two zero five');
});

t.test('a turn that was taken back is recorded once, as it became', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'I want' });
  f.callerSpeaks(2);
  t.match(f.log.turns.at(-1), { text: 'I want' }, 'kept, should the caller hang up now');
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 2, text: 'the hours' });
  f.agentSpeaks(3, 'Nine to five.');
  t.strictSame(
    f.log.turns.map(({ text }) => text),
    ['Hello.', 'I want the hours', 'Nine to five.'],
  );
  f.callerSpeaks(3);
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 3, text: 'thanks' });
  t.equal(f.log.turns.length, 4, 'and the next turn is a new one');
});

t.test('noise while the agent thinks asks for the same answer again', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'hours' });
  f.callerSpeaks(2, 100);
  f.wait(410);
  f.take();
  f.tell({ type: 'stt.final', utteranceId: 2, text: '' });
  t.strictSame(f.take(), ['reply 3 turn hours']);
  t.equal(f.log.turns.length, 2);
});

t.test('an utterance grows too long also where it has short pauses', async (t) => {
  const f = afterGreeting();
  for (let i = 0; i < 12; i += 1) {
    f.callerSpeaks(1, 700);
    f.wait(300);
    const finished = f.take();
    if (finished.length === 0) continue;
    t.strictSame(finished, ['stt.finish 1']);
    t.equal(i, 10, 'with the first voice behind ten seconds');
    return;
  }
  t.fail('never handed over');
});

t.test('what follows a complete reply stays, should its agent die or time pass', async (t) => {
  for (const mishap of ['restart', 'time'] as const) {
    const f = floor();
    f.tell({ type: 'agent.clause', generation: 1, text: 'Goodbye.' });
    f.tell({ type: 'agent.done', generation: 1, action: { type: 'hangup' } });
    f.take();
    if (mishap === 'restart') f.tell({ type: 'child.restarted', child: 'agent' });
    else f.wait(5000);
    t.strictSame(f.take(), [], mishap);
    f.tell({ type: 'playback.started', generation: 1, atMs: 0 });
    f.tell({ type: 'playback.finished', generation: 1, heardText: 'Goodbye.' });
    t.strictSame(f.take(), ['hangup agent-hangup hangup'], mishap);
  }
});

t.test('a reply without words is complete, and is not asked for again', async (t) => {
  const f = floor();
  f.tell({ type: 'agent.done', generation: 1, action: { type: 'transfer', to: '205' } });
  t.strictSame(f.take(), ['reply 1 greeting', 'tts.end 1']);
  f.tell({ type: 'child.restarted', child: 'agent' });
  f.wait(5000);
  t.strictSame(f.take(), []);
  f.tell({ type: 'playback.finished', generation: 1, heardText: '' });
  t.strictSame(f.take(), ['hangup transferred transfer']);
});

t.test('facts of an interrupted reply order nothing', async (t) => {
  const f = floor();
  f.tell({ type: 'agent.clause', generation: 1, text: 'Hello.' });
  f.tell({ type: 'playback.started', generation: 1, atMs: 0 });
  f.tell({ type: 'agent.done', generation: 1 });
  f.tell({ type: 'speech.started', utteranceId: 1, atMs: 0 });
  f.wait(450);
  f.take();
  f.tell({ type: 'agent.expected', generation: 1, expectation: 'digits' });
  f.tell({ type: 'agent.clause', generation: 1, text: 'Late.' });
  f.tell({ type: 'child.restarted', child: 'tts' });
  f.tell({ type: 'child.restarted', child: 'agent' });
  t.strictSame(f.take(), []);
});

t.test('nothing is ordered any more once the call is to be hung up', async (t) => {
  const f = floor();
  f.tell({ type: 'agent.done', generation: 1, action: { type: 'hangup' } });
  f.tell({ type: 'playback.finished', generation: 1, heardText: '' });
  f.take();
  f.tell({ type: 'child.restarted', child: 'tts' });
  f.tell({ type: 'agent.expected', generation: 1, expectation: 'digits' });
  f.callerSpeaks(1);
  f.tell({ type: 'dtmf.received', digit: '1' });
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'wait' });
  f.wait(60_000);
  t.strictSame(f.take(), []);
});

t.test('what was heard of a reply when the stream ended is recorded', async (t) => {
  const f = floor();
  f.tell({ type: 'agent.clause', generation: 1, text: 'Hello there.' });
  f.tell({ type: 'playback.started', generation: 1, atMs: 0 });
  f.tell({ type: 'playback.cleared', generation: 1, heardText: 'Hello' });
  t.match(f.log.turns, [{ role: 'agent', text: 'Hello', interrupted: true }]);
});

t.test('a turn begins with its own first voice, also after a reply without audio', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'one' });
  f.agentSpeaks(2, 'Yes.');
  f.wait(8010);
  f.tell({ type: 'agent.done', generation: 3 });
  f.tell({ type: 'playback.finished', generation: 3, heardText: '' });
  f.wait(1000);
  const startMs = f.clock.now();
  f.callerSpeaks(2);
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 2, text: 'two' });
  t.match(f.log.turns.at(-1), { text: 'two', startMs });
});

t.test('a clause that came while the agent was held is no part of the next latency', async (t) => {
  const f = floor();
  f.tell({ type: 'agent.clause', generation: 1, text: 'We are open.' });
  f.tell({ type: 'playback.started', generation: 1, atMs: 0 });
  f.tell({ type: 'speech.started', utteranceId: 1, atMs: f.clock.now() });
  f.tell({ type: 'agent.clause', generation: 1, text: 'On Sundays too.' });
  f.tell({ type: 'stt.interim', utteranceId: 1, text: 'no wait' });
  f.wait(300);
  const atMs = f.clock.now();
  f.tell({ type: 'speech.stopped', utteranceId: 1, atMs, voiceEndedAtMs: atMs - 200 });
  f.wait(400);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'no wait' });
  f.wait(1000);
  f.tell({ type: 'agent.clause', generation: 2, text: 'Sure.' });
  f.wait(100);
  f.tell({ type: 'playback.started', generation: 2, atMs: f.clock.now() });
  t.match(f.log.latencies.at(-1), { endpointingMs: 600, agentMs: 1000, ttsMs: 100, totalMs: 1700 });
});

t.test(
  'the agent is told how sure the recogniser was: as sure as of its least word (D3)',
  async (t) => {
    const f = afterGreeting();
    const inputOf = () => (f.orders.at(-1) as { input?: unknown }).input;
    f.callerSpeaks(1);
    f.wait(410);
    f.tell({ type: 'speech.started', utteranceId: 2, atMs: f.clock.now() });
    f.tell({ type: 'stt.final', utteranceId: 1, text: 'thank you', confidence: 0.3 });
    f.wait(300);
    f.tell({ type: 'speech.stopped', utteranceId: 2, atMs: 0, voiceEndedAtMs: 0 });
    f.wait(410);
    f.tell({ type: 'stt.final', utteranceId: 2, text: 'goodbye', confidence: 0.9 });
    t.strictSame(inputOf(), { kind: 'turn', text: 'thank you goodbye', confidence: 0.3 });
    f.callerSpeaks(3);
    f.wait(410);
    f.tell({ type: 'stt.final', utteranceId: 3, text: '', confidence: 0.1 });
    t.strictSame(
      inputOf(),
      { kind: 'turn', text: 'thank you goodbye', confidence: 0.3 },
      'kept by a turn that is taken back; an utterance without words has no say',
    );
    const other = afterGreeting();
    other.callerSpeaks(1);
    other.wait(410);
    other.tell({ type: 'stt.final', utteranceId: 1, text: 'hours' });
    t.match(other.orders.at(-1), { input: { kind: 'turn', text: 'hours', confidence: undefined } });
  },
);

t.test('a turn without words is in the record, once (D9)', async (t) => {
  const f = afterGreeting();
  f.callerSpeaks(1);
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 1, text: '' });
  t.match(f.log.turns.at(-1), { role: 'caller', text: '[unclear]' });
  f.callerSpeaks(2);
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 2, text: 'hours' });
  const said = f.log.turns.filter(({ role }) => role === 'caller').map(({ text }) => text);
  t.strictSame(said, ['hours'], 'the caller went on before an answer was heard: one turn');
});
