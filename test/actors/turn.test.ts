import t from 'tap';
import { createActor, fromCallback, SimulatedClock } from 'xstate';
import type { CallEvent, Order } from '../../src/actors/events.js';
import type { TurnSettings } from '../../src/actors/turn-context.js';
import { turnMachine } from '../../src/actors/turn.js';
import { createKeptLog } from '../fakes/call-log.js';

const settings: TurnSettings = {
  endpointDelayMs: 400,
  maxUtteranceMs: 10_000,
  idleTimeoutMs: 8000,
  idlePrompts: 1,
  digitTimeoutMs: 1500,
  finalTimeoutMs: 3000,
  replyTimeoutMs: 15_000,
};

function describe(order: Order): string {
  // eslint-disable-next-line typescript/switch-exhaustiveness-check -- the others have nothing to add
  switch (order.type) {
    case 'agent.reply': {
      const text = 'text' in order.input ? ` ${order.input.text}` : '';
      return `reply ${order.generation} ${order.input.kind}${text}`;
    }
    case 'tts.say':
      return `say ${order.generation}.${order.clause} ${order.text}`;
    case 'tts.end':
    case 'agent.abort':
      return `${order.type} ${order.generation}`;
    case 'stt.finish':
      return `stt.finish ${order.utteranceId}`;
    case 'line.hangup':
      return `hangup ${order.reason} ${order.next?.type}`;
    default:
      return order.type;
  }
}

/** The turn machine alone: orders collected, time driven in small steps. */
function floor() {
  const clock = new SimulatedClock();
  const orders: Order[] = [];
  const log = createKeptLog();
  const supervisor = createActor(
    fromCallback<Order>(({ receive }) => receive((order) => void orders.push(order))),
  ).start();
  const actor = createActor(turnMachine, {
    clock,
    input: {
      supervisor: supervisor as never,
      settings,
      log,
      clock: { nowMs: () => clock.now() },
      startedAtMs: 0,
    },
  }).start();
  const tell = (event: CallEvent): void => actor.send(event as never);
  const wait = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 10) clock.increment(10);
  };
  const take = (): string[] => orders.splice(0).map(describe);
  /** The agent says `text` as the reply `generation` and it is played to the end. */
  const agentSpeaks = (generation: number, text: string): void => {
    tell({ type: 'agent.clause', generation, text });
    tell({ type: 'agent.done', generation });
    tell({ type: 'playback.started', generation, atMs: clock.now() });
    tell({ type: 'tts.said', generation, clause: 0 });
    tell({ type: 'tts.done', generation });
    tell({ type: 'playback.finished', generation, heardText: text });
  };
  const callerSpeaks = (utteranceId: number, forMs = 500): void => {
    tell({ type: 'speech.started', utteranceId, atMs: clock.now() });
    wait(forMs);
    const atMs = clock.now();
    tell({ type: 'speech.stopped', utteranceId, atMs, voiceEndedAtMs: atMs - 200 });
  };
  const state = (): string => JSON.stringify(actor.getSnapshot().value);
  return { clock, log, tell, wait, take, agentSpeaks, callerSpeaks, state, actor };
}

/** A floor where the greeting is over. */
function afterGreeting() {
  const f = floor();
  f.agentSpeaks(1, 'Hello.');
  f.take();
  return f;
}

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
    t.strictSame(f.take(), ['line.clear', 'tts.stop', 'agent.abort 2']);
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
  f.tell({ type: 'agent.done', generation: 3, action: { type: 'hangup' } });
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

t.test('keypad digits end with a pause or a hash and interrupt the agent', async (t) => {
  const f = floor();
  f.take();
  f.tell({ type: 'dtmf.received', digit: '2' });
  t.strictSame(f.take(), ['line.clear', 'tts.stop', 'agent.abort 1']);
  f.wait(1000);
  f.tell({ type: 'dtmf.received', digit: '0' });
  f.wait(1000);
  f.tell({ type: 'dtmf.received', digit: '5' });
  f.wait(1510);
  t.strictSame(f.take(), ['reply 2 digits']);
  t.match(f.actor.getSnapshot().context.input, { digits: '205' });
  t.notMatch(JSON.stringify(f.log.turns), '205', 'digits are not recorded');
  f.agentSpeaks(2, 'Thank you.');
  f.take();
  f.tell({ type: 'dtmf.received', digit: '7' });
  f.tell({ type: 'dtmf.received', digit: '#' });
  t.strictSame(f.take(), ['reply 3 digits']);
  f.agentSpeaks(3, 'Thank you.');
  f.take();
  f.tell({ type: 'dtmf.received', digit: '#' });
  t.notMatch(f.take().join(), 'reply', 'a hash alone is no input');
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

t.test('an agent that never answers is reported as failed', async (t) => {
  const f = floor();
  f.take();
  f.wait(15_010);
  t.strictSame(f.take(), ['child.failed']);
});

t.test('a reply that is never completed ends with what it said', async (t) => {
  const f = floor();
  f.tell({ type: 'agent.clause', generation: 1, text: 'Hello.' });
  f.tell({ type: 'playback.started', generation: 1, atMs: 0 });
  f.take();
  f.wait(15_010);
  t.strictSame(f.take(), ['tts.end 1']);
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
