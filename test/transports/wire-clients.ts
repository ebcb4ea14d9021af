// Clients of the wire for the tests: raw HTTP, WebSockets good and bad.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { WebSocket, type ClientOptions } from 'ws';

/** Poll until `probe` gives something true; for facts on the other side of a socket. */
export async function until(probe: () => unknown, what: string, limitMs = 5000): Promise<void> {
  const startedMs = performance.now();
  while (!(await probe())) {
    if (performance.now() - startedMs > limitMs) throw new Error(`never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export interface Peer {
  readonly socket: WebSocket;
  readonly received: string[];
  readonly closed: Promise<{ code: number; reason: string }>;
}

/** An open WebSocket that keeps what it receives. */
export async function openPeer(url: string, options: ClientOptions = {}): Promise<Peer> {
  const socket = new WebSocket(url, options);
  const received: string[] = [];
  socket.on('message', (data: Buffer) => received.push(data.toString()));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  await once(socket, 'open');
  socket.on('error', () => undefined);
  return { socket, received, closed };
}

/** The answer to an upgrade that is refused. */
export async function refusedUpgrade(
  url: string,
  options: ClientOptions = {},
): Promise<{ status: number; type: string | undefined; body: string }> {
  const socket = new WebSocket(url, options);
  socket.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    socket.on('open', () => {
      socket.terminate();
      reject(new Error('the upgrade was accepted'));
    });
    socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'], body });
      });
    });
  });
}

/** A raw TCP connection and all text it received. */
export async function rawConnection(
  port: number,
  host = '127.0.0.1',
): Promise<{ socket: Socket; text: () => string; ended: Promise<void> }> {
  const socket = connect(port, host);
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  return { socket, text: () => text, ended };
}

export function upgradeHead(path: string, extra: readonly string[] = []): string {
  return [
    `GET ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...extra,
    '\r\n',
  ].join('\r\n');
}

/** A masked client frame, RFC 6455 section 5.2, with the mask 0: its payload is as it is. */
export function clientFrame(firstByte: number, payload: Uint8Array): Buffer {
  const head =
    payload.length < 126
      ? [firstByte, 0x80 | payload.length]
      : [firstByte, 0x80 | 126, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}
