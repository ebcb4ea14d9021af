// Whole calls in real time over real sockets, against the stand-in node.

import t, { type Test } from 'tap';
import twilio from 'twilio';
import {
  bargeIn,
  bargeInMs,
  hangUp,
  loadClip,
  MemoryRecording,
  placeCall,
  responseMs,
  say,
  wait,
  waitForAgent,
} from '../../src/phone/index.js';
import { echo, receptionistWith } from '../fakes/stand-in-agent.js';
import {
  connectStream,
  sendTwiml,
  startStandIn,
  type StandInNode,
  type StandInOptions,
} from '../fakes/stand-in-node.js';

// Calls run in real time and mostly wait.
t.jobs = 3;

async function standIn(t: Test, options?: StandInOptions): Promise<StandInNode> {
  const node = await startStandIn(options);
  t.teardown(() => node.close());
  return node;
}

t.test('a conversation with human speech is held, timed and recorded', async (t) => {
  const node = await standIn(t);
  const recording = new MemoryRecording();
  const hours = await loadClip('assets/speech/hours.wav');
  const call = placeCall({
    webhookUrl: node.webhookUrl,
    recording,
    script: [waitForAgent(), say(hours), waitForAgent(), hangUp()],
  });
  const report = await call.finished;
  t.match(report, { outcome: 'caller-hung-up', scriptCompleted: true, violations: [] });
  const [turn] = report.turns;
  if (turn === undefined) throw new Error('no turn');
  // 15 frames of silence after the voice and 50 ms; the stand-in hears a little less than we do.
  const answeredMs = responseMs(turn) ?? NaN;
  t.ok(answeredMs > 250 && answeredMs < 900, `answered after ${answeredMs} ms`);
  const seconds = recording.caller().length / 8000;
  t.ok(
    Math.abs(seconds - report.durationMs / 1000) < 0.1,
    'the recording lasts as long as the call',
  );
  const media = node.received.get('media') ?? 0;
  t.ok(
    Math.abs(media * 20 - report.durationMs) < 250,
    `${media} frames in ${report.durationMs} ms`,
  );
  t.equal(node.received.get('stop'), 1);
});

t.test('an interruption silences the agent', async (t) => {
  const node = await standIn(t);
  const clip = await loadClip('assets/speech/telephone-number.wav');
  const call = placeCall({
    webhookUrl: node.webhookUrl,
    script: [bargeIn(clip, 300), waitForAgent(), hangUp()],
  });
  const report = await call.finished;
  const [turn] = report.turns;
  if (turn === undefined) throw new Error('no turn');
  const clearedMs = bargeInMs(turn) ?? NaN;
  t.ok(clearedMs > 40 && clearedMs < 500, `cleared after ${clearedMs} ms`);
  t.ok(responseMs(turn) !== undefined);
});

t.test('what is said comes back from an echo unchanged', async (t) => {
  const node = await standIn(t, { stream: echo });
  const recording = new MemoryRecording();
  const clip = await loadClip('assets/speech/hello.wav');
  const call = placeCall({
    webhookUrl: node.webhookUrl,
    recording,
    script: [say(clip), wait(1200)],
  });
  t.strictSame((await call.finished).violations, []);
  const find = (pcm: Int16Array): number => pcm.findIndex((value) => Math.abs(value) > 500);
  const [caller, agent] = [recording.caller(), recording.agent()];
  const [said, heard] = [find(caller), find(agent)];
  t.ok(heard > said && heard - said < 8000, `the echo is ${heard - said} samples late`);
  t.same(agent.subarray(heard, heard + 3000), caller.subarray(said, said + 3000));
});

t.test('signed requests are what a node with a token expects', async (t) => {
  const verdicts: boolean[] = [];
  const node = await standIn(t, {
    webhook: ({ form, headers, response, streamUrl }) => {
      const signature = headers['x-twilio-signature'] as string;
      const url = streamUrl.replace('ws:', 'http:').replace('/media', '/twilio/voice');
      verdicts.push(twilio.validateRequest('secret', signature, url, form));
      sendTwiml(response, connectStream(streamUrl));
    },
    upgrade: (request) => {
      const signature = request.headers['x-twilio-signature'] as string;
      const url = `ws://${request.headers.host}${request.url}`;
      verdicts.push(twilio.validateRequest('secret', signature, url, {}));
      return 'accept';
    },
    stream: () => {},
  });
  await placeCall({ webhookUrl: node.webhookUrl, authToken: 'secret', script: [hangUp()] })
    .finished;
  t.strictSame(verdicts, [true, true]);
});

t.test('a node that is not there is named as such', async (t) => {
  const node = await startStandIn();
  await node.close();
  await t.rejects(placeCall({ webhookUrl: node.webhookUrl, script: [] }).finished, {
    code: 'PHONE_NODE_UNREACHABLE',
    message: /ECONNREFUSED/,
  });
});

t.test('a webhook that never answers ends in time', async (t) => {
  const node = await standIn(t, { webhook: () => {} });
  const call = placeCall({ webhookUrl: node.webhookUrl, script: [], webhookTimeoutMs: 200 });
  await t.rejects(call.finished, { code: 'PHONE_WEBHOOK_FAILED', message: /200 ms/ });
});

t.test('a stream that is refused fails the call', async (t) => {
  const node = await standIn(t, {
    upgrade: (_request, socket) => {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return 'taken';
    },
  });
  await t.rejects(placeCall({ webhookUrl: node.webhookUrl, script: [] }).finished, {
    code: 'PHONE_STREAM_REFUSED',
    message: /403.*31920/,
  });
});

t.test('a stream whose handshake is never answered fails the call in time', async (t) => {
  const node = await standIn(t, { upgrade: () => 'taken' });
  const call = placeCall({ webhookUrl: node.webhookUrl, script: [], streamTimeoutMs: 200 });
  await t.rejects(call.finished, { code: 'PHONE_STREAM_REFUSED', message: /31901/ });
});

t.test('garbage is recorded as violations and the call goes on', async (t) => {
  const node = await standIn(t, {
    stream: ({ socket, streamSid }) => {
      socket.send('<not json>');
      socket.send(Buffer.of(1, 2, 3));
      socket.send(JSON.stringify({ event: 'speak', streamSid }));
      socket.send(JSON.stringify({ event: 'media', streamSid, media: { payload: '!!!' } }));
    },
  });
  const report = await placeCall({ webhookUrl: node.webhookUrl, script: [wait(200)] }).finished;
  t.strictSame(
    report.violations.map(({ code }) => code),
    [31_951, 31_950, 31_951, 31_951],
  );
  t.ok(report.scriptCompleted);
});

t.test('a node that closes early ends the call', async (t) => {
  const node = await standIn(t, { stream: ({ socket }) => socket.close(1011) });
  const report = await placeCall({ webhookUrl: node.webhookUrl, script: [waitForAgent()] })
    .finished;
  t.match(report, { outcome: 'node-hung-up', scriptCompleted: false });
  t.match(report.streams, [{ closedBy: 'node', closeCode: 1011 }]);
});

t.test('an agent that hangs up ends the call', async (t) => {
  const node = await standIn(t, { stream: receptionistWith({ hangUpAfter: 1 }) });
  const clip = await loadClip('assets/speech/vm-goodbye.wav');
  const report = await placeCall({
    webhookUrl: node.webhookUrl,
    script: [waitForAgent(), say(clip), (caller) => caller.waitForEnd(10_000)],
  }).finished;
  t.equal(report.outcome, 'node-hung-up');
});

t.test('an agent that never says anything fails the script', async (t) => {
  const node = await standIn(t, { stream: () => {} });
  const script = [waitForAgent({ timeoutMs: 300 })];
  await t.rejects(placeCall({ webhookUrl: node.webhookUrl, script }).finished, {
    code: 'SCENARIO_FAILED',
  });
});

t.test('many phones share the timer and none falls behind', async (t) => {
  const node = await standIn(t, { stream: () => {} });
  const calls = Array.from({ length: 30 }, () =>
    placeCall({ webhookUrl: node.webhookUrl, script: [wait(2000)] }),
  );
  for (const { finished } of calls) {
    const sentMs = ((await finished).streams[0]?.mediaSent ?? 0) * 20;
    t.ok(Math.abs(sentMs - 2000) <= 100, `${sentMs} of 2000 ms`);
  }
});
