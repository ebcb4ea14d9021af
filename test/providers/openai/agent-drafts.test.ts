import t from 'tap';
import { setImmediate as turn } from 'node:timers/promises';
import type { AgentEvent, AgentSession, HistoryTurn } from '../../../src/actors/ports.js';
import type { AgentTool, OpenAiAgentSettings } from '../../../src/providers/openai/index.js';
import { delay, until } from '../conformance-support.js';
import { bench, openAgent } from './support.js';

/** An order and a look-up that are counted. */
function shop() {
  const ran: string[] = [];
  const keys: string[] = [];
  const make = (name: string, sideEffects: boolean): AgentTool => ({
    name,
    description: 'A tool.',
    parameters: { type: 'object', properties: { what: { type: 'string' } } },
    sideEffects,
    timeoutMs: 1000,
    run(_args, { idempotencyKey }) {
      ran.push(name);
      keys.push(idempotencyKey);
      return Promise.resolve({ [name]: ran.length });
    },
  });
  return { ran, keys, tools: [make('find', false), make('order', true)] };
}

interface Asked {
  readonly events: AgentEvent[];
  readonly done: Promise<void>;
  commit(): void;
  abort(): void;
}

function draft(session: AgentSession, text: string, history: readonly HistoryTurn[] = []): Asked {
  const controller = new AbortController();
  let commit = (): void => undefined;
  const committed = new Promise<void>((resolve) => (commit = resolve));
  const events: AgentEvent[] = [];
  const drain = async (): Promise<void> => {
    const { signal } = controller;
    const input = { kind: 'turn', text } as const;
    const turnOfCall = 1 + history.filter(({ role }) => role === 'caller').length;
    const request = { input, history, signal, committed, turn: turnOfCall };
    for await (const event of session.reply(request)) events.push(event);
  };
  return { events, done: drain(), commit, abort: () => controller.abort() };
}

const textOf = (events: readonly AgentEvent[]): string =>
  events.map((event) => (event.type === 'text' ? event.text : '')).join('');

const HISTORY: readonly HistoryTurn[] = [{ role: 'agent', text: 'Hello.' }];

/** Each request's answer: the calls of `script` in order, then words. */
async function shopAgent(
  test: Parameters<typeof bench>[0],
  script: readonly (readonly string[])[],
  settings: Partial<OpenAiAgentSettings> = {},
) {
  const { tools, ...counts } = shop();
  const rounds = [...script];
  const requests: string[] = [];
  const { client, server } = await bench(test, {
    chat: (request) => {
      requests.push(JSON.stringify(request.messages));
      const names = rounds.shift();
      if (names === undefined || names.length === 0) return 'Done.';
      return { toolCalls: names.map((name) => ({ name, arguments: { what: 'cake' } })) };
    },
  });
  const session = openAgent(test, client, { tools, ...settings });
  return { session, server, requests, ...counts };
}

t.test('a draft looks up at once and orders when its turn is final', async (t) => {
  const { session, ran, requests } = await shopAgent(t, [['find', 'order']]);
  const asked = draft(session, 'Order a cake.', HISTORY);
  await until(() => ran.length > 0, 2000, 'looked up');
  await delay(20);
  t.strictSame(ran, ['find']);
  asked.commit();
  await asked.done;
  t.strictSame(ran, ['find', 'order']);
  t.equal(textOf(asked.events), 'Done.');
  t.equal(requests.length, 2);
});

t.test(
  'a draft that is withdrawn has ordered nothing, and nothing is remembered of it',
  async (t) => {
    const { session, ran, requests } = await shopAgent(t, [['find', 'order'], []]);
    const asked = draft(session, 'Order a', HISTORY);
    await until(() => ran.length > 0, 2000, 'looked up');
    asked.abort();
    await asked.done;
    t.strictSame(asked.events, []);
    const next = draft(session, 'Order a cake? No.', HISTORY);
    next.commit();
    await next.done;
    t.strictSame(ran, ['find']);
    t.notMatch(requests[1], /"role":"tool"/);
  },
);

t.test(
  'what a draft found is remembered once it is adopted, also when it was complete before',
  async (t) => {
    const { session, requests } = await shopAgent(t, [['find'], [], []]);
    const asked = draft(session, 'Find a cake.', HISTORY);
    await asked.done;
    t.equal(textOf(asked.events), 'Done.');
    const history: HistoryTurn[] = [
      ...HISTORY,
      { role: 'caller', text: 'Find a cake.' },
      { role: 'agent', text: 'Done.' },
    ];
    const before = draft(session, 'And?', history);
    await before.done;
    t.notMatch(requests[2], /"role":"tool"/);
    asked.commit();
    await turn();
    const after = draft(session, 'And?', history);
    await after.done;
    t.match(requests[3], /"role":"tool"/);
  },
);

t.test(
  'a turn that was taken back does not order twice, with the same key in every session',
  async (t) => {
    const { session, ran, keys } = await shopAgent(t, [['order'], ['order'], []]);
    const first = draft(session, 'Order a cake.', HISTORY);
    first.commit();
    await until(() => ran.length === 1, 2000, 'ordered');
    first.abort();
    await first.done;
    const again = draft(session, 'Order a cake. And hurry.', HISTORY);
    await again.done;
    t.equal(textOf(again.events), 'Done.', 'without waiting for the commit');
    t.strictSame(ran, ['order']);

    const elsewhere = await shopAgent(t, [['order'], []]);
    const same = draft(elsewhere.session, 'Order a cake.', HISTORY);
    same.commit();
    await same.done;
    t.strictSame(elsewhere.keys, keys, 'a service that takes the key knows it');

    const later: HistoryTurn[] = [
      ...HISTORY,
      { role: 'caller', text: 'Order a cake.' },
      { role: 'agent', text: 'Done.' },
    ];
    const next = await shopAgent(t, [['order'], []]);
    const other = draft(next.session, 'Another one.', later);
    other.commit();
    await other.done;
    t.notSame(next.keys, keys, 'another turn is another order');
  },
);

t.test('a draft that hangs up or transfers only says so', async (t) => {
  const { session } = await shopAgent(t, [['transfer_call']], {
    transferTargets: { sales: { to: '+15550100', description: 'Orders.' } },
  });
  const { client } = await bench(t, {
    chat: () => ({ text: 'Bye.', toolCalls: [{ name: 'end_call', arguments: {} }] }),
  });
  const asked = draft(openAgent(t, client), 'Goodbye.');
  await asked.done;
  t.same(asked.events, [
    { type: 'text', text: 'Bye.' },
    { type: 'action', action: { type: 'hangup' } },
  ]);
  const wrong = draft(session, 'Sales.');
  await wrong.done;
  t.equal(textOf(wrong.events), 'Done.', 'a call tool with wrong arguments is told to the model');
});

t.test('closing the session ends a draft that waits for its commit', async (t) => {
  const { session, server, ran } = await shopAgent(t, [['order']]);
  const asked = draft(session, 'Order a cake.');
  await until(() => server.requests[0]?.answered === true, 2000, 'answered');
  await delay(10);
  session.close();
  await asked.done;
  t.strictSame(ran, []);
});
