import t from 'tap';
import { createOpenAiClient } from '../../../src/providers/openai/index.js';
import type { Fault } from '../../fakes/openai/faults.js';
import { bench, codedError, deadClient } from './support.js';

const agent = { role: 'agent', model: 'gpt-x' } as const;
const json = (status: number, body: unknown): Fault => ({
  kind: 'raw',
  status,
  contentType: 'application/json',
  body: JSON.stringify(body),
});

t.test('a base URL without /v1 is said at the start, with the hint (C7)', async (t) => {
  const { server } = await bench(t);
  const baseUrl = server.baseUrl.replace('/v1', '');
  const client = createOpenAiClient({ baseUrl, apiKey: server.apiKey });
  for (const role of ['agent', 'stt', 'tts'] as const) {
    const error = await codedError(t, () => client.check(1000, { role, model: 'gpt-x' }));
    t.match(error, {
      code: 'PROVIDER_FAILED',
      status: 404,
      message: /404.*\/v1.*gpt-x.*127\.0\.0\.1/,
    });
  }
});

t.test('a 200 that is an error or a web page is no list of models (C7)', async (t) => {
  const { server, client } = await bench(t);
  const answers = [
    json(200, { error: 'Unexpected endpoint or method. (GET /models). Returning 200 anyway' }),
    json(200, { error: { message: 'no' } }),
    json(200, { detail: 'Not found' }),
    { kind: 'raw', status: 200, contentType: 'text/html', body: '<!doctype html>' } as const,
    { kind: 'raw', status: 200, contentType: 'application/json', body: '\n<html>' } as const,
  ];
  for (const answer of answers) {
    server.fault('models', answer);
    const error = await codedError(t, () => client.check(1000, agent));
    t.match(error, { message: /base URL/ }, JSON.stringify(answer));
    t.notMatch(error.message, /Unexpected endpoint/, 'not the server’s own words');
  }
});

t.test(
  'a wrong key, a dead server and a model that is not there are told apart (C7)',
  async (t) => {
    const { server, client } = await bench(t);
    server.fault('models', { kind: 'error', status: 401 });
    t.match(await codedError(t, () => client.check(1000, agent)), {
      code: 'PROVIDER_AUTH',
      status: 401,
      message: /key/,
    });
    t.match(await codedError(t, async () => (await deadClient()).check(1000, agent)), {
      message: /ECONNREFUSED.*127\.0\.0\.1.*running/,
    });
    server.fault('models', json(200, { data: [{ id: 'llama3:latest' }, { id: 'qwen' }] }));
    server.fault('chat', { kind: 'error', status: 404, code: 'model_not_found' });
    const missing = await codedError(t, () => client.check(1000, agent));
    t.match(missing, { message: /no such model; it has llama3:latest, qwen.*gpt-x/ });
  },
);

t.test('a model is there by its tag, its owner, or because it answers (C7)', async (t) => {
  for (const id of ['gpt-x', 'gpt-x:latest', 'openai/gpt-x']) {
    const { server, client } = await bench(t);
    server.fault('models', json(200, { data: [{ id }] }));
    await t.resolves(client.check(1000, agent), id);
    t.equal(server.requests.length, 1);
  }
  const { server, client } = await bench(t);
  server.fault('models', json(200, { data: [{ id: 'other' }] }));
  await t.resolves(client.check(1000, agent), 'an alias that is in no list');
});

t.test('a server without a list is asked at the endpoint of the role (C7)', async (t) => {
  const { server, client } = await bench(t);
  server.fault('models', { kind: 'error', status: 404 });
  await t.resolves(client.check(1000, agent));
  t.same(
    server.requests.map(({ endpoint }) => endpoint),
    ['models', 'chat'],
  );
});

t.test('https to a server of http is told as such (C7)', async (t) => {
  const { server } = await bench(t);
  const client = createOpenAiClient({ baseUrl: server.baseUrl.replace('http:', 'https:') });
  t.match(await codedError(t, () => client.check(1000, agent)), { message: /TLS/ });
});
