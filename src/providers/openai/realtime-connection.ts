// One WebSocket to the realtime endpoint: opening, liveness, backpressure, closing. Control plane.

import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { RingmasterError } from '../../errors.js';
import { asString, parseJson } from './json.js';
import { parseRealtimeEvent, type RealtimeEvent } from './realtime-protocol.js';
import { errorFacts, serverError, systemCode } from './server-error.js';

const MAX_REFUSAL_BYTES = 8192;
/** How long the closing handshake may take before the connection is cut. */
const CLOSE_TIMEOUT_MS = 1000;

export interface RealtimeConnectionOptions {
  readonly socket: WebSocket;
  /** Sent as soon as the socket is open; the session is open once the server took it. */
  readonly configuration: string;
  readonly openTimeoutMs: number;
  /** A ping is sent so often; where nothing at all came since the last one, the line is dead. */
  readonly pingIntervalMs: number;
  /** Unsent bytes above which the server counts as too slow. */
  readonly maxBufferedBytes: number;
  /** Events after the session is open. Must not throw. */
  readonly onEvent: (event: RealtimeEvent) => void;
  /** The open session died; called at most once, never after `close`. */
  readonly onFailed: (error: RingmasterError) => void;
}

export class RealtimeConnection {
  readonly #options: RealtimeConnectionOptions;
  readonly #socket: WebSocket;
  #state: 'opening' | 'open' | 'closed' = 'opening';
  #settle: { resolve: () => void; reject: (error: RingmasterError) => void } | undefined;
  #openTimer: NodeJS.Timeout | undefined;
  #pingTimer: NodeJS.Timeout | undefined;
  #heardSincePing = true;

  constructor(options: RealtimeConnectionOptions) {
    this.#options = options;
    this.#socket = options.socket;
  }

  /**
   * @param signal gives up; the promise rejects and the socket is cut
   * @throws {RingmasterError} PROVIDER_*
   */
  async open(signal: AbortSignal): Promise<void> {
    const onAbort = (): void => {
      this.#fail(new RingmasterError('PROVIDER_FAILED', 'realtime: given up before it was open'));
    };
    const opened = new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#listen();
    const { openTimeoutMs } = this.#options;
    this.#openTimer = setTimeout(() => {
      this.#fail(timeout(`no session within ${openTimeoutMs} ms`));
    }, openTimeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      await opened;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Dropped where the session is not open; fails it where the server does not keep up. */
  send(message: string): void {
    if (this.#state !== 'open') return;
    if (this.#socket.bufferedAmount > this.#options.maxBufferedBytes) {
      const text = 'realtime: the server takes the audio too slowly';
      this.#fail(new RingmasterError('PROVIDER_FAILED', text, { retryable: true }));
      return;
    }
    this.#socket.send(message);
  }

  /** End the session because its conversation makes no sense. */
  fail(error: RingmasterError): void {
    this.#fail(error);
  }

  /** Idempotent. */
  close(): void {
    this.#shutDown();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('open', () => {
      socket.send(this.#options.configuration);
    });
    socket.on('message', (data, isBinary) => {
      this.#heardSincePing = true;
      if (isBinary) this.#fail(nonsense('a binary message'));
      // `data` is one Buffer: ws hands out fragments and array buffers only where asked to.
      else this.#message((data as Buffer).toString());
    });
    socket.on('pong', () => {
      this.#heardSincePing = true;
    });
    socket.on('ping', () => {
      this.#heardSincePing = true;
    });
    socket.on('unexpected-response', (request, response) => {
      void refusal(response).then((error) => {
        this.#fail(error);
        request.destroy();
      });
    });
    socket.on('error', (thrown) => {
      const code = systemCode(thrown);
      const how = code === undefined ? 'the connection failed' : `the connection failed (${code})`;
      this.#fail(new RingmasterError('PROVIDER_FAILED', `realtime: ${how}`, { retryable: true }));
    });
    socket.on('close', (code, reason) => {
      this.#fail(closeError(code, reason.toString()));
    });
  }

  #message(text: string): void {
    if (this.#state === 'closed') return;
    const event = parseRealtimeEvent(text);
    if (event === undefined) this.#fail(nonsense('something that is no event'));
    else if (this.#state === 'open') this.#options.onEvent(event);
    else if (event.type === 'error') this.#fail(serverError('realtime', errorFacts(event)));
    else if (event.type === 'configured') this.#configured(event.problem);
  }

  #configured(problem: string | undefined): void {
    if (problem !== undefined) {
      this.#fail(new RingmasterError('PROVIDER_PROTOCOL', `realtime: ${problem}`));
      return;
    }
    this.#state = 'open';
    clearTimeout(this.#openTimer);
    this.#pingTimer = setInterval(() => {
      this.#ping();
    }, this.#options.pingIntervalMs);
    this.#settle?.resolve();
  }

  #ping(): void {
    if (!this.#heardSincePing) {
      this.#fail(timeout('the connection is dead'));
      return;
    }
    this.#heardSincePing = false;
    this.#socket.ping();
  }

  #fail(error: RingmasterError): void {
    const state = this.#state;
    if (state === 'closed') return;
    this.#shutDown();
    if (state === 'opening') this.#settle?.reject(error);
    else this.#options.onFailed(error);
  }

  #shutDown(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearTimeout(this.#openTimer);
    clearInterval(this.#pingTimer);
    const socket = this.#socket;
    // Closing a socket that still connects makes it emit an error; the listener above takes it.
    if (socket.readyState === socket.CONNECTING) {
      socket.terminate();
      return;
    }
    socket.close(1000);
    const cut = setTimeout(() => {
      socket.terminate();
    }, CLOSE_TIMEOUT_MS);
    cut.unref();
    socket.once('close', () => {
      clearTimeout(cut);
    });
  }
}

function timeout(what: string): RingmasterError {
  return new RingmasterError('PROVIDER_TIMEOUT', `realtime: ${what}`, { retryable: true });
}

function nonsense(what: string): RingmasterError {
  return new RingmasterError('PROVIDER_PROTOCOL', `realtime: the server sent ${what}`, {
    retryable: true,
  });
}

/** Why the upgrade was refused: the status, and the code in the body where there is one. */
async function refusal(response: IncomingMessage): Promise<RingmasterError> {
  let body = '';
  try {
    response.setTimeout(CLOSE_TIMEOUT_MS, () => {
      response.destroy();
    });
    for await (const chunk of response) {
      body += String(chunk);
      if (body.length > MAX_REFUSAL_BYTES) break;
    }
  } catch {
    // The status says enough.
  }
  const facts = errorFacts(parseJson(body));
  return serverError('realtime', { ...facts, status: response.statusCode });
}

/** Some servers put their error code into the close reason, e.g. `invalid_request_error.invalid_api_key`. */
function closeError(code: number, reason: string): RingmasterError {
  const kind = asString(/^[a-z_]+(?:\.[a-z_]+)*$/.exec(reason)?.[0])
    ?.split('.')
    .at(-1);
  const known = serverError('realtime', { code: kind });
  if (known.code !== 'PROVIDER_FAILED') return known;
  const text = `realtime: the server closed the connection (${code})`;
  return new RingmasterError('PROVIDER_FAILED', text, { retryable: true });
}
