// Places of calls between their webhook and their media stream. Control plane.

import { ExpiringMap, type After } from './expiring-map.js';

export interface ReservationOptions {
  /** From TwiML to `start`; Twilio connects within a second or two. */
  readonly lifeMs: number;
  /** A place is free again: its stream started, its time is over, or its call ended. */
  readonly onFreed?: () => void;
  readonly after?: After;
}

/**
 * A webhook that is answered with a stream promises a place, and the stream comes a moment later.
 * Until then the place counts as taken; otherwise ten webhooks at once would all get the last one.
 * One call has one place, however often its webhook is repeated.
 */
export class Reservations {
  readonly #places: ExpiringMap<true>;
  readonly #lifeMs: number;
  /** Streams that never came, since the node's start. */
  expired = 0;

  constructor({ lifeMs, after, onFreed }: ReservationOptions) {
    this.#lifeMs = lifeMs;
    this.#places = new ExpiringMap<true>(after, (_callSid, _place, expired) => {
      if (expired) this.expired += 1;
      onFreed?.();
    });
  }

  get size(): number {
    return this.#places.size;
  }

  has(callSid: string): boolean {
    return this.#places.has(callSid);
  }

  /** A place for this call; asked again, it has the same one for a whole new time. */
  reserve(callSid: string): void {
    this.#places.set(callSid, true, this.#lifeMs);
  }

  /** The stream is here, or will not come. @returns false where there was no place */
  release(callSid: string): boolean {
    return this.#places.delete(callSid);
  }

  clear(): void {
    this.#places.clear();
  }
}
