import t from 'tap';
import { createOpenAiTts, type AgentTool } from '../../../src/providers/openai/index.js';
import { ask, bench, codedError, openAgent, speak } from './support.js';

const look: AgentTool = {
  name: 'look',
  description: 'Look.',
  parameters: { type: 'object' },
  sideEffects: false,
  timeoutMs: 1000,
  run: () => Promise.resolve('x'),
};

const refuse = (status: number, body: unknown) =>
  ({ kind: 'raw', status, contentType: 'application/json', body: JSON.stringify(body) }) as const;

t.test(
  'what a server refuses is left out of the next request, and of all later ones (C6)',
  async (t) => {
    const cases: [string, unknown, number, string][] = [
      [
        'ollama',
        { error: { message: 'registry.ollama.ai/library/x does not support tools' } },
        400,
        'tools',
      ],
      [
        'vllm',
        {
          message:
            '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
        },
        400,
        'tools',
      ],
      [
        'fastapi',
        {
          detail: [
            {
              type: 'extra_forbidden',
              loc: ['body', 'max_completion_tokens'],
              msg: 'Extra inputs are not permitted',
            },
          ],
        },
        422,
        'max_completion_tokens',
      ],
      [
        'llama.cpp',
        { error: { code: 500, message: 'tools param requires --jinja flag' } },
        500,
        'tools',
      ],
      ['mute', { detail: 'Unprocessable' }, 422, 'max_completion_tokens'],
      [
        'openai',
        {
          error: {
            message: "Unsupported value: 'temperature' does not support 0.3",
            param: 'temperature',
            code: 'unsupported_value',
          },
        },
        400,
        'temperature',
      ],
      [
        'effort',
        { error: { message: 'Unrecognized request argument supplied: reasoning_effort' } },
        400,
        'reasoning_effort',
      ],
      ['plain', { error: 'unknown field `stream_options`' }, 400, 'stream_options'],
    ];
    for (const [name, body, status, field] of cases) {
      const { server, client } = await bench(t, { chat: () => 'Yes.' });
      const requestFields = {
        temperature: 0.3,
        reasoning_effort: 'low',
        stream_options: { include_usage: true },
      };
      const session = openAgent(t, client, { tools: [look], requestFields });
      server.fault('chat', refuse(status, body));
      t.equal((await ask(session, 'x')).text, 'Yes.', name);
      t.equal((await ask(session, 'y')).text, 'Yes.', name);
      t.equal(server.requests.length, 3, `${name}: one more request, once`);
      const last = server.requests[2]?.body as Record<string, unknown>;
      t.equal(last[field], undefined, name);
      const { max_tokens: older, max_completion_tokens: newer } = last;
      t.equal(older ?? newer, 400, `${name}: the limit stays, by one name or the other`);
      if (field === 'tools') t.equal(last['tool_choice'], undefined);
    }
  },
);

t.test('a server that refuses everything is asked a few times only (C6)', async (t) => {
  const { server, client } = await bench(t, { chat: () => 'Yes.' });
  const session = openAgent(t, client, { tools: [look] });
  const body = {
    error: { message: 'max_completion_tokens, max_tokens, tools and tool_choice are unknown' },
  };
  server.fault('chat', ...Array.from({ length: 12 }, () => refuse(400, body)));
  t.match(await codedError(t, () => ask(session, 'x')), { code: 'PROVIDER_FAILED', status: 400 });
  t.ok(server.requests.length <= 4, `${server.requests.length} requests`);
});

t.test('null removes a field (C6)', async (t) => {
  const { server, client } = await bench(t, { chat: () => 'Yes.' });
  const requestFields = { max_completion_tokens: null, max_tokens: 77, tool_choice: null };
  await ask(openAgent(t, client, { requestFields }), 'x');
  const body = server.requests[0]?.body as Record<string, unknown>;
  t.notOk('max_completion_tokens' in body);
  t.notOk('tool_choice' in body);
  t.equal(body['max_tokens'], 77);
});

t.test('a voice without raw samples or instructions is asked for what it has (C6)', async (t) => {
  const { server, client } = await bench(t);
  const tts = createOpenAiTts({ client, instructions: 'Calm.' });
  server.fault(
    'speech',
    refuse(422, { detail: [{ loc: ['body', 'instructions'], msg: 'extra' }] }),
  );
  t.ok((await speak(tts, 'Hello.')).length > 0);
  t.ok((await speak(tts, 'Hello.')).length > 0);
  t.equal(server.requests.length, 3);
  const last = server.requests[2]?.body as Record<string, unknown>;
  t.equal(last['instructions'], undefined);
});

t.test('a server that asks to be left alone for long is, by all calls (C10)', async (t) => {
  const { server, client } = await bench(t, { chat: () => 'Yes.' });
  server.fault('chat', { kind: 'error', status: 429, headers: { 'retry-after': '30' } });
  for (let i = 0; i < 4; i++) {
    const error = await codedError(t, () => ask(openAgent(t, client), 'x'));
    t.equal(error.code, 'PROVIDER_RATE_LIMITED');
  }
  t.equal(server.requests.length, 1);
  t.ok((await speak(createOpenAiTts({ client }), 'Hello.')).length > 0, 'other endpoints go on');
});
