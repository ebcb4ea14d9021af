import t from 'tap';
import type { CallInfo } from '../../src/actors/ports.js';
import { agentFromReply } from '../../src/agents/agent-from-reply.js';
import { callNode, clip, LOCAL_ENGINES, startTestNode } from './support.js';

for (const answeredBy of [
  'machine_start',
  'machine_end_beep',
  'machine_end_other',
  'human',
  'unknown',
]) {
  t.test(`the agent knows that ${answeredBy} took the call (D6)`, async (t) => {
    const calls: CallInfo[] = [];
    const agent = agentFromReply(async function* ({ call }) {
      calls.push(call);
      yield 'Hello.';
    });
    const node = await startTestNode(t, {}, { providers: { agent } });
    await callNode(node, async (caller) => caller.waitForAgent(), {
      webhookForm: { AnsweredBy: answeredBy, Direction: 'outbound-api' },
    }).finished;
    t.match(calls, [{ answeredBy, parameters: {} }]);
  });
}

t.test('what Twilio never says is nobody; an incoming call has nothing of it', async (t) => {
  const seen: (string | undefined)[] = [];
  const agent = agentFromReply(async function* ({ call }) {
    seen.push(call.answeredBy);
    yield 'Hello.';
  });
  const node = await startTestNode(t, {}, { providers: { agent } });
  for (const webhookForm of [{ AnsweredBy: '__proto__' }, {}]) {
    await callNode(node, async (caller) => caller.waitForAgent(), { webhookForm }).finished;
  }
  t.strictSame(seen, [undefined, undefined]);
});

t.test(
  'a voicemail gets the whole message over its own greeting, and the call ends (D6)',
  async (t) => {
    const node = await startTestNode(t, LOCAL_ENGINES);
    const greeting = await clip('vm-nobodyavail');
    const report = await callNode(
      node,
      async (caller) => {
        await caller.say(greeting);
        await caller.waitForEnd();
      },
      { webhookForm: { AnsweredBy: 'machine_start' } },
    ).finished;
    t.equal(report.outcome, 'node-hung-up');
    const record = await node.store.get(report.callSid);
    const said = record?.turns.filter(({ role }) => role === 'agent') ?? [];
    t.match(said, [{ text: 'Hello. We tried to reach you. Please call us back. Goodbye.' }]);
    t.equal(said[0]?.interrupted, undefined);
  },
);

t.test('a fax machine is hung up on', async (t) => {
  const node = await startTestNode(t, LOCAL_ENGINES);
  const report = await callNode(node, async (caller) => caller.waitForEnd(), {
    webhookForm: { AnsweredBy: 'fax' },
  }).finished;
  t.equal(report.outcome, 'node-hung-up');
});
