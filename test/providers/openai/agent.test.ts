import t from 'tap';
import type { AgentEvent, AgentInput, HistoryTurn } from '../../../src/actors/ports.js';
import type { AgentTool } from '../../../src/providers/openai/index.js';
import { createOpenAiAgent } from '../../../src/providers/openai/index.js';
import type { ChatRequest } from '../../fakes/openai/shapes.js';
import type { ChatScript } from '../../fakes/openai/chat.js';
import { callOf, delay, until } from '../conformance-support.js';
import { ask, bench, codedError, openAgent } from './support.js';

const lookUp: AgentTool = {
  name: 'find_order',
  description: 'Find an order.',
  parameters: { type: 'object', properties: { number: { type: 'string' } }, required: ['number'] },
  sideEffects: false,
  timeoutMs: 1000,
  run: (args) => Promise.resolve({ number: args['number'], state: 'baked' }),
};

/** Answers in turn, and what was asked. */
function script(
  ...answers: (ChatScript | string | ((request: ChatRequest) => ChatScript | string))[]
) {
  const requests: ChatRequest[] = [];
  const chat = (request: ChatRequest) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)] ?? '';
    requests.push(request);
    return typeof answer === 'function' ? answer(request) : answer;
  };
  return { chat, requests };
}

const callTool = (
  name: string,
  args: Record<string, unknown> | string,
  id?: string,
): ChatScript => ({
  toolCalls: [{ name, arguments: args, ...(id !== undefined && { id }) }],
});

t.test('text comes in pieces while the model still writes', async (t) => {
  const { chat } = script({ text: ['We ', 'open ', 'at nine.'], tokenDelayMs: 10 });
  const { client, server } = await bench(t, { chat });
  const session = openAgent(t, client);
  const pieces: string[] = [];
  const turn = { kind: 'turn', text: 'When?' } as const;
  for await (const event of session.reply({
    input: turn,
    committed: Promise.resolve(),
    turn: 1,
    history: [],
    signal: new AbortController().signal,
  })) {
    if (event.type === 'text') pieces.push(event.text);
    if (pieces.length === 1) t.notOk(server.requests[0]?.answered);
  }
  t.same(pieces, ['We ', 'open ', 'at nine.']);
});

t.test('the request holds model, limit, rules, history, input and tools', async (t) => {
  const { chat, requests } = script('Yes.');
  const { client, server } = await bench(t, { chat });
  const session = openAgent(t, client, {
    model: 'gpt-x',
    instructions: (call) => `Call of ${call.callSid.slice(0, 2)}.`,
    maxReplyTokens: 99,
    requestFields: { temperature: 0.3 },
    tools: [lookUp],
  });
  await ask(session, 'two', [{ role: 'agent', text: 'Hi!' }]);
  const [request] = requests;
  t.match(request?.body, {
    model: 'gpt-x',
    max_completion_tokens: 99,
    temperature: 0.3,
    stream: true,
  });
  t.match(request?.messages[0]?.content, /spoken aloud[^]*Call of CA\.$/);
  t.same(
    request?.messages.map((message) => message.role),
    ['system', 'user', 'assistant', 'user'],
  );
  t.same(
    request?.tools.map((tool) => tool.name),
    ['end_call', 'find_order'],
  );
  t.equal(request?.toolChoice, 'auto');
  t.same(server.refusals, []);
});

t.test('an agent without tools sends none, an older server gets its own limit', async (t) => {
  const { chat, requests } = script('Yes.');
  const { client, server } = await bench(t, { chat });
  await ask(openAgent(t, client, { canEndCall: false, tokenLimitField: 'max_tokens' }), 'Hi');
  t.equal(requests[0]?.body['tools'], undefined);
  t.equal(requests[0]?.body['max_tokens'], 400);
  t.same(server.refusals, []);
});

t.test('a configured greeting is said without the model; else the model greets', async (t) => {
  const { client, server } = await bench(t, { chat: () => 'Welcome!' });
  const set = await ask(openAgent(t, client, { greeting: 'Bakery, hello.' }), { kind: 'greeting' });
  t.equal(set.text, 'Bakery, hello.');
  t.equal(server.requests.length, 0);
  t.equal((await ask(openAgent(t, client), { kind: 'greeting' })).text, 'Welcome!');
});

t.test('a notice begins every reply until the history shows that it was heard', async (t) => {
  const { client } = await bench(t, { chat: () => 'We open at nine.' });
  const notice = 'This call is recorded.\nIt is kept for a week.';
  const heard = 'This call is recorded. It is kept for a week. Bakery, hello.';
  const session = openAgent(t, client, { greeting: 'Bakery, hello.', notice });
  const events = async (input: AgentInput, history: readonly HistoryTurn[]) => {
    const { signal } = new AbortController();
    const request = { input, history, signal, committed: Promise.resolve(), turn: 1 };
    const given: [string, boolean][] = [];
    for await (const event of session.reply(request)) {
      if (event.type === 'text') given.push([event.text, event.uninterruptible ?? false]);
    }
    return [
      given[0],
      given
        .slice(1)
        .map(([text]) => text)
        .join(''),
    ];
  };
  const turn = { kind: 'turn', text: 'When?' } as const;
  t.same(await events({ kind: 'greeting' }, []), [[notice, true], 'Bakery, hello.']);
  t.same(await events(turn, []), [[notice, true], 'We open at nine.']);
  const cut: HistoryTurn = { role: 'agent', text: 'This call is' };
  t.same((await events(turn, [cut]))[0], [notice, true], 'some of it is not it');
  const said: HistoryTurn = { role: 'caller', text: heard };
  t.same((await events(turn, [said]))[0], [notice, true], 'nor is what the caller says');
  t.same((await ask(session, 'When?', [{ role: 'agent', text: heard }])).text, 'We open at nine.');
});

t.test('reasoning and markup of an answer are not spoken', async (t) => {
  const { client } = await bench(t, {
    chat: () => ({
      text: ['<thi', 'nk>The caller', ' wants…</think>', '\nWe open', ' at **nine**.'],
    }),
  });
  t.equal((await ask(openAgent(t, client), 'When?')).text, 'We open at nine.');
});

// ---------------------------------------------------------------- tools

t.test('a tool’s result goes back to the model, whose answer is spoken', async (t) => {
  const { chat, requests } = script(
    {
      text: 'Let me look.',
      toolCalls: [{ id: 'c1', name: 'find_order', arguments: { number: '7' } }],
    },
    'It is baked.',
  );
  const { client, server } = await bench(t, { chat });
  const answer = await ask(openAgent(t, client, { tools: [lookUp] }), 'Where is order 7?');
  t.equal(answer.text, 'Let me look. It is baked.');
  t.match(requests[1]?.messages.slice(-2), [
    { role: 'assistant', content: 'Let me look.', tool_calls: [{ id: 'c1' }] },
    { role: 'tool', tool_call_id: 'c1', content: '{"number":"7","state":"baked"}' },
  ]);
  t.same(server.refusals, []);
});

t.test('several calls of one answer are all answered', async (t) => {
  const { chat, requests } = script(
    {
      toolCalls: ['1', '2'].map((number) => ({
        id: `c${number}`,
        name: 'find_order',
        arguments: { number },
      })),
    },
    'Both are baked.',
  );
  const { client, server } = await bench(t, { chat });
  t.equal(
    (await ask(openAgent(t, client, { tools: [lookUp] }), 'Orders?')).text,
    'Both are baked.',
  );
  t.same(
    requests[1]?.messages.filter((m) => m.role === 'tool').map((m) => m.tool_call_id),
    ['c1', 'c2'],
  );
  t.same(server.refusals, []);
});

t.test('calls in every form of compatible servers run', async (t) => {
  const args = '{"number":"7"}';
  const forms: ChatScript[] = [
    { deltas: [{ tool_calls: [{ function: { name: 'find_order', arguments: args } }] }] },
    {
      deltas: [
        { tool_calls: [{ id: 'x', function: { name: 'find_order', arguments: { number: '7' } } }] },
      ],
      finishReason: 'stop',
    },
    { toolCalls: [{ name: 'find_order', arguments: args }], unstreamed: true },
    {
      toolCalls: [{ name: 'find_order', arguments: args }],
      finishReason: 'stop',
      withoutDone: true,
    },
    {
      deltas: [
        {
          content: null,
          tool_calls: [{ index: 0, id: '', function: { name: 'find_order', arguments: args } }],
        },
      ],
    },
  ];
  for (const form of forms) {
    const { chat, requests } = script(form, 'Baked.');
    const { client, server } = await bench(t, { chat });
    t.equal((await ask(openAgent(t, client, { tools: [lookUp] }), 'Order 7?')).text, 'Baked.');
    t.match(requests[1]?.messages.at(-1), { role: 'tool', content: /baked/ }, JSON.stringify(form));
    t.same(server.refusals, []);
  }
});

t.test(
  'wrong arguments and unknown tools are told to the model, which may try again',
  async (t) => {
    const { chat, requests } = script(
      callTool('find_order', '{"number":', 'c1'),
      callTool('find_order', {}, 'c2'),
      callTool('no_such_tool', {}, 'c3'),
      callTool('find_order', { number: '7' }, 'c4'),
      'Baked.',
    );
    const { client, server } = await bench(t, { chat });
    const answer = await ask(openAgent(t, client, { tools: [lookUp] }), 'Order 7?');
    t.equal(answer.text, 'Baked.');
    const results = requests[4]?.messages.filter((m) => m.role === 'tool').map((m) => m.content);
    t.match(results, [/JSON/, /number/, /no such tool/, /baked/]);
    t.same(server.refusals, []);
  },
);

t.test('after the last round of tools the model must answer in words', async (t) => {
  const { chat, requests } = script((request) =>
    request.toolChoice === 'none' ? 'I cannot find it.' : callTool('find_order', { number: '7' }),
  );
  const { client } = await bench(t, { chat });
  const session = openAgent(t, client, { tools: [lookUp], maxToolRounds: 2 });
  t.equal((await ask(session, 'Order 7?')).text, 'I cannot find it.');
  t.same(
    requests.map((request) => request.toolChoice),
    ['auto', 'auto', 'none'],
  );
});

t.test('a model that calls tools for ever is stopped', async (t) => {
  const { chat, requests } = script(callTool('find_order', { number: '7' }));
  const { client } = await bench(t, { chat });
  const session = openAgent(t, client, { tools: [lookUp], maxToolRounds: 2 });
  t.equal((await codedError(t, () => ask(session, 'Order 7?'))).code, 'PROVIDER_PROTOCOL');
  t.equal(requests.length, 3);
});

t.test('later replies know what tools found', async (t) => {
  const { chat, requests } = script(
    callTool('find_order', { number: '7' }, 'c1'),
    'Baked.',
    'Yes.',
  );
  const { client, server } = await bench(t, { chat });
  const session = openAgent(t, client, { tools: [lookUp] });
  await ask(session, 'Order 7?', [{ role: 'agent', text: 'Hi!' }]);
  await ask(session, 'Sure?', [
    { role: 'agent', text: 'Hi!' },
    { role: 'caller', text: 'Order 7?' },
    { role: 'agent', text: 'Baked.' },
  ]);
  t.same(
    requests[2]?.messages.map((message) => message.role),
    ['system', 'user', 'assistant', 'user', 'assistant', 'tool', 'assistant', 'user'],
  );
  t.same(server.refusals, []);
});

// ---------------------------------------------------------------- what happens to the call

t.test('end_call hangs up after what was said', async (t) => {
  const { chat } = script({ text: 'Goodbye!', toolCalls: [{ name: 'end_call', arguments: {} }] });
  const { client, server } = await bench(t, { chat });
  const answer = await ask(openAgent(t, client), 'Bye.');
  t.equal(answer.text, 'Goodbye!');
  t.same(answer.events.at(-1), { type: 'action', action: { type: 'hangup' } });
  t.equal(server.requests.length, 1, 'no further request');
});

t.test('end_call says its own last words where nothing was said yet', async (t) => {
  const { chat } = script(callTool('end_call', { message: 'Goodbye then.' }));
  const { client, server } = await bench(t, { chat });
  const answer = await ask(openAgent(t, client), 'Bye.');
  t.same(answer.events, [
    { type: 'text', text: 'Goodbye then.' },
    { type: 'action', action: { type: 'hangup' } },
  ]);
  t.equal(server.requests.length, 1);
});

t.test('the last words are not said twice', async (t) => {
  const { chat } = script({
    text: 'Goodbye!',
    toolCalls: [{ name: 'end_call', arguments: { message: 'Goodbye!' } }],
  });
  const { client } = await bench(t, { chat });
  t.equal((await ask(openAgent(t, client), 'Bye.')).text, 'Goodbye!');
});

t.test('a silent end_call is asked for a goodbye, and hangs up also without', async (t) => {
  const polite = script(callTool('end_call', {}), 'Take care.');
  const first = await bench(t, { chat: polite.chat });
  const answer = await ask(openAgent(t, first.client), 'Bye.');
  t.equal(answer.text, 'Take care.');
  t.equal(answer.actions.length, 1);
  t.equal(polite.requests[1]?.toolChoice, 'none');
  t.same(first.server.refusals, []);

  const rude = script(callTool('end_call', {}), { text: '' });
  const second = await bench(t, { chat: rude.chat });
  const silent = await ask(openAgent(t, second.client, { retries: { maxAttempts: 1 } }), 'Bye.');
  t.same(silent.events, [{ type: 'action', action: { type: 'hangup' } }]);
});

t.test('hanging up along with another tool waits for what that tool says', async (t) => {
  const { chat, requests } = script(
    {
      text: 'Done, goodbye!',
      toolCalls: [
        { id: 'c1', name: 'find_order', arguments: { number: '7' } },
        { id: 'c2', name: 'end_call', arguments: {} },
      ],
    },
    'I am sorry, that did not work.',
  );
  const broken = { ...lookUp, run: () => Promise.reject(new Error('x')) };
  const { client, server } = await bench(t, { chat });
  const answer = await ask(openAgent(t, client, { tools: [broken] }), 'Order 7 and bye.');
  t.same(answer.actions, []);
  t.match(answer.text, /did not work/);
  t.match(requests[1]?.messages.slice(-2), [
    { tool_call_id: 'c1', content: /failed/ },
    { tool_call_id: 'c2', content: /not done/ },
  ]);
  t.same(server.refusals, []);
});

t.test('transfer_call goes where its target says, and nowhere else', async (t) => {
  const { chat, requests } = script(
    callTool('transfer_call', { target: '+15559999' }, 'c1'),
    callTool('transfer_call', { target: 'sales', message: 'I will put you through.' }, 'c2'),
  );
  const { client, server } = await bench(t, { chat });
  const session = openAgent(t, client, {
    transferTargets: { sales: { to: '+15550100', description: 'Orders' } },
  });
  const answer = await ask(session, 'A human, please.');
  t.same(answer.events, [
    { type: 'text', text: 'I will put you through.' },
    { type: 'action', action: { type: 'transfer', to: '+15550100' } },
  ]);
  t.match(requests[1]?.messages.at(-1), { role: 'tool', content: /error/ });
  t.same(server.refusals, []);
});

t.test('an interrupted goodbye does not hang up', async (t) => {
  const goodbyes: [ChatScript, number][] = [
    [
      {
        text: ['Goodbye ', 'and thanks!'],
        toolCalls: [{ name: 'end_call', arguments: {} }],
        tokenDelayMs: 5,
      },
      2,
    ],
    [callTool('end_call', { message: 'Goodbye and thanks!' }), 1],
  ];
  for (const [goodbye, pieces] of goodbyes) {
    const { client } = await bench(t, { chat: () => goodbye });
    const controller = new AbortController();
    const events: string[] = [];
    const input = { kind: 'turn', text: 'Bye.' } as const;
    const request = {
      input,
      committed: Promise.resolve(),
      turn: 1,
      history: [],
      signal: controller.signal,
    };
    for await (const event of openAgent(t, client).reply(request)) {
      events.push(event.type);
      if (events.length === pieces) controller.abort();
    }
    t.same(events, Array(pieces).fill('text'));
  }
});

// ---------------------------------------------------------------- interruption and tools

t.test('an order under way is finished, remembered and awaited by the next reply', async (t) => {
  let orders = 0;
  const order: AgentTool = {
    ...lookUp,
    name: 'place_order',
    sideEffects: true,
    async run() {
      await delay(200);
      orders++;
      return { placed: true };
    },
  };
  const { chat, requests } = script(
    callTool('place_order', { number: '7' }, 'c1'),
    'It is placed.',
  );
  const { client, server } = await bench(t, { chat });
  const session = openAgent(t, client, { tools: [order] });
  const controller = new AbortController();
  const interrupted = ask(session, 'Order it.', [], controller.signal);
  await until(() => requests.length === 1 && server.requests[0]?.answered === true, 2000, 'asked');
  await delay(10);
  controller.abort();
  t.same((await interrupted).events, []);
  t.equal(orders, 0, 'the interrupted reply ended before the order did');
  const next = await ask(session, 'Did you?', [{ role: 'caller', text: 'Order it.' }]);
  t.equal(next.text, 'It is placed.');
  t.equal(orders, 1, 'placed once');
  t.match(requests[1]?.messages.slice(-3), [
    { role: 'assistant', tool_calls: [{ id: 'c1' }] },
    { role: 'tool', content: '{"placed":true}' },
    { role: 'user', content: 'Did you?' },
  ]);
  t.same(server.refusals, []);
});

t.test(
  'a session that replaces a failed one knows what was ordered, and does not order again',
  async (t) => {
    let orders = 0;
    const order: AgentTool = {
      ...lookUp,
      name: 'place_order',
      sideEffects: true,
      run: () => Promise.resolve({ placed: (orders += 1) }),
    };
    const { chat, requests } = script(
      callTool('place_order', { number: '7' }, 'c1'),
      { text: 'x', raw: 'data: nonsense\n\n' },
      'It is placed.',
    );
    const { client, server } = await bench(t, { chat });
    const provider = createOpenAiAgent({
      client,
      instructions: '',
      tools: [order],
      retries: { maxAttempts: 1 },
    });
    const failing = provider.open(callOf(1));
    await codedError(t, () => ask(failing, 'Order it.'));
    failing.close();
    failing.close();
    const next = provider.open(callOf(1));
    t.equal((await ask(next, 'Order it.')).text, 'It is placed.');
    t.match(requests[2]?.messages.slice(-3), [
      { role: 'assistant', tool_calls: [{ id: 'c1' }] },
      { role: 'tool', content: '{"placed":1}' },
      { role: 'user', content: 'Order it.' },
    ]);
    await ask(provider.open(callOf(2)), 'Order it.');
    t.notOk(
      requests[3]?.messages.some((message) => message.role === 'tool'),
      'another call knows nothing of it',
    );
    await provider.close();
    t.same(server.refusals, []);
  },
);

t.test('tools of an answer that is interrupted before its end never start', async (t) => {
  let runs = 0;
  const order: AgentTool = {
    ...lookUp,
    name: 'place_order',
    sideEffects: true,
    run: () => Promise.resolve((runs += 1)),
  };
  const { chat } = script({
    text: 'One moment.',
    toolCalls: [{ name: 'place_order', arguments: { number: '7' } }],
    tokenDelayMs: 10,
  });
  const { client, server } = await bench(t, { chat });
  const session = openAgent(t, client, { tools: [order] });
  const controller = new AbortController();
  const request = {
    input: { kind: 'turn', text: 'Order.' },
    committed: Promise.resolve(),
    turn: 1,
    history: [],
    signal: controller.signal,
  } as const;
  for await (const _ of session.reply(request)) controller.abort();
  await until(() => server.requests[0]?.aborted === true, 2000, 'cancelled');
  await delay(20);
  t.equal(runs, 0);
});

t.test('tool failures reach their listener', async (t) => {
  const failures: string[] = [];
  const broken: AgentTool = { ...lookUp, run: () => Promise.reject(new Error('no database')) };
  const { chat, requests } = script(callTool('find_order', { number: '7' }), 'I cannot look.');
  const { client } = await bench(t, { chat });
  const session = openAgent(t, client, {
    tools: [broken],
    onToolFailure: (error) => failures.push(error.code),
  });
  t.equal((await ask(session, 'Order 7?')).text, 'I cannot look.');
  t.same(failures, ['TOOL_FAILED']);
  t.notMatch(JSON.stringify(requests[1]?.messages), /no database/);
});

t.test('wrong tools are refused when the agent is made', async (t) => {
  const { client } = await bench(t);
  const tools = [{ ...lookUp, name: 'end_call' }];
  const error = await codedError(t, async () =>
    createOpenAiAgent({ client, instructions: '', tools }).open(callOf(1)),
  );
  t.match(error, { code: 'CONFIG_INVALID', message: /end_call/ });
});

t.test(
  'an answering machine is left a message that nothing interrupts, and no greeting (D6)',
  async (t) => {
    const { chat, requests } = script('Please call the bakery back.');
    const { client } = await bench(t, { chat });
    const provider = createOpenAiAgent({ client, instructions: '', greeting: 'Bakery, hello.' });
    t.teardown(() => provider.close());
    const session = provider.open({ ...callOf(1), answeredBy: 'machine_end_beep' });
    const events: AgentEvent[] = [];
    const reply = session.reply({
      input: { kind: 'greeting' },
      history: [],
      signal: new AbortController().signal,
      committed: Promise.resolve(),
      turn: 0,
    });
    for await (const event of reply) events.push(event);
    const texts = events.filter((event) => event.type === 'text');
    t.equal(texts.map(({ text }) => text).join(''), 'Please call the bakery back.');
    t.ok(texts.every(({ uninterruptible }) => uninterruptible === true));
    t.match(requests[0]?.messages[0]?.content, /answering machine took the call/);
  },
);
