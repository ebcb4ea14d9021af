import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { loadConfig } from '../../src/config.js';
import { startOpenAiServer } from '../fakes/openai-server.js';
import { callNode, clip } from './support.js';

t.test('the documentation shows the example as it is', async (t) => {
  const example = readFileSync('examples/order-agent.ts', 'utf8').trim();
  t.ok(readFileSync('docs/tools.md', 'utf8').includes(example));
});

t.test('an agent of the user looks up and orders, once and with its key', async (t) => {
  const seen: { url: string; key: string | undefined; body: string }[] = [];
  const shop = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      const key = request.headers['idempotency-key']?.toString();
      seen.push({ url: `${request.method} ${request.url}`, key, body });
      response.setHeader('content-type', 'application/json');
      response.end(request.method === 'POST' ? '{"ordered":true}' : '{"price":9}');
    });
  });
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    shop.closeAllConnections();
    shop.close();
  });
  process.env['SHOP_URL'] = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  const { startShop } = await import('../../examples/order-agent.js');

  const rounds = [
    { toolCalls: [{ name: 'find_cake', arguments: { name: 'Sacher cake' } }] },
    { toolCalls: [{ name: 'order_cake', arguments: { name: 'Sacher cake', count: 2 } }] },
    'Two are on their way.',
  ];
  const model = await startOpenAiServer({ chat: () => rounds.shift() ?? 'Goodbye.' });
  t.teardown(() => model.close());
  const requestFields = { temperature: 0.3 };
  const folder = t.testdir({ 'config.json': JSON.stringify({ openai: { requestFields } }) });
  const config = loadConfig({
    RINGMASTER_CONFIG: join(folder, 'config.json'),
    PORT: '0',
    RINGMASTER_LOG: 'silent',
    RINGMASTER_DSP_SHARDS: '1',
    RINGMASTER_STT: 'scripted',
    RINGMASTER_TTS: 'scripted',
    RINGMASTER_ENDPOINT_SILENCE_MS: '400',
    OPENAI_API_KEY: model.apiKey,
    OPENAI_BASE_URL: model.baseUrl,
  });
  const node = await startShop(config);
  t.teardown(() => node.close());
  const hours = await clip('hours');
  const report = await callNode(node, async (caller) => {
    await caller.waitForAgent();
    await caller.say(hours);
    await caller.waitForAgent();
  }).finished;
  t.ok(report.scriptCompleted);
  t.match((await node.store.get(report.callSid))?.turns.at(-1), { text: 'Two are on their way.' });
  t.match(seen, [
    { url: 'GET /cakes/Sacher%20cake', key: undefined },
    { url: 'POST /orders', key: /^[0-9a-f]{64}$/, body: /"count":2/ },
  ]);
  t.equal(seen.length, 2);
  t.same(model.refusals, []);
  const chats = model.requests.filter(({ endpoint }) => endpoint === 'chat');
  t.equal(chats.length, 3);
  for (const { body } of chats) t.match(body, requestFields);
});
