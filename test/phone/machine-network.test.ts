import t, { type Test } from 'tap';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { machineNetwork } from '../../src/phone/machine-network.js';
import type { HttpRequest, StreamError, StreamSocket } from '../../src/phone/network.js';

const network = machineNetwork();

async function serve(t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that takes connections and does with them what it likes. */
async function serveTcp(t: Test, listener: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    listener(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A port that nothing listens on. */
async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

function post(url: string, body = 'a=1', timeoutMs = 1000): HttpRequest {
  return {
    method: 'POST',
    url,
    headers: { 'X-Test': 'yes' },
    body,
    connectTimeoutMs: 1000,
    timeoutMs,
  };
}

t.test('a request is sent whole and its answer read whole', async (t) => {
  let seen = '';
  const url = await serve(t, (request, response) => {
    request.on('data', (chunk: Buffer) => {
      seen += `${request.method} ${request.headers['x-test'] as string} ${chunk.toString()}`;
    });
    request.on('end', () => {
      response.setHeader('Content-Type', 'text/xml');
      response.statusCode = 201;
      response.end('<Response/>');
    });
  });
  t.strictSame(await network.request(post(url)), {
    ok: true,
    status: 201,
    contentType: 'text/xml',
    body: '<Response/>',
  });
  t.equal(seen, 'POST yes a=1');
});

t.test('a node that is not there is unreachable', async (t) => {
  const answer = await network.request(post(`http://127.0.0.1:${await freePort()}/`));
  t.strictSame(answer, { ok: false, error: 'unreachable', detail: 'ECONNREFUSED' });
});

t.test('a server that never answers is a timeout', async (t) => {
  const url = await serve(t, () => {});
  const startedAt = performance.now();
  const answer = await network.request(post(url, 'a=1', 200));
  t.match(answer, { ok: false, error: 'timeout' });
  t.ok(performance.now() - startedAt < 2000);
});

t.test('a server that answers in drips is cut off in time', async (t) => {
  const url = await serve(t, (_request, response) => {
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  });
  t.match(await network.request(post(url, 'a=1', 300)), { ok: false, error: 'timeout' });
});

t.test('a server that hangs up in the middle is broken', async (t) => {
  const host = await serveTcp(t, (socket) => {
    socket.once('data', () => socket.destroy());
  });
  t.match(await network.request(post(`http://${host}/`)), { ok: false, error: 'broken' });
});

t.test('a server that answers garbage is broken', async (t) => {
  const host = await serveTcp(t, (socket) => {
    socket.once('data', () => socket.end('garbage without end\r\n\r\n'));
  });
  t.match(await network.request(post(`http://${host}/`)), { ok: false, error: 'broken' });
});

t.test('a document above 64 kB is too large', async (t) => {
  const url = await serve(t, (_request, response) => response.end('x'.repeat(70_000)));
  t.match(await network.request(post(url)), { ok: false, error: 'too-large' });
});

t.test('connectTo reaches another origin and still names the first one', async (t) => {
  let host: string | undefined;
  let path: string | undefined;
  const url = await serve(t, (request, response) => {
    ({ host } = request.headers);
    path = request.url;
    response.end('ok');
  });
  const routed = machineNetwork({ connectTo: url });
  t.match(await routed.request(post('https://public.example/voice?a=1')), { ok: true, body: 'ok' });
  t.equal(host, 'public.example');
  t.equal(path, '/voice?a=1');
});

interface Connection {
  readonly socket: StreamSocket;
  readonly log: string[];
  readonly errors: StreamError[];
  /** Resolves with the first log entry that begins so. */
  readonly until: (start: string) => Promise<string>;
}

function connect(url: string, timeoutMs = 1000, connectTo?: string): Connection {
  const log: string[] = [];
  const errors: StreamError[] = [];
  const waiting = new Set<() => void>();
  const add = (entry: string): void => {
    log.push(entry);
    for (const wake of waiting) wake();
  };
  const socket = machineNetwork({ connectTo }).connect(url, { 'X-Test': 'yes' }, timeoutMs, {
    opened: () => add('opened'),
    text: (text) => add(`text ${text}`),
    binary: () => add('binary'),
    refused: (error) => {
      errors.push(error);
      add(`refused ${error.code}`);
    },
    broken: () => add('broken'),
    closed: (code) => add(`closed ${code}`),
  });
  const until = (start: string): Promise<string> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = log.find((entry) => entry.startsWith(start));
        if (found !== undefined) resolve(found);
      };
      waiting.add(look);
      look();
    });
  return { socket, log, errors, until };
}

async function serveSockets(
  t: Test,
  onConnection: (socket: WebSocket, request: IncomingMessage) => void,
): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket, request) => onConnection(socket, request));
  await new Promise((resolve) => {
    server.once('listening', resolve);
  });
  t.teardown(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/media`;
}

t.test('a stream opens with its headers, and texts go both ways', async (t) => {
  let header: unknown;
  const url = await serveSockets(t, (socket, request) => {
    header = request.headers['x-test'];
    socket.on('message', (data: Buffer) => socket.send(`echo ${data.toString()}`));
  });
  const { socket, until, log } = connect(url);
  await until('opened');
  socket.send('hello');
  t.equal(await until('text'), 'text echo hello');
  socket.close();
  await until('closed 1000');
  t.equal(header, 'yes');
  t.strictSame(log, ['opened', 'text echo hello', 'closed 1000']);
});

t.test('a binary message is told as such', async (t) => {
  const url = await serveSockets(t, (socket) => socket.send(Buffer.of(1, 2)));
  const { socket, until } = connect(url);
  await until('binary');
  socket.destroy();
  await until('closed');
});

t.test('a server that breaks the WebSocket protocol is told as broken', async (t) => {
  const url = await serveSockets(t, (_socket, request) => {
    // A text frame with a reserved bit set.
    request.socket.write(Buffer.of(0xf1, 0x01, 0x41));
  });
  const { until, log } = connect(url);
  await until('closed');
  t.strictSame(log, ['opened', 'broken', 'closed 1006']);
});

t.test('a server that closes early is told with its code', async (t) => {
  const url = await serveSockets(t, (socket) => socket.close(1008, 'no'));
  const { until } = connect(url);
  t.equal(await until('closed'), 'closed 1008');
});

t.test('destroying is seen by both sides without a closing handshake', async (t) => {
  const codes: number[] = [];
  const url = await serveSockets(t, (socket) => socket.on('close', (code) => codes.push(code)));
  const { socket, until } = connect(url);
  await until('opened');
  socket.destroy();
  socket.send('nothing happens');
  t.equal(await until('closed'), 'closed 1006');
  while (codes.length === 0) await new Promise(setImmediate);
  t.strictSame(codes, [1006]);
});

t.test('a server that does not join in the closing handshake is dropped', async (t) => {
  const url = await serveSockets(t, (_socket, request) => {
    request.socket.pause();
  });
  const { socket, until } = connect(url);
  await until('opened');
  socket.close();
  t.equal(await until('closed'), 'closed 1006');
});

t.test('an answer other than 101 is 31920', async (t) => {
  const url = await serve(t, (_request, response) => {
    response.statusCode = 403;
    response.end();
  });
  const { until, errors, log } = connect(url.replace('http', 'ws'));
  await until('refused');
  t.match(errors, [{ code: 31_920, message: /403/ }]);
  await new Promise((resolve) => {
    setTimeout(resolve, 50);
  });
  t.equal(log.length, 1, 'told once');
});

t.test('nobody listening is 31902', async (t) => {
  const { until } = connect(`ws://127.0.0.1:${await freePort()}/media`);
  t.equal(await until('refused'), 'refused 31902');
});

t.test('a handshake that is never answered is 31901', async (t) => {
  const host = await serveTcp(t, () => {});
  const { until } = connect(`ws://${host}/media`, 200);
  t.equal(await until('refused'), 'refused 31901');
});

t.test('a server that hangs up during the handshake is 31920', async (t) => {
  const host = await serveTcp(t, (socket) => socket.once('data', () => socket.destroy()));
  const { until } = connect(`ws://${host}/media`);
  t.equal(await until('refused'), 'refused 31920');
});

t.test('a server without TLS where wss is named is 31910', async (t) => {
  const host = await serveTcp(t, (socket) => socket.end('plain text\r\n\r\n'));
  const { until } = connect(`wss://${host}/media`);
  t.equal(await until('refused'), 'refused 31910');
});

t.test('connectTo reaches a stream of a public name', async (t) => {
  let host: unknown;
  const url = await serveSockets(t, (socket, request) => {
    ({ host } = request.headers);
    socket.send('here');
  });
  const { socket, until } = connect('wss://public.example/media', 1000, url.replace('ws', 'http'));
  t.equal(await until('text'), 'text here');
  t.equal(host, 'public.example');
  socket.destroy();
});
