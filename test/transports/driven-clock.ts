// A clock that stands still until a test moves it.

import type { SessionClock } from '../../src/transports/twilio/stream-session.js';

export class DrivenClock implements SessionClock {
  #nowMs = 1000;
  readonly #timers = new Map<symbol, { readonly atMs: number; readonly callback: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const id = Symbol('timer');
    this.#timers.set(id, { atMs: this.#nowMs + delayMs, callback });
    return () => void this.#timers.delete(id);
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }

  advance(byMs: number): void {
    this.#nowMs += byMs;
    for (const [id, timer] of this.#timers) {
      if (timer.atMs > this.#nowMs) continue;
      this.#timers.delete(id);
      timer.callback();
    }
  }
}
