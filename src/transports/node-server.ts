// The media server on ws and node:http: wherever uWebSockets.js has no binary. Media plane.

import { createServer, STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { errorText } from './http-errors.js';
import { listenFailure } from './listen-failure.js';
import { nodeHttpListener, remoteAddressOf } from './node-http.js';
import { CLOSE_ABNORMAL, idleSweepMs, ServerSocket, type RawSocket } from './server-socket.js';
import {
  CLOSE_TOO_LARGE,
  type ListenFunction,
  type MediaServer,
  type MediaServerOptions,
} from './server-contract.js';

/** A peer that does not answer our closing handshake is cut off after this time. */
const CLOSING_HANDSHAKE_MS = 5000;
/** A client that sends its headers or its request more slowly is cut off. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** A refused upgrade is given this time to read the answer. */
const REFUSAL_TIMEOUT_MS = 2000;

export const nodeListen: ListenFunction = async (options) => {
  const server = new NodeServer(options);
  await server.listen();
  return server;
};

class NodeServer implements MediaServer {
  readonly implementation = 'ws';
  readonly host: string;
  port = 0;
  readonly #options: MediaServerOptions;
  readonly #http: Server;
  readonly #webSockets: WebSocketServer;
  readonly #sockets = new Set<ServerSocket>();
  /** Every TCP connection: HTTP, refused upgrades and unfinished closing handshakes too. */
  readonly #connections = new Set<Socket>();
  readonly #forget = (socket: ServerSocket) => void this.#sockets.delete(socket);
  readonly #ended: Promise<void>;
  #stopped = false;
  #sweep: NodeJS.Timeout | undefined;

  constructor(options: MediaServerOptions) {
    this.host = options.host;
    this.#options = options;
    const listener = nodeHttpListener(options);
    this.#http = createServer(
      { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
      (incoming, outgoing) => void listener(incoming, outgoing),
    );
    this.#ended = new Promise((resolve) => this.#http.once('close', resolve));
    this.#http.on('connection', (connection) => {
      this.#connections.add(connection);
      connection.once('close', () => this.#connections.delete(connection));
    });
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    const handshake = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.maxMessageBytes,
      closeTimeout: CLOSING_HANDSHAKE_MS,
      handleProtocols: (): false => false,
    } as const;
    this.#webSockets = new WebSocketServer(handshake);
  }

  async listen(): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', (cause) => reject(listenFailure(host, port, cause)));
      this.#http.listen({ host, port, exclusive: true }, resolve);
    });
    this.#http.on('error', this.#options.fault);
    this.port = (this.#http.address() as AddressInfo).port;
    this.#sweep = setInterval(() => {
      const nowMs = performance.now();
      for (const open of this.#sockets) open.closeIfIdle(nowMs);
    }, idleSweepMs(this.#options.idleTimeoutMs)).unref();
  }

  get sockets(): number {
    return this.#sockets.size;
  }

  stopListening(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#http.close();
  }

  async close(): Promise<void> {
    this.stopListening();
    clearInterval(this.#sweep);
    for (const socket of this.#sockets) socket.destroy();
    for (const connection of this.#connections) connection.destroy();
    await this.#ended;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const remoteAddress = remoteAddressOf(request);
    let decision: ReturnType<MediaServerOptions['upgrade']>;
    try {
      decision = this.#options.upgrade({
        url: request.url ?? '/',
        remoteAddress,
        header: (name) => headerOf(request, name),
        headerNames: () => Object.keys(request.headers),
      });
    } catch (thrown) {
      this.#options.fault(thrown);
      decision = { accept: false, status: 500, body: errorText('INTERNAL_ERROR') };
    }
    if (!decision.accept) {
      refuse(socket, decision.status, decision.body);
      return;
    }
    const { open } = decision;
    this.#webSockets.handleUpgrade(request, socket, head, (ws) => {
      const serverSocket = this.#attach(ws, remoteAddress);
      serverSocket.open(open);
    });
  }

  #attach(ws: WebSocket, remoteAddress: string): ServerSocket {
    const socket: ServerSocket = new ServerSocket(
      rawSocket(ws, () => socket.drained()),
      remoteAddress,
      this.#options,
      this.#forget,
    );
    let endCode = CLOSE_ABNORMAL;
    this.#sockets.add(socket);
    ws.on('message', (data: RawData, isBinary: boolean) => {
      if (isBinary) socket.receivedBinary();
      else socket.receivedText((data as Buffer).toString('utf8'));
    });
    ws.on('ping', () => socket.touched());
    ws.on('pong', () => socket.touched());
    ws.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') endCode = CLOSE_TOO_LARGE;
      // Whatever it was, nothing more can come: the handler need not wait for the handshake.
      socket.closed(endCode);
    });
    ws.on('close', (code: number) => socket.closed(code));
    return socket;
  }
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : value;
}

function rawSocket(ws: WebSocket, written: () => void): RawSocket {
  const textFrame = { binary: false, compress: false };
  return {
    send: (text) => ws.send(text, textFrame, written),
    bufferedBytes: () => ws.bufferedAmount,
    // One that is closing by now throws.
    ping: () => ws.readyState === ws.OPEN && ws.ping(),
    end: (code, reason) => ws.close(code, reason),
    destroy: () => ws.terminate(),
  };
}

function refuse(socket: Duplex, status: number, body: string): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  const cutOff = setTimeout(() => socket.destroy(), REFUSAL_TIMEOUT_MS).unref();
  socket.once('close', () => clearTimeout(cutOff));
  socket.on('error', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
