// How many TCP connections a node holds, and which one goes when there are too many. Control plane.

import type { Socket } from 'node:net';

/**
 * Connections in the order in which they began to wait for a request. Above the limit the one goes
 * that has waited longest: Twilio sends its request in one piece, whoever holds connections open
 * does not. One whose request is being answered, or that carries a stream, is never taken.
 */
export class ConnectionLimit {
  readonly #limit: number;
  readonly #all = new Set<Socket>();
  readonly #waiting = new Set<Socket>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get all(): ReadonlySet<Socket> {
    return this.#all;
  }

  /** @returns the connection that must go for it, the new one itself where no other can */
  add(connection: Socket): Socket | undefined {
    const [oldest] = this.#waiting;
    const surplus = this.#all.size < this.#limit ? undefined : (oldest ?? connection);
    if (surplus === connection) return surplus;
    this.#all.add(connection);
    this.#waiting.add(connection);
    connection.once('close', () => this.#remove(connection));
    if (surplus !== undefined) this.#remove(surplus);
    return surplus;
  }

  /** Its request is complete. */
  busy(connection: Socket): void {
    this.#waiting.delete(connection);
  }

  /** Its request was answered: it waits for the next one. */
  waits(connection: Socket): void {
    if (this.#all.has(connection)) this.#waiting.add(connection);
  }

  #remove(connection: Socket): void {
    this.#all.delete(connection);
    this.#waiting.delete(connection);
  }
}
