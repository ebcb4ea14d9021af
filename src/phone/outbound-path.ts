// The network between Twilio and the node as it may behave: jitter and stalls, always in order. Media plane.

import type { PhoneClock } from './phone-clock.js';

interface Delayed {
  readonly text: string;
  readonly dueMs: number;
}

export interface OutboundPathOptions {
  /** Each message is late by up to this much; order is kept, as TCP keeps it. */
  readonly jitterMs?: number;
  /** 0 to 1, for the jitter. */
  readonly random: () => number;
}

export class OutboundPath {
  readonly #clock: PhoneClock;
  readonly #send: (text: string) => void;
  readonly #jitterMs: number;
  readonly #random: () => number;
  #queue: Delayed[] = [];
  #stalledUntilMs = -Infinity;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: PhoneClock, send: (text: string) => void, options: OutboundPathOptions) {
    this.#clock = clock;
    this.#send = send;
    this.#jitterMs = options.jitterMs ?? 0;
    this.#random = options.random;
  }

  send(text: string): void {
    const nowMs = this.#clock.nowMs();
    const jitterMs = this.#jitterMs === 0 ? 0 : this.#random() * this.#jitterMs;
    const dueMs = Math.max(nowMs + jitterMs, this.#stalledUntilMs);
    if (dueMs <= nowMs && this.#queue.length === 0) {
      this.#send(text);
      return;
    }
    this.#queue.push({ text, dueMs });
    this.#arm();
  }

  /** From now on nothing gets through for `forMs`; then everything at once. */
  stall(forMs: number): void {
    this.#stalledUntilMs = Math.max(this.#stalledUntilMs, this.#clock.nowMs() + forMs);
  }

  /** Send what waits, whenever it is due: before the connection is closed in order. */
  flush(): void {
    this.#sendDue(Infinity);
  }

  /** Drop what waits. */
  discard(): void {
    this.#queue = [];
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #arm(): void {
    const [head] = this.#queue;
    if (head === undefined || this.#cancelTimer !== undefined) return;
    this.#cancelTimer = this.#clock.setTimer(head.dueMs - this.#clock.nowMs(), () => {
      this.#cancelTimer = undefined;
      this.#sendDue(this.#clock.nowMs());
      this.#arm();
    });
  }

  /** Whatever is due, up to the first that is not: nothing overtakes. */
  #sendDue(untilMs: number): void {
    const waiting = this.#queue.findIndex(({ dueMs }) => dueMs > untilMs);
    const due = this.#queue.splice(0, waiting < 0 ? this.#queue.length : waiting);
    for (const { text } of due) this.#send(text);
  }
}
