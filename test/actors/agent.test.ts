import t from 'tap';
import { agentMachine } from '../../src/actors/agent.js';
import type { CallEvent } from '../../src/actors/events.js';
import type { AgentEvent, AgentProvider, AgentRequest } from '../../src/actors/ports.js';
import { RingmasterError } from '../../src/errors.js';
import { aborted, child } from '../fakes/child.js';

type Reply = (request: AgentRequest) => AsyncIterable<AgentEvent>;

/** An agent child over a provider that replies as the test says. */
function agent(reply: Reply, overrides: Partial<AgentProvider> = {}) {
  const sessions = { opened: 0, closed: 0 };
  const requests: AgentRequest[] = [];
  const provider: AgentProvider = {
    name: 'fake',
    warmUp: async () => undefined,
    open: () => {
      sessions.opened += 1;
      return {
        reply: (request) => {
          requests.push(request);
          return reply(request);
        },
        close: () => void (sessions.closed += 1),
      };
    },
    close: async () => undefined,
    ...overrides,
  };
  const call = { callSid: 'CA1', streamSid: 'MZ1', parameters: {} };
  const c = child(agentMachine, { provider, call, timeoutMs: 1000 });
  const ask = (generation: number, draft = false): void =>
    c.order({
      type: 'agent.reply',
      generation,
      input: { kind: 'greeting' },
      history: [],
      turn: 0,
      draft,
    });
  return { ...c, ask, sessions, requests };
}

const clauses = (facts: readonly CallEvent[]): string[] =>
  facts.flatMap((fact) => (fact.type === 'agent.clause' ? [fact.text] : []));

t.test('text is told in clauses as it streams, then the end with what follows it', async (t) => {
  const c = agent(async function* () {
    yield { type: 'text', text: 'Your num' };
    yield { type: 'text', text: 'ber? Please.' };
    yield { type: 'expect', expectation: 'digits' };
    yield { type: 'action', action: { type: 'hangup' } };
  });
  c.ask(3);
  await c.wait();
  t.strictSame(c.facts, [
    { type: 'agent.clause', generation: 3, text: 'Your number?' },
    { type: 'agent.expected', generation: 3, expectation: 'digits' },
    { type: 'agent.clause', generation: 3, text: 'Please.' },
    { type: 'agent.done', generation: 3, action: { type: 'hangup' } },
  ]);
});

t.test('a notice is clauses of its own, and ordinary text is none of it', async (t) => {
  const c = agent(async function* () {
    yield { type: 'text', text: 'One mo' };
    yield { type: 'text', text: 'ment. First' };
    yield { type: 'text', text: 'This call is recorded. It', uninterruptible: true };
    yield { type: 'text', text: ' ' };
    yield { type: 'text', text: 'is kept', uninterruptible: true };
    yield { type: 'text', text: ' We are open, as you know.' };
  });
  c.ask(1);
  await c.wait();
  const said = c.facts.flatMap((fact) =>
    fact.type === 'agent.clause' ? [[fact.text, fact.uninterruptible ?? false]] : [],
  );
  t.strictSame(said, [
    ['One moment.', false],
    ['First', false],
    ['This call is recorded.', true],
    ['It is kept', true],
    ['We are open, as you know.', false],
  ]);
});

t.test('one session serves all replies of a call and is closed with it', async (t) => {
  const c = agent(async function* () {
    yield { type: 'text', text: 'Yes.' };
  });
  t.equal(c.sessions.opened, 0, 'not before it is needed');
  for (const generation of [1, 2, 3]) {
    c.ask(generation);
    await c.wait();
  }
  t.strictSame(c.sessions, { opened: 1, closed: 0 });
  t.equal(clauses(c.facts).length, 3);
  c.stop();
  t.strictSame(c.sessions, { opened: 1, closed: 1 });
});

t.test('an aborted reply tells nothing more, whatever its provider does', async (t) => {
  const c = agent(async function* ({ signal }) {
    yield { type: 'text', text: 'One. Two' };
    await aborted(signal);
    yield { type: 'text', text: ' three. Four' };
    throw new Error('late');
  });
  c.ask(1);
  await c.wait();
  c.order({ type: 'agent.abort', generation: 1 });
  await c.wait(2000);
  t.strictSame(clauses(c.facts), ['One.']);
  t.equal(c.facts.length, 1);
  t.equal(c.requests[0]?.signal.aborted, true);
});

t.test('a provider that does not heed the abort is not listened to any further', async (t) => {
  let given = 0;
  const c = agent(async function* () {
    for (; given < 100; given += 1) {
      await new Promise(setImmediate);
      yield { type: 'text', text: 'word ' };
    }
  });
  c.ask(1);
  await c.wait(50);
  c.order({ type: 'agent.abort', generation: 1 });
  const before = given;
  await c.wait(1000);
  t.ok(given <= before + 1, `${given - before} more were taken`);
});

t.test('a new order ends the reply before it', async (t) => {
  const c = agent(async function* ({ signal }) {
    yield { type: 'text', text: 'Hm. ' };
    if (c.requests.length === 1) await aborted(signal);
  });
  c.ask(1);
  await c.wait();
  c.ask(2);
  await c.wait();
  t.equal(c.requests[0]?.signal.aborted, true);
  t.strictSame(
    c.facts.map((fact) => `${fact.type} ${'generation' in fact ? fact.generation : ''}`),
    ['agent.clause 1', 'agent.clause 2', 'agent.done 2'],
  );
});

t.test('a provider that falls silent has failed; every clause gives it new time', async (t) => {
  const c = agent(async function* ({ signal }) {
    for (let i = 0; i < 3; i += 1) {
      yield { type: 'text', text: 'Wait. ' };
      await pause.next();
    }
    await aborted(signal);
  });
  const pause = (async function* () {
    for (;;) {
      await new Promise<void>((resolve) => (goOn = resolve));
      yield;
    }
  })();
  let goOn = (): void => undefined;
  c.ask(1);
  for (let i = 0; i < 3; i += 1) {
    await c.wait(900);
    goOn();
  }
  t.equal(clauses(c.facts).length, 3);
  t.equal(c.facts.length, 3, 'no failure after 2.7 s');
  await c.wait(1010);
  t.match(c.facts.at(-1), { type: 'child.failed', error: { code: 'PROVIDER_TIMEOUT' } });
});

t.test('a second order gives the provider new time', async (t) => {
  const c = agent(async function* ({ signal }) {
    await aborted(signal);
    yield { type: 'text', text: '' };
  });
  c.ask(1);
  await c.wait(900);
  c.ask(2);
  await c.wait(900);
  t.strictSame(c.facts, []);
  await c.wait(110);
  t.match(c.facts, [{ type: 'child.failed' }]);
});

t.test('an idle agent is never late', async (t) => {
  const c = agent(async function* () {
    yield { type: 'text', text: 'Done.' };
  });
  c.ask(1);
  await c.wait(5000);
  c.order({ type: 'agent.abort', generation: 1 });
  await c.wait(5000);
  t.equal(c.facts.length, 2);
});

t.test('a provider that throws, at once or later, has failed', async (t) => {
  const refusal = new RingmasterError('PROVIDER_RATE_LIMITED', 'later');
  const broken: Reply[] = [
    () => {
      throw refusal;
    },
    async function* () {
      yield { type: 'text', text: 'Well. ' };
      throw refusal;
    },
  ];
  for (const reply of broken) {
    const c = agent(reply);
    c.ask(1);
    await c.wait();
    t.match(c.facts.at(-1), { type: 'child.failed', error: { code: 'PROVIDER_RATE_LIMITED' } });
    t.strictSame(c.errors, []);
  }
});

t.test('a provider that cannot open a session has failed', async (t) => {
  const never: Reply = () => t.fail('it is not open') as never;
  const c = agent(never, {
    open: () => {
      throw new TypeError('a defect');
    },
  });
  c.ask(1);
  await c.wait();
  t.match(c.facts, [{ type: 'child.failed', child: 'agent', error: { code: 'PROVIDER_FAILED' } }]);
});

t.test('what makes no sense is a failure and is not spoken', async (t) => {
  const nonsense = [
    { type: 'text', text: undefined },
    { type: 'text' },
    { type: 'nonsense' },
    { type: 'action', action: {} },
    { type: 'action', action: { type: 'transfer', to: '' } },
    { type: 'expect', expectation: 'silence' },
    undefined,
  ];
  for (const given of nonsense) {
    const c = agent(async function* () {
      yield given as AgentEvent;
    });
    c.ask(1);
    await c.wait();
    t.match(c.facts, [{ type: 'child.failed' }], JSON.stringify(given));
    t.equal(c.facts.length, 1);
  }
});

t.test('a reply without end is cut off', async (t) => {
  const c = agent(async function* () {
    for (;;) yield { type: 'text', text: 'and so on and ' };
  });
  c.ask(1);
  await c.wait(50);
  t.match(c.facts.at(-1), { type: 'child.failed', error: { code: 'PROVIDER_PROTOCOL' } });
  t.ok(clauses(c.facts).join(' ').length <= 10_000);
});

t.test('the stop aborts the reply and silences it', async (t) => {
  const c = agent(async function* ({ signal }) {
    yield { type: 'text', text: 'One. ' };
    await aborted(signal);
    yield { type: 'text', text: 'Two. ' };
  });
  c.ask(1);
  await c.wait();
  c.stop();
  await c.wait();
  t.strictSame(clauses(c.facts), ['One.']);
  t.equal(c.requests[0]?.signal.aborted, true);
});

t.test('a session that throws at its close harms nobody', async (t) => {
  const c = agent(
    async function* () {
      yield { type: 'text', text: 'Yes.' };
    },
    {
      open: () => ({
        reply: async function* () {
          yield { type: 'text', text: 'Yes.' };
        },
        close: () => {
          throw new TypeError('a defect');
        },
      }),
    },
  );
  c.ask(1);
  await c.wait();
  t.doesNotThrow(() => c.stop());
  t.strictSame(c.errors, []);
});

t.test('a complete draft that is withdrawn aborts, once for all (C16)', async (t) => {
  const c = agent(async function* () {
    yield { type: 'text', text: 'Yes.' };
  });
  c.ask(1, true);
  await c.wait();
  t.equal(c.facts.at(-1)?.type, 'agent.done');
  t.equal(c.requests[0]?.signal.aborted, false);
  c.order({ type: 'agent.abort', generation: 7 });
  t.equal(c.requests[0]?.signal.aborted, false, 'another one is meant');
  c.order({ type: 'agent.abort', generation: 1 });
  t.equal(c.requests[0]?.signal.aborted, true);
});

t.test('a complete draft in whose place another one is asked for aborts (C16)', async (t) => {
  const c = agent(async function* () {
    yield { type: 'text', text: 'Yes.' };
  });
  c.ask(1, true);
  await c.wait();
  c.ask(2);
  t.equal(c.requests[0]?.signal.aborted, true);
});

t.test(
  'a reply that was said whole does not abort when the next one is asked for (C16)',
  async (t) => {
    const c = agent(async function* () {
      yield { type: 'text', text: 'Yes.' };
    });
    c.ask(1, true);
    await c.wait();
    c.order({ type: 'agent.commit', generation: 1 });
    c.ask(2);
    await c.wait();
    t.equal(c.requests[0]?.signal.aborted, false);
    c.stop();
    t.equal(c.requests[1]?.signal.aborted, false, 'nor when the call ends');
  },
);

t.test('a complete reply that is cut while it is spoken aborts (C16)', async (t) => {
  const c = agent(async function* () {
    yield { type: 'text', text: 'Yes.' };
  });
  c.ask(1);
  await c.wait();
  c.order({ type: 'agent.abort', generation: 1 });
  t.equal(c.requests[0]?.signal.aborted, true);
});

t.test(
  'a sign of life gives the provider new time, and is passed on now and then (C3)',
  async (t) => {
    const c = agent(async function* ({ signal }) {
      for (let i = 0; i < 300; i += 1) yield { type: 'working' };
      await aborted(signal);
    });
    c.ask(1);
    await c.wait(990);
    t.strictSame(c.facts, [{ type: 'agent.working', generation: 1 }]);
    await c.wait(20);
    t.match(c.facts[1], { type: 'child.failed', error: { code: 'PROVIDER_TIMEOUT' } });
  },
);

t.test('signs of life without end are the failure of the provider', async (t) => {
  const c = agent(async function* () {
    for (;;) yield { type: 'working' };
  });
  c.ask(1);
  await c.wait(500);
  t.match(c.facts.at(-1), { type: 'child.failed', error: { code: 'PROVIDER_PROTOCOL' } });
});
