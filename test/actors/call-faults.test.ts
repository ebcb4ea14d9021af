import t from 'tap';
import { RingmasterError } from '../../src/errors.js';
import { aborted } from '../fakes/child.js';
import { makeCall } from '../fakes/running-call.js';

const error = new RingmasterError('PROVIDER_FAILED', 'a failure');

t.test(
  'an utterance that ends while speech to text is in backoff is ended in the line',
  async (t) => {
    const c = makeCall();
    c.actor.start();
    await c.wait(20);
    c.line.tell({ type: 'speech.started', utteranceId: 1, atMs: 0 });
    c.line.tell({ type: 'speech.stopped', utteranceId: 1, atMs: 0, voiceEndedAtMs: -200 });
    await c.wait(380);
    c.failStt();
    await c.wait(30);
    t.equal(c.open.stt, 0, 'no session is there');
    t.strictSame(c.line.ended, [1]);
  },
);

t.test('a new session is told what the agent expects to hear', async (t) => {
  const c = makeCall();
  c.behaviour.reply = async function* () {
    yield { type: 'text', text: 'Your number?' };
    yield { type: 'expect', expectation: 'digits' };
  };
  c.actor.start();
  await c.wait(20);
  t.strictSame(c.expected, ['anything', 'digits']);
  c.failStt();
  await c.wait(100);
  t.strictSame(c.expected, ['anything', 'digits', 'digits']);
});

t.test('an expectation that is told in backoff reaches the new session', async (t) => {
  const c = makeCall();
  c.behaviour.reply = async function* () {
    yield { type: 'expect', expectation: 'digits' };
    yield { type: 'text', text: 'Your number?' };
  };
  c.actor.start();
  c.actor.send({ type: 'child.failed', child: 'stt', error });
  await c.wait(100);
  t.strictSame(c.expected, ['digits']);
});

t.test('a transport that fails misses nothing that the line tells', async (t) => {
  const c = makeCall();
  c.actor.start();
  await c.wait(20);
  const before = [...c.line.listeners];
  c.actor.send({ type: 'child.failed', child: 'transport', error });
  t.equal(c.line.listeners.size, 1, 'the new one listens at once');
  t.notOk(c.line.listeners.has(before[0] as never), 'and the old one no more');
  await c.callerSays(1, 'hello');
  t.equal(c.line.said.length, 2);
  c.actor.send({ type: 'child.failed', child: 'transport', error });
  c.line.tell({ type: 'call.stopped', reason: 'caller-hangup' });
  t.equal(c.actor.getSnapshot().status, 'done');
});

t.test('a transport that always fails is given up', async (t) => {
  const c = makeCall();
  c.actor.start();
  await c.wait(20);
  c.line.clear = () => {
    throw new TypeError('a defect');
  };
  for (let i = 0; i < 4; i += 1) c.actor.send({ type: 'line.clear' });
  await c.wait(4000);
  t.match(c.actor.getSnapshot().output, { reason: 'failed', error: { message: 'a defect' } });
  t.strictSame(c.log.restarts, ['transport', 'transport', 'transport']);
  t.strictSame(c.errors, []);
});

t.test('a hang-up that the far end never confirms ends the call all the same', async (t) => {
  const c = makeCall();
  c.line.confirmsHangUp = false;
  c.behaviour.reply = async function* () {
    yield { type: 'action', action: { type: 'transfer', to: '205' } };
  };
  c.actor.start();
  await c.wait(2000);
  t.strictSame(c.line.hangUps, [{ reason: 'transferred', next: { type: 'transfer', to: '205' } }]);
  t.equal(c.actor.getSnapshot().status, 'active');
  await c.wait(2000);
  t.match(c.actor.getSnapshot().output, { reason: 'transferred' });
  t.strictSame(c.open, { stt: 0, agent: 0, synthesis: 0 });
  t.equal(c.line.listeners.size, 0);
});

t.test('what was heard when the caller hung up is in the record', async (t) => {
  const c = makeCall();
  c.behaviour.synthesize = async function* (signal) {
    yield { pcm: new Int16Array(160), sampleRateHz: 8000 };
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  };
  c.actor.start();
  await c.wait(20);
  c.line.tell({ type: 'playback.cleared', generation: 1, heardText: 'Answer to' });
  c.line.tell({ type: 'call.stopped', reason: 'caller-hangup' });
  t.match(c.log.turns, [{ role: 'agent', text: 'Answer to', interrupted: true }]);
});

t.test(
  'a call is not cut in mid-sentence: its last words and the apology are in the record (C12)',
  async (t) => {
    const c = makeCall();
    c.behaviour.reply = async function* ({ signal }) {
      yield { type: 'text', text: 'One. Two. Three. ' };
      await aborted(signal);
    };
    let room: () => void = () => undefined;
    c.actor.start();
    const play = c.line.play.bind(c.line);
    c.line.play = async (generation) => {
      await play(generation);
      await new Promise<void>((resolve) => (room = resolve));
    };
    await c.wait(50);
    c.actor.send({ type: 'call.drain' });
    await c.wait(1000);
    t.equal(c.line.apologies, 0, 'the first sentence is being said');
    room();
    await c.wait(50);
    t.strictSame(c.line.begun, ['One.'], 'no other sentence is begun');
    t.strictSame(c.line.apologyReasons, ['drained']);
    t.match(c.log.turns, [{ text: 'One.' }, { text: 'Sorry.' }]);
    t.strictSame(c.line.hangUps, [{ reason: 'drained', next: { type: 'hangup' } }], 'said once');
  },
);

t.test('a sentence without end is cut by the end of the call (C12)', async (t) => {
  const c = makeCall();
  c.behaviour.synthesize = async function* (signal) {
    yield { pcm: new Int16Array(160), sampleRateHz: 8000 };
    await aborted(signal);
  };
  c.actor.start();
  await c.wait(50);
  c.line.heardText = 'Answer';
  c.actor.send({ type: 'call.drain' });
  await c.wait(4900);
  t.equal(c.line.apologies, 0);
  await c.wait(200);
  t.equal(c.line.apologies, 1);
  t.match(c.log.turns, [{ text: 'Answer', interrupted: true }, { text: 'Sorry.' }]);
});

t.test(
  'a caller who is speaking is heard out when the node stops, for a while (C12)',
  async (t) => {
    const c = makeCall();
    c.actor.start();
    await c.wait(50);
    c.line.tell({ type: 'speech.started', utteranceId: 1, atMs: c.clock.now() });
    c.actor.send({ type: 'call.drain' });
    await c.wait(1000);
    t.equal(c.line.apologies, 0);
    const atMs = c.clock.now();
    c.line.tell({ type: 'speech.stopped', utteranceId: 1, atMs, voiceEndedAtMs: atMs - 200 });
    await c.wait(50);
    t.equal(c.line.apologies, 1);
  },
);

t.test('an apology that was said is not said again by Twilio (C12)', async (t) => {
  const c = makeCall();
  c.behaviour.reply = () => {
    throw new TypeError('a defect');
  };
  c.actor.start();
  await c.wait(1000);
  t.strictSame(c.line.apologyReasons, ['failed']);
  t.strictSame(c.line.hangUps, [{ reason: 'failed', next: { type: 'hangup' } }]);
});

t.test('an apology that was not heard is left to Twilio (C12)', async (t) => {
  for (const fault of ['missing', 'silent', 'never begins']) {
    const c = makeCall();
    c.line.hasApology = fault !== 'missing';
    if (fault !== 'missing') {
      c.line.playApology = (generation) => {
        const heardText = '';
        if (fault === 'silent') c.line.tell({ type: 'playback.finished', generation, heardText });
        return true;
      };
    }
    c.actor.start();
    await c.wait(50);
    c.actor.send({ type: 'call.drain' });
    await c.wait(1600);
    t.strictSame(c.line.hangUps, [{ reason: 'drained', next: undefined }], fault);
  }
});

t.test('an apology that the line cannot play ends in a hang-up', async (t) => {
  const c = makeCall();
  c.line.playApology = () => {
    throw new TypeError('a defect');
  };
  c.actor.start();
  await c.wait(20);
  c.actor.send({ type: 'call.drain' });
  await c.wait(20);
  t.match(c.line.hangUps, [{ reason: 'drained' }]);
  t.equal(c.actor.getSnapshot().status, 'done');
  t.strictSame(c.errors, []);
});

t.test('an apology whose end is never told ends after ten seconds', async (t) => {
  const c = makeCall();
  c.line.playApology = (generation) => {
    c.line.tell({ type: 'playback.started', generation, atMs: c.clock.now() });
    return true;
  };
  c.actor.start();
  await c.wait(20);
  c.actor.send({ type: 'call.drain' });
  await c.wait(9900);
  t.strictSame(c.line.hangUps, []);
  c.line.confirmsHangUp = false;
  await c.wait(200);
  t.match(c.line.hangUps, [{ reason: 'drained' }]);
  c.line.tell({ type: 'playback.cleared', generation: 2 ** 31, heardText: 'We are' });
  c.line.tell({ type: 'call.stopped', reason: 'drained' });
  t.match(c.log.turns.at(-1), { text: 'We are', interrupted: true });
  t.equal(c.actor.getSnapshot().status, 'done');
});

t.test('a line that breaks while it is hung up ends the call', async (t) => {
  const c = makeCall();
  c.actor.start();
  await c.wait(20);
  c.line.subscribe = () => {
    throw new TypeError('a defect');
  };
  c.actor.send({ type: 'line.hangup', reason: 'agent-hangup' });
  t.match(c.actor.getSnapshot().output, { reason: 'agent-hangup' });
  t.strictSame(c.errors, []);
});

t.test('a caller who hangs up during the apology ends the call', async (t) => {
  const c = makeCall();
  c.line.playApology = () => true;
  c.actor.start();
  await c.wait(20);
  c.actor.send({ type: 'call.drain' });
  c.line.tell({ type: 'call.stopped', reason: 'caller-hangup' });
  t.match(c.actor.getSnapshot().output, { reason: 'drained' });
  t.strictSame(c.open, { stt: 0, agent: 0, synthesis: 0 });
  t.equal(c.line.listeners.size, 0);
});

t.test('a failure is told with its cause, and recorded without (C14)', async (t) => {
  const c = makeCall();
  const defect = new TypeError('no such thing');
  c.behaviour.reply = () => {
    throw defect;
  };
  c.actor.start();
  await c.wait(1000);
  t.equal(c.reports.length, 4);
  t.match(c.reports[0], {
    child: 'agent',
    code: 'PROVIDER_FAILED',
    engine: 'fake agent',
    attempt: 1,
    goesOn: true,
    error: { message: 'no such thing', cause: defect },
  });
  t.match(c.reports[3], { attempt: 4, goesOn: false });
  t.equal(c.log.failures.length, 4);
  t.strictSame(Object.keys(c.log.failures[0] ?? {}).sort(), ['atMs', 'child', 'code', 'engine']);
});

t.test('the status and the engine behind a provider are told (C14)', async (t) => {
  const c = makeCall();
  const details = { status: 503, engine: 'second', retryable: true };
  c.behaviour.synthesize = () => {
    throw new RingmasterError('PROVIDER_FAILED', 'overloaded', details);
  };
  c.actor.start();
  await c.wait(1000);
  t.match(c.log.failures[0], { child: 'tts', engine: 'second', status: 503 });
});

t.test('a caller who waited too long is told as the failure of who was late (C14)', async (t) => {
  const c = makeCall();
  c.behaviour.reply = async function* ({ signal }) {
    if (c.log.turns.length > 0) await aborted(signal);
    yield { type: 'text', text: 'Hello.' };
  };
  c.actor.start();
  await c.wait(50);
  await c.callerSays(1, 'some words');
  await c.wait(8000);
  t.match(c.reports.at(-1), { child: 'agent', code: 'PROVIDER_TIMEOUT', goesOn: false });
  t.match(c.reports.at(-1)?.words, ['some words']);
  t.match(c.line.hangUps, [{ reason: 'failed' }]);
});
