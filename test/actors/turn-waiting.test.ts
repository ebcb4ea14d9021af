// Waiting well: fillers, callers who never stop, pauses that depend on what was said.

import t from 'tap';
import { createEndpointing, DEFAULT_ENDPOINTING } from '../../src/actors/endpointing/index.js';
import { floor, turnSettings } from '../fakes/floor.js';

const { answer: answerSettings } = turnSettings;
const fillers = { afterMs: 1500, phrases: ['One moment.', 'Still here.'], most: 2 };

/** A question was asked and the agent is thinking. */
function asked(settings: Parameters<typeof floor>[0] = {}) {
  const f = floor({ fillers, ...settings });
  f.agentSpeaks(1, 'Hello.');
  f.callerSpeaks(1);
  f.wait(410);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'hours' });
  f.take();
  return f;
}
const fillerOf = (order: string | undefined) => order?.replace(/^say \d\.\d /, '');

t.test('a slow answer is bridged, never twice with the same words in a row', async (t) => {
  const f = asked({ answer: { ...answerSettings, budgetMs: 30_000 } });
  f.wait(1490);
  t.strictSame(f.take(), []);
  f.wait(20);
  const [first] = f.take();
  t.match(first, /^say 2\.0 /);
  f.tell({ type: 'playback.started', generation: 2, atMs: f.clock.now() });
  f.wait(3000);
  const [second] = f.take();
  t.match(second, /^say 2\.1 /);
  t.not(fillerOf(second), fillerOf(first));
  f.wait(8000);
  t.strictSame(f.take(), [], 'no more of them than allowed');
  f.tell({ type: 'agent.clause', generation: 2, text: 'From nine.' });
  f.tell({ type: 'agent.done', generation: 2 });
  t.strictSame(f.take(), ['say 2.2 From nine.', 'tts.end 2']);
});

t.test('an answer in time needs no filler, nor does one that was begun', async (t) => {
  const f = asked();
  f.wait(1000);
  f.tell({ type: 'agent.clause', generation: 2, text: 'Well,' });
  f.take();
  f.wait(4000);
  t.strictSame(f.take(), []);
});

t.test('no filler is begun that would have the answer wait beyond its time', async (t) => {
  const f = asked({ answer: { ...answerSettings, budgetMs: 4000 } });
  f.wait(1510);
  t.match(f.take(), ['say 2.0 One moment.']);
  f.tell({ type: 'playback.started', generation: 2, atMs: f.clock.now() });
  f.line.playedAnswerMs = 0;
  f.wait(3000);
  t.strictSame(f.take(), ['answer.overdue']);
});

t.test('a caller who interrupts ends the fillers', async (t) => {
  const f = asked();
  f.wait(1000);
  f.callerSpeaks(2, 300);
  f.take();
  f.wait(200);
  f.wait(1000);
  t.notOk(f.take().some((order) => order.startsWith('say')));
});

t.test('fillers are no answer: an agent that dies after one is asked again', async (t) => {
  const f = asked();
  f.wait(1510);
  f.tell({ type: 'playback.started', generation: 2, atMs: f.clock.now() });
  f.take();
  f.tell({ type: 'child.restarted', child: 'agent' });
  t.strictSame(f.take(), ['reply 2 turn hours']);
});

t.test('an agent that says nothing but fillers is reported within the budget (C10)', async (t) => {
  const f = asked();
  f.wait(1510);
  f.tell({ type: 'playback.started', generation: 2, atMs: f.clock.now() });
  f.line.playedAnswerMs = 0;
  f.wait(7000 - 600 - 1510 - 500);
  t.notOk(f.take().includes('answer.overdue'));
  f.wait(200);
  t.ok(f.take().includes('answer.overdue'));
});

t.test('a caller who talks for too long is answered all the same', async (t) => {
  const f = floor({ stepInAfterMs: 5000, maxUtteranceMs: 60_000 });
  f.agentSpeaks(1, 'Hello.');
  f.take();
  f.tell({ type: 'speech.started', utteranceId: 1, atMs: f.clock.now() });
  f.wait(5010);
  t.strictSame(f.take(), ['stt.finish 1']);
  // The line opens the next utterance at once, since the voice goes on.
  f.tell({ type: 'speech.started', utteranceId: 2, atMs: f.clock.now() });
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'and so on' });
  t.strictSame(f.take(), ['reply 2 turn and so on']);
  f.tell({ type: 'agent.clause', generation: 2, text: 'May I?' });
  f.tell({ type: 'agent.done', generation: 2 });
  f.tell({ type: 'playback.started', generation: 2, atMs: f.clock.now() });
  f.take();
  const atMs = f.clock.now();
  f.tell({ type: 'speech.stopped', utteranceId: 2, atMs, voiceEndedAtMs: atMs - 200 });
  t.strictSame(f.take(), ['stt.finish 2'], 'what was said meanwhile is not lost');
  f.tell({ type: 'stt.final', utteranceId: 2, text: 'and on' });
  f.tell({ type: 'playback.finished', generation: 2, heardText: 'May I?' });
  t.strictSame(f.take(), ['reply 3 turn and on']);
});

t.test('words that ask for more are waited on for longer', async (t) => {
  const endpointing = createEndpointing(DEFAULT_ENDPOINTING);
  const commitAfterMs = (text: string): number => {
    const f = floor({ endpointing, draftAfterMs: undefined });
    f.agentSpeaks(1, 'Hello.');
    f.tell({ type: 'speech.started', utteranceId: 1, atMs: f.clock.now() });
    f.wait(1000);
    f.tell({ type: 'stt.interim', utteranceId: 1, text });
    f.wait(200);
    const atMs = f.clock.now();
    f.tell({ type: 'speech.stopped', utteranceId: 1, atMs, voiceEndedAtMs: atMs - 200 });
    f.take();
    while (!f.take().includes('stt.finish 1')) f.wait(10);
    return f.clock.now() - atMs + 200;
  };
  const more = commitAfterMs('my number is');
  const done = commitAfterMs('what are your opening hours');
  t.ok(more > done + 300, `${more} ms after half a sentence, ${done} ms after a whole one`);
});

t.test('an interim within the pause changes how long it lasts', async (t) => {
  const endpointing = createEndpointing(DEFAULT_ENDPOINTING);
  const f = floor({ endpointing, draftAfterMs: undefined });
  f.agentSpeaks(1, 'Hello.');
  f.callerSpeaks(1, 1200);
  f.take();
  f.wait(350);
  f.tell({ type: 'stt.interim', utteranceId: 1, text: 'I would like to speak to' });
  f.wait(200);
  t.strictSame(f.take(), [], 'without it the turn would be over');
});

t.test('a caller who was cut off is waited for longer', async (t) => {
  const endpointing = createEndpointing(DEFAULT_ENDPOINTING);
  const f = floor({ endpointing });
  f.agentSpeaks(1, 'Hello.');
  f.callerSpeaks(1);
  const delayMs = (): number =>
    endpointing.delayMs(f.actor.getSnapshot().context.endpointState, {
      interimText: undefined,
      expectation: 'anything',
      utteranceMs: 1000,
      pausesSoFar: 0,
    });
  const before = delayMs();
  f.wait(400);
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'I want' });
  f.wait(50);
  f.callerSpeaks(2);
  t.ok(delayMs() > before, `${before} ms, then ${delayMs()} ms`);
});

t.test('what was said while the agent stepped in stays, should the caller go on', async (t) => {
  const f = floor({ stepInAfterMs: 3000 });
  f.agentSpeaks(1, 'Hello.');
  f.tell({ type: 'speech.started', utteranceId: 1, atMs: f.clock.now() });
  f.wait(3010);
  f.tell({ type: 'speech.started', utteranceId: 2, atMs: f.clock.now() });
  f.tell({ type: 'stt.final', utteranceId: 1, text: 'part one' });
  const atMs = f.clock.now();
  f.tell({ type: 'speech.stopped', utteranceId: 2, atMs, voiceEndedAtMs: atMs - 200 });
  f.tell({ type: 'stt.final', utteranceId: 2, text: 'part two' });
  f.wait(200);
  f.callerSpeaks(3);
  f.wait(400);
  f.tell({ type: 'stt.final', utteranceId: 3, text: 'part three' });
  t.equal(f.take().at(-1), 'reply 3 turn part one part two part three');
});

t.test('while the line is lost nobody waits', async (t) => {
  const f = asked();
  f.wait(5000);
  f.take();
  // The clock of the timers stands still meanwhile, that of the moments does not.
  f.lost(60_000);
  f.tell({ type: 'line.resumed' });
  f.wait(6500);
  t.strictSame(f.take(), []);
  f.wait(200);
  t.strictSame(f.take(), ['answer.overdue']);
});

t.test('an answer whose line was lost in its middle is not late', async (t) => {
  const f = asked();
  f.tell({ type: 'agent.clause', generation: 2, text: 'From nine.' });
  f.tell({ type: 'playback.started', generation: 2, atMs: f.clock.now() });
  f.wait(1000);
  f.take();
  f.lost(60_000);
  f.line.dryForMs = 61_000;
  f.tell({ type: 'line.resumed' });
  f.wait(2000);
  t.strictSame(f.take(), []);
});

t.test('a clause that broke off twice is not begun for the third time (C10)', async (t) => {
  const f = asked();
  f.tell({ type: 'agent.clause', generation: 2, text: 'We are open.' });
  f.tell({ type: 'agent.done', generation: 2 });
  f.tell({ type: 'playback.started', generation: 2, atMs: f.clock.now() });
  f.take();
  const breaks = (dryForMs: number): string[] => {
    f.wait(3000);
    f.line.dryForMs = dryForMs;
    f.tell({ type: 'child.restarted', child: 'tts' });
    return f.take();
  };
  const again = ['say 2.0 We are open.', 'tts.end 2'];
  t.strictSame(breaks(2000), again);
  t.strictSame(breaks(5000), again, 'nothing was heard since: once more');
  t.strictSame(breaks(2000), ['answer.overdue'], 'the same part was heard for the second time');
});
