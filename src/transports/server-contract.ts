// What a media server offers and what it calls: one contract for uWebSockets.js and for ws + node:http. Media plane.

/** One WebSocket as the media path sees it. */
export interface MediaSocket {
  /** Unique within the process. */
  readonly id: number;
  readonly remoteAddress: string;
  /**
   * Send one text message. `backpressure`: taken, but the socket's buffer is above the high-water
   * mark (wait for `drain`); `dropped`: not taken (closed, or above the hard limit).
   */
  send(text: string): 'sent' | 'backpressure' | 'dropped';
  /** Bytes accepted but not yet handed to the kernel. */
  bufferedBytes(): number;
  /** Start the closing handshake. Idempotent. */
  end(code: number, reason: string): void;
  /** Drop the TCP connection at once. Idempotent. */
  destroy(): void;
}

export interface UpgradeRequest {
  /** Path with query, as received. */
  readonly url: string;
  readonly remoteAddress: string;
  header(name: string): string | undefined;
}

/** What happens to a socket after its upgrade. Handlers must not throw. */
export interface SocketHandler {
  /** `text` is valid until the call returns in both servers; it is a plain string. */
  message(text: string): void;
  /** A binary frame arrived (Media Streams has none). */
  binary(): void;
  /** The send buffer went below the high-water mark again. */
  drain(): void;
  /** Called exactly once, whoever closed. 1006 when there was no closing handshake. */
  close(code: number): void;
}

export interface MediaServerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly maxMessageBytes: number;
  /** A socket that receives nothing for so long is closed. */
  readonly idleTimeoutMs: number;
  readonly maxRequestBodyBytes: number;
  /** Above this many buffered bytes `send` says `backpressure`. */
  readonly sendHighWaterBytes: number;
  /** Above this many buffered bytes `send` drops. */
  readonly sendLimitBytes: number;
  /** HTTP in and out as web-standard objects. A throw becomes a 500 with a coded body. */
  readonly fetch: (request: Request, peer: { remoteAddress: string }) => Promise<Response>;
  /** Accept (`open` is called with the socket) or refuse an upgrade; synchronous. */
  readonly upgrade: (
    request: UpgradeRequest,
  ) =>
    | { readonly accept: true; readonly open: (socket: MediaSocket) => SocketHandler }
    | { readonly accept: false; readonly status: number; readonly body: string };
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

/** @throws {RingmasterError} PORT_IN_USE */
export type ListenFunction = (options: MediaServerOptions) => Promise<MediaServer>;
