import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import type { CallStore, TtsProvider } from '../../src/actors/ports.js';
import { createScriptedAgent } from '../../src/providers/scripted/agent.js';
import { createScriptedStt } from '../../src/providers/scripted/stt.js';
import { createScriptedTts } from '../../src/providers/scripted/tts.js';
import { startNode } from '../../src/main.js';
import { loadConfig } from '../../src/config.js';
import { ANSWER, callNode, startTestNode, until } from './support.js';

const never = new Promise<never>(() => undefined);

for (const kind of ['hangs', 'throws'] as const) {
  t.test(
    `a node whose agent ${kind} at its warm-up listens, says so and takes calls (B6)`,
    async (t) => {
      const agent = createScriptedAgent({ answers: [ANSWER], firstTextMs: 10 });
      let isDown = true;
      const lines: { engine?: string; code?: string; msg: string }[] = [];
      const log = (fields: object | string, msg?: string): void => {
        if (typeof fields === 'object') lines.push({ ...fields, msg: msg ?? '' });
      };
      const node = await startTestNode(
        t,
        { RINGMASTER_WARM_UP_TIMEOUT_MS: '100' },
        {
          logger: { error: log, warn: log, info: log, debug: log },
          providers: {
            agent: {
              ...agent,
              name: 'far agent',
              open: (call) => agent.open(call),
              warmUp: () => {
                if (!isDown) return Promise.resolve();
                if (kind === 'hangs') return never;
                throw new Error('connect ECONNREFUSED');
              },
            },
          },
        },
      );
      const code = kind === 'hangs' ? 'PROVIDER_TIMEOUT' : 'PROVIDER_FAILED';
      t.match(node.stats().notReady, [{ role: 'agent', name: 'far agent', code }]);
      t.match(lines, [{ engine: 'far agent', code, msg: /not ready/ }]);
      const ready = await fetch(`${node.url}/readyz`);
      t.equal(ready.status, 200);
      t.match(await ready.json(), { status: 'degraded', reasons: [{ code }] });
      const report = await callNode(node, async (caller) => {
        await caller.waitForAgent();
      }).finished;
      t.equal(report.outcome, 'caller-hung-up', 'the engine is asked all the same');
      isDown = false;
      await until(() => node.stats().notReady.length === 0);
      t.match(await (await fetch(`${node.url}/readyz`)).json(), { status: 'ready' });
    },
  );
}

t.test('a voice that hangs in all it does keeps no node from listening (B6)', async (t) => {
  const tts: TtsProvider = {
    name: 'hung voice',
    capabilities: { streaming: true },
    warmUp: () => never,
    synthesize: () => ({ [Symbol.asyncIterator]: () => ({ next: () => never }) }),
    close: () => never,
  };
  const node = await startTestNode(
    t,
    { RINGMASTER_WARM_UP_TIMEOUT_MS: '100' },
    { providers: { tts } },
  );
  t.match(node.stats().notReady, [{ name: 'hung voice' }]);
});

t.test('a server that is down at the start keeps no node from listening (B6)', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  const { port } = holder.address() as AddressInfo;
  await new Promise((resolve) => holder.close(resolve));
  const node = await startNode({
    config: loadConfig({
      PORT: '0',
      RINGMASTER_LOG: 'silent',
      RINGMASTER_DSP_SHARDS: '1',
      RINGMASTER_WARM_UP_TIMEOUT_MS: '500',
      OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
    }),
  });
  t.teardown(() => node.close());
  t.equal((await fetch(`${node.url}/healthz`)).status, 200);
  t.ok(node.stats().notReady.length > 0);
});

t.test('a node closes all its parts though engines and store fail at it (B5)', async (t) => {
  const closed: string[] = [];
  const failing = (name: string) => (): Promise<void> => {
    closed.push(name);
    throw new Error(`${name} fails`);
  };
  const stt = createScriptedStt({ texts: ['hello'] });
  const tts = createScriptedTts({});
  const agent = createScriptedAgent({ answers: [ANSWER] });
  const store = { open: failing('store'), get: failing('store'), list: failing('store') };
  const node = await startTestNode(
    t,
    {},
    {
      store: store as unknown as CallStore,
      providers: {
        stt: Object.assign(stt, { close: failing('stt') }),
        tts: Object.assign(tts, { close: failing('tts') }),
        agent: Object.assign(agent, { close: failing('agent') }),
      },
    },
  );
  const { url } = node;
  await Promise.all([node.close(), node.close()]);
  t.strictSame(closed.sort(), ['agent', 'stt', 'tts']);
  await t.rejects(fetch(`${url}/healthz`), 'the server is closed');
});
