// What an operator learns of refused requests: counters and a throttled log.

import { pino } from 'pino';
import { Writable } from 'node:stream';
import t from 'tap';
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
