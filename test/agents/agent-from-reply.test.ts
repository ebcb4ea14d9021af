import { mock } from 'node:test';
import t from 'tap';
import type { AgentEvent, AgentInput, AgentRequest, CallInfo } from '../../src/actors/ports.js';
import { agentFromReply } from '../../src/agents/agent-from-reply.js';

const call = { callSid: 'CA1', streamSid: 'MZ1', parameters: {} } as unknown as CallInfo;

function request(input: AgentInput, historyLength: number): AgentRequest {
  return {
    input,
    history: Array.from({ length: historyLength }, () => ({ role: 'caller', text: 'x' })),
    signal: new AbortController().signal,
    committed: Promise.resolve(),
    turn: 1,
  };
}

const turn = (text: string): AgentInput => ({ kind: 'turn', text });

/** Collects what it is told, and says all of it. */
const collector = () =>
  agentFromReply<{ words: string[] }>(
    async function* ({ input, state }) {
      if (input.kind === 'turn') state.words.push(input.text);
      yield state.words.join(' ');
    },
    { state: () => ({ words: [] }) },
  );

function asking(agent: ReturnType<typeof collector>, of = call) {
  const session = agent.open(of);
  const ask = async (input: AgentInput, historyLength: number): Promise<string> => {
    let said = '';
    for await (const event of session.reply(request(input, historyLength))) {
      if (event.type === 'text') said += event.text;
    }
    return said;
  };
  return { session, ask };
}

t.test('texts and events pass as they are', async (t) => {
  const agent = agentFromReply(async function* () {
    yield 'Goodbye.';
    yield { type: 'action', action: { type: 'hangup' } };
  });
  const events: AgentEvent[] = [];
  for await (const event of agent.open(call).reply(request(turn('bye'), 2))) events.push(event);
  t.strictSame(events, [
    { type: 'text', text: 'Goodbye.' },
    { type: 'action', action: { type: 'hangup' } },
  ]);
});

t.test('the state goes on from reply to reply', async (t) => {
  const { ask } = asking(collector());
  t.equal(await ask(turn('one'), 1), 'one');
  t.equal(await ask(turn('two'), 3), 'one two');
  t.equal(await ask({ kind: 'idle', count: 0, last: false }, 5), 'one two');
});

t.test(
  'a draft that is withdrawn, and a turn that is taken back, leave nothing (D10)',
  async (t) => {
    const { ask } = asking(collector());
    await ask(turn('hello'), 1);
    await ask(turn('one'), 3);
    await ask(turn('one two'), 3);
    t.equal(await ask(turn('one two three'), 3), 'hello one two three');
  },
);

t.test('a turn that is taken back over an idle prompt goes back to before it', async (t) => {
  const { ask } = asking(collector());
  await ask(turn('hello'), 1);
  await ask(turn('one'), 3);
  await ask(turn('two'), 5);
  t.equal(await ask(turn('won'), 3), 'hello won');
});

t.test('a reply that fails leaves nothing, and is asked again', async (t) => {
  let failures = 1;
  const agent = agentFromReply<{ count: number }>(
    async function* ({ state }) {
      state.count += 1;
      if (failures-- > 0) throw new Error('no database');
      yield `${state.count}`;
    },
    { state: () => ({ count: 0 }) },
  );
  const session = agent.open(call);
  const first = async (reply: AsyncIterable<AgentEvent>) => {
    for await (const event of reply) return event;
    return undefined;
  };
  await t.rejects(first(session.reply(request(turn('a'), 1))), { message: 'no database' });
  session.close();
  session.close();
  const again = agent.open(call).reply(request(turn('a'), 1));
  t.match(await first(again), { text: '1' });
});

t.test(
  'an agent child that is replaced finds the state of its call; another call does not',
  async (t) => {
    const agent = collector();
    const first = asking(agent);
    await first.ask(turn('one'), 1);
    first.session.close();
    t.equal(await asking(agent).ask(turn('two'), 3), 'one two');
    const other = { ...call, callSid: 'CA2' } as CallInfo;
    t.equal(await asking(agent, other).ask(turn('two'), 3), 'two');
    await agent.close();
  },
);

t.test('the state of a call is forgotten after its end', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const agent = collector();
  const first = asking(agent);
  await first.ask(turn('one'), 1);
  first.session.close();
  mock.timers.tick(30_000);
  t.equal(await asking(agent).ask(turn('two'), 3), 'two');
  mock.timers.reset();
});

t.test('what a reply keeps hold of is not changed behind its back', async (t) => {
  const seen: string[][] = [];
  const agent = agentFromReply<{ words: string[] }>(
    async function* ({ state }) {
      state.words.push('x');
      seen.push(state.words);
      yield 'ok';
    },
    { state: () => ({ words: [] }) },
  );
  const { ask } = asking(agent);
  for (const length of [1, 1, 1, 3]) await ask(turn('a'), length);
  t.strictSame(seen, [['x'], ['x'], ['x'], ['x', 'x']]);
});
