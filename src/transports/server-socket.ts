// The rules of a media socket that both servers share: water marks, exactly one close, idle time. Media plane.

import type { MediaServerOptions, MediaSocket, SocketHandler } from './server-contract.js';
import { CLOSE_IDLE } from './server-contract.js';

/** What a WebSocket implementation does for a `ServerSocket`; called only while the socket is open. */
export interface RawSocket {
  send(text: string): void;
  bufferedBytes(): number;
  ping(): void;
  end(code: number, reason: string): void;
  destroy(): void;
}

export type SocketLimits = Pick<
  MediaServerOptions,
  'sendHighWaterBytes' | 'sendLimitBytes' | 'idleTimeoutMs' | 'fault'
>;

/** Close code where there was no closing handshake, RFC 6455 section 7.1.5. */
export const CLOSE_ABNORMAL = 1006;

let lastId = 0;

/**
 * A server tells it what happened on the wire (`received…`, `drained`, `closed`), its user sends and
 * ends through it. Whatever comes in which order, the handler sees the contract's order.
 */
export class ServerSocket implements MediaSocket {
  readonly id = (lastId += 1);
  readonly remoteAddress: string;
  readonly #raw: RawSocket;
  readonly #limits: SocketLimits;
  readonly #released: (socket: ServerSocket) => void;
  #handler: SocketHandler | undefined;
  #over = false;
  #aboveHighWater = false;
  #lastReceivedMs = performance.now();
  #asked = false;

  /** @param released called once, when the handler was told of the end */
  constructor(
    raw: RawSocket,
    remoteAddress: string,
    limits: SocketLimits,
    released: (socket: ServerSocket) => void,
  ) {
    this.#raw = raw;
    this.remoteAddress = remoteAddress;
    this.#limits = limits;
    this.#released = released;
  }

  // ---- for the user of the socket

  send(text: string): 'sent' | 'backpressure' | 'dropped' {
    if (this.#over) return 'dropped';
    const { sendLimitBytes, sendHighWaterBytes } = this.#limits;
    // The messages are ASCII but for foreign custom names, so characters are bytes.
    if (this.#raw.bufferedBytes() + text.length > sendLimitBytes) {
      // The peer is behind: room again is worth a `drain` to whoever was refused.
      this.#aboveHighWater = true;
      return 'dropped';
    }
    this.#raw.send(text);
    if (this.#raw.bufferedBytes() <= sendHighWaterBytes) return 'sent';
    this.#aboveHighWater = true;
    return 'backpressure';
  }

  bufferedBytes(): number {
    return this.#over ? 0 : this.#raw.bufferedBytes();
  }

  end(code: number, reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#raw.end(code, reason);
    queueMicrotask(() => this.#tellClose(code));
  }

  destroy(): void {
    if (this.#over) return;
    this.#over = true;
    this.#raw.destroy();
    queueMicrotask(() => this.#tellClose(CLOSE_ABNORMAL));
  }

  // ---- for the server

  open(handlerOf: (socket: MediaSocket) => SocketHandler): void {
    try {
      this.#handler = handlerOf(this);
    } catch (thrown) {
      this.#broke(thrown);
    }
  }

  receivedText(text: string): void {
    this.touched();
    if (this.#over) return;
    try {
      this.#handler?.message(text);
    } catch (thrown) {
      this.#broke(thrown);
    }
  }

  receivedBinary(): void {
    this.touched();
    if (this.#over) return;
    try {
      this.#handler?.binary();
    } catch (thrown) {
      this.#broke(thrown);
    }
  }

  /** Anything at all came from the peer, a ping or pong too. */
  touched(): void {
    this.#lastReceivedMs = performance.now();
    this.#asked = false;
  }

  /** Some of the send buffer was written. */
  drained(): void {
    if (!this.#aboveHighWater || this.#over) return;
    if (this.#raw.bufferedBytes() > this.#limits.sendHighWaterBytes) return;
    this.#aboveHighWater = false;
    try {
      this.#handler?.drain();
    } catch (thrown) {
      this.#broke(thrown);
    }
  }

  /** The connection ended, by the peer or by the network. */
  closed(code: number): void {
    if (this.#over) return;
    this.#over = true;
    this.#tellClose(code);
  }

  /**
   * A peer that has nothing to say may be alive: a muted phone whose sender sends voice alone. It is
   * asked by a ping in good time, and dead where not even that is answered.
   */
  closeIfIdle(nowMs: number): void {
    const quietMs = nowMs - this.#lastReceivedMs;
    const { idleTimeoutMs } = this.#limits;
    if (quietMs > idleTimeoutMs) this.end(CLOSE_IDLE, 'idle');
    else if (quietMs > idleTimeoutMs / 2 && !this.#asked && !this.#over) {
      this.#asked = true;
      this.#raw.ping();
    }
  }

  /** A handler that threw is not to be trusted with more. */
  #broke(thrown: unknown): void {
    this.#limits.fault(thrown);
    this.destroy();
  }

  #tellClose(code: number): void {
    try {
      this.#handler?.close(code);
    } catch (thrown) {
      this.#limits.fault(thrown);
    } finally {
      this.#released(this);
    }
  }
}

/** How often sockets are looked at for idleness: often enough to be at most a quarter late. */
export function idleSweepMs(idleTimeoutMs: number): number {
  return Math.min(Math.max(idleTimeoutMs / 4, 25), 1000);
}
