// What every media server must do; run against each implementation.

import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Test } from 'tap';
import { RingmasterError } from '../../src/errors.js';
import {
  CLOSE_IDLE,
  CLOSE_TOO_LARGE,
  type HttpPeer,
  type ListenFunction,
  type MediaServer,
  type MediaServerOptions,
  type MediaSocket,
  type SocketHandler,
  type UpgradeRequest,
} from '../../src/transports/server-contract.js';
import {
  clientFrame,
  openPeer,
  rawConnection,
  refusedUpgrade,
  until,
  upgradeHead,
} from './wire-clients.js';

/** A handler that remembers, and a server of such. */
class Recorder implements SocketHandler {
  readonly messages: string[] = [];
  readonly closes: number[] = [];
  binaries = 0;
  drains = 0;
  readonly socket: MediaSocket;
  onMessage: (text: string) => void = () => undefined;
  constructor(socket: MediaSocket) {
    this.socket = socket;
  }
  message(text: string): void {
    this.messages.push(text);
    this.onMessage(text);
  }
  binary(): void {
    this.binaries += 1;
  }
  drain(): void {
    this.drains += 1;
  }
  close(code: number): void {
    this.closes.push(code);
  }
}

interface Running {
  readonly server: MediaServer;
  readonly http: string;
  readonly ws: string;
  readonly opened: Recorder[];
  readonly faults: unknown[];
}

/** What the servers may do differently. */
export interface ServerTraits {
  /** Its parser knows where a chunked body ends, whatever its chunks look like. */
  readonly takesChunks: boolean;
  /** It answers what is no HTTP; one that does not leaves it waiting for its time-out. */
  readonly answersMalformed: boolean;
}

export function mediaServerContract(t: Test, listen: ListenFunction, traits: ServerTraits): void {
  const start = async (
    t: Test,
    changes: Partial<MediaServerOptions> = {},
    onOpen: (recorder: Recorder) => void = () => undefined,
  ): Promise<Running> => {
    const opened: Recorder[] = [];
    const faults: unknown[] = [];
    const server = await listen({
      host: '127.0.0.1',
      port: 0,
      maxMessageBytes: 4096,
      idleTimeoutMs: 60_000,
      maxRequestBodyBytes: 1000,
      maxBufferedBodyBytes: 8_388_608,
      maxConnections: 1000,
      requestTimeoutMs: 10_000,
      sendHighWaterBytes: 64 * 1024,
      sendLimitBytes: 1024 * 1024,
      fetch: () => new Response('hello'),
      upgrade: () => ({
        accept: true,
        open: (socket) => {
          const recorder = new Recorder(socket);
          opened.push(recorder);
          onOpen(recorder);
          return recorder;
        },
      }),
      fault: (thrown) => void faults.push(thrown),
      ...changes,
    });
    t.teardown(() => server.close());
    const address = `127.0.0.1:${server.port}`;
    return { server, http: `http://${address}`, ws: `ws://${address}`, opened, faults };
  };

  const first = async (running: Running): Promise<Recorder> => {
    await until(() => running.opened.length > 0, 'a socket was opened');
    return running.opened[0] as Recorder;
  };

  t.test('http', async (t) => {
    t.test('a request arrives as a Request with its peer and the url as received', async (t) => {
      const seen: { request?: Request; peer?: HttpPeer; body?: string } = {};
      const { http } = await start(t, {
        fetch: async (request, peer) => {
          Object.assign(seen, { request, peer, body: await request.text() });
          return new Response('fine', {
            status: 201,
            headers: [
              ['x-answer', '42'],
              ['set-cookie', 'a=1'],
              ['set-cookie', 'b=2'],
            ],
          });
        },
      });
      const raw = await rawConnection(Number(new URL(http).port));
      raw.socket.write(
        "POST /a/b?q=it's&r=%20 HTTP/1.1\r\nHost: node.example:81\r\nX-Asked: yes\r\nContent-Length: 7\r\nConnection: close\r\n\r\nbody=é".replace(
          'é',
          'xy',
        ),
      );
      await until(() => raw.text().includes('fine'), 'the answer came');
      t.equal(seen.request?.method, 'POST');
      t.equal(new URL(seen.request?.url ?? '').host, 'node.example:81');
      t.equal(new URL(seen.request?.url ?? '').pathname, '/a/b');
      t.equal(seen.request?.headers.get('x-asked'), 'yes');
      t.equal(seen.body, 'body=xy');
      t.same(seen.peer, { remoteAddress: '127.0.0.1', url: "/a/b?q=it's&r=%20" });
      t.match(raw.text(), /^HTTP\/1\.1 201 Created\r\n/);
      t.match(raw.text(), /x-answer: 42/i);
      t.match(raw.text(), /set-cookie: a=1\r\n/i);
      t.match(raw.text(), /set-cookie: b=2\r\n/i);
      t.notMatch(raw.text(), /uwebsockets/i, 'the server does not name itself');
      raw.socket.destroy();
    });

    t.test('a body at the limit is taken, one byte more is refused with 413', async (t) => {
      const lengths: number[] = [];
      const { http } = await start(t, {
        fetch: async (request) => {
          lengths.push((await request.arrayBuffer()).byteLength);
          return new Response('ok');
        },
      });
      const post = (body: string | ReadableStream) =>
        fetch(http, { method: 'POST', body, duplex: 'half' });
      t.equal((await post('x'.repeat(1000))).status, 200);
      const refused = await post('x'.repeat(1001));
      t.equal(refused.status, 413);
      t.match(await refused.json(), { error: { code: 'REQUEST_TOO_LARGE' } });
      t.same(lengths, [1000]);
      const stream = (length: number) => new Blob(['x'.repeat(length)]).stream();
      if (traits.takesChunks) {
        const chunked = await post(stream(5000));
        t.equal(chunked.status, 413, 'without a content-length too');
        await chunked.text();
        t.equal((await post(stream(900))).status, 200);
        t.same(lengths, [1000, 900]);
      } else {
        const chunked = await post(stream(900));
        t.equal(chunked.status, 411);
        t.match(await chunked.json(), { error: { code: 'REQUEST_INVALID' } });
      }
    });

    t.test('an endless body is not read to its end', async (t) => {
      let read = 0;
      const { server } = await start(t);
      const raw = await rawConnection(server.port);
      raw.socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n');
      const feed = setInterval(() => {
        if (raw.socket.writableLength < 1e6) {
          raw.socket.write(Buffer.alloc(65536));
          read += 65536;
        }
      }, 1);
      await raw.ended;
      clearInterval(feed);
      t.match(raw.text(), / 413 /);
      t.ok(read < 5e8, `cut off after ${read} bytes`);
    });

    t.test('a fetch that throws is a coded 500, reported', async (t) => {
      const bug = new Error('bug');
      const { http, faults } = await start(t, {
        fetch: () => {
          throw bug;
        },
      });
      const response = await fetch(http);
      t.equal(response.status, 500);
      t.match(await response.json(), { error: { code: 'INTERNAL_ERROR' } });
      t.same(faults, [bug]);
    });

    t.test('a response whose body fails is a coded 500', async (t) => {
      const { http, faults } = await start(t, {
        fetch: () =>
          new Response(
            new ReadableStream({
              pull(controller) {
                controller.error(new Error('half way'));
              },
            }),
          ),
      });
      const response = await fetch(http);
      t.equal(response.status, 500);
      t.match(await response.json(), { error: { code: 'INTERNAL_ERROR' } });
      t.match(faults, [{ message: 'half way' }]);
    });

    t.test('HEAD and 204 have no body and leave the connection usable', async (t) => {
      const { http } = await start(t, {
        fetch: (request) =>
          request.url.endsWith('/none')
            ? new Response(null, { status: 204 })
            : new Response('hello'),
      });
      const raw = await rawConnection(Number(new URL(http).port));
      raw.socket.write('HEAD / HTTP/1.1\r\nHost: a\r\n\r\n');
      await until(() => raw.text().endsWith('\r\n\r\n'), 'the first answer came');
      raw.socket.write('GET /none HTTP/1.1\r\nHost: a\r\n\r\n');
      await until(() => raw.text().includes(' 204 '), 'both answers came');
      // The length of what GET would give may be left out (RFC 9110 section 9.3.2), not be another.
      for (const [, length] of raw.text().matchAll(/content-length: (\d+)/gi)) t.equal(length, '5');
      t.notMatch(raw.text(), 'hello');
      t.notMatch(raw.text().split(' 204 ')[1] ?? '', /content-length/i);
      raw.socket.destroy();
    });

    t.test('pipelined requests are answered in order or not at all', async (t) => {
      const { server } = await start(t, {
        fetch: async (request) => {
          const { pathname } = new URL(request.url);
          if (pathname === '/slow') await new Promise((resolve) => setTimeout(resolve, 30));
          return new Response(`<${pathname}>`);
        },
      });
      const raw = await rawConnection(server.port);
      raw.socket.write(
        'GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /fast HTTP/1.1\r\nHost: a\r\n\r\n',
      );
      let over = false;
      void raw.ended.then(() => (over = true));
      await until(() => over || raw.text().includes('</fast>'), 'both answers came or the end');
      const slow = raw.text().indexOf('</slow>');
      const fast = raw.text().indexOf('</fast>');
      t.ok(fast === -1 || (slow !== -1 && slow < fast));
      raw.socket.destroy();
    });

    t.test('a client that goes away aborts its request and nothing else', async (t) => {
      let aborted = false;
      const { http, server } = await start(t, {
        fetch: async (request) => {
          if (!request.url.endsWith('/wait')) return new Response('alive');
          await new Promise<void>((resolve) => {
            request.signal.addEventListener('abort', () => {
              aborted = true;
              resolve();
            });
          });
          return new Response('too late');
        },
      });
      const raw = await rawConnection(server.port);
      raw.socket.write('GET /wait HTTP/1.1\r\nHost: a\r\n\r\n');
      setTimeout(() => raw.socket.destroy(), 20);
      await until(() => aborted, 'the request was aborted');
      t.equal(await (await fetch(http)).text(), 'alive');
    });

    t.test('a host header that is none is a coded 400', async (t) => {
      const { server } = await start(t);
      const raw = await rawConnection(server.port);
      raw.socket.write('GET / HTTP/1.1\r\nHost: a@b/c\r\nConnection: close\r\n\r\n');
      await until(() => raw.text().includes('}'), 'the answer came');
      t.match(raw.text(), / 400 /);
      t.match(raw.text(), 'REQUEST_INVALID');
      raw.socket.destroy();
    });
  });

  t.test('requests that two readers may read in two ways', async (t) => {
    const end = 'Host: a\r\n\r\n';
    const second = `GET /second HTTP/1.1\r\n${end}`;
    const post = (headers: string, body: string) =>
      `POST /first HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n${body}`;
    const chunks = '2\r\nxx\r\n0\r\n\r\n';

    /** Sends it as one piece, and waits until the server has closed. */
    const exchange = async (t: Test, text: string) => {
      const seen: string[] = [];
      const { server } = await start(t, {
        fetch: async (request, peer) => {
          seen.push(peer.url);
          await request.text();
          return new Response('ok');
        },
        upgrade: ({ url }) => {
          seen.push(url);
          return { accept: false, status: 403, body: '{}' };
        },
      });
      const raw = await rawConnection(server.port);
      raw.socket.write(Buffer.from(text, 'latin1'));
      await raw.ended;
      return { text: raw.text(), seen };
    };

    /** Refused with 400, closed, and nothing of it was run; a native parser may close without a word. */
    const framing: Record<string, string> = {
      'two lengths': post('Content-Length: 2\r\nContent-Length: 40', `xx${second}`),
      'one length twice': post('Content-Length: 2\r\nContent-Length: 2', `xx${second}`),
      'a list of lengths': post('Content-Length: 2, 2', `xx${second}`),
      'an empty length': post('Content-Length: ', second),
      'a signed length': post('Content-Length: +2', `xx${second}`),
      'a length in hexadecimal': post('Content-Length: 0x2', `xx${second}`),
      'a length beyond 64 bits': post('Content-Length: 18446744073709551618', `xx${second}`),
      gzip: post('Transfer-Encoding: gzip', second),
      identity: post('Transfer-Encoding: identity', second),
      'identity and a length': post(
        'Transfer-Encoding: identity\r\nContent-Length: 2',
        `xx${second}`,
      ),
      'an unknown coding': post('Transfer-Encoding: xchunked', chunks),
      'gzip and chunked': post('Transfer-Encoding: gzip, chunked', chunks),
      'two codings': post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', chunks),
      'chunks and a length': post('Transfer-Encoding: chunked\r\nContent-Length: 12', chunks),
      'a length and chunks': post('Content-Length: 12\r\nTransfer-Encoding: chunked', chunks),
      'two hosts': `GET /first HTTP/1.1\r\nHost: b\r\n${end}`,
      'an empty host': `GET /first HTTP/1.1\r\nHost:\r\n\r\n`,
      'two signatures': `GET /first HTTP/1.1\r\nX-Twilio-Signature: a\r\nX-Twilio-Signature: b\r\n${end}`,
      'two authorizations': `GET /first HTTP/1.1\r\nAuthorization: a\r\nAuthorization: b\r\n${end}`,
      'a fragment': `GET /first#x HTTP/1.1\r\n${end}`,
      'a path with high bytes': `GET /first\xff HTTP/1.1\r\n${end}`,
    };
    for (const [what, text] of Object.entries(framing)) {
      t.test(`${what}: refused and closed, nothing runs (A5)`, async (t) => {
        const answer = await exchange(t, text);
        t.same(answer.seen, []);
        if (answer.text === '' && !traits.answersMalformed) return;
        t.match(answer.text, /^HTTP\/1\.1 400 /);
        t.match(answer.text, '"REQUEST_INVALID"');
        t.equal(answer.text.match(/HTTP\/1\.1 /g)?.length, 1, 'one answer');
      });
    }

    const lenient: Record<string, string> = {
      'a chunk size that ends in a line feed': post(
        'Transfer-Encoding: chunked',
        `2\nxx\r\n0\r\n\r\n`,
      ),
      'a chunk that does not end': post('Transfer-Encoding: chunked', `2\r\nxxZZ0\r\n\r\n`),
    };
    for (const [what, text] of Object.entries(lenient)) {
      t.test(`${what}: refused and closed (A5)`, async (t) => {
        t.match((await exchange(t, text)).text, / (400|411) [^]*"REQUEST_INVALID"/);
      });
    }

    t.test('chunk extensions are answered (A5)', async (t) => {
      const { server } = await start(t);
      const raw = await rawConnection(server.port);
      raw.socket.write(post('Transfer-Encoding: chunked', '2;a=b\r\nxx\r\n0\r\n\r\n'));
      await until(() => raw.text() !== '', 'an answer');
      t.match(raw.text(), traits.takesChunks ? / 200 / : / 411 /);
      raw.socket.destroy();
    });

    const malformed: Record<string, string> = {
      'no host': 'GET /first HTTP/1.1\r\n\r\n',
      'absolute form': `GET http://evil.example/first HTTP/1.1\r\n${end}`,
      'the form of a tunnel': `CONNECT a:80 HTTP/1.1\r\n${end}`,
      'an asterisk': `OPTIONS * HTTP/1.1\r\n${end}`,
      'bare line feeds': 'GET /first HTTP/1.1\nHost: a\n\n',
      'one bare line feed': `GET /first HTTP/1.1\r\nX: y\n${end}`,
      'a bare carriage return': `GET /first HTTP/1.1\r\nX: a\rb\r\n${end}`,
      'a folded header': `GET /first HTTP/1.1\r\nX: a\r\n b\r\n${end}`,
      'a space before the colon': `POST /first HTTP/1.1\r\nContent-Length : 2\r\n${end}xx`,
      'a space before the name': 'GET /first HTTP/1.1\r\n Host: a\r\n\r\n',
      'a NUL in a header': `GET /first HTTP/1.1\r\nX: a\0b\r\n${end}`,
      'a header without a colon': `GET /first HTTP/1.1\r\nFoo\r\n${end}`,
      'another version': `GET /first HTTP/2.0\r\n${end}`,
      'no version': 'GET /first\r\n\r\n',
      'chunks in HTTP/1.0': `POST /first HTTP/1.0\r\nTransfer-Encoding: chunked\r\n${end}${chunks}`,
      'the head of a proxy': `PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET /first HTTP/1.1\r\n${end}`,
      'a TLS handshake': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      'headers without end': `GET /first HTTP/1.1\r\nX: ${'y'.repeat(40_000)}\r\n${end}`,
      'too many headers': `GET /first HTTP/1.1\r\n${'X: y\r\n'.repeat(2500)}${end}`,
      'a path without end': `GET /${'y'.repeat(5000)} HTTP/1.1\r\n${end}`,
    };
    for (const [what, text] of Object.entries(malformed)) {
      t.test(`${what}: answered and closed, nothing runs (A5)`, async (t) => {
        if (!traits.answersMalformed) {
          t.comment('its parser waits for more, or takes it: not for strangers');
          return;
        }
        const answer = await exchange(t, text);
        t.same(answer.seen, []);
        t.match(answer.text, /^HTTP\/1\.1 (400|405|414|431|505) /);
        t.match(answer.text, '"error"');
      });
    }

    const upgrade = (...headers: string[]) => upgradeHead('/first', headers);
    const upgrades: Record<string, string> = {
      'two hosts': upgrade('Host: b'),
      'two keys': upgrade('Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='),
      'two signatures': upgrade('X-Twilio-Signature: a', 'X-Twilio-Signature: b'),
      'two origins': upgrade('Origin: http://127.0.0.1', 'Origin: https://evil.example'),
      'a body': `${upgrade('Content-Length: 5')}hello`,
      'a chunked body': `${upgrade('Transfer-Encoding: chunked')}0\r\n\r\n`,
      'another version': upgrade().replace(': 13', ': 12'),
      'a bad host': upgrade().replace('Host: 127.0.0.1', 'Host: a@b/c'),
    };
    for (const [what, text] of Object.entries(upgrades)) {
      t.test(`an upgrade with ${what}: refused and closed (A5)`, async (t) => {
        const answer = await exchange(t, text);
        t.same(answer.seen, []);
        t.match(answer.text, /^HTTP\/1\.1 400 /);
      });
    }
  });

  t.test('bodies', async (t) => {
    const half = 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n';

    t.test(
      'that are not wanted are not read, the connection ends with the answer (A2)',
      async (t) => {
        const seen: string[] = [];
        const { server } = await start(t, {
          readsBody: (request) => {
            seen.push(`${request.method} ${request.url} ${request.header('Host')}`);
            return false;
          },
          fetch: async (request) => new Response(`<${await request.text()}>`, { status: 403 }),
        });
        const raw = await rawConnection(server.port);
        raw.socket.write(`${half}half`);
        await raw.ended;
        t.match(raw.text(), /^HTTP\/1\.1 403 [^]*connection: close[^]*<>$/i);
        t.same(seen, ['POST /x a']);
      },
    );

    t.test('that stay out are given up after the time-out (A2)', async (t) => {
      const { server } = await start(t, { requestTimeoutMs: 300 });
      const slow = await rawConnection(server.port);
      slow.socket.write(half);
      const drip = setInterval(() => slow.socket.write('x'), 50);
      await slow.ended;
      clearInterval(drip);
      t.match(slow.text(), /^HTTP\/1\.1 408 [^]*"REQUEST_TIMEOUT"/);
    });

    t.test('are bounded all together, and their room comes back (A2)', async (t) => {
      const refused: string[] = [];
      const { server, http } = await start(t, {
        maxBufferedBodyBytes: 4000,
        refused: (code) => refused.push(code),
        fetch: async (request) => new Response(`${(await request.text()).length}`),
      });
      const held = await Promise.all(
        Array.from({ length: 4 }, async () => {
          const raw = await rawConnection(server.port);
          raw.socket.write(`${half}${'x'.repeat(800)}`);
          return raw;
        }),
      );
      const post = () => fetch(http, { method: 'POST', body: 'x'.repeat(900) });
      await until(async () => {
        const answer = await post();
        const text = await answer.text();
        return answer.status === 503 && text.includes('BODIES_TOO_LARGE');
      }, 'there is no room');
      t.match(refused, ['BODIES_TOO_LARGE']);
      for (const raw of held) raw.socket.destroy();
      await until(async () => (await (await post()).text()) === '900', 'there is room again');
    });

    t.test('in a thousand pieces arrive whole', async (t) => {
      const { server } = await start(t, {
        fetch: async (request) => new Response(`<${(await request.text()).length}>`),
      });
      const raw = await rawConnection(server.port);
      raw.socket.setNoDelay(true);
      raw.socket.write(half);
      for (let index = 0; index < 900; index += 1) raw.socket.write('x');
      await until(() => raw.text().includes('<900>'), 'the answer');
      raw.socket.destroy();
    });
  });

  t.test('upgrade', async (t) => {
    t.test('the request is seen as received, from copies that outlive it', async (t) => {
      const seen: UpgradeRequest[] = [];
      const running = await start(t, {
        upgrade: (request) => {
          seen.push(request);
          return { accept: true, open: (socket) => new Recorder(socket) };
        },
      });
      const raw = await rawConnection(running.server.port);
      raw.socket.write(upgradeHead("/twilio/media?x='1", ['X-Twilio-Signature: abc=']));
      await until(() => raw.text().includes('\r\n\r\n'), 'it is accepted');
      t.match(raw.text(), / 101 /);
      t.equal(seen[0]?.url, "/twilio/media?x='1");
      t.equal(seen[0]?.remoteAddress, '127.0.0.1');
      t.equal(seen[0]?.header('X-TWILIO-signature'), 'abc=');
      t.equal(seen[0]?.header('x-other'), undefined);
      t.equal(running.server.sockets, 1);
      raw.socket.destroy();
    });

    t.test('no extension and no subprotocol is agreed on', async (t) => {
      const { server } = await start(t);
      const raw = await rawConnection(server.port);
      raw.socket.write(
        upgradeHead('/', [
          'Sec-WebSocket-Extensions: permessage-deflate',
          'Sec-WebSocket-Protocol: a, b',
        ]),
      );
      await until(() => raw.text().includes('\r\n\r\n'), 'it is accepted');
      t.match(raw.text(), / 101 /);
      t.notMatch(raw.text(), /sec-websocket-(extensions|protocol)/i);
      raw.socket.destroy();
    });

    t.test('a refusal has its status and a JSON body', async (t) => {
      const body = '{"error":{"code":"SIGNATURE_INVALID","message":"é"}}';
      const { ws, server } = await start(t, {
        upgrade: () => ({ accept: false, status: 403, body }),
      });
      t.same(await refusedUpgrade(ws), { status: 403, type: 'application/json', body });
      t.equal(server.sockets, 0);
    });

    t.test('a decision that throws is a coded 500, reported', async (t) => {
      const bug = new Error('bug');
      const { ws, faults } = await start(t, {
        upgrade: () => {
          throw bug;
        },
      });
      const answer = await refusedUpgrade(ws);
      t.equal(answer.status, 500);
      t.match(JSON.parse(answer.body), { error: { code: 'INTERNAL_ERROR' } });
      t.same(faults, [bug]);
    });

    t.test('a handshake without a valid key opens nothing', async (t) => {
      const { server, opened } = await start(t);
      const raw = await rawConnection(server.port);
      raw.socket.write(
        'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n',
      );
      await until(() => raw.text() !== '', 'an answer came');
      t.notMatch(raw.text(), / 101 /);
      t.same(opened, []);
      raw.socket.destroy();
    });

    t.test('an IPv4 peer of a dual-stack socket is named by its IPv4 address', async (t) => {
      const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
        addresses?.some((address) => address.family === 'IPv6'),
      );
      if (!hasIpv6) {
        t.comment('no IPv6 here');
        return;
      }
      const running = await start(t, { host: '::' });
      const peer = await openPeer(running.ws);
      t.equal((await first(running)).socket.remoteAddress, '127.0.0.1');
      peer.socket.terminate();
      const six = await openPeer(`ws://[::1]:${running.server.port}`);
      await until(() => running.opened.length === 2, 'the second is open');
      t.equal(running.opened[1]?.socket.remoteAddress, '::1');
      six.socket.terminate();
    });
  });

  t.test('socket', async (t) => {
    t.test(
      'text arrives as plain strings that stay valid, in order, fragments joined',
      async (t) => {
        const running = await start(t);
        const peer = await openPeer(running.ws);
        peer.socket.send('{"é":"☎"}');
        peer.socket.send('frag', { fin: false });
        peer.socket.send('ment', { fin: true });
        peer.socket.send('');
        const recorder = await first(running);
        await until(() => recorder.messages.length === 3, 'all arrived');
        t.same(recorder.messages, ['{"é":"☎"}', 'fragment', '']);
        t.equal(recorder.socket.send('{"ü":1}'), 'sent');
        await until(() => peer.received.length === 1, 'the answer arrived');
        t.same(peer.received, ['{"ü":1}']);
        peer.socket.terminate();
      },
    );

    t.test('ids are unique', async (t) => {
      const running = await start(t);
      const peers = await Promise.all([openPeer(running.ws), openPeer(running.ws)]);
      await until(() => running.opened.length === 2, 'both are open');
      t.not(running.opened[0]?.socket.id, running.opened[1]?.socket.id);
      for (const peer of peers) peer.socket.terminate();
    });

    t.test('a binary frame is told apart', async (t) => {
      const running = await start(t);
      const peer = await openPeer(running.ws);
      peer.socket.send(Buffer.from([1, 2, 3]));
      const recorder = await first(running);
      await until(() => recorder.binaries === 1, 'it arrived');
      t.same(recorder.messages, []);
      peer.socket.terminate();
    });

    t.test('a message above the limit ends the socket with CLOSE_TOO_LARGE', async (t) => {
      const running = await start(t);
      const peer = await openPeer(running.ws);
      peer.socket.send('x'.repeat(4096));
      peer.socket.send('x'.repeat(4097));
      const recorder = await first(running);
      await peer.closed;
      await until(() => recorder.closes.length > 0, 'the handler knows');
      t.same(recorder.closes, [CLOSE_TOO_LARGE]);
      t.equal(recorder.messages.length, 1, 'the one at the limit was taken');
      t.equal(running.server.sockets, 0);
    });

    t.test('text that is not UTF-8 ends the socket', async (t) => {
      const running = await start(t);
      const raw = await rawConnection(running.server.port);
      raw.socket.write(upgradeHead('/'));
      const recorder = await first(running);
      raw.socket.write(clientFrame(0x81, Buffer.from([0xff, 0xfe])));
      await until(() => recorder.closes.length > 0, 'the handler knows');
      t.same(recorder.messages, []);
      t.equal(recorder.closes.length, 1);
      raw.socket.destroy();
    });

    t.test('a frame without a mask ends the socket', async (t) => {
      const running = await start(t);
      const raw = await rawConnection(running.server.port);
      raw.socket.write(upgradeHead('/'));
      const recorder = await first(running);
      raw.socket.write(Buffer.from([0x83, 0x02, 0x68, 0x69]));
      raw.socket.end();
      await until(() => recorder.closes.length > 0, 'the handler knows');
      t.same(recorder.messages, []);
      t.equal(recorder.closes.length, 1);
      raw.socket.destroy();
    });

    t.test('the close code of the peer is told once', async (t) => {
      const running = await start(t);
      const peer = await openPeer(running.ws);
      peer.socket.close(4001, 'mine');
      const recorder = await first(running);
      await peer.closed;
      await until(() => recorder.closes.length > 0, 'the handler knows');
      t.same(recorder.closes, [4001]);
      t.equal(running.server.sockets, 0);
    });

    t.test('a connection that just ends is 1006', async (t) => {
      const running = await start(t);
      const peer = await openPeer(running.ws);
      const recorder = await first(running);
      peer.socket.terminate();
      await until(() => recorder.closes.length > 0, 'the handler knows');
      t.same(recorder.closes, [1006]);
    });

    t.test('end tells the handler soon, not from within, even if the peer is deaf', async (t) => {
      const running = await start(t);
      const raw = await rawConnection(running.server.port);
      raw.socket.write(upgradeHead('/'));
      const recorder = await first(running);
      recorder.socket.end(1008, 'STREAM_TOKEN_INVALID');
      t.same(recorder.closes, [], 'not from within end');
      raw.socket.write(clientFrame(0x81, Buffer.from('late')));
      await until(() => recorder.closes.length > 0, 'the handler knows');
      recorder.socket.end(1000, 'again');
      recorder.socket.destroy();
      t.equal(recorder.socket.send('x'), 'dropped');
      t.equal(recorder.socket.bufferedBytes(), 0);
      t.equal(running.server.sockets, 0);
      await new Promise((resolve) => setTimeout(resolve, 30));
      t.same(recorder.closes, [1008]);
      t.same(recorder.messages, [], 'nothing follows end');
      raw.socket.destroy();
    });

    t.test('the peer sees code and reason of end', async (t) => {
      const running = await start(t, {}, (recorder) => {
        recorder.onMessage = () => {
          recorder.socket.send('bye');
          recorder.socket.end(1008, 'STREAM_TOKEN_INVALID');
        };
      });
      const peer = await openPeer(running.ws);
      peer.socket.send('go');
      t.same(await peer.closed, { code: 1008, reason: 'STREAM_TOKEN_INVALID' });
      t.same(peer.received, ['bye'], 'what was sent before arrives');
      t.same((await first(running)).closes, [1008]);
    });

    t.test('destroy is 1006 on both sides', async (t) => {
      const running = await start(t);
      const peer = await openPeer(running.ws);
      const recorder = await first(running);
      recorder.socket.destroy();
      recorder.socket.destroy();
      t.same(recorder.closes, [], 'not from within destroy');
      t.equal((await peer.closed).code, 1006);
      t.same(recorder.closes, [1006]);
    });

    t.test('end from within open works', async (t) => {
      const running = await start(t, {}, (recorder) => recorder.socket.end(1013, 'NODE_FULL'));
      const peer = await openPeer(running.ws);
      t.same(await peer.closed, { code: 1013, reason: 'NODE_FULL' });
      t.same((await first(running)).closes, [1013]);
      t.equal(running.server.sockets, 0);
    });

    t.test('a handler that throws loses its socket alone', async (t) => {
      const bug = new Error('bug');
      const running = await start(t, {}, (recorder) => {
        recorder.onMessage = (text) => {
          if (text === 'throw') throw bug;
        };
      });
      const bad = await openPeer(running.ws);
      const good = await openPeer(running.ws);
      bad.socket.send('throw');
      t.equal((await bad.closed).code, 1006);
      t.same(running.faults, [bug]);
      t.same(running.opened[0]?.closes, [1006]);
      good.socket.send('fine');
      await until(() => running.opened[1]?.messages.length === 1, 'the other goes on');
      good.socket.terminate();
    });

    t.test('an open that throws leaves no socket behind', async (t) => {
      const running = await start(t, {}, () => {
        throw new Error('bug');
      });
      const raw = await rawConnection(running.server.port);
      raw.socket.write(upgradeHead('/'));
      await raw.ended;
      t.equal(running.server.sockets, 0);
      t.match(running.faults, [{ message: 'bug' }]);
    });
  });

  t.test('flow', async (t) => {
    t.test('backpressure, then drops, then drain; what was taken arrives in order', async (t) => {
      const running = await start(t, { sendHighWaterBytes: 100_000, sendLimitBytes: 1_000_000 });
      const peer = await openPeer(running.ws);
      const recorder = await first(running);
      peer.socket.pause();
      const filler = 'x'.repeat(50_000);
      const taken: number[] = [];
      const verdicts = new Set<string>();
      let sent = 0;
      // The kernel takes some megabytes before the node's own buffer grows.
      for (; sent < 2000 && !verdicts.has('dropped'); sent += 1) {
        const before = recorder.socket.bufferedBytes();
        const verdict = recorder.socket.send(`${sent} ${filler}`);
        verdicts.add(verdict);
        if (verdict !== 'dropped') taken.push(sent);
        if (verdict === 'sent') t.ok(recorder.socket.bufferedBytes() <= 100_000);
        if (verdict === 'backpressure') t.ok(recorder.socket.bufferedBytes() > 100_000);
        if (verdict === 'dropped') t.ok(before + filler.length > 1_000_000);
        if (sent % 50 === 0) await new Promise(setImmediate);
      }
      t.same([...verdicts], ['sent', 'backpressure', 'dropped']);
      t.ok(recorder.socket.bufferedBytes() <= 1_000_100, 'bounded');
      t.equal(recorder.drains, 0);
      peer.socket.resume();
      await until(() => recorder.drains > 0, 'it drained');
      t.ok(recorder.socket.bufferedBytes() <= 100_000);
      await until(() => peer.received.length === taken.length, 'all arrived');
      t.same(
        peer.received.map((text) => Number.parseInt(text, 10)),
        taken,
      );
      t.equal(recorder.drains, 1, 'one drain for one time of backpressure');
      peer.socket.terminate();
    });

    t.test('a socket that receives nothing is closed, whatever it is sent', async (t) => {
      const running = await start(t, { idleTimeoutMs: 150 });
      const raw = await rawConnection(running.server.port);
      raw.socket.write(upgradeHead('/'));
      const recorder = await first(running);
      const talk = setInterval(() => recorder.socket.send('hello?'), 10);
      await until(() => recorder.closes.length > 0, 'it was closed');
      clearInterval(talk);
      t.same(recorder.closes, [CLOSE_IDLE]);
      raw.socket.destroy();
    });

    t.test('pings keep a socket alive', async (t) => {
      const running = await start(t, { idleTimeoutMs: 200 });
      const raw = await rawConnection(running.server.port);
      raw.socket.write(upgradeHead('/'));
      const recorder = await first(running);
      const ping = clientFrame(0x89, new Uint8Array(0));
      const pings = setInterval(() => raw.socket.write(ping), 20);
      await new Promise((resolve) => setTimeout(resolve, 600));
      clearInterval(pings);
      t.same(recorder.closes, []);
      await until(() => recorder.closes.length > 0, 'it was closed');
      t.same(recorder.closes, [CLOSE_IDLE]);
      raw.socket.destroy();
    });

    t.test('a peer that says nothing but answers pings is kept (D1)', async (t) => {
      const running = await start(t, { idleTimeoutMs: 200 });
      const peer = await openPeer(running.ws);
      let pings = 0;
      peer.socket.on('ping', () => (pings += 1));
      await until(() => pings >= 4, 'it was asked again and again');
      t.same((await first(running)).closes, []);
      t.equal(peer.socket.readyState, peer.socket.OPEN);
      peer.socket.pause();
      await until(() => running.server.sockets === 0, 'it was closed when it answered no more');
      t.same((await first(running)).closes, [CLOSE_IDLE]);
      peer.socket.terminate();
    });
  });

  t.test('listening', async (t) => {
    const listenError = async (options: Partial<MediaServerOptions>): Promise<RingmasterError> => {
      try {
        await start(t, options);
      } catch (thrown) {
        return thrown as RingmasterError;
      }
      throw new Error('it listens');
    };

    const freePort = async (): Promise<number> => {
      const holder = createServer();
      await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
      const { port } = holder.address() as { port: number };
      await new Promise((resolve) => holder.close(resolve));
      return port;
    };

    t.test('a port that another server has is PORT_IN_USE and named', async (t) => {
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      t.teardown(() => void other.close());
      const { port } = other.address() as { port: number };
      const error = await listenError({ port });
      t.type(error, RingmasterError);
      t.equal(error.code, 'PORT_IN_USE');
      t.match(error.message, `127.0.0.1:${port}`);
    });

    t.test('a second node on the same port is PORT_IN_USE', async (t) => {
      const { server } = await start(t, { port: await freePort() });
      t.equal((await listenError({ port: server.port })).code, 'PORT_IN_USE');
    });

    t.test('an address of another machine is CONFIG_INVALID and named', async (t) => {
      const error = await listenError({ host: '192.0.2.1' });
      t.equal(error.code, 'CONFIG_INVALID');
      t.match(error.message, '192.0.2.1:0');
    });

    t.test('stopListening takes no one new and leaves who is there', async (t) => {
      const running = await start(t);
      const peer = await openPeer(running.ws);
      running.server.stopListening();
      running.server.stopListening();
      await t.rejects(rawConnection(running.server.port), { code: 'ECONNREFUSED' });
      peer.socket.send('still here');
      const recorder = await first(running);
      await until(() => recorder.messages.length === 1, 'it is still served');
      peer.socket.terminate();
    });

    t.test('close ends every socket and request once, and frees the port', async (t) => {
      // Linux frees the port of a listener with port 0 only after TIME_WAIT; a node has a fixed one.
      const port = await freePort();
      const running = await start(t, { port, fetch: () => new Promise(() => undefined) });
      const peers = await Promise.all(Array.from({ length: 5 }, () => openPeer(running.ws)));
      const raw = await rawConnection(running.server.port);
      raw.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      const idle = await rawConnection(running.server.port);
      await until(() => running.opened.length === 5, 'all are open');
      await Promise.all([running.server.close(), running.server.close()]);
      t.same(
        running.opened.map((recorder) => recorder.closes),
        peers.map(() => [1006]),
      );
      t.equal(running.server.sockets, 0);
      await Promise.all([...peers.map((peer) => peer.closed), raw.ended, idle.ended]);
      await start(t, { port });
    });
  });
}
