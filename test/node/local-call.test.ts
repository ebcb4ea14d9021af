import t from 'tap';
import { responseMs } from '../../src/phone/turn-timing.js';
import { callNode, clip, LOCAL_ENGINES, startTestNode } from './support.js';

t.jobs = 2;

t.test('spoken questions are answered by voice, and a goodbye ends the call', async (t) => {
  const node = await startTestNode(t, LOCAL_ENGINES);
  const [hours, location, goodbye] = await Promise.all(
    ['hours', 'location', 'vm-goodbye'].map(clip),
  );
  t.ok(hours && location && goodbye);
  if (!hours || !location || !goodbye) return;
  const call = callNode(node, async (caller) => {
    await caller.waitForAgent();
    await caller.say(hours);
    await caller.waitForAgent();
    await caller.say(location);
    await caller.waitForAgent();
    await caller.say(goodbye);
    await caller.waitForEnd();
  });
  const report = await call.finished;
  t.equal(report.outcome, 'node-hung-up');
  t.strictSame(report.violations, []);
  const record = await node.store.get(report.callSid);
  t.match(record, { state: 'ended', endReason: 'agent-hangup', interruptions: 0 });
  const callerTurns = record?.turns.filter(({ role }) => role === 'caller') ?? [];
  t.strictSame(
    callerTurns.map(({ text }) => text),
    ['hours', 'location', 'goodbye'],
  );
  t.equal(record?.turns.filter(({ role }) => role === 'agent').length, 4);
  t.equal(record?.latencies.length, 3);
  for (const turn of report.turns) t.ok((responseMs(turn) ?? Infinity) < 3000, turn.clip);
});

t.test('an extension is asked for, understood from the keypad and dialled', async (t) => {
  const node = await startTestNode(t, {
    ...LOCAL_ENGINES,
    RINGMASTER_SIP_DOMAIN: 'pbx.example',
  });
  const extension = await clip('extension');
  const call = callNode(node, async (caller) => {
    await caller.waitForAgent();
    await caller.say(extension);
    await caller.waitForAgent();
    await caller.dtmf('205#');
    await caller.waitForEnd();
  });
  const report = await call.finished;
  t.equal(report.outcome, 'transferred');
  t.strictSame(report.transferredTo, ['sip:205@pbx.example']);
});
