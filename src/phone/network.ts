// What a simulated phone needs of a network: one HTTP request and one WebSocket, so that tests can stand in for both. Control plane.

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** With query, without fragment. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly connectTimeoutMs: number;
  /** For everything, from dialling to the last byte. */
  readonly timeoutMs: number;
}

export type HttpAnswer =
  | {
      readonly ok: true;
      readonly status: number;
      readonly contentType: string;
      readonly body: string;
    }
  | {
      readonly ok: false;
      readonly error: 'unreachable' | 'timeout' | 'broken' | 'too-large';
      /** What the system said, such as `ECONNREFUSED`; no contents. */
      readonly detail: string;
    };

/** Why a media stream could not be opened: Twilio's debugger code and what happened. */
export interface StreamError {
  readonly code: 31901 | 31902 | 31910 | 31920 | 31922 | 31923 | 31924 | 31941;
  readonly message: string;
}

/** A WebSocket as the phone uses it. All methods are safe at any time. */
export interface StreamSocket {
  send(text: string): void;
  /** Bytes given to `send` that the kernel has not taken. */
  readonly bufferedBytes: number;
  /** Closing handshake; the connection is dropped if the other side does not join in. */
  close(): void;
  /** Drop the connection without a word. */
  destroy(): void;
}

/** Either `refused` alone, or `opened`, then messages, then perhaps `broken`, then `closed`. */
export interface StreamSocketEvents {
  opened(): void;
  text(message: string): void;
  binary(): void;
  refused(error: StreamError): void;
  /** The server broke the WebSocket protocol itself (Twilio: 31924); the connection is gone. */
  broken(): void;
  /** 1006 where there was no closing handshake. */
  closed(code: number): void;
}

export interface PhoneNetwork {
  /** Never rejects. */
  request(request: HttpRequest): Promise<HttpAnswer>;
  connect(
    url: string,
    headers: Readonly<Record<string, string>>,
    timeoutMs: number,
    events: StreamSocketEvents,
  ): StreamSocket;
}
