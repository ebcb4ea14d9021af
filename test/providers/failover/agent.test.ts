import t from 'tap';
import type {
  AgentEvent,
  AgentProvider,
  AgentSession,
  CallInfo,
} from '../../../src/actors/ports.js';
import { createFailoverAgent } from '../../../src/providers/failover/agent.js';
import { FailoverChain } from '../../../src/providers/failover/chain.js';

type Reply = (signal: AbortSignal) => AsyncIterable<AgentEvent>;

const says = (text: string): Reply =>
  async function* () {
    yield { type: 'text', text };
  };
// eslint-disable-next-line require-yield
const fails: Reply = async function* () {
  throw new Error('no mind');
};
const thinksThenFails: Reply = async function* () {
  yield { type: 'expect', expectation: 'digits' };
  throw new Error('no mind');
};
const breaksOff: Reply = async function* () {
  yield { type: 'text', text: 'We are ' };
  throw new Error('broke off');
};

function agent(name: string, reply: Reply) {
  const seen = { asked: 0, closed: 0 };
  const provider: AgentProvider = {
    name,
    warmUp: async () => undefined,
    open: () => ({
      reply: ({ signal }) => {
        seen.asked += 1;
        return reply(signal);
      },
      close: () => {
        seen.closed += 1;
      },
    }),
    close: async () => undefined,
  };
  return { provider, seen };
}

const call = { callSid: 'CA1', streamSid: 'MZ1', parameters: {} } as unknown as CallInfo;
const failover = (...providers: AgentProvider[]) =>
  createFailoverAgent(new FailoverChain(providers), 50);

async function ask(session: AgentSession): Promise<string> {
  let text = '';
  const reply = session.reply({
    input: { kind: 'turn', text: 'When are you open?' },
    history: [],
    signal: new AbortController().signal,
    committed: Promise.resolve(),
    turn: 1,
  });
  for await (const event of reply) if (event.type === 'text') text += event.text;
  return text;
}

for (const [what, reply] of Object.entries({ fails, thinksThenFails })) {
  t.test(`an agent that ${what}: the next one answers (C10)`, async (t) => {
    const first = agent('first', reply);
    const session = failover(first.provider, agent('second', says('At nine.')).provider).open(call);
    t.equal(await ask(session), 'At nine.');
    t.equal(await ask(session), 'At nine.');
    t.equal(first.seen.asked, 1, 'the call stays with the one that answered');
  });
}

t.test('what was said stands: nobody answers a second time', async (t) => {
  const second = agent('second', says('At nine.'));
  const session = failover(agent('first', breaksOff).provider, second.provider).open(call);
  await t.rejects(ask(session), { engine: 'first', message: 'broke off' });
  t.equal(second.seen.asked, 0);
  t.equal(await ask(session), 'At nine.', 'the next turn is the other one’s');
});

t.test('an agent that cannot even be opened counts as failed', async (t) => {
  const broken = agent('broken', fails).provider;
  broken.open = () => {
    throw new Error('no session');
  };
  const session = failover(broken, agent('second', says('Yes.')).provider).open(call);
  t.equal(await ask(session), 'Yes.');
});

t.test('the end of a call closes every session that was opened, whatever one throws', async (t) => {
  const first = agent('first', fails);
  const second = agent('second', says('Yes.'));
  const session = failover(first.provider, second.provider).open(call);
  await ask(session);
  session.close();
  t.equal(first.seen.closed + second.seen.closed, 2);
  t.equal(await ask(session), '', 'and nobody is asked after it');
});

t.test(
  'a reply that is complete aborts when its draft is withdrawn, and not before (C16)',
  async (t) => {
    let inner: AbortSignal | undefined;
    const { provider } = agent('first', async function* (signal) {
      inner = signal;
      yield { type: 'text', text: 'At nine.' };
    });
    const abort = new AbortController();
    const reply = failover(provider)
      .open(call)
      .reply({
        input: { kind: 'turn', text: 'When are you open?' },
        history: [],
        signal: abort.signal,
        committed: new Promise(() => undefined),
        turn: 1,
      });
    for await (const _ of reply);
    t.equal(inner?.aborted, false);
    abort.abort();
    t.equal(inner?.aborted, true);
  },
);
