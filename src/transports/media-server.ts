// The media server on uWebSockets.js: HTTP and WebSockets of all calls of the node. Media plane.

import type {
  HttpRequest,
  HttpResponse,
  TemplatedApp,
  us_listen_socket,
  us_socket_context_t,
  WebSocket,
  WebSocketBehavior,
} from 'uWebSockets.js';
import { errorText } from './http-errors.js';
import { probeListenFailure } from './listen-failure.js';
import { CLOSE_ABNORMAL, idleSweepMs, ServerSocket } from './server-socket.js';
import {
  CLOSE_TOO_LARGE,
  type ListenFunction,
  type MediaServer,
  type MediaServerOptions,
  type MediaSocket,
  type SocketHandler,
} from './server-contract.js';
import { BodyBudget } from './request-body.js';
import { upgradeProblem } from './request-head.js';
import { watchDescriptors } from './descriptor-watch.js';
import { headersOf, remoteAddressOf, refuse, requestUrlOf, serveHttp } from './uws-http.js';

export type UwsModule = typeof import('uWebSockets.js');

/** What the type declarations of 20.30 leave out. */
interface CompleteApp extends Omit<TemplatedApp, 'listen'> {
  listen(
    host: string,
    port: number,
    options: number,
    done: (socket: us_listen_socket | false) => void,
  ): void;
  close(): void;
}

/** What uWebSockets.js keeps with a socket; `socket` is set in `open`. */
interface SocketData {
  readonly open: (socket: MediaSocket) => SocketHandler;
  readonly remoteAddress: string;
  socket?: ServerSocket;
}

/**
 * `LIBUS_LISTEN_EXCLUSIVE_PORT`: without it SO_REUSEPORT lets a second process of the same user
 * take half of the calls unnoticed.
 */
const EXCLUSIVE_PORT = 1;

/**
 * uWebSockets.js ends sockets with neither sent nor received messages by itself; our own sweep is
 * stricter (received ones count alone), so this is only for what is left of a closing handshake.
 */
const NATIVE_IDLE_TIMEOUT_SECONDS = 960;

/** uWebSockets.js names the cause of an abnormal close in words alone. */
const TOO_LARGE_TEXT = 'Received too big message';

/**
 * A `ListenFunction` on a loaded uWebSockets.js. The path, the query and all headers of an upgrade
 * are copied before its callback returns; message text is copied out of native memory by decoding.
 */
export function uwsListen(uws: UwsModule): ListenFunction {
  return async (options) => {
    const server = new UwsServer(uws, options);
    await server.listen();
    return server;
  };
}

class UwsServer implements MediaServer {
  readonly implementation = 'uWebSockets.js';
  readonly host: string;
  port = 0;
  readonly #uws: UwsModule;
  readonly #options: MediaServerOptions;
  readonly #app: CompleteApp;
  readonly #sockets = new Set<ServerSocket>();
  readonly #forget = (socket: ServerSocket) => void this.#sockets.delete(socket);
  #listening: us_listen_socket | undefined;
  #stopping = false;
  #closed = false;
  #sweep: NodeJS.Timeout | undefined;
  #unwatch: (() => void) | undefined;

  constructor(uws: UwsModule, options: MediaServerOptions) {
    this.#uws = uws;
    this.#options = options;
    this.host = options.host;
    // No `uWebSockets: 20` header: who asks need not know what to attack.
    // oxlint-disable-next-line no-underscore-dangle -- its name in the package
    uws._cfg('silent');
    const app = uws.App();
    app.ws<SocketData>('/*', this.#behavior());
    const budget = new BodyBudget(options.maxBufferedBodyBytes);
    const httpOptions = { ...options, budget, closing: () => this.#stopping };
    app.any('/*', (response, request) => serveHttp(response, request, httpOptions));
    this.#app = app as unknown as CompleteApp;
  }

  async listen(): Promise<void> {
    const { host, port } = this.#options;
    if (!(await this.#open(port))) {
      this.#app.close();
      throw await probeListenFailure(host, port);
    }
    this.#sweep = setInterval(() => {
      const nowMs = performance.now();
      for (const open of this.#sockets) open.closeIfIdle(nowMs);
    }, idleSweepMs(this.#options.idleTimeoutMs)).unref();
    this.#unwatch = watchDescriptors((exhausted) => {
      this.#options.descriptorsExhausted?.(exhausted);
      void this.#backOff(exhausted);
    });
  }

  async #open(port: number): Promise<boolean> {
    const socket = await new Promise<us_listen_socket | false>((resolve) => {
      this.#app.listen(this.#options.host, port, EXCLUSIVE_PORT, resolve);
    });
    if (socket === false) return false;
    this.#listening = socket;
    this.port = this.#uws.us_socket_local_port(socket);
    return true;
  }

  /** It tries to accept on a whole core while it has no descriptor: it stops listening until there are some. */
  async #backOff(exhausted: boolean): Promise<void> {
    if (this.#stopping) return;
    if (exhausted) this.#stopAccepting();
    else if (this.#listening === undefined && !(await this.#open(this.port))) {
      this.#options.fault(await probeListenFailure(this.host, this.port));
    }
  }

  get sockets(): number {
    return this.#sockets.size;
  }

  stopListening(): void {
    this.#stopping = true;
    this.#stopAccepting();
  }

  #stopAccepting(): void {
    if (this.#listening === undefined) return;
    this.#uws.us_listen_socket_close(this.#listening);
    this.#listening = undefined;
  }

  async close(): Promise<void> {
    this.stopListening();
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#sweep);
    this.#unwatch?.();
    for (const socket of this.#sockets) socket.destroy();
    // HTTP connections and unfinished closing handshakes.
    this.#app.close();
    await new Promise(setImmediate);
  }

  #behavior(): WebSocketBehavior<SocketData> {
    const options = this.#options;
    return {
      maxPayloadLength: options.maxMessageBytes,
      // The water marks are ours (ServerSocket); this is a second fence behind them.
      maxBackpressure: options.sendLimitBytes * 2,
      idleTimeout: NATIVE_IDLE_TIMEOUT_SECONDS,
      sendPingsAutomatically: false,
      compression: this.#uws.DISABLED,
      upgrade: (response, request, context) => this.#upgrade(response, request, context),
      open: (ws) => {
        const data = ws.getUserData();
        const socket = new ServerSocket(rawSocket(ws), data.remoteAddress, options, this.#forget);
        data.socket = socket;
        this.#sockets.add(socket);
        socket.open(data.open);
      },
      message: (ws, message, isBinary) => {
        const socket = ws.getUserData().socket;
        if (isBinary) socket?.receivedBinary();
        else socket?.receivedText(Buffer.from(message).toString('utf8'));
      },
      ping: (ws) => ws.getUserData().socket?.touched(),
      pong: (ws) => ws.getUserData().socket?.touched(),
      drain: (ws) => ws.getUserData().socket?.drained(),
      close: (ws, code, message) => ws.getUserData().socket?.closed(closeCode(code, message)),
    };
  }

  #upgrade(response: HttpResponse, request: HttpRequest, context: us_socket_context_t): void {
    const received = headersOf(request);
    const method = request.getCaseSensitiveMethod();
    const url = requestUrlOf(request);
    const problem = upgradeProblem({ method, target: url, version: '1.1', headers: received });
    if (problem !== undefined) {
      this.#options.refused?.('REQUEST_INVALID', problem.message);
      refuse(response, problem.status, errorText('REQUEST_INVALID', problem.message));
      return;
    }
    const headers = new Headers(received);
    const remoteAddress = remoteAddressOf(response);
    let decision: ReturnType<MediaServerOptions['upgrade']>;
    try {
      decision = this.#options.upgrade({
        url,
        remoteAddress,
        header: (name) => headers.get(name) ?? undefined,
        headerNames: () => headers.keys(),
      });
    } catch (thrown) {
      this.#options.fault(thrown);
      decision = { accept: false, status: 500, body: errorText('INTERNAL_ERROR') };
    }
    if (!decision.accept) {
      refuse(response, decision.status, decision.body);
      return;
    }
    const data: SocketData = { open: decision.open, remoteAddress };
    const key = headers.get('sec-websocket-key') ?? '';
    // No subprotocol and no extension is offered.
    response.upgrade(data, key, '', '', context);
  }
}

function rawSocket(ws: WebSocket<SocketData>) {
  return {
    send: (text: string) => void ws.send(text, false, false),
    bufferedBytes: () => ws.getBufferedAmount(),
    ping: () => void ws.ping(),
    end: (code: number, reason: string) => ws.end(code, reason),
    destroy: () => ws.close(),
  };
}

function closeCode(code: number, message: ArrayBuffer): number {
  if (code !== CLOSE_ABNORMAL || message.byteLength !== TOO_LARGE_TEXT.length) return code;
  return Buffer.from(message).toString('latin1') === TOO_LARGE_TEXT ? CLOSE_TOO_LARGE : code;
}
