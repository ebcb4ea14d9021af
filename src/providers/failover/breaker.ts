// Keeps an engine that is down from being asked over and over: one for each engine of a node. Control plane.

import { RingmasterError } from '../../errors.js';

export type BreakerState =
  /** Requests go through. */
  | 'closed'
  /** Requests are refused until the pause is over. */
  | 'open'
  /** The pause is over: one request goes through, and decides for all. */
  | 'half-open';

export interface BreakerOptions {
  /** Failures in a row, of all calls together, that open it. */
  readonly failures: number;
  /** First pause; doubles each time that the request after it fails too. */
  readonly pauseMs: number;
  readonly maxPauseMs: number;
  /** Monotonic clock; by default `performance.now`. */
  readonly nowMs?: () => number;
}

/** Three in a row, and a first pause that a caller hardly notices; a minute at most, so that a server is found again. */
export const DEFAULT_BREAKER: BreakerOptions = { failures: 3, pauseMs: 1000, maxPauseMs: 60_000 };

/** What a request that was let through reports; the first report counts. */
export interface Ticket {
  readonly succeeded: () => void;
  /** @param retryAfterMs how long the server asked to be left alone */
  readonly failed: (retryAfterMs?: number) => void;
  /** It was given up by whoever asked, and says nothing about the engine. */
  readonly abandoned: () => void;
}

export class Breaker {
  readonly #name: string;
  readonly #options: BreakerOptions;
  readonly #nowMs: () => number;
  #inARow = 0;
  #pauseMs: number;
  #opensAtMs: number | undefined;
  #isProbing = false;
  #waiting: (() => void)[] = [];
  /** Requests that were refused, since the start. */
  refused = 0;
  /** Requests that failed, since the start. */
  failures = 0;

  /** @param name of the engine, for errors */
  constructor(name: string, options: BreakerOptions = DEFAULT_BREAKER) {
    this.#name = name;
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#pauseMs = options.pauseMs;
  }

  get state(): BreakerState {
    if (this.#opensAtMs === undefined) return 'closed';
    return this.#nowMs() < this.#opensAtMs ? 'open' : 'half-open';
  }

  /** Whether a request would be let through now. */
  get isPassable(): boolean {
    const { state } = this;
    return state === 'closed' || (state === 'half-open' && !this.#isProbing);
  }

  /** @returns undefined where the engine must not be asked now */
  enter(): Ticket | undefined {
    if (!this.isPassable) return undefined;
    const isProbe = this.state === 'half-open';
    if (isProbe) this.#isProbing = true;
    return this.#ticket(isProbe);
  }

  /**
   * As `enter`, but waits for the end of a pause.
   * @throws {RingmasterError} PROVIDER_UNAVAILABLE after `maxWaitMs`, or once `signal` is aborted
   */
  async enterWithin(maxWaitMs: number, signal: AbortSignal): Promise<Ticket> {
    const untilMs = this.#nowMs() + maxWaitMs;
    for (;;) {
      const ticket = signal.aborted ? undefined : this.enter();
      if (ticket) return ticket;
      const leftMs = untilMs - this.#nowMs();
      if (leftMs <= 0 || signal.aborted) {
        this.refused += 1;
        throw new RingmasterError(
          'PROVIDER_UNAVAILABLE',
          `${this.#name} failed ${this.#inARow} times in a row and is not asked for a moment`,
          { retryable: true },
        );
      }
      const pauseMs = (this.#opensAtMs ?? 0) - this.#nowMs();
      await this.#change(pauseMs > 0 ? Math.min(pauseMs, leftMs) : leftMs, signal);
    }
  }

  /** A request that was let through long ago has failed after all. */
  failed(retryAfterMs = 0): void {
    this.failures += 1;
    this.#inARow += 1;
    if (retryAfterMs > 0) this.#open(Math.min(retryAfterMs, this.#options.maxPauseMs));
    else if (this.#inARow >= this.#options.failures) this.#open(this.#pauseMs);
  }

  #open(pauseMs: number): void {
    if (this.state === 'open') return;
    this.#opensAtMs = this.#nowMs() + pauseMs;
    this.#pauseMs = Math.min(this.#options.maxPauseMs, this.#pauseMs * 2);
  }

  #ticket(isProbe: boolean): Ticket {
    let isOpen = true;
    const report = (tell: () => void): void => {
      if (!isOpen) return;
      isOpen = false;
      if (isProbe) this.#isProbing = false;
      tell();
      for (const wake of this.#waiting.splice(0)) wake();
    };
    return {
      succeeded: () => {
        report(() => {
          this.#inARow = 0;
          this.#opensAtMs = undefined;
          this.#pauseMs = this.#options.pauseMs;
        });
      },
      failed: (retryAfterMs) => {
        report(() => {
          this.failed(retryAfterMs);
        });
      },
      abandoned: () => {
        report(() => undefined);
      },
    };
  }

  /** Resolves after `timeoutMs`, or sooner when something may have changed. */
  #change(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        const at = this.#waiting.indexOf(done);
        if (at >= 0) this.#waiting.splice(at, 1);
        resolve();
      };
      const timer = setTimeout(done, Math.ceil(timeoutMs));
      signal.addEventListener('abort', done, { once: true });
      this.#waiting.push(done);
    });
  }
}
