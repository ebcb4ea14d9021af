import t from 'tap';
import type { MediaServerOptions } from '../../src/transports/server-contract.js';
import { nodeListen } from '../../src/transports/node-server.js';
import { mediaServerContract } from './media-server.contract.js';
import { openPeer, rawConnection, until } from './wire-clients.js';
import { twilioWireContract } from './twilio-wire.contract.js';

t.test('media server', (t) => {
  mediaServerContract(t, nodeListen, { takesChunks: true, answersMalformed: true });
  t.end();
});
t.test('Twilio', (t) => {
  twilioWireContract(t, nodeListen);
  t.end();
});

const OPTIONS: MediaServerOptions = {
  host: '127.0.0.1',
  port: 0,
  maxMessageBytes: 1000,
  idleTimeoutMs: 60_000,
  maxRequestBodyBytes: 1000,
  maxBufferedBodyBytes: 100_000,
  maxConnections: 4,
  requestTimeoutMs: 60_000,
  sendHighWaterBytes: 1000,
  sendLimitBytes: 100_000,
  fetch: () => new Response('hello'),
  upgrade: () => ({
    accept: true,
    open: () => ({
      message: () => undefined,
      binary: () => undefined,
      drain: () => undefined,
      close: () => undefined,
    }),
  }),
  fault: () => undefined,
};

t.test('connections', async (t) => {
  t.test('at the limit the one that has waited longest goes, streams stay (A2)', async (t) => {
    const refused: string[] = [];
    const server = await nodeListen({ ...OPTIONS, refused: (code) => refused.push(code) });
    t.teardown(() => server.close());
    const peer = await openPeer(`ws://127.0.0.1:${server.port}/`);
    const silent = await rawConnection(server.port);
    const half = await rawConnection(server.port);
    half.socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf');
    const third = await rawConnection(server.port);
    const answer = await fetch(`http://127.0.0.1:${server.port}/`, {
      headers: { connection: 'close' },
    });
    t.equal(await answer.text(), 'hello');
    await silent.ended;
    t.same(refused, ['CONNECTIONS_EXCEEDED']);
    for (let index = 0; index < 20; index += 1) await rawConnection(server.port);
    await Promise.all([half.ended, third.ended]);
    t.equal(peer.socket.readyState, peer.socket.OPEN);
    t.equal(server.sockets, 1);
    peer.socket.terminate();
  });

  t.test('whose request is being answered stay, a new one is turned away (A2)', async (t) => {
    const answers: ((response: Response) => void)[] = [];
    const server = await nodeListen({
      ...OPTIONS,
      fetch: () => new Promise((resolve) => answers.push(resolve)),
    });
    t.teardown(() => server.close());
    const asking = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const raw = await rawConnection(server.port);
        raw.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
        return raw;
      }),
    );
    await until(() => answers.length === 4, 'all ask');
    const late = await rawConnection(server.port);
    await late.ended;
    for (const answer of answers) answer(new Response('patience'));
    await until(() => asking.every((raw) => raw.text().includes('patience')), 'all are answered');
    const next = await rawConnection(server.port);
    next.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => answers.length === 5, 'one that waited made room');
    answers[4]?.(new Response('hello'));
  });

  for (const [what, bytes] of [
    ['says nothing', ''],
    ['sends half a line', 'GET / HT'],
    ['sends headers without end', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n'],
  ] as const) {
    t.test(`one that ${what} is closed after the time-out (A2)`, async (t) => {
      const server = await nodeListen({ ...OPTIONS, requestTimeoutMs: 200 });
      t.teardown(() => server.close());
      const raw = await rawConnection(server.port);
      raw.socket.write(bytes);
      await raw.ended;
      t.match(raw.text(), /^(HTTP\/1\.1 408 |$)/);
    });
  }
});
