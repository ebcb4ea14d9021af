// What a media server offers and what it calls: one contract for uWebSockets.js and for ws + node:http. Media plane.

import type { ErrorCode } from '../errors.js';

/** Close code of a socket that received nothing for too long; of the private range, RFC 6455 section 7.4.2. */
export const CLOSE_IDLE = 4408;
/** Close code of a socket whose peer sent a message above the limit, RFC 6455 section 7.4.1. */
export const CLOSE_TOO_LARGE = 1009;

/** One WebSocket as the media path sees it. */
export interface MediaSocket {
  /** Unique within the process. */
  readonly id: number;
  /** Plain text; an IPv4-mapped IPv6 address is given as IPv4. */
  readonly remoteAddress: string;
  /**
   * Send one text message. `backpressure`: taken, but the socket's buffer is above the high-water
   * mark (wait for `drain`); `dropped`: not taken (closed, or above the hard limit).
   */
  send(text: string): 'sent' | 'backpressure' | 'dropped';
  /** Bytes accepted but not yet handed to the kernel. */
  bufferedBytes(): number;
  /**
   * Start the closing handshake. Idempotent. For the handler the socket is over with this call:
   * nothing but `close(code)` follows, soon, whether the peer answers the handshake or not.
   */
  end(code: number, reason: string): void;
  /** Drop the TCP connection at once; `close(1006)` follows. Idempotent. */
  destroy(): void;
}

export interface UpgradeRequest {
  /** Path with query, as received. */
  readonly url: string;
  readonly remoteAddress: string;
  /** A repeated header is one value with commas between. */
  header(name: string): string | undefined;
  /** Of all headers, in lower case. */
  headerNames(): Iterable<string>;
}

/** A request as its first line and headers tell it. */
export interface RequestSummary extends UpgradeRequest {
  readonly method: string;
}

/**
 * What happens to a socket after its upgrade. Handlers must not throw; one that does loses its
 * socket and is reported to `MediaServerOptions.fault`. No method is called from within a call of
 * the socket's own methods.
 */
export interface SocketHandler {
  /** `text` is valid until the call returns in both servers; it is a plain string. */
  message(text: string): void;
  /** A binary frame arrived (Media Streams has none). */
  binary(): void;
  /** The send buffer went below the high-water mark again. */
  drain(): void;
  /**
   * Called exactly once, last, whoever closed. 1006 when there was no closing handshake,
   * `CLOSE_TOO_LARGE` and `CLOSE_IDLE` where the server enforced these limits.
   */
  close(code: number): void;
}

/** Who sent an HTTP request. */
export interface HttpPeer {
  /** Plain text; an IPv4-mapped IPv6 address is given as IPv4. */
  readonly remoteAddress: string;
  /** Path with query, exactly as received: `Request.url` is normalised, a signature is not. */
  readonly url: string;
}

export interface MediaServerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly maxMessageBytes: number;
  /** A socket that receives nothing for so long is closed. */
  readonly idleTimeoutMs: number;
  /** A longer body is answered with 413 and a coded body. */
  readonly maxRequestBodyBytes: number;
  /** The bodies of all requests that are being read; one above it is answered with 503. */
  readonly maxBufferedBodyBytes: number;
  /** A request that is not complete by then is answered with 408, and its connection closed. */
  readonly requestTimeoutMs: number;
  /**
   * TCP connections, streams included. Above it the one that has waited longest for a request goes.
   * uWebSockets.js does not tell of connections: there it bounds the requests whose bodies are read.
   */
  readonly maxConnections: number;
  /** Above this many buffered bytes `send` says `backpressure`. */
  readonly sendHighWaterBytes: number;
  /** Above this many buffered bytes `send` drops. */
  readonly sendLimitBytes: number;
  /** HTTP in and out as web-standard objects. A throw becomes a 500 with a coded body. */
  readonly fetch: (request: Request, peer: HttpPeer) => Response | Promise<Response>;
  /**
   * Whether the body of this request is wanted. One that is not is never read: `fetch` is given the
   * request without it, and the connection is closed after the answer. All are by default.
   */
  readonly readsBody?: (request: RequestSummary) => boolean;
  /**
   * Accept (`open` is called with the socket) or refuse an upgrade; synchronous. An accepted one may
   * still fail before `open`, so nothing may be reserved here. `body` is JSON text.
   */
  readonly upgrade: (
    request: UpgradeRequest,
  ) =>
    | { readonly accept: true; readonly open: (socket: MediaSocket) => SocketHandler }
    | { readonly accept: false; readonly status: number; readonly body: string };
  /** Something that must not throw did: a socket handler, `fetch` or `upgrade`. */
  readonly fault: (thrown: unknown) => void;
  /** The server itself refused a request or a connection. */
  readonly refused?: (code: ErrorCode, message?: string) => void;
  /** File descriptors ran out (true), or there are some again (false). */
  readonly descriptorsExhausted?: (exhausted: boolean) => void;
}

export interface MediaServer {
  readonly implementation: 'uWebSockets.js' | 'ws';
  readonly host: string;
  /** The port in fact bound. */
  readonly port: number;
  /** Open sockets now. */
  readonly sockets: number;
  /** Stop listening; open sockets stay. */
  stopListening(): void;
  /** Stop listening and destroy what is open. Idempotent. */
  close(): Promise<void>;
}

/** @throws {RingmasterError} PORT_IN_USE, or CONFIG_INVALID where the address is none of this machine */
export type ListenFunction = (options: MediaServerOptions) => Promise<MediaServer>;
