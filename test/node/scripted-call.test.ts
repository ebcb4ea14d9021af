import t from 'tap';
import { createScriptedAgent } from '../../src/providers/scripted/agent.js';
import { createScriptedStt } from '../../src/providers/scripted/stt.js';
import { createScriptedTts } from '../../src/providers/scripted/tts.js';
import { ANSWER, callNode, clip, startTestNode, until } from './support.js';

// Calls run in real time and mostly wait.
t.jobs = 4;

t.test('a voice over the agent clears its audio; the record keeps what was heard', async (t) => {
  const node = await startTestNode(t);
  const hours = await clip('hours');
  const call = callNode(node, async (caller) => {
    await caller.bargeIn(hours, 1000);
    await caller.waitForAgent();
    await caller.hangUp();
  });
  const report = await call.finished;
  t.strictSame(report.violations, []);
  const [turn] = report.turns;
  t.ok(turn?.interrupting);
  t.type(turn?.clearedAtMs, 'number');
  const record = await node.store.get(report.callSid);
  t.equal(record?.interruptions, 1);
  const [greeting] = record?.turns ?? [];
  t.match(greeting, { role: 'agent', interrupted: true });
  t.match(greeting?.text, /^Good/);
  t.notMatch(greeting?.text, /you\?/, 'what was cleared was not heard');
  t.match(record, { state: 'ended', endReason: 'caller-hangup' });
});

t.test('a line that breaks ends the call as lost', async (t) => {
  const node = await startTestNode(t);
  const report = await callNode(node, async (caller) => {
    await caller.waitFor('agent.started');
    await caller.drop();
  }).finished;
  await until(() => node.stats().calls === 0);
  t.match(await node.store.get(report.callSid), { endReason: 'line-lost' });
  t.match(node.stats(), { openSlots: 0, sockets: 0 });
});

t.test('lost packets are repaired with silence and the call goes on', async (t) => {
  const node = await startTestNode(t);
  const hours = await clip('hours');
  const report = await callNode(node, async (caller) => {
    await caller.waitForAgent();
    caller.gap(400);
    await caller.wait(600);
    await caller.say(hours);
    await caller.waitForAgent();
  }).finished;
  t.equal((await node.store.get(report.callSid))?.latencies.length, 1);
  const { repaired } = node.stats().frames;
  t.ok(repaired >= 15 && repaired <= 25, `${repaired} frames`);
});

t.test('audio that comes in one burst after a stall is all heard', async (t) => {
  const node = await startTestNode(t);
  const hours = await clip('hours');
  const report = await callNode(node, async (caller) => {
    await caller.waitForAgent();
    caller.stall(1500);
    await caller.say(hours);
    await caller.waitForAgent();
  }).finished;
  t.equal((await node.store.get(report.callSid))?.latencies.length, 1);
  t.equal(node.stats().frames.dropped, 0);
});

t.test('a second stream for a running call is refused and does it no harm', async (t) => {
  const node = await startTestNode(t);
  const report = await callNode(node, async (caller) => {
    await caller.waitFor('agent.started');
    const second = await caller.duplicateStream(500);
    t.equal(second.closedBy, 'node');
    t.equal(second.mediaReceived, 0);
    await caller.waitForAgent();
  }).finished;
  t.equal(report.outcome, 'caller-hung-up');
  t.equal(node.stats().totalCalls, 1);
});

t.test('a full node is busy, and its calls do not notice', async (t) => {
  const node = await startTestNode(t, { RINGMASTER_MAX_CALLS: '1' });
  const first = callNode(node, async (caller) => {
    await caller.waitForAgent();
  });
  await until(() => node.stats().calls === 1);
  const second = await callNode(node, async () => undefined).finished;
  t.match(second, { outcome: 'rejected', rejectReason: 'busy' });
  t.match(await first.finished, { outcome: 'caller-hung-up', violations: [] });
});

for (const kind of ['fail', 'hang', 'garbage', 'throw'] as const) {
  t.test(`engines that once ${kind} do not end the call`, async (t) => {
    const faults = [{ request: 2, kind }];
    const node = await startTestNode(
      t,
      {
        RINGMASTER_AGENT_TIMEOUT_MS: '600',
        RINGMASTER_STT_TIMEOUT_MS: '600',
        RINGMASTER_TTS_TIMEOUT_MS: '600',
      },
      {
        providers: {
          stt: createScriptedStt({ texts: ['hours'], faults: [{ request: 1, kind }] }),
          agent: createScriptedAgent({ answers: [ANSWER], faults }),
          tts: createScriptedTts({ faults }),
        },
      },
    );
    const hours = await clip('hours');
    const report = await callNode(node, async (caller) => {
      await caller.waitForAgent();
      await caller.say(hours);
      await caller.waitForAgent();
    }).finished;
    t.equal(report.outcome, 'caller-hung-up');
    t.ok(report.scriptCompleted, 'answered all the same');
  });
}

t.test('an engine that is gone for good is apologised for, and the call ends', async (t) => {
  const everyRequest = Array.from({ length: 50 }, (_, i) => ({
    request: i + 1,
    kind: 'fail' as const,
  }));
  const node = await startTestNode(
    t,
    {},
    { providers: { agent: createScriptedAgent({ answers: ['.'], faults: everyRequest }) } },
  );
  const report = await callNode(node, async (caller) => {
    await caller.waitFor('agent.started');
    await caller.waitForEnd();
  }).finished;
  t.equal(report.outcome, 'node-hung-up');
  t.match(await node.store.get(report.callSid), {
    endReason: 'failed',
    errorCode: 'PROVIDER_FAILED',
    restarts: { agent: 3 },
  });
  t.match(node.stats(), { calls: 0, failedCalls: 1 });
});

t.test('without any voice of its own left, Twilio says the apology', async (t) => {
  const everyRequest = Array.from({ length: 50 }, (_, i) => ({
    request: i + 1,
    kind: 'fail' as const,
  }));
  const node = await startTestNode(
    t,
    {},
    { providers: { tts: createScriptedTts({ faults: everyRequest }) } },
  );
  const call = callNode(node, (caller) => caller.waitForEnd());
  const report = await call.finished;
  t.equal(report.outcome, 'node-hung-up');
  const verbs = report.events.filter(({ type }) => type === 'twiml.began');
  t.match(verbs.at(-1), { verb: 'hangup' });
  t.ok(verbs.some((event) => 'verb' in event && event.verb === 'say'));
});

t.test('a node that drains lets its calls end and takes no new ones', async (t) => {
  const node = await startTestNode(t);
  const first = callNode(node, async (caller) => {
    await caller.waitForAgent();
  });
  await until(() => node.stats().calls === 1);
  const drained = node.drain(20_000);
  t.equal((await fetch(`${node.url}/readyz`)).status, 503);
  t.match(await callNode(node, async () => undefined).finished, { outcome: 'rejected' });
  t.match(await first.finished, { outcome: 'caller-hung-up' });
  await drained;
  t.equal(node.stats().calls, 0);
});
