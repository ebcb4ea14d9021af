// Streams that break in the middle of a call and come back: the call goes on where it was.

import t, { type Test } from 'tap';
import type { AgentRequest, CallInfo, CallRecord } from '../../src/actors/ports.js';
import type { MediaNode } from '../../src/main.js';
import type { Caller } from '../../src/phone/caller.js';
import type { CallReport } from '../../src/phone/call-options.js';
import { createScriptedAgent, type ScriptedAnswer } from '../../src/providers/scripted/agent.js';
import { callNode, clip, startTestNode, until } from './support.js';
import { begin, invite, media, openSocket, post } from './wire-call.js';

t.jobs = 3;

const WINDOW = { RINGMASTER_RESUME_WINDOW_MS: '10000' };
const GREETING = 'Good morning, this is the office of Doctor Miller.';
const ANSWER = 'We are open from nine to five on weekdays and from ten to two on Saturdays.';

/** An agent that keeps what it was asked, and how often its session was opened. */
function rememberingAgent(answer: (request: AgentRequest['input']) => string | ScriptedAnswer) {
  const agent = createScriptedAgent({ answers: (input) => answer(input), firstTextMs: 10 });
  const requests: AgentRequest[] = [];
  const sessions: CallInfo[] = [];
  return {
    requests,
    sessions,
    provider: {
      ...agent,
      name: agent.name,
      warmUp: () => agent.warmUp(),
      close: () => agent.close(),
      open: (call: CallInfo) => {
        sessions.push(call);
        const session = agent.open(call);
        return {
          reply: (request: AgentRequest) => {
            requests.push(request);
            return session.reply(request);
          },
          close: () => session.close(),
        };
      },
    },
  };
}

interface Lost {
  readonly node: MediaNode;
  readonly report: CallReport;
  readonly requests: readonly AgentRequest[];
  readonly sessions: readonly CallInfo[];
  readonly records: readonly CallRecord[];
}

async function lose(
  t: Test,
  script: (caller: Caller) => Promise<unknown>,
  answer: (input: AgentRequest['input']) => string | ScriptedAnswer = ({ kind }) =>
    kind === 'greeting' ? GREETING : ANSWER,
  environment: Record<string, string> = {},
): Promise<Lost> {
  const { provider, requests, sessions } = rememberingAgent(answer);
  const node = await startTestNode(
    t,
    { ...WINDOW, ...environment },
    { providers: { agent: provider } },
  );
  const report = await callNode(node, script).finished;
  await until(() => node.stats().calls === 0);
  return { node, report, requests, sessions, records: await node.store.list(10) };
}

/** One record, one session, one greeting, nothing left over. */
function wasOneCall(t: Test, { node, report, requests, sessions, records }: Lost): void {
  t.same(report.violations, []);
  t.equal(sessions.length, 1, 'the agent sees one session');
  t.equal(requests.filter(({ input }) => input.kind === 'greeting').length, 1, 'one greeting');
  t.equal(records.length, 1, 'one record');
  t.match(node.stats(), { calls: 0, openSlots: 0, failedCalls: 0, totalCalls: 1 });
}

const said = (lost: Lost): string[] =>
  lost.records[0]?.turns.map(({ role, text }) => `${role}: ${text}`) ?? [];

t.test('the line lost while nobody speaks: the next turn knows the ones before (B9)', async (t) => {
  const hours = await clip('hours');
  const lost = await lose(t, async (caller) => {
    await caller.waitForAgent();
    await caller.say(hours);
    await caller.waitForAgent();
    await caller.loseStream();
    await caller.wait(300);
    await caller.say(hours);
    await caller.waitForAgent();
  });
  wasOneCall(t, lost);
  t.equal(lost.report.streams.length, 2);
  t.equal(lost.node.stats().resumedCalls, 1);
  const last = lost.requests.at(-1);
  t.same(
    last?.history.map(({ role }) => role),
    ['agent', 'caller', 'agent'],
  );
  t.equal(last?.turn, 2);
});

t.test(
  'the line lost while the agent speaks: it goes on with the word that was cut (B9)',
  async (t) => {
    const hours = await clip('hours');
    const lost = await lose(t, async (caller) => {
      await caller.waitForAgent();
      await caller.say(hours);
      await caller.waitForAgentStart();
      await caller.wait(1200);
      await caller.loseStream();
      await caller.waitForAgentStart();
      await caller.waitForAgent();
    });
    wasOneCall(t, lost);
    t.match(said(lost)[0], GREETING);
    t.equal(said(lost)[2], `agent: ${ANSWER}`, 'all of it was heard, once');
    t.equal(said(lost).length, 3);
  },
);

t.test('the line lost during the greeting: no second one (B9)', async (t) => {
  const lost = await lose(t, async (caller) => {
    await caller.waitForAgentStart();
    await caller.wait(500);
    await caller.loseStream();
    await caller.waitForAgent();
  });
  wasOneCall(t, lost);
  t.same(said(lost), [`agent: ${GREETING}`]);
});

t.test('the line lost while the caller speaks: what was understood is answered (B9)', async (t) => {
  const hours = await clip('hours');
  const lost = await lose(t, async (caller) => {
    await caller.waitForAgent();
    const speaking = caller.say(hours);
    await caller.wait(400);
    await caller.loseStream();
    await speaking;
    await caller.waitForAgent();
  });
  wasOneCall(t, lost);
  t.equal(lost.requests.at(-1)?.input.kind, 'turn');
});

t.test('the line lost while the agent thinks: the answer waits for the line (B9)', async (t) => {
  const hours = await clip('hours');
  const lost = await lose(
    t,
    async (caller) => {
      await caller.waitForAgent();
      await caller.say(hours);
      await caller.wait(500);
      await caller.loseStream();
      await caller.waitForAgent();
    },
    undefined,
    { RINGMASTER_SCRIPTED_TTS_DELAY_MS: '500' },
  );
  wasOneCall(t, lost);
  t.equal(said(lost).at(-1), `agent: ${ANSWER}`);
});

t.test('two losses in a row, and one more, are one call (B9)', async (t) => {
  const lost = await lose(t, async (caller) => {
    await caller.waitForAgentStart();
    for (let i = 0; i < 3; i += 1) {
      await caller.wait(400);
      await caller.loseStream();
    }
    await caller.waitForAgent();
  });
  wasOneCall(t, lost);
  t.equal(lost.report.streams.length, 4);
  t.same(said(lost), [`agent: ${GREETING}`]);
});

t.test('a line lost too often hears an apology, and the call is freed at once (B9)', async (t) => {
  const lost = await lose(
    t,
    async (caller) => {
      await caller.waitForAgent();
      await caller.loseStream();
      await caller.loseStream();
    },
    undefined,
    { RINGMASTER_RESUME_LIMIT: '1' },
  );
  const verbs = lost.report.events.flatMap((event) => ('verb' in event ? [event.verb] : []));
  t.same(verbs.slice(-2), ['say', 'hangup']);
  t.equal(lost.records[0]?.endReason, 'line-lost');
});

t.test('a goodbye whose line is lost is said to its end, and the call ends (B9)', async (t) => {
  const hours = await clip('hours');
  const lost = await lose(
    t,
    async (caller) => {
      await caller.waitForAgent();
      await caller.say(hours);
      await caller.waitForAgentStart();
      await caller.wait(400);
      await caller.loseStream();
      await caller.waitForEnd();
    },
    ({ kind }) =>
      kind === 'greeting'
        ? 'Hello.'
        : { text: 'Thank you for your call. Goodbye.', action: { type: 'hangup' } },
  );
  wasOneCall(t, lost);
  t.equal(lost.report.outcome, 'node-hung-up');
  t.equal(said(lost).at(-1), 'agent: Thank you for your call. Goodbye.');
  t.equal(lost.records[0]?.endReason, 'agent-hangup');
});

t.test('a stream that never comes back: the call is freed after its window (B9)', async (t) => {
  const node = await startTestNode(t, { RINGMASTER_RESUME_WINDOW_MS: '400' });
  const { url, callSid, token, resumeUrl } = await invite(node);
  const socket = await openSocket(url);
  const streamSid = begin(socket, callSid, token);
  socket.send(media(streamSid, 1));
  await until(() => node.stats().playback.framesSent > 0);
  socket.terminate();
  await until(() => node.stats().sockets === 0);
  t.match(node.stats(), { calls: 1, openSlots: 1 }, 'it waits');
  await until(() => node.stats().calls === 0);
  t.match(node.stats(), { openSlots: 0 });
  t.match(await node.store.get(callSid), { state: 'ended', endReason: 'line-lost' });
  const twiml = await post(resumeUrl, { CallSid: callSid });
  t.notMatch(twiml, '<Stream', 'too late: nobody is greeted anew');
  t.match(twiml, '<Say');
});

t.test('the new stream wins while the old socket still looks alive (B9)', async (t) => {
  const { provider, sessions } = rememberingAgent(() => GREETING);
  const node = await startTestNode(t, WINDOW, { providers: { agent: provider } });
  const { url, callSid, token, resumeUrl } = await invite(node);
  const old = await openSocket(url);
  const oldSid = begin(old, callSid, token);
  old.send(media(oldSid, 1));
  await until(() => node.stats().playback.framesSent > 0);
  const twiml = await post(resumeUrl, { CallSid: callSid });
  const next = /name="token" value="([^"]+)"/.exec(twiml)?.[1] ?? '';
  const socket = await openSocket(url);
  const heard: string[] = [];
  socket.on('message', (data: Buffer) => heard.push(data.toString()));
  const streamSid = begin(socket, callSid, next);
  old.send(media(oldSid, 2));
  socket.send(media(streamSid, 1));
  await until(() => heard.length > 0);
  t.match(heard[0], streamSid, 'the agent goes on over the new one');
  t.equal(sessions.length, 1);
  t.match(node.stats(), { calls: 1, openSlots: 1, resumedCalls: 1 });
  socket.terminate();
  await post(`${node.url}/twilio/status`, { CallSid: callSid, CallStatus: 'completed' });
  await until(() => node.stats().calls === 0);
});

t.test('a full node lets its lost stream come back, and nobody else in (B9)', async (t) => {
  const node = await startTestNode(t, { ...WINDOW, RINGMASTER_MAX_CALLS: '1' });
  const call = callNode(node, async (caller) => {
    await caller.waitForAgent();
    await caller.loseStream();
    await caller.wait(300);
  });
  await until(() => node.stats().calls === 1);
  t.match(await post(`${node.url}/twilio/voice`, { CallSid: `CA${'0'.repeat(32)}` }), 'busy');
  t.match(await call.finished, { outcome: 'caller-hung-up', streams: [{}, {}] });
});

t.test('a node that drains lets its lost stream come back (B9)', async (t) => {
  const node = await startTestNode(t, WINDOW);
  const call = callNode(node, async (caller) => {
    await caller.waitForAgent();
    await caller.loseStream();
    await caller.wait(300);
  });
  await until(() => node.stats().calls === 1);
  const drained = node.drain(20_000);
  t.match(await call.finished, { outcome: 'caller-hung-up', streams: [{}, {}] });
  t.match(await drained, { toldToEnd: 0, unasked: 0 });
});

t.test('a caller who is gone while the line is lost frees the call at once (B9)', async (t) => {
  const node = await startTestNode(t, { RINGMASTER_RESUME_WINDOW_MS: '60000' });
  const { url, callSid, token } = await invite(node);
  const socket = await openSocket(url);
  begin(socket, callSid, token);
  await until(() => node.stats().calls === 1);
  socket.terminate();
  await until(() => node.stats().sockets === 0);
  await post(`${node.url}/twilio/status`, { CallSid: callSid, CallStatus: 'completed' });
  await until(() => node.stats().calls === 0);
  t.match(await node.store.get(callSid), { endReason: 'line-lost' });
});
