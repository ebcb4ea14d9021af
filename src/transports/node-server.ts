// The media server on ws and node:http: wherever uWebSockets.js has no binary. Media plane.

import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { ConnectionLimit } from './connection-limit.js';
import { isDescriptorError, watchDescriptors } from './descriptor-watch.js';
import { errorText } from './http-errors.js';
import { listenFailure } from './listen-failure.js';
import { headOf, nodeHttpListener, remoteAddressOf, requestOf } from './node-http.js';
import { upgradeProblem } from './request-head.js';
import type { ErrorCode } from '../errors.js';
import { CLOSE_ABNORMAL, idleSweepMs, ServerSocket, type RawSocket } from './server-socket.js';
import {
  CLOSE_TOO_LARGE,
  type ListenFunction,
  type MediaServer,
  type MediaServerOptions,
} from './server-contract.js';

/** A peer that does not answer our closing handshake is cut off after this time. */
const CLOSING_HANDSHAKE_MS = 5000;
/** How late a slow request may be found. */
const SLOW_SWEEP_MS = 500;
/** Headers in all; a longer one is answered with 431. Twilio's have some 2 KB. */
const MAX_HEADER_BYTES = 16_384;
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
  readonly #connections: ConnectionLimit;
  /** The newest answer on each connection. */
  readonly #answers = new WeakMap<Duplex, ServerResponse>();
  readonly #forget = (socket: ServerSocket) => void this.#sockets.delete(socket);
  readonly #ended: Promise<void>;
  #stopped = false;
  #sweep: NodeJS.Timeout | undefined;
  #unwatch: (() => void) | undefined;

  constructor(options: MediaServerOptions) {
    this.host = options.host;
    this.#options = options;
    this.#connections = new ConnectionLimit(options.maxConnections);
    const listener = nodeHttpListener({
      ...options,
      complete: ({ socket }) => this.#connections.busy(socket),
    });
    this.#http = createServer(
      {
        headersTimeout: options.requestTimeoutMs,
        requestTimeout: options.requestTimeoutMs,
        connectionsCheckingInterval: Math.min(SLOW_SWEEP_MS, options.requestTimeoutMs / 2),
        maxHeaderSize: MAX_HEADER_BYTES,
        // Ours says what was wrong.
        requireHostHeader: false,
      },
      (incoming, outgoing) => {
        this.#answers.set(incoming.socket, outgoing);
        outgoing.once('close', () => this.#connections.waits(incoming.socket));
        listener(incoming, outgoing);
      },
    );
    // All of them are counted, not the first 2000: a proxy's own headers come last.
    this.#http.maxHeadersCount = 0;
    this.#ended = new Promise((resolve) => this.#http.once('close', resolve));
    this.#http.on('connection', (connection) => this.#connected(connection));
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#http.on('connect', (_request, socket: Duplex) => {
      this.#refuse(socket, 405, 'METHOD_NOT_ALLOWED', 'a node is no proxy');
    });
    this.#http.on('clientError', (error, socket) => this.#malformed(error, socket));
    this.#http.on('checkExpectation', (_request, response: ServerResponse) => {
      response.writeHead(417, { connection: 'close' }).end();
    });
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
    // Without descriptors each attempt to accept fails: the watch tells it once.
    this.#http.on('error', (error) => {
      if (!isDescriptorError(error)) this.#options.fault(error);
    });
    this.#unwatch = watchDescriptors((exhausted) =>
      this.#options.descriptorsExhausted?.(exhausted),
    );
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
    this.#unwatch?.();
    for (const socket of this.#sockets) socket.destroy();
    for (const connection of this.#connections.all) connection.destroy();
    await this.#ended;
  }

  #connected(connection: Socket): void {
    const surplus = this.#connections.add(connection);
    if (surplus === undefined) return;
    this.#options.refused?.('CONNECTIONS_EXCEEDED');
    surplus.destroy();
  }

  /** The parser gave up on a request, or it took too long. */
  #malformed(error: NodeJS.ErrnoException, socket: Duplex): void {
    const answer = this.#answers.get(socket);
    const isAnswered = answer?.headersSent === true && !answer.req.complete;
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswered) socket.destroy();
    else if (error.code === 'HPE_HEADER_OVERFLOW') {
      const message = `the headers have at most ${MAX_HEADER_BYTES} bytes`;
      this.#refuse(socket, 431, 'REQUEST_INVALID', message);
    } else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
      this.#refuse(socket, 408, 'REQUEST_TIMEOUT');
    } else this.#refuse(socket, 400, 'REQUEST_INVALID', 'this is no HTTP request');
  }

  #refuse(socket: Duplex, status: number, code: ErrorCode, message?: string): void {
    this.#options.refused?.(code, message);
    refuse(socket, status, errorText(code, message));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const problem = upgradeProblem(headOf(request));
    if (problem !== undefined) {
      this.#refuse(socket, problem.status, 'REQUEST_INVALID', problem.message);
      return;
    }
    const remoteAddress = remoteAddressOf(request);
    let decision: ReturnType<MediaServerOptions['upgrade']>;
    try {
      decision = this.#options.upgrade(requestOf(request));
    } catch (thrown) {
      this.#options.fault(thrown);
      decision = { accept: false, status: 500, body: errorText('INTERNAL_ERROR') };
    }
    if (!decision.accept) {
      refuse(socket, decision.status, decision.body);
      return;
    }
    this.#connections.busy(socket as Socket);
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
