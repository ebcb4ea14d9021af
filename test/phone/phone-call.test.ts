// Whole calls on a manual clock and a network without sockets.

import t from 'tap';
import twilio from 'twilio';
import {
  bargeIn,
  bargeInMs,
  dtmf,
  hangUp,
  ManualClock,
  MemoryRecording,
  placeCall,
  responseMs,
  say,
  wait,
  waitForAgent,
  type Caller,
  type PlaceCallOptions,
  type PhoneCall,
} from '../../src/phone/index.js';
import {
  connectTwiml,
  firstStream,
  memoryNetwork,
  xml,
  type MemoryNetwork,
  type MemoryStream,
} from '../fakes/memory-network.js';
import { toneClip, toneMulaw } from '../fakes/sounds.js';

const URL_VOICE = 'https://n.example/twilio/voice';
const CLIP = toneClip('hours', 100, 400, 200);

interface Placed {
  readonly call: PhoneCall;
  readonly clock: ManualClock;
  readonly network: MemoryNetwork;
  readonly stream: MemoryStream;
}

/** Place a call and let its stream start: 0 ms of the call. */
async function place(
  script: PlaceCallOptions['script'],
  options: Partial<PlaceCallOptions> = {},
  network = memoryNetwork(),
): Promise<Placed> {
  const clock = new ManualClock();
  const call = placeCall({ webhookUrl: URL_VOICE, clock, network, script, ...options });
  await clock.advance(0);
  await clock.advance(0);
  return {
    call,
    clock,
    network,
    get stream() {
      return firstStream(network);
    },
  };
}

const forever = (caller: Caller): Promise<void> => caller.waitForEnd(1e9);

t.test('the webhook is asked as Twilio asks', async (t) => {
  const { call, network, clock } = await place([hangUp()], {
    authToken: 'secret',
    from: '+15550111',
    to: '+15550122',
  });
  await clock.advance(100);
  const report = await call.finished;
  const [request] = network.requests;
  const form = Object.fromEntries(new URLSearchParams(request?.body));
  t.match(form, {
    CallSid: /^CA[0-9a-f]{32}$/,
    AccountSid: /^AC[0-9a-f]{32}$/,
    From: '+15550111',
    Caller: '+15550111',
    To: '+15550122',
    CallStatus: 'ringing',
    Direction: 'inbound',
    ApiVersion: '2010-04-01',
  });
  t.equal(form['CallSid'], report.callSid);
  const signature = request?.headers['X-Twilio-Signature'] ?? '';
  t.ok(twilio.validateRequest('secret', signature, URL_VOICE, form));
});

t.test('the stream opens signed, with connected, start and its parameters', async (t) => {
  const { stream, call } = await place(forever, { authToken: 'secret' });
  t.ok(
    twilio.validateRequest('secret', stream.headers['X-Twilio-Signature'] ?? '', stream.url, {}),
  );
  t.strictSame(stream.messages[0], { event: 'connected', protocol: 'Call', version: '1.0.0' });
  t.match(stream.messages[1], {
    event: 'start',
    sequenceNumber: '1',
    streamSid: /^MZ[0-9a-f]{32}$/,
    start: { callSid: call.callSid, customParameters: { token: 'a&b' } },
  });
  call.hangUp();
  await call.finished;
});

t.test('media goes out every 20 ms, silence included', async (t) => {
  const { stream, clock, call } = await place(forever);
  await clock.advance(1000);
  const media = stream.of('media').map((message) => message.media);
  t.equal(media.length, 50);
  t.match(media[0], { track: 'inbound', chunk: '1', timestamp: '20' });
  t.match(media[49], { track: 'inbound', chunk: '50', timestamp: '1000' });
  t.equal(media[0]?.payload, Buffer.alloc(160, 0xff).toString('base64'));
  call.hangUp();
  await call.finished;
});

t.test('what is said goes out frame by frame and its voice is timed', async (t) => {
  const { stream, clock, call } = await place([wait(100), say(CLIP), hangUp()]);
  await clock.advance(2000);
  const report = await call.finished;
  const payloads = stream.of('media').map(({ media }) => media?.payload);
  t.same(payloads.slice(5, 5 + CLIP.payloads.length), CLIP.payloads);
  const [turn] = report.turns;
  t.match(turn, { clip: 'hours', voiceStartedAtMs: 200, voiceEndedAtMs: 600, interrupting: false });
  t.equal(report.outcome, 'caller-hung-up');
  t.ok(report.scriptCompleted);
  t.equal(report.durationMs, 800);
});

t.test(
  'agent audio is played in real time and its marks come back when it was heard',
  async (t) => {
    const { stream, clock, call } = await place(forever);
    stream.media(toneMulaw(1000));
    stream.mark('end');
    await clock.advance(1000);
    t.equal(stream.of('mark').length, 0);
    await clock.advance(20);
    t.strictSame(
      stream.of('mark').map(({ mark }) => mark?.name),
      ['end'],
    );
    await clock.advance(500);
    call.hangUp();
    const report = await call.finished;
    const times = new Map(report.events.map(({ type, atMs }) => [type, atMs]));
    t.equal(times.get('agent.arrived'), 0);
    t.equal(times.get('agent.started'), 20);
    t.equal(times.get('agent.ended'), 1020);
  },
);

t.test('clear silences at once and returns the marks', async (t) => {
  const { stream, clock, call } = await place(forever, { recording: new MemoryRecording() });
  stream.media(toneMulaw(1000));
  stream.mark('a');
  stream.media(toneMulaw(1000));
  stream.mark('b');
  await clock.advance(400);
  stream.clear();
  t.strictSame(
    stream.of('mark').map(({ mark }) => mark?.name),
    ['a', 'b'],
  );
  call.hangUp();
  const report = await call.finished;
  t.match(
    report.events.find(({ type }) => type === 'agent.cleared'),
    { droppedMs: 1600, marks: 2, atMs: 400 },
  );
  t.match(
    report.events.find(({ type }) => type === 'agent.ended'),
    { atMs: 400 },
  );
});

t.test('the answer is timed from the end of the voice, not of the clip', async (t) => {
  const { stream, clock, call } = await place([say(CLIP), waitForAgent(), hangUp()]);
  // Voice from 100 to 500, clip to 700.
  await clock.advance(900);
  stream.media(toneMulaw(500));
  await clock.advance(3000);
  const report = await call.finished;
  t.strictSame(report.turns.map(responseMs), [400]);
  // 500 ms from 920 on, quiet for 700 ms.
  t.equal(report.durationMs, 2120);
});

t.test('waiting for the agent takes pauses within its speech as speech', async (t) => {
  const { stream, clock, call } = await place([waitForAgent({ quietMs: 600 }), hangUp()]);
  stream.media(toneMulaw(400));
  await clock.advance(800);
  stream.media(toneMulaw(400));
  await clock.advance(2000);
  const report = await call.finished;
  t.equal(report.durationMs, 1820);
});

t.test('waiting for the agent waits for a new answer, not for the old one', async (t) => {
  const { stream, clock, call } = await place([
    waitForAgent(),
    say(CLIP),
    waitForAgent(),
    hangUp(),
  ]);
  stream.media(toneMulaw(200));
  await clock.advance(4000);
  t.notOk(call.events.some(({ type }) => type === 'call.ended'));
  stream.media(toneMulaw(200));
  await clock.advance(2000);
  t.ok((await call.finished).scriptCompleted);
});

t.test('an agent that says nothing fails the script', async (t) => {
  const { clock, call } = await place([waitForAgent({ timeoutMs: 5000 })]);
  await clock.advance(5000);
  await t.rejects(call.finished, { code: 'SCENARIO_FAILED', message: /within 5000 ms/ });
});

t.test('an interruption begins while the agent speaks and is timed to clear', async (t) => {
  const { stream, clock, call } = await place([bargeIn(CLIP, 300), waitForAgent(), hangUp()]);
  stream.media(toneMulaw(5000));
  // Heard from 20, so the clip runs from 320 and its voice from 420 to 820.
  await clock.advance(600);
  stream.clear();
  await clock.advance(600);
  stream.media(toneMulaw(200));
  await clock.advance(3000);
  const report = await call.finished;
  const [turn] = report.turns;
  if (turn === undefined) throw new Error('no turn');
  t.ok(turn.interrupting);
  t.equal(turn.voiceStartedAtMs, 420);
  t.equal(bargeInMs(turn), 180);
  t.equal(responseMs(turn), 380);
});

t.test('the rest of an interrupted reply is not taken for the answer', async (t) => {
  const { stream, clock, call } = await place([bargeIn(CLIP, 100), waitForAgent(), hangUp()]);
  stream.media(toneMulaw(5000));
  // The voice ends at 620; the node falls silent only at 900 and answers at 2000.
  await clock.advance(900);
  stream.clear();
  await clock.advance(1100);
  stream.media(toneMulaw(200));
  await clock.advance(2000);
  const { durationMs, scriptCompleted } = await call.finished;
  t.ok(scriptCompleted);
  t.ok(durationMs > 2800, `the caller hung up at ${durationMs} ms`);
});

t.test('keys are sent a quarter of a second apart', async (t) => {
  const { stream, clock, call } = await place([dtmf('2w#'), hangUp()]);
  await clock.advance(1000);
  const report = await call.finished;
  t.strictSame(
    stream.of('dtmf').map(({ dtmf: key }) => key),
    [
      { track: 'inbound_track', digit: '2' },
      { track: 'inbound_track', digit: '#' },
    ],
  );
  t.strictSame(
    report.events.filter(({ type }) => type === 'dtmf.sent').map(({ atMs }) => atMs),
    [0, 750],
  );
});

t.test('a key that no telephone has fails the script', async (t) => {
  const { clock, call } = await place([dtmf('1?')]);
  await clock.advance(1000);
  await t.rejects(call.finished, { code: 'SCENARIO_FAILED' });
});

t.test('hanging up sends stop, then closes', async (t) => {
  const { stream, clock, call } = await place([hangUp()]);
  await clock.advance(20);
  const report = await call.finished;
  t.match(stream.messages.at(-1), { event: 'stop', stop: { callSid: call.callSid } });
  t.equal(stream.phoneEnded, 'closed');
  t.match(report.streams, [{ opened: true, closedBy: 'phone', closeCode: 1000 }]);
});

t.test('a script that is done hangs up', async (t) => {
  const { stream, clock, call } = await place([wait(40)]);
  await clock.advance(40);
  t.equal((await call.finished).outcome, 'caller-hung-up');
  t.equal(stream.messages.at(-1)?.event, 'stop');
});

t.test('dropping the line sends nothing more', async (t) => {
  const { stream, clock, call } = await place((caller) => caller.drop());
  await clock.advance(20);
  const report = await call.finished;
  t.equal(report.outcome, 'caller-dropped');
  t.equal(stream.of('stop').length, 0);
  t.equal(stream.phoneEnded, 'destroyed');
});

t.test('a gap loses packets while timestamps move on', async (t) => {
  const { stream, clock, call } = await place(async (caller) => {
    await caller.wait(100);
    caller.gap(60);
    await caller.wait(200);
  });
  await clock.advance(1000);
  await call.finished;
  const media = stream.of('media').map((message) => message.media);
  t.strictSame(
    media.slice(4, 7).map((part) => [part?.chunk, part?.timestamp]),
    [
      ['5', '100'],
      ['6', '180'],
      ['7', '200'],
    ],
  );
});

t.test('a stall sends what it held back at once', async (t) => {
  const { stream, clock, call } = await place((caller) => {
    caller.stall(200);
    return caller.waitForEnd(1e9);
  });
  await clock.advance(199);
  t.equal(stream.of('media').length, 0);
  await clock.advance(1);
  t.ok(stream.of('media').length >= 9);
  call.hangUp();
  await call.finished;
});

t.test('lost packets are the same in every run with the same seed', async (t) => {
  const timestamps = async (seed: number): Promise<(string | undefined)[]> => {
    const { stream, clock, call } = await place(forever, { line: { lossProbability: 0.2, seed } });
    await clock.advance(2000);
    call.hangUp();
    await call.finished;
    return stream.of('media').map(({ media }) => media?.timestamp);
  };
  const [first, again, other] = [await timestamps(5), await timestamps(5), await timestamps(6)];
  t.same(first, again);
  t.notSame(first, other);
  t.ok(first.length > 60 && first.length < 95, `${first.length} of 100 got through`);
});

t.test('a clock that runs fast sends more frames', async (t) => {
  const { stream, clock, call } = await place(forever, { line: { clockDriftPpm: 20_000 } });
  await clock.advance(10_000);
  t.equal(stream.of('media').length, 510);
  call.hangUp();
  await call.finished;
});

t.test('both sides are recorded on one time line, the agent as it was heard', async (t) => {
  const recording = new MemoryRecording();
  const { stream, clock, call } = await place([wait(200), say(CLIP)], { recording });
  await clock.advance(400);
  stream.media(toneMulaw(1000));
  await clock.advance(200);
  stream.clear();
  await clock.advance(1000);
  await call.finished;
  const loud = (pcm: Int16Array, fromMs: number, toMs: number): boolean =>
    pcm.subarray(fromMs * 8, toMs * 8).some((value) => Math.abs(value) > 1000);
  const [caller, agent] = [recording.caller(), recording.agent()];
  t.equal(caller.length, agent.length);
  t.strictSame(
    [loud(caller, 0, 300), loud(caller, 300, 700), loud(caller, 700, 900)],
    [false, true, false],
  );
  t.strictSame(
    [loud(agent, 0, 400), loud(agent, 400, 600), loud(agent, 600, 900)],
    [false, true, false],
  );
});

t.test('what Twilio would refuse is a violation and is not played', async (t) => {
  const { stream, clock, call } = await place(forever);
  stream.sendText('garbage');
  stream.sendBinary();
  stream.sendText('{"event":"media","streamSid":"MZother","media":{"payload":"AAAA"}}');
  stream.send({ event: 'media', media: { payload: 'AAAA', track: 'outbound' } });
  await clock.advance(100);
  call.hangUp();
  const report = await call.finished;
  t.strictSame(
    report.violations.map(({ code }) => code),
    [31_951, 31_950, 31_951, 31_951],
  );
  t.notOk(report.events.some(({ type }) => type === 'agent.arrived'));
  t.equal(report.streams[0]?.violations, 4);
});

t.test('a server that closes ends the call where no TwiML follows', async (t) => {
  const { stream, clock, call } = await place(forever);
  await clock.advance(100);
  stream.close();
  const report = await call.finished;
  t.equal(report.outcome, 'node-hung-up');
  t.notOk(report.scriptCompleted);
  t.match(report.streams, [{ closedBy: 'node', closeCode: 1000 }]);
});

t.test(
  'after a close the next verb runs, and the script goes on over the new stream',
  async (t) => {
    const network = memoryNetwork(() =>
      xml(connectTwiml('ws://127.0.0.1:1/m', '<Redirect>resume</Redirect>')),
    );
    const { clock, call } = await place([wait(300), say(CLIP), hangUp()], {}, network);
    await clock.advance(100);
    network.streams[0]?.close(1006);
    await clock.advance(3000);
    const report = await call.finished;
    t.equal(network.requests[1]?.url, 'https://n.example/twilio/resume');
    t.match(network.requests[1]?.body, /CallStatus=in-progress/);
    const [first, second] = network.streams;
    t.equal(network.streams.length, 2);
    t.not(second?.streamSid, first?.streamSid);
    t.equal(second?.of('media')[0]?.media?.chunk, '1', 'the new stream counts from one');
    t.ok(second?.of('media').some(({ media }) => media?.payload === CLIP.payloads[10]));
    t.ok(report.scriptCompleted);
  },
);

t.test('what an ended stream had queued is not played on the next one', async (t) => {
  const network = memoryNetwork(() =>
    xml(connectTwiml('ws://127.0.0.1:1/m', '<Redirect>resume</Redirect>')),
  );
  const recording = new MemoryRecording();
  const { clock, call } = await place(forever, { recording }, network);
  network.streams[0]?.media(toneMulaw(5000));
  await clock.advance(200);
  network.streams[0]?.close();
  await clock.advance(1000);
  call.hangUp();
  await call.finished;
  t.notOk(
    recording
      .agent()
      .subarray(300 * 8)
      .some((value) => Math.abs(value) > 100),
  );
});

t.test('an agent that was cut by the end of its stream is not waited for', async (t) => {
  const network = memoryNetwork(() =>
    xml(connectTwiml('ws://127.0.0.1:1/m', '<Redirect>resume</Redirect>')),
  );
  const { clock, call } = await place([waitForAgent(), hangUp()], {}, network);
  network.streams[0]?.media(toneMulaw(5000));
  await clock.advance(200);
  network.streams[0]?.close();
  await clock.advance(100);
  network.streams[1]?.media(toneMulaw(200));
  await clock.advance(2000);
  const { durationMs } = await call.finished;
  t.ok(durationMs > 1000 && durationMs < 1400, `the caller hung up at ${durationMs} ms`);
});

t.test('a transfer is reported', async (t) => {
  const network = memoryNetwork(() =>
    xml('<Response><Dial><Number>+15550123</Number></Dial></Response>'),
  );
  const { call } = await place(forever, {}, network);
  t.match(await call.finished, { outcome: 'transferred', transferredTo: ['+15550123'] });
});

t.test('a transfer that nobody answers goes on with the action of its dial', async (t) => {
  const dial = '<Response><Dial action="/dialed">+15550123</Dial></Response>';
  const network = memoryNetwork((_, count) =>
    xml(count === 1 ? dial : '<Response><Hangup/></Response>'),
  );
  const { call } = await place(forever, { dialStatus: 'no-answer' }, network);
  t.match(await call.finished, { outcome: 'node-hung-up', transferredTo: ['+15550123'] });
  t.equal(network.requests[1]?.url, 'https://n.example/dialed');
  t.match(network.requests[1]?.body, /CallSid=CA.*DialCallStatus=no-answer/);
});

t.test('a rejection is reported, and the script never runs', async (t) => {
  const network = memoryNetwork(() => xml('<Response><Reject reason="busy"/></Response>'));
  const { call } = await place(() => Promise.reject(new Error('ran')), {}, network);
  t.match(await call.finished, { outcome: 'rejected', rejectReason: 'busy', durationMs: 0 });
});

t.test('a stream that is refused fails the call with the code of Twilio', async (t) => {
  const network = memoryNetwork(undefined, (stream) => stream.refuse());
  const { call } = await place(forever, {}, network);
  await t.rejects(call.finished, { code: 'PHONE_STREAM_REFUSED', message: /403.*31920/ });
});

t.test('after a refused stream the next verb runs', async (t) => {
  const network = memoryNetwork(
    (_, count) =>
      xml(count === 1 ? connectTwiml(undefined, '<Redirect>again</Redirect>') : connectTwiml()),
    (stream, count) => (count === 1 ? stream.refuse() : stream.accept()),
  );
  const { call, clock } = await place([wait(100)], {}, network);
  await clock.advance(200);
  const report = await call.finished;
  t.match(report.streams, [{ opened: false, error: { code: 31_920 } }, { opened: true }]);
});

t.test('a webhook that fails rejects the call', async (t) => {
  const network = memoryNetwork(() => xml('', 500));
  const { call } = await place(forever, {}, network);
  await t.rejects(call.finished, { code: 'PHONE_WEBHOOK_FAILED' });
});

t.test('hanging up while it rings ends the call although the webhook never answers', async (t) => {
  const network = memoryNetwork(() => new Promise(() => {}));
  const { call } = await place(forever, {}, network);
  call.hangUp();
  t.match(await call.finished, { outcome: 'caller-hung-up', durationMs: 0, streams: [] });
});

t.test('hanging up while the stream connects drops it', async (t) => {
  const network = memoryNetwork(undefined, () => {});
  const { call, stream } = await place(forever, {}, network);
  call.hangUp();
  t.equal((await call.finished).outcome, 'caller-hung-up');
  t.equal(stream.phoneEnded, 'destroyed');
});

t.test('the status callback is told the end', async (t) => {
  const { clock, call, network } = await place([wait(2400)], {
    statusCallbackUrl: 'https://n.example/status',
  });
  await clock.advance(2400);
  await call.finished;
  const last = network.requests.at(-1);
  t.equal(last?.url, 'https://n.example/status');
  t.match(Object.fromEntries(new URLSearchParams(last?.body)), {
    CallSid: call.callSid,
    CallStatus: 'completed',
    CallDuration: '2',
    Duration: '1',
    CallbackSource: 'call-progress-events',
  });
});

t.test('the callback of a stream is told its start and its end', async (t) => {
  const twiml =
    '<Response><Connect><Stream url="wss://n.example/m" name="leg" statusCallback="https://n.example/s"/></Connect></Response>';
  const network = memoryNetwork(() => xml(twiml));
  const { clock, call } = await place([wait(100)], {}, network);
  await clock.advance(100);
  await call.finished;
  const forms = network.requests
    .slice(1)
    .map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  t.match(forms, [
    { StreamEvent: 'stream-started', StreamName: 'leg', CallSid: call.callSid },
    { StreamEvent: 'stream-stopped', StreamSid: forms[0]?.['StreamSid'] },
  ]);
});

t.test('the time limit ends a call that nobody ends', async (t) => {
  const { clock, call } = await place(forever, { timeLimitMs: 3000 });
  await clock.advance(3000);
  t.match(await call.finished, { outcome: 'time-limit', durationMs: 3000 });
});

t.test('a script that throws fails the call, and the line is hung up', async (t) => {
  const { stream, call } = await place(() => Promise.reject(new Error('expected another answer')));
  await t.rejects(call.finished, { code: 'SCENARIO_FAILED', message: 'expected another answer' });
  t.equal(stream.messages.at(-1)?.event, 'stop');
});

t.test('saying two things at once fails the script', async (t) => {
  const { call } = await place((caller) => Promise.all([caller.say(CLIP), caller.say(CLIP)]));
  await t.rejects(call.finished, { code: 'SCENARIO_FAILED', message: /two clips at once/ });
});

t.test('a promise that a script does not await ends with the call without harm', async (t) => {
  const { clock, call } = await place(async (caller) => {
    void caller.wait(1e6);
    void caller.waitFor('agent.cleared');
    await caller.wait(100);
  });
  await clock.advance(100);
  t.ok((await call.finished).scriptCompleted);
});

t.test('a script can wait for a fact', async (t) => {
  const { stream, clock, call } = await place(async (caller) => {
    const { droppedMs } = await caller.waitFor('agent.cleared');
    t.equal(droppedMs, 900);
  });
  stream.media(toneMulaw(1000));
  await clock.advance(100);
  stream.clear();
  await clock.advance(20);
  t.ok((await call.finished).scriptCompleted);
});

t.test('a fact that does not come fails the script', async (t) => {
  const { clock, call } = await place((caller) => caller.waitFor('agent.cleared', 500));
  await clock.advance(500);
  await t.rejects(call.finished, { code: 'SCENARIO_FAILED', message: /agent\.cleared/ });
});

t.test('a second stream for the same call is its own, and its end is reported', async (t) => {
  const network = memoryNetwork(undefined, (stream) => stream.accept());
  let closed: unknown;
  const { clock, call } = await place(
    async (caller) => {
      closed = await caller.duplicateStream(5000);
    },
    {},
    network,
  );
  await clock.advance(200);
  const [first, second] = network.streams;
  t.equal(second?.url, first?.url);
  t.equal(second?.messages[1]?.start?.['callSid'], call.callSid);
  t.not(second?.streamSid, first?.streamSid);
  t.ok((second?.of('media').length ?? 0) >= 8);
  second?.close(1008);
  await clock.advance(100);
  const report = await call.finished;
  t.match(closed, { closedBy: 'node', closeCode: 1008 });
  t.equal(report.streams.length, 1, 'the call itself had one stream');
});

t.test('a listener hears facts as they happen, until it ends listening', async (t) => {
  const { clock, call } = await place([say(CLIP)]);
  const heard: string[] = [];
  const end = call.onEvent(({ type }) => {
    heard.push(type);
    if (type === 'caller.voiceStarted') end();
  });
  await clock.advance(1000);
  await call.finished;
  t.strictSame(heard, ['caller.started', 'caller.voiceStarted']);
});

t.test('a stream of silence is not taken for an answer', async (t) => {
  const { stream, clock, call } = await place([say(CLIP), hangUp()]);
  const silence = new Uint8Array(160).fill(0xff);
  for (let i = 0; i < 30; i += 1) {
    stream.media(silence);
    await clock.advance(20);
  }
  await clock.advance(500);
  t.strictSame((await call.finished).turns.map(responseMs), [undefined]);
});

t.test('agent audio that runs dry and goes on is counted, a pause is not', async (t) => {
  const { stream, clock, call } = await place(forever);
  stream.media(toneMulaw(100));
  await clock.advance(220);
  stream.media(toneMulaw(100));
  await clock.advance(1000);
  stream.media(toneMulaw(500));
  await clock.advance(100);
  stream.clear();
  await clock.advance(100);
  stream.media(toneMulaw(100));
  await clock.advance(200);
  call.hangUp();
  t.equal((await call.finished).streams[0]?.underruns, 1);
});

t.test('without events turns and violations are still there', async (t) => {
  const { stream, clock, call } = await place([say(CLIP)], { keepEvents: false });
  stream.sendText('garbage');
  await clock.advance(1000);
  const report = await call.finished;
  t.strictSame(report.events, []);
  t.equal(report.turns.length, 1);
  t.equal(report.violations.length, 1);
});
