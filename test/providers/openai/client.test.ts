import { execFile } from 'node:child_process';
import { inspect, promisify } from 'node:util';
import t from 'tap';
import {
  createOpenAiAgent,
  createOpenAiClient,
  createOpenAiStt,
  createOpenAiTts,
} from '../../../src/providers/openai/index.js';
import { callOf, callSidOf, until } from '../conformance-support.js';
import { ask, bench, codedError, deadClient, listen, never, speak, tone } from './support.js';

const SECRET = 'sk-proj-SECRETsecret0123456789';

t.test('the key, the organization and the project are sent with every request', async (t) => {
  const { server } = await bench(t);
  const client = createOpenAiClient({
    baseUrl: `${server.baseUrl}/`,
    apiKey: server.apiKey,
    organization: 'org-1',
    project: 'proj_1',
  });
  await client.check(1000);
  await speak(createOpenAiTts({ client }), 'Hello.');
  const stt = await listen(t, createOpenAiStt({ mode: 'utterance', client }));
  stt.say(1, tone(200));
  await stt.until(1);
  const live = await listen(t, createOpenAiStt({ mode: 'realtime', client }));
  live.session.close();
  const expected = {
    authorization: `Bearer ${server.apiKey}`,
    'openai-organization': 'org-1',
    'openai-project': 'proj_1',
  };
  t.equal(server.requests.length, 3);
  for (const request of server.requests) t.match(request.headers, expected, request.endpoint);
  t.match(server.realtimeSessions[0]?.headers, expected);
});

t.test('without a key none is sent', async (t) => {
  const { server } = await bench(t);
  const client = createOpenAiClient({ baseUrl: server.baseUrl });
  await codedError(t, () => client.check(1000));
  t.equal(server.requests[0]?.headers.authorization, undefined);
});

t.test('the environment does not decide where requests go or with what key', async (t) => {
  const { server } = await bench(t);
  const wrong = {
    OPENAI_API_KEY: 'sk-env',
    OPENAI_BASE_URL: 'http://127.0.0.1:1/v1',
    OPENAI_ORG_ID: 'org-env',
    OPENAI_PROJECT_ID: 'proj-env',
    OPENAI_LOG: 'debug',
  };
  const before = { ...process.env };
  Object.assign(process.env, wrong);
  t.teardown(() => {
    for (const name of Object.keys(wrong)) delete process.env[name];
    Object.assign(process.env, before);
  });
  const client = createOpenAiClient({ baseUrl: server.baseUrl, apiKey: server.apiKey });
  await client.check(1000);
  const { headers } = server.requests[0] ?? {};
  t.equal(headers?.authorization, `Bearer ${server.apiKey}`);
  t.equal(headers?.['openai-organization'], undefined);
  t.equal(headers?.['openai-project'], undefined);
});

t.test('settings that cannot work are refused without repeating them', async (t) => {
  for (const apiKey of ['', 'sk-SECRET\n', 'sk SECRET', 'sk-SECRET\u00e9']) {
    const error = await codedError(t, async () => createOpenAiClient({ apiKey }));
    t.equal(error.code, 'CONFIG_INVALID');
    t.notMatch(inspect(error), /SECRET/);
  }
  for (const baseUrl of [
    'not a url',
    'ftp://host/v1',
    'http://user:SECRET@host/v1',
    'http://host/v1?key=SECRET',
    'http://host/v1#SECRET',
  ]) {
    const error = await codedError(t, async () => createOpenAiClient({ baseUrl }));
    t.equal(error.code, 'CONFIG_INVALID', baseUrl);
    t.notMatch(inspect(error), /SECRET/);
  }
});

t.test('the key is in no error and no object, whatever fails', async (t) => {
  const { server } = await bench(t);
  const client = createOpenAiClient({ baseUrl: server.baseUrl, apiKey: SECRET });
  const stt = createOpenAiStt({ mode: 'realtime', client });
  const uploads = createOpenAiStt({ mode: 'utterance', client });
  const agent = createOpenAiAgent({ client, instructions: '' });
  const tts = createOpenAiTts({ client });
  const listening = await listen(t, uploads);
  listening.say(1, tone(200));
  // The server answers all of these with a message that holds the whole key.
  const errors = [
    await codedError(t, () => client.check(1000)),
    await codedError(t, () => speak(tts, 'Hello.')),
    await codedError(t, () => ask(agent.open(callOf(1)), 'Hello.')),
    await codedError(t, () =>
      stt.open({ callSid: callSidOf(1), emit: () => undefined, signal: never }),
    ),
    await listening.failed(),
  ];
  for (const error of errors) t.equal(error.code, 'PROVIDER_AUTH', error.message);
  for (const thing of [...errors, client, stt, uploads, agent, tts, listening.session]) {
    const text = inspect(thing, { depth: 12, showHidden: true, getters: true });
    t.notMatch(text, /SECRETsecret/);
    t.notMatch(JSON.stringify(thing) ?? '', /SECRETsecret/);
  }
});

t.test('nothing is printed, even where the environment asks the SDK for it', async (t) => {
  const { server } = await bench(t);
  server.fault('chat', {
    kind: 'raw',
    status: 200,
    contentType: 'text/event-stream',
    body: 'data: {"choices":[{"delta":{"content":"SECRETsecret words\n\n',
  });
  const script = `
    const { createOpenAiClient, createOpenAiTts, createOpenAiAgent } = await import(process.env.MODULE);
    const { BASE_URL: baseUrl, GOOD_KEY: good, BAD_KEY: bad } = process.env;
    const signal = new AbortController().signal;
    const call = { callSid: 'CA1', streamSid: 'MZ1', parameters: {} };
    const input = { kind: 'turn', text: 'SECRETsecret' };
    for (const apiKey of [good, bad]) {
      const client = createOpenAiClient({ baseUrl, apiKey });
      const run = async (items) => { for await (const item of items); };
      const ignore = () => undefined;
      await client.check(1000).catch(ignore);
      await run(createOpenAiTts({ client }).synthesize({ callSid: 'CA1', text: 'SECRETsecret', signal })).catch(ignore);
      const agent = createOpenAiAgent({ client, instructions: '' });
      await run(agent.open(call).reply({ input, history: [], signal, committed: Promise.resolve(), turn: 1 })).catch(ignore);
    }`;
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', script],
    {
      env: {
        MODULE: new URL('../../../src/providers/openai/index.js', import.meta.url).href,
        BASE_URL: server.baseUrl,
        GOOD_KEY: server.apiKey,
        BAD_KEY: SECRET,
        OPENAI_LOG: 'debug',
      },
    },
  );
  t.equal(stdout + stderr, '');
  t.equal(server.requests.length, 7, 'the requests were made, one of them twice');
});

t.test('connections are kept for the next request', async (t) => {
  const { server, client } = await bench(t);
  const agent = createOpenAiAgent({ client, instructions: '' }).open(callOf(1));
  const stt = await listen(t, createOpenAiStt({ mode: 'utterance', client }));
  for (let i = 1; i <= 4; i++) {
    await ask(agent, 'Hello.');
    await speak(createOpenAiTts({ client }), 'Hello.');
    stt.say(i, tone(200));
    await stt.until(i);
  }
  t.equal(server.requests.length, 12);
  // A request right after another may come before the first connection is free again.
  t.ok(server.connections <= 2, `${server.connections} connections`);
});

t.test('check passes where the server answers, also without a list of models', async (t) => {
  const { server, client } = await bench(t);
  server.fault('models', { kind: 'error', status: 404 });
  await t.resolves(client.check(1000));
});

t.test('check tells a wrong key, a dead server and a silent one', async (t) => {
  const { server, client } = await bench(t);
  const fail = (timeoutMs = 2000) => codedError(t, () => client.check(timeoutMs));
  server.fault('models', { kind: 'error', status: 401 });
  t.equal((await fail()).code, 'PROVIDER_AUTH');
  server.fault('models', { kind: 'error', status: 500 });
  t.match(await fail(), { code: 'PROVIDER_FAILED', retryable: true });
  server.fault('models', { kind: 'hang' });
  t.equal((await fail(60)).code, 'PROVIDER_TIMEOUT');
  await until(() => server.requests.at(-1)?.aborted === true, 2000, 'cancelled');
  const dead = await deadClient();
  t.match(await codedError(t, () => dead.check(1000)), {
    code: 'PROVIDER_FAILED',
    message: 'models: the connection failed (ECONNREFUSED)',
  });
  await t.resolves(client.check(1000), 'a failure is not remembered');
  await client.check(1000);
  t.equal(server.requests.length, 4, 'a success is');
});
