import t, { type Test } from 'tap';
import type { ChatScript } from '../../fakes/openai/chat.js';
import type { Fault } from '../../fakes/openai/faults.js';
import { callOf, delay, until } from '../conformance-support.js';
import {
  createOpenAiAgent,
  type OpenAiAgentSettings,
} from '../../../src/providers/openai/index.js';
import { ask, bench, codedError, openAgent } from './support.js';

const timeouts = { firstTokenTimeoutMs: 2000, stallTimeoutMs: 2000 };

async function start(
  t: Test,
  chat: ChatScript | string = 'We open at nine.',
  settings: Partial<OpenAiAgentSettings> = {},
) {
  const { server, client } = await bench(t, { chat: () => chat });
  return { server, session: openAgent(t, client, { ...timeouts, ...settings }) };
}

const once = { retries: { maxAttempts: 1 } };

t.test('what fails before the first word is tried again', async (t) => {
  const faults: Fault[] = [
    { kind: 'error', status: 500 },
    { kind: 'error', status: 503 },
    { kind: 'error', status: 429, headers: { 'retry-after-ms': '5' } },
    { kind: 'reset' },
    { kind: 'cut', afterBytes: 0 },
    { kind: 'cut', afterBytes: 100 },
    { kind: 'truncate', afterBytes: 100 },
    { kind: 'raw', status: 200, contentType: 'text/html', body: '<html>' },
    { kind: 'raw', status: 200, contentType: 'text/event-stream', body: 'data: {"cho\n\n' },
    { kind: 'raw', status: 200, contentType: 'text/event-stream', body: 'garbage\n\n' },
    { kind: 'raw', status: 200, contentType: 'text/event-stream', body: 'data: [DONE]\n\n' },
    { kind: 'raw', status: 200, contentType: 'application/json', body: '{"choices":[]}' },
    {
      kind: 'raw',
      status: 200,
      contentType: 'text/event-stream',
      body: 'data: {"error":{"type":"server_error","message":"x"}}\n\n',
    },
  ];
  for (const fault of faults) {
    const { server, session } = await start(t);
    server.fault('chat', fault);
    t.equal((await ask(session, 'When?')).text, 'We open at nine.', JSON.stringify(fault));
    t.equal(server.requests.length, 2, JSON.stringify(fault));
  }
});

t.test('what fails in the middle of a sentence is not said again', async (t) => {
  const { server, session } = await start(t, { text: 'We open at nine.', tokenDelayMs: 2 });
  for (const kind of ['cut', 'truncate'] as const) {
    server.fault('chat', { kind, afterBytes: 700 });
    let text = '';
    const error = await codedError(t, async () => {
      const turn = { kind: 'turn', text: 'When?' } as const;
      const { signal } = new AbortController();
      for await (const event of session.reply({
        input: turn,
        committed: Promise.resolve(),
        turn: 1,
        history: [],
        signal,
      })) {
        if (event.type === 'text') text += event.text;
      }
    });
    t.match(text, /^We/, kind);
    t.match(error, { retryable: true, code: /PROVIDER_(FAILED|PROTOCOL)/ });
  }
  t.equal(server.requests.length, 2);
});

t.test('what fails for good is told at once, coded', async (t) => {
  const cases: [Fault, string, boolean][] = [
    [{ kind: 'error', status: 401, code: 'invalid_api_key' }, 'PROVIDER_AUTH', false],
    [{ kind: 'error', status: 403 }, 'PROVIDER_AUTH', false],
    [{ kind: 'error', status: 404, code: 'model_not_found' }, 'PROVIDER_FAILED', false],
    [{ kind: 'error', status: 429, code: 'insufficient_quota' }, 'PROVIDER_RATE_LIMITED', false],
    [
      { kind: 'error', status: 429, headers: { 'retry-after': '30' } },
      'PROVIDER_RATE_LIMITED',
      true,
    ],
    [
      {
        kind: 'raw',
        status: 200,
        contentType: 'application/json',
        body: '{"error":{"code":"insufficient_quota"}}',
      },
      'PROVIDER_RATE_LIMITED',
      false,
    ],
  ];
  for (const [fault, code, retryable] of cases) {
    const { server, session } = await start(t);
    server.fault('chat', fault);
    t.match(await codedError(t, () => ask(session, 'When?')), { code, retryable });
    t.equal(server.requests.length, 1, code);
  }
});

t.test('words of the caller and the agent are in no error', async (t) => {
  const { server, session } = await start(t, 'x', once);
  const body = 'data: {"choices":[{"delta":{"content":"my SECRET is\n\n';
  const faults: Fault[] = [
    { kind: 'raw', status: 200, contentType: 'text/event-stream', body },
    { kind: 'error', status: 400, message: 'You said SECRET', code: 'SECRET' },
    { kind: 'error', status: 500, message: 'SECRET' },
  ];
  for (const fault of faults) {
    server.fault('chat', fault);
    const error = await codedError(t, () => ask(session, 'My SECRET is 1234.'));
    t.notMatch(`${error.message} ${String(error.cause)} ${error.stack}`, /SECRET|1234/);
  }
});

t.test('a server that never answers, and one that never says a word, time out', async (t) => {
  const hang = await start(t, 'x', { ...once, firstTokenTimeoutMs: 50 });
  hang.server.fault('chat', { kind: 'hang' });
  const timedOut = { code: 'PROVIDER_TIMEOUT', message: /first token/, retryable: true };
  t.match(await codedError(t, () => ask(hang.session, 'When?')), timedOut);

  const silent = await start(
    t,
    { deltas: [], hangAfter: true, finishReason: null, withoutDone: true },
    { ...once, firstTokenTimeoutMs: 50 },
  );
  t.match(await codedError(t, () => ask(silent.session, 'When?')), timedOut);
  await until(() => silent.server.requests[0]?.aborted === true, 2000, 'cancelled');
});

t.test('comments do not count as a first word', async (t) => {
  const chunk = ': ping\n\n';
  const { server, client } = await bench(t, {
    async chat() {
      await delay(30);
      return { raw: chunk.repeat(20), hangAfter: true };
    },
  });
  const session = openAgent(t, client, { ...once, firstTokenTimeoutMs: 80 });
  const error = await codedError(t, () => ask(session, 'When?'));
  t.match(error, { code: 'PROVIDER_TIMEOUT', message: /first token/ });
  await until(() => server.requests[0]?.aborted === true, 2000, 'cancelled');
});

t.test('an answer that stalls in the middle times out', async (t) => {
  const stalled: ChatScript = {
    text: 'We open',
    finishReason: null,
    withoutDone: true,
    hangAfter: true,
  };
  const { session } = await start(t, stalled, { stallTimeoutMs: 50 });
  const error = await codedError(t, () => ask(session, 'When?'));
  t.match(error, { code: 'PROVIDER_TIMEOUT', message: /more tokens/ });
});

t.test('a slow listener is no stalled server', async (t) => {
  const { session } = await start(
    t,
    { text: ['We ', 'open ', 'at nine.'], tokenDelayMs: 10 },
    { firstTokenTimeoutMs: 300, stallTimeoutMs: 300 },
  );
  let text = '';
  const turn = { kind: 'turn', text: 'When?' } as const;
  const { signal } = new AbortController();
  for await (const event of session.reply({
    input: turn,
    committed: Promise.resolve(),
    turn: 1,
    history: [],
    signal,
  })) {
    if (event.type === 'text') text += event.text;
    await delay(500);
  }
  t.equal(text, 'We open at nine.');
});

t.test('a finished answer is whole, even if the connection never ends or breaks', async (t) => {
  const open = await start(t, { text: 'We open.', withoutDone: true, hangAfter: true });
  t.equal((await ask(open.session, 'When?')).text, 'We open.');
  const length = 'data: [DONE]\n\n'.length;
  const whole = await start(t, { text: 'We open.' });
  await ask(whole.session, 'How long is it?');
  const cut = await start(t, { text: 'We open.' });
  // Cut inside of "[DONE]".
  const bytes = await bodyBytes(whole.server.baseUrl, whole.server.apiKey);
  cut.server.fault('chat', { kind: 'cut', afterBytes: bytes - length + 3 });
  t.equal((await ask(cut.session, 'When?')).text, 'We open.');
  t.equal(cut.server.requests.length, 1);
});

async function bodyBytes(baseUrl: string, apiKey: string): Promise<number> {
  const response = await fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    // The model's name is repeated in every chunk, so it must be as long as the agent's.
    body: JSON.stringify({
      model: 'gpt-4.1-mini',
      stream: true,
      messages: [{ role: 'user', content: 'x' }],
    }),
  });
  return (await response.arrayBuffer()).byteLength;
}

t.test('an empty answer is asked for again, and then an error', async (t) => {
  const { server, session } = await start(t, { text: '' });
  t.match(await codedError(t, () => ask(session, 'When?')), { code: 'PROVIDER_PROTOCOL' });
  t.equal(server.requests.length, 3);
});

t.test('an answer of reasoning alone is an error, not silence', async (t) => {
  const { session } = await start(t, '<think>hm</think>', once);
  t.match(await codedError(t, () => ask(session, 'When?')), { code: 'PROVIDER_PROTOCOL' });
});

t.test(
  'a withheld answer is replaced by the refusal text, a partly withheld one is not',
  async (t) => {
    const filtered = { finishReason: 'content_filter' } as const;
    const all = await start(t, { text: '', ...filtered }, { refusalText: 'I cannot say that.' });
    t.equal((await ask(all.session, 'x')).text, 'I cannot say that.');
    const part = await start(t, { text: 'Well,', ...filtered }, { refusalText: 'no' });
    t.equal((await ask(part.session, 'x')).text, 'Well,');
  },
);

t.test('a refusal in words is spoken', async (t) => {
  const { session } = await start(t, { deltas: [{ refusal: 'I will not.' }] });
  t.equal((await ask(session, 'x')).text, 'I will not.');
});

t.test('an answer cut by its limit is spoken; its tool calls do not run', async (t) => {
  let runs = 0;
  const tools = [
    {
      name: 'pay',
      description: 'Pay.',
      parameters: { type: 'object' },
      sideEffects: true,
      timeoutMs: 1000,
      run: () => Promise.resolve((runs += 1)),
    },
  ];
  const toolCalls = [{ name: 'pay', arguments: {} }];
  const cut = { finishReason: 'length', toolCalls } as const;
  for (const finishReason of ['length', 'content_filter']) {
    const script = { text: 'I will pay', toolCalls, finishReason };
    const { session } = await start(t, script, { tools });
    t.equal((await ask(session, 'x')).text, 'I will pay');
  }
  t.equal(runs, 0);
  const silent = await start(t, cut, { ...once, tools });
  t.equal((await codedError(t, () => ask(silent.session, 'x'))).code, 'PROVIDER_PROTOCOL');
  t.equal(runs, 0);
});

t.test('tool calls of an answer that breaks off within them do not run', async (t) => {
  let runs = 0;
  const tools = [
    {
      name: 'pay',
      description: 'Pay.',
      parameters: { type: 'object' },
      sideEffects: true,
      timeoutMs: 1000,
      run: () => Promise.resolve((runs += 1)),
    },
  ];
  const broken: ChatScript = {
    toolCalls: [{ name: 'pay', arguments: '{"sum":' }],
    finishReason: null,
    withoutDone: true,
  };
  const { session } = await start(t, broken, { ...once, tools });
  t.equal((await codedError(t, () => ask(session, 'x'))).code, 'PROVIDER_PROTOCOL');
  t.equal(runs, 0);
});

t.test('an endless answer is cut off', async (t) => {
  const { session, server } = await start(t, { text: 'and so on '.repeat(5000), hangAfter: true });
  const { text } = await ask(session, 'x');
  t.ok(text.length > 9000 && text.length < 11_000, `${text.length} characters`);
  await until(() => server.requests[0]?.aborted === true, 2000, 'cancelled');
});

t.test('an interruption cancels the request, before and after the first word', async (t) => {
  const silent = await start(t, { text: 'We open.', firstTokenDelayMs: 500 });
  const before = new AbortController();
  const answer = ask(silent.session, 'When?', [], before.signal);
  await until(() => silent.server.requests.length === 1, 2000, 'asked');
  before.abort();
  t.same((await answer).events, []);
  await until(() => silent.server.requests[0]?.aborted === true, 2000, 'cancelled');

  const talking = await start(t, { text: 'We open at nine.', tokenDelayMs: 50 });
  const during = new AbortController();
  const turn = { kind: 'turn', text: 'When?' } as const;
  let events = 0;
  for await (const _ of talking.session.reply({
    input: turn,
    committed: Promise.resolve(),
    turn: 1,
    history: [],
    signal: during.signal,
  })) {
    events++;
    during.abort();
  }
  t.equal(events, 1);
  await until(() => talking.server.requests[0]?.aborted === true, 2000, 'cancelled');
});

t.test('closing the session or the provider ends a reply', async (t) => {
  const { server, client } = await bench(t, {
    chat: () => ({ text: 'We open.', firstTokenDelayMs: 500 }),
  });
  const provider = createOpenAiAgent({ client, instructions: '' });
  const first = provider.open(callOf(1));
  const second = provider.open(callOf(2));
  const replies = [ask(first, 'When?'), ask(second, 'When?')];
  await until(() => server.requests.length === 2, 2000, 'asked');
  first.close();
  await provider.close();
  for (const reply of await Promise.all(replies)) t.same(reply.events, []);
  t.match(await codedError(t, () => ask(provider.open(callOf(3)), 'When?')), {
    code: 'PROVIDER_FAILED',
    message: /closed/,
  });
});

t.test(
  'a failed second round after a tool is tried again without repeating the first',
  async (t) => {
    let asked = 0;
    const { server, client } = await bench(t, {
      chat: () =>
        asked++ === 0
          ? { text: 'Let me look.', toolCalls: [{ name: 'look', arguments: {} }] }
          : 'Found it.',
    });
    let runs = 0;
    const look = {
      name: 'look',
      description: 'Look.',
      parameters: { type: 'object' },
      sideEffects: true,
      timeoutMs: 1000,
      run() {
        runs++;
        server.fault('chat', { kind: 'error', status: 500 });
        return Promise.resolve('ok');
      },
    };
    const answer = await ask(openAgent(t, client, { ...timeouts, tools: [look] }), 'Where?');
    t.equal(answer.text, 'Let me look. Found it.');
    t.equal(runs, 1);
  },
);
