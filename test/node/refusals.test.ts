// What an operator learns of refused requests: counters and a throttled log.

import { pino } from 'pino';
import { Writable } from 'node:stream';
import t from 'tap';
import { WebSocket } from 'ws';
import { startTestNode, until } from './support.js';

t.test('refusals are counted by code and logged once, without what was sent', async (t) => {
  let log = '';
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      log += chunk.toString();
      done();
    },
  });
  const node = await startTestNode(
    t,
    { PUBLIC_URL: 'https://voice.example', TWILIO_AUTH_TOKEN: 'a-token-of-the-test' },
    { logger: pino({ level: 'info' }, stream) },
  );
  const post = (headers: Record<string, string>) =>
    fetch(`${node.url}/twilio/voice?tenant=acme`, {
      method: 'POST',
      body: new URLSearchParams({ CallSid: `CA${'1'.repeat(32)}`, From: '+15551234567' }),
      headers,
    });
  const forged = { 'x-twilio-signature': `${'A'.repeat(27)}=` };
  for (let index = 0; index < 5; index += 1) t.equal((await post(forged)).status, 403);
  t.equal((await post({ ...forged, origin: 'https://evil.example' })).status, 403);
  t.equal((await fetch(`${node.url}/calls`)).status, 403);
  t.equal((await fetch(`${node.url}/nothing`)).status, 404);
  t.match(node.stats().refusals, {
    SIGNATURE_INVALID: 5,
    ORIGIN_FOREIGN: 1,
    NOT_LOOPBACK: 1,
    ROUTE_NOT_FOUND: 1,
  });
  await until(() => log.includes('ROUTE_NOT_FOUND'));
  t.equal(log.match(/SIGNATURE_INVALID/g)?.length, 1, 'once');
  t.match(log, 'https://voice.example/twilio/voice');
  t.match(log, 'RINGMASTER_API_TOKEN');
  t.notMatch(log, /1555|tenant|evil|a-token-of-the-test/);
});

/** @returns the status that an upgrade with these headers is answered with */
async function upgradeStatus(url: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(url, { headers });
  socket.on('error', () => undefined);
  const status = await new Promise<number>((resolve) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (_request, { statusCode }) => resolve(statusCode ?? 0));
  });
  socket.terminate();
  return status;
}

for (const server of ['ws', 'uws']) {
  t.test(
    `an upgrade that a page of another origin asks for is refused, on ${server} (A4)`,
    async (t) => {
      const node = await startTestNode(t, { RINGMASTER_SERVER: server });
      const { host } = new URL(node.url);
      const url = `ws://${host}/twilio/media`;
      const foreign: Record<string, string>[] = [
        { origin: 'https://evil.example' },
        { origin: 'http://localhost:3000' },
        { origin: 'null' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { referer: 'https://evil.example/' },
        { 'x-forwarded-for': '192.0.2.1' },
        { host: 'evil.example' },
      ];
      for (const headers of foreign) {
        t.equal(await upgradeStatus(url, headers), 403, JSON.stringify(headers));
      }
      t.equal(await upgradeStatus(url, {}), 101);
      t.equal(await upgradeStatus(url, { origin: `http://${host}` }), 101);
      await until(() => node.stats().sockets === 0);
      t.ok((node.stats().refusals.ORIGIN_FOREIGN ?? 0) > 0);
    },
  );
}
