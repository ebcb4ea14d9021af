import t, { type Test } from 'tap';
import type { AgentEvent } from '../../../src/actors/ports.js';
import type { AgentTool, OpenAiAgentSettings } from '../../../src/providers/openai/index.js';
import type { ChatScript } from '../../fakes/openai/chat.js';
import { callOf } from '../conformance-support.js';
import { createOpenAiAgent } from '../../../src/providers/openai/index.js';
import { ask, bench, codedError, openAgent } from './support.js';

const timeouts = { firstTokenTimeoutMs: 2000, stallTimeoutMs: 2000 };

async function start(
  t: Test,
  chat: ChatScript | string | (() => ChatScript | string),
  settings: Partial<OpenAiAgentSettings> = {},
) {
  const { server, client } = await bench(t, {
    chat: typeof chat === 'function' ? chat : () => chat,
  });
  return { server, client, session: openAgent(t, client, { ...timeouts, ...settings }) };
}

const chunk = (delta: unknown, finish: string | null = null): string =>
  JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] });

// ---------------------------------------------------------------- how answers come

t.test('words that end without a reason or [DONE] are an answer, each time (C1)', async (t) => {
  const script = { text: 'We open at nine. Do come in.', finishReason: null, withoutDone: true };
  const { server, session } = await start(t, script);
  for (let turn = 0; turn < 5; turn++) {
    t.equal((await ask(session, 'When?')).text, 'We open at nine. Do come in.');
  }
  t.equal(server.requests.length, 5);
});

t.test('bytes decide what an answer is, not its content type (C2)', async (t) => {
  const said = 'Wir öffnen um neun.';
  const event = `data: ${chunk({ content: said })}`;
  const bodies = [
    `data: : ping\n\n${event}\n\ndata: : ping\n\ndata: [DONE]\n\n`,
    `${event}\r\n\r\ndata: [DONE]\r\n\r\n`,
    `${event}\r\rdata: [DONE]\r\r`,
    `\ufeff: hi\n\n${event}\n\n`,
    `${event}\n${event.replace(said, '')}\n`,
    `${chunk({ content: 'Wir öffnen' })}\n${chunk({ content: ' um neun.' }, 'stop')}\n`,
    `[${chunk({ content: said })}]`,
    JSON.stringify({ choices: [{ message: { role: 'assistant', content: said } }] }, null, 2),
    JSON.stringify({ message: { role: 'assistant', content: said }, done: true }),
    `${JSON.stringify({ message: { content: said }, done: false })}\n{"done":true}\n`,
    JSON.stringify({ choices: [{ text: said }] }),
  ];
  const types = [
    'text/event-stream',
    'application/json',
    'text/plain',
    'application/octet-stream',
    'text/html',
  ];
  for (const [i, body] of bodies.entries()) {
    for (const contentType of types) {
      const { server, session } = await start(t, 'unused');
      server.fault('chat', { kind: 'raw', status: 200, contentType, body });
      t.equal((await ask(session, 'x')).text, said, `body ${i} as ${contentType}`);
      t.equal(server.requests.length, 1);
    }
  }
});

t.test(
  'errors in disguise are told as errors, before the first word and within an answer',
  async (t) => {
    const errors: [string, string][] = [
      ['data: {"error":{"code":429,"message":"x"}}\n\n', 'PROVIDER_RATE_LIMITED'],
      ['data: {"error":"overloaded"}\n\n', 'PROVIDER_FAILED'],
      ['event: error\ndata: {"message":"x"}\n\n', 'PROVIDER_FAILED'],
      ['data: {"object":"error","message":"x","code":400}\n\n', 'PROVIDER_FAILED'],
      ['data: {"type":"error","error":{"type":"overloaded_error"}}\n\n', 'PROVIDER_FAILED'],
      ['{"detail":"Not authenticated"}', 'PROVIDER_FAILED'],
      ['{"error":{"code":401}}\n', 'PROVIDER_AUTH'],
      [`data: ${chunk({}, 'error')}\n\n`, 'PROVIDER_PROTOCOL'],
    ];
    for (const [body, code] of errors) {
      for (const before of body.startsWith('{')
        ? ['']
        : ['', `data: ${chunk({ content: 'We' })}\n\n`]) {
        const { server, session } = await start(t, 'x', { retries: { maxAttempts: 1 } });
        server.fault('chat', {
          kind: 'raw',
          status: 200,
          contentType: 'text/event-stream',
          body: before + body,
        });
        t.equal((await codedError(t, () => ask(session, 'x'))).code, code, before + body);
      }
    }
  },
);

// ---------------------------------------------------------------- reasoning

t.test(
  'reasoning in a field of its own keeps an answer alive, as long as it goes on (C3)',
  async (t) => {
    const fields: Record<string, unknown>[] = [
      { reasoning_content: 'hm' },
      { reasoning: 'hm' },
      { thinking: 'hm' },
      { reasoning_details: [{ type: 'reasoning.text', text: 'hm' }] },
      { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] },
    ];
    for (const field of fields) {
      const deltas = [...Array.from({ length: 12 }, () => field), { content: 'We open at nine.' }];
      const { server, session } = await start(
        t,
        { deltas, tokenDelayMs: 50 },
        { firstTokenTimeoutMs: 400 },
      );
      const { events, text } = await ask(session, 'When?');
      t.equal(text, 'We open at nine.', JSON.stringify(field));
      t.ok(events.filter(({ type }) => type === 'working').length >= 2, 'signs of life');
      t.equal(server.requests.length, 1, 'asked once');
    }
  },
);

t.test('reasoning that stops in the middle is waited for no longer than set (C3)', async (t) => {
  const script = {
    deltas: [{ reasoning_content: 'hm' }],
    finishReason: null,
    withoutDone: true,
    hangAfter: true,
  };
  const { session } = await start(t, script, {
    firstTokenTimeoutMs: 60,
    retries: { maxAttempts: 1 },
  });
  t.match(await codedError(t, () => ask(session, 'x')), { code: 'PROVIDER_TIMEOUT' });
});

t.test('a model that is found to think first is held back from then on (C4)', async (t) => {
  const answers = [
    'Nine to five, surely.</think>Hello.',
    'Eight-four-one then.</think>The code is set.',
  ];
  const { client } = await start(t, () => answers.shift() ?? 'Plain words.');
  const agent = createOpenAiAgent({ client, instructions: '' });
  t.teardown(() => agent.close());
  await ask(agent.open(callOf(1)), 'x');
  t.equal((await ask(agent.open(callOf(2)), 'x')).text, 'The code is set.');
  const texts = async (): Promise<AgentEvent[]> =>
    (await ask(agent.open(callOf(3)), 'x')).events.filter(({ type }) => type === 'text');
  for (let i = 0; i < 3; i++) t.equal((await texts()).length, 1, 'held to its end');
  t.equal((await texts()).length, 2, 'and no longer, once it was plain three times');
});

// ---------------------------------------------------------------- tools in the text

const order = (runs: unknown[], sideEffects = false): AgentTool => ({
  name: 'find_order',
  description: 'Find an order.',
  parameters: {
    type: 'object',
    properties: { number: { type: 'string' } },
    required: ['number'],
    additionalProperties: false,
  },
  sideEffects,
  timeoutMs: 1000,
  run: (args) => Promise.resolve(runs.push(args)),
});

const CALL = '{"name": "find_order", "arguments": {"number": "7"}}';
const LEAKS: Record<string, string> = {
  hermes: `<tool_call>\n${CALL}\n</tool_call>`,
  'hermes without end': `<tool_call>${CALL}`,
  'qwen coder':
    '<tool_call>\n<function=find_order>\n<parameter=number>\n7\n</parameter>\n</function>\n</tool_call>',
  glm: '<tool_call>find_order\n<arg_key>number</arg_key>\n<arg_value>7</arg_value>\n</tool_call>',
  llama: '<function=find_order>{"number": "7"}</function>',
  'llama python tag':
    '<|python_tag|>{"name": "find_order", "parameters": {"number": "7"}}<|eom_id|>',
  'llama json': '{"name": "find_order", "parameters": {"number": "7"}}',
  mistral: '[TOOL_CALLS] [{"name": "find_order", "arguments": {"number": "7"}}]</s>',
  'mistral new': '[TOOL_CALLS]find_order[ARGS]{"number": "7"}',
  gemini: '```tool_code\nprint(find_order(number="7"))\n```',
  'json fence': `\`\`\`json\n${CALL}\n\`\`\``,
  deepseek:
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>find_order\n```json\n{"number": "7"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜><｜end▁of▁sentence｜>',
  'deepseek 3.1':
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>find_order<｜tool▁sep｜>{"number": "7"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
  'deepseek dsml':
    '<｜DSML｜function_calls><｜DSML｜invoke name="find_order"><｜DSML｜parameter name="number" string="true">7</｜DSML｜parameter></｜DSML｜invoke></｜DSML｜function_calls>',
  kimi: '<|tool_calls_section_begin|><|tool_call_begin|>functions.find_order:0<|tool_call_argument_begin|>{"number": "7"}<|tool_call_end|><|tool_calls_section_end|>',
  command:
    '<|START_ACTION|>[{"tool_call_id": "0", "tool_name": "find_order", "parameters": {"number": "7"}}]<|END_ACTION|>',
  harmony:
    '<|channel|>commentary to=functions.find_order <|constrain|>json<|message|>{"number": "7"}<|call|>',
  'harmony role':
    '<|start|>assistant to=functions.find_order<|channel|>commentary json<|message|>{"number":"7"}<|call|>',
  invoke: '<invoke name="find_order"><parameter name="number">7</parameter></invoke>',
  'function calls':
    '<function_calls><invoke name="find_order"><parameter name="number">7</parameter></invoke></function_calls>',
  phi: 'functools[{"name": "find_order", "arguments": {"number": "7"}}]',
  granite: '<|tool_call|>[{"name": "find_order", "arguments": {"number": "7"}}]',
  pythonic: '[find_order(number="7")]',
  lfm: '<|tool_call_start|>[find_order(number="7")]<|tool_call_end|>',
};

t.test('a tool call in the text is not spoken, and runs (C5)', async (t) => {
  for (const [family, leak] of Object.entries(LEAKS)) {
    for (const pieces of [[leak], Array.from(leak)]) {
      const runs: unknown[] = [];
      const answers: ChatScript[] = [{ text: pieces }, { text: 'It is baked.' }];
      const { server, session } = await start(t, () => answers.shift() ?? 'x', {
        tools: [order(runs)],
      });
      const { text } = await ask(session, 'Order 7?');
      t.equal(text, 'It is baked.', family);
      t.same(runs, [{ number: '7' }], family);
      t.same(server.refusals, [], family);
    }
  }
});

t.test('words before a call in the text are spoken at once, and the call runs (C5)', async (t) => {
  for (const family of ['hermes', 'mistral', 'deepseek', 'llama json', 'gemini', 'harmony']) {
    const runs: unknown[] = [];
    const answers = [`Let me look. ${LEAKS[family]}`, 'It is baked.'];
    const { session } = await start(t, () => answers.shift() ?? 'x', { tools: [order(runs)] });
    t.equal(
      (await ask(session, 'x')).text.replace(/\s+/g, ' '),
      'Let me look. It is baked.',
      family,
    );
    t.equal(runs.length, 1, family);
  }
});

t.test('a call in the text waits for the commit as any other (C5)', async (t) => {
  const runs: unknown[] = [];
  const { session } = await start(t, LEAKS['hermes'] ?? '', { tools: [order(runs, true)] });
  const withdrawn = new AbortController();
  const never = new Promise<void>(() => undefined);
  const input = { kind: 'turn', text: 'Order.' } as const;
  const reply = session.reply({
    input,
    committed: never,
    turn: 1,
    history: [],
    signal: withdrawn.signal,
  });
  setTimeout(() => withdrawn.abort(), 100);
  for await (const _ of reply);
  t.same(runs, []);
});

t.test(
  'a call in the text with wrong arguments or of no such tool does nothing but is answered (C5)',
  async (t) => {
    const wrong = [
      '<tool_call>{"name": "find_order", "arguments": {"x": 1}}</tool_call>',
      '<tool_call>{"name": "drop_tables", "arguments": {}}</tool_call>',
      '<tool_call>nonsense</tool_call>',
      '<tool_call>{"name": "find_order"',
    ];
    for (const leak of wrong) {
      const runs: unknown[] = [];
      const answers = [leak, 'I am sorry.'];
      const { session } = await start(t, () => answers.shift() ?? 'x', { tools: [order(runs)] });
      t.equal((await ask(session, 'x')).text, 'I am sorry.', leak);
      t.same(runs, [], leak);
    }
  },
);

t.test('end_call in the text hangs up', async (t) => {
  const { session } = await start(
    t,
    'Goodbye!<tool_call>{"name":"end_call","arguments":{}}</tool_call>',
  );
  const { text, actions } = await ask(session, 'Bye.');
  t.equal(text, 'Goodbye!');
  t.same(actions, [{ type: 'action', action: { type: 'hangup' } }]);
});

t.test(
  'a call that is whole runs although the stream names no reason; cut short it does not (C1)',
  async (t) => {
    for (const [args, expected] of [
      ['{"number":"7"}', 1],
      ['{"number":"7', 0],
      ['', 0],
    ] as const) {
      const runs: unknown[] = [];
      const answers: ChatScript[] = [
        {
          toolCalls: [{ name: 'find_order', arguments: args }],
          finishReason: null,
          withoutDone: true,
        },
        { text: 'It is baked.' },
      ];
      const { session } = await start(t, () => answers.shift() ?? 'x', { tools: [order(runs)] });
      t.equal((await ask(session, 'x')).text, 'It is baked.');
      t.equal(runs.length, expected, args);
    }
  },
);

// ---------------------------------------------------------------- nothing to say

t.test('an answer without anything to say is asked for once more, in words (C13)', async (t) => {
  for (const nothing of [
    '👍',
    '🎉🎉 ❤️',
    '...',
    '<think>hm</think>',
    '```python\nx = 1\n```',
    '---',
  ]) {
    const answers = [nothing, 'Yes, we do.'];
    const { server, session } = await start(t, () => answers.shift() ?? 'x');
    t.equal((await ask(session, 'x')).text.replace(/^[^\p{L}]*/u, ''), 'Yes, we do.', nothing);
    t.equal(server.requests.length, 2);
    const body = server.requests[1]?.body as { messages: { content: string }[] };
    t.match(body.messages.at(-1)?.content, /plain words/);
  }
});

t.test('a model that says the same and calls the same again is stopped (C5)', async (t) => {
  const endless = { text: 'One moment.', toolCalls: [{ name: 'nothing', arguments: {} }] };
  const { server, session } = await start(t, endless);
  const { text } = await ask(session, 'Hello.');
  t.equal(text, 'One moment. One moment.');
  t.equal(server.requests.length, 2);
});
