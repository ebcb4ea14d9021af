import t from 'tap';
import { makeCall } from '../fakes/running-call.js';

t.test('a call is greeted, answered and ended by the caller; nothing is left open', async (t) => {
  const c = makeCall();
  c.actor.start();
  await c.wait(20);
  t.strictSame(c.line.said, ['Answer to greeting.']);
  await c.callerSays(1, 'hours');
  t.strictSame(c.line.said, ['Answer to greeting.', 'Answer to turn.']);
  c.line.tell({ type: 'call.stopped', reason: 'caller-hangup' });
  t.equal(c.actor.getSnapshot().status, 'done');
  t.match(c.actor.getSnapshot().output, { reason: 'caller-hangup', error: undefined });
  t.strictSame(c.log.ends, [{ reason: 'caller-hangup', errorCode: undefined }]);
  t.strictSame(c.open, { stt: 0, agent: 0, synthesis: 0 });
  t.equal(c.line.listeners.size, 0);
});

t.test('the agent hangs up once its goodbye was played', async (t) => {
  const c = makeCall();
  c.behaviour.reply = async function* () {
    yield { type: 'text', text: 'Goodbye.' };
    yield { type: 'action', action: { type: 'hangup' } };
  };
  c.actor.start();
  await c.wait(20);
  t.match(c.line.hangUps, [{ reason: 'agent-hangup', next: { type: 'hangup' } }]);
  t.match(c.actor.getSnapshot().output, { reason: 'agent-hangup' });
});

t.test('a speech-to-text session that dies is replaced and takes over the utterance', async (t) => {
  const c = makeCall();
  c.actor.start();
  await c.wait(20);
  await c.callerSays(1, 'hello');
  c.failStt();
  await c.wait(100);
  t.equal(c.opened.stt, 2);
  t.equal(c.open.stt, 1, 'the dead session was closed');
  t.equal(c.line.answered, 1, 'what has its final is not told again');
  await c.callerSays(2, 'hours');
  t.equal(c.line.said.length, 3);
  t.strictSame(c.log.restarts, ['stt']);
  c.actor.send({ type: 'call.stopped', reason: 'caller-hangup' });
});

t.test(
  'a session that throws where it must not is replaced, and the turn is answered',
  async (t) => {
    const c = makeCall();
    c.behaviour.finishStt = () => {
      c.behaviour.finishStt = () => undefined;
      throw new TypeError('a defect');
    };
    c.actor.start();
    await c.wait(20);
    c.line.tell({ type: 'speech.started', utteranceId: 1, atMs: 0 });
    c.line.tell({ type: 'speech.stopped', utteranceId: 1, atMs: 0, voiceEndedAtMs: -200 });
    await c.wait(600);
    t.equal(c.opened.stt, 2);
    t.equal(c.line.answered, 0, 'the utterance without a final is told to the new session');
    t.strictSame(c.errors, []);
  },
);

t.test('a session that opens only after the call has ended is closed at once', async (t) => {
  const c = makeCall();
  let letOpen = (): void => undefined;
  c.behaviour.openStt = () => new Promise((resolve) => (letOpen = resolve));
  c.actor.start();
  await c.wait(20);
  c.line.tell({ type: 'call.stopped', reason: 'caller-hangup' });
  letOpen();
  await c.wait(20);
  t.equal(c.open.stt, 0);
});

t.test('a session that never opens is given up after its budget, with an apology', async (t) => {
  const c = makeCall();
  c.behaviour.openStt = () => new Promise(() => undefined);
  c.actor.start();
  await c.wait(6000);
  t.equal(c.line.apologies, 1);
  t.match(c.line.hangUps, [{ reason: 'failed' }]);
  t.match(c.log.ends, [{ reason: 'failed', errorCode: 'PROVIDER_TIMEOUT' }]);
  t.equal(c.actor.getSnapshot().status, 'done');
});

t.test('an agent that throws before it spoke is asked again', async (t) => {
  const c = makeCall();
  let calls = 0;
  c.behaviour.reply = async function* () {
    calls += 1;
    if (calls === 1) throw new Error('down');
    yield { type: 'text', text: 'Hello.' };
  };
  c.actor.start();
  await c.wait(200);
  t.strictSame(c.line.said, ['Hello.']);
  t.strictSame(c.log.restarts, ['agent']);
});

t.test('an agent that hangs is timed out and replaced', async (t) => {
  const c = makeCall();
  let calls = 0;
  c.behaviour.reply = async function* ({ signal }) {
    calls += 1;
    if (calls === 1) {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      return;
    }
    yield { type: 'text', text: 'Hello.' };
  };
  c.actor.start();
  await c.wait(2300);
  t.strictSame(c.line.said, ['Hello.']);
  t.equal(c.open.agent, 1);
});

t.test(
  'synthesis that fails in mid-clause speaks the clause again, and only that one',
  async (t) => {
    const c = makeCall();
    c.behaviour.reply = async function* () {
      yield { type: 'text', text: 'First sentence here. Second sentence here.' };
    };
    let calls = 0;
    c.behaviour.synthesize = async function* () {
      calls += 1;
      yield { pcm: new Int16Array(160), sampleRateHz: 8000 };
      if (calls === 2) throw new Error('down');
    };
    c.actor.start();
    await c.wait(300);
    t.strictSame(c.line.said, ['First sentence here.', 'Second sentence here.']);
    t.equal(calls, 3);
  },
);

t.test('synthesis that never gives audio ends in an apology and a clean end', async (t) => {
  const c = makeCall();
  c.behaviour.synthesize = async function* (signal) {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    if (signal.aborted) return;
    yield { pcm: new Int16Array(160), sampleRateHz: 8000 };
  };
  c.actor.start();
  await c.wait(6000);
  t.equal(c.line.apologies, 1);
  t.match(c.log.ends, [{ reason: 'failed', errorCode: 'PROVIDER_TIMEOUT' }]);
  t.strictSame(c.open, { stt: 0, agent: 0, synthesis: 0 });
});

t.test('synthesis that gives far too much audio is cut, and the call goes on (C10)', async (t) => {
  const c = makeCall();
  c.behaviour.synthesize = async function* () {
    for (;;) yield { pcm: new Int16Array(800), sampleRateHz: 8000 };
  };
  c.actor.start();
  await c.wait(100);
  t.strictSame(c.line.said, ['Answer to greeting.'], 'once');
  await c.callerSays(1, 'hours');
  t.equal(c.line.said.length, 2);
  t.strictSame(c.log.restarts, []);
  t.strictSame(c.log.ends, []);
});

t.test('without a prepared apology the call still ends cleanly', async (t) => {
  const c = makeCall();
  c.line.hasApology = false;
  c.behaviour.openStt = async () => {
    throw new Error('refused');
  };
  c.actor.start();
  await c.wait(2000);
  t.match(c.line.hangUps, [{ reason: 'failed' }]);
  t.equal(c.actor.getSnapshot().status, 'done');
});

t.test('a drained call hears the apology and ends', async (t) => {
  const c = makeCall();
  c.actor.start();
  await c.wait(20);
  c.actor.send({ type: 'call.drain' });
  await c.wait(20);
  t.match(c.line.hangUps, [{ reason: 'drained' }]);
  t.match(c.actor.getSnapshot().output, { reason: 'drained' });
});

t.test('a call beyond the time limit ends', async (t) => {
  const c = makeCall();
  c.behaviour.reply = async function* ({ input }) {
    yield { type: 'text', text: input.kind };
  };
  const actor = c.actor.start();
  await c.wait(20);
  for (let i = 1; actor.getSnapshot().status === 'active' && i < 200; i += 1) {
    await c.callerSays(i, 'go on');
    await c.wait(6000);
  }
  t.match(actor.getSnapshot().output, { reason: 'time-limit' });
});

t.test('every child killed at once: the call goes on', async (t) => {
  const c = makeCall();
  c.actor.start();
  await c.wait(20);
  const error = Object.assign(new Error('killed'), { code: 'PROVIDER_FAILED' }) as never;
  for (const child of ['transport', 'stt', 'agent', 'tts'] as const) {
    c.actor.send({ type: 'child.failed', child, error });
  }
  await c.wait(200);
  t.strictSame([...c.log.restarts].sort(), ['agent', 'stt', 'transport', 'tts']);
  await c.callerSays(1, 'still there?');
  t.equal(c.line.said.length, 2);
  t.strictSame(c.errors, []);
  c.line.tell({ type: 'call.stopped', reason: 'caller-hangup' });
  t.strictSame(c.open, { stt: 0, agent: 0, synthesis: 0 });
  t.equal(c.line.listeners.size, 0);
});

t.test('a hang-up in any state stops everything', async (t) => {
  for (const afterMs of [0, 10, 20, 430, 440, 900]) {
    const c = makeCall();
    c.actor.start();
    if (afterMs > 0) {
      await c.wait(10);
      c.line.tell({ type: 'speech.started', utteranceId: 1, atMs: 0 });
      c.line.tell({ type: 'speech.stopped', utteranceId: 1, atMs: 0, voiceEndedAtMs: -200 });
      await c.wait(afterMs);
    }
    c.line.tell({ type: 'call.stopped', reason: 'line-lost' });
    await c.wait(50);
    t.equal(c.actor.getSnapshot().status, 'done', `after ${afterMs} ms`);
    t.strictSame(c.open, { stt: 0, agent: 0, synthesis: 0 });
    t.equal(c.line.listeners.size, 0);
    t.equal(c.log.ends.length, 1);
  }
});
