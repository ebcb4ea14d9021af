import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { callNode, clip, LOCAL_ENGINES, startTestNode } from './support.js';

/** A server that takes every connection; what it answers is up to `answer`, nothing by default. */
async function deadServer(
  answer?: number,
): Promise<{ server: Server; baseUrl: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (answer === undefined) return;
    response.writeHead(answer, { 'content-type': 'application/json' });
    response.end('{"error":{"message":"down","type":"server_error"}}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, baseUrl: `http://127.0.0.1:${port}/v1`, asked };
}

const CHAINS = {
  RINGMASTER_STT: 'openai,local',
  RINGMASTER_AGENT: 'openai,local',
  RINGMASTER_TTS: 'openai,local',
};

for (const [what, status] of [
  ['refuses everything', 500],
  ['hangs', undefined],
] as const) {
  t.test(
    `a server that ${what}: the local engines of each role take over in the call (C10)`,
    async (t) => {
      const dead = await deadServer(status);
      t.teardown(() => {
        dead.server.close();
        dead.server.closeAllConnections();
      });
      const node = await startTestNode(t, {
        ...LOCAL_ENGINES,
        ...CHAINS,
        OPENAI_API_KEY: 'sk-none-none-none',
        OPENAI_BASE_URL: dead.baseUrl,
        OPENAI_STT_MODE: 'utterance',
        RINGMASTER_FALLBACK_AFTER_MS: '700',
      });
      const hours = await clip('hours');
      const report = await callNode(node, async (caller) => {
        await caller.waitForAgent();
        await caller.say(hours);
        await caller.waitForAgent();
      }).finished;
      t.ok(report.scriptCompleted);
      t.strictSame(report.violations, []);
      const record = await node.store.get(report.callSid);
      t.match(record?.turns.at(-1), { role: 'agent', text: /open/ });
      t.match(node.stats().engines, {
        stt: [{ engine: 'openai' }, { engine: 'local', failures: 0 }],
        agent: [{ engine: 'openai' }, { failures: 0 }],
        tts: [{ engine: 'openai' }, { failures: 0 }],
      });
    },
  );
}

for (const [role, path] of [
  ['AGENT', '/chat/completions'],
  ['STT', '/audio/transcriptions'],
] as const) {
  t.test(
    `${role}: a server that is down is asked a few times for one turn, not a dozen times (C10)`,
    async (t) => {
      const dead = await deadServer(500);
      t.teardown(() => {
        dead.server.close();
        dead.server.closeAllConnections();
      });
      const node = await startTestNode(t, {
        [`RINGMASTER_${role}`]: 'openai',
        OPENAI_API_KEY: 'sk-none-none-none',
        OPENAI_BASE_URL: dead.baseUrl,
        OPENAI_STT_MODE: 'utterance',
      });
      const hours = await clip('hours');
      const report = await callNode(node, async (caller) => {
        await caller.waitForAgent();
        await caller.say(hours);
        await caller.waitForEnd(12_000);
      }).finished;
      t.equal((await node.store.get(report.callSid))?.endReason, 'failed');
      const asked = dead.asked.filter((url) => url.endsWith(path)).length;
      t.ok(asked > 2 && asked < 8, `${asked} requests`);
    },
  );
}
