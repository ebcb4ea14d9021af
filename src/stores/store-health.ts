// What is known of a store's health, of all calls together, and when its operator hears of it. Control plane.

import { RingmasterError } from '../errors.js';
import { within } from '../foreign-call.js';

export interface StoreCounts {
  /** The last thing asked of it failed or took too long. */
  readonly degraded: boolean;
  /** Writes that wait for it now. */
  readonly queued: number;
  /** Since the start: writes and reads that threw or gave nonsense; that took too long. */
  readonly failed: number;
  readonly timedOut: number;
  /** Writes that no record has: there was no room for them, or they failed. */
  readonly lost: number;
}

export interface StoreFault {
  readonly operation: string;
  readonly callSid: string | undefined;
  readonly thrown: RingmasterError;
  /** Texts that the store's error may quote. */
  readonly words: readonly string[];
}

export interface StoreHealthOptions {
  readonly timeoutMs: number;
  /** It fails: told at once, then at most every 30 s while it goes on. */
  readonly onFault: (fault: StoreFault) => void;
  /** It works again. */
  readonly onRecovered: () => void;
}

const FAULT_EVERY_MS = 30_000;
/** What hangs is given up by us and still held by the store: beyond that nothing more is asked of it. */
const MAX_UNSETTLED = 1000;

/** An operation of the store, for its errors. */
export interface StoreOperation {
  readonly name: string;
  readonly callSid?: string;
  readonly words?: readonly string[];
}

export class StoreHealth {
  readonly #options: StoreHealthOptions;
  #toldAtMs = -Infinity;
  #isTold = false;
  #unsettled = 0;
  degraded = false;
  failed = 0;
  timedOut = 0;

  constructor(options: StoreHealthOptions) {
    this.#options = options;
  }

  /**
   * Ask the store something, within its time.
   * @throws {RingmasterError} STORE_FAILED, STORE_TIMEOUT
   */
  async ask<T>(operation: StoreOperation, run: () => T | PromiseLike<T>): Promise<T> {
    try {
      if (this.#unsettled >= MAX_UNSETTLED) throw this.#timeout(operation);
      const given = await within(
        this.#options.timeoutMs,
        () => this.#held(run),
        () => this.#timeout(operation),
        false,
      );
      this.#succeeded();
      return given;
    } catch (thrown) {
      throw this.#noted(operation, thrown);
    }
  }

  async #held<T>(run: () => T | PromiseLike<T>): Promise<T> {
    this.#unsettled += 1;
    try {
      return await run();
    } finally {
      this.#unsettled -= 1;
    }
  }

  #timeout({ name }: StoreOperation): RingmasterError {
    const message = `the call store did not finish "${name}" in ${this.#options.timeoutMs} ms`;
    return new RingmasterError('STORE_TIMEOUT', message, { retryable: true });
  }

  #noted({ name, callSid, words = [] }: StoreOperation, thrown: unknown): RingmasterError {
    const error =
      thrown instanceof RingmasterError && thrown.code === 'STORE_TIMEOUT'
        ? thrown
        : new RingmasterError('STORE_FAILED', `the call store failed at "${name}"`, {
            cause: thrown,
          });
    this.degraded = true;
    if (error.code === 'STORE_TIMEOUT') this.timedOut += 1;
    else this.failed += 1;
    const nowMs = performance.now();
    if (nowMs - this.#toldAtMs >= FAULT_EVERY_MS) {
      this.#toldAtMs = nowMs;
      this.#isTold = true;
      this.#options.onFault({ operation: name, callSid, thrown: error, words });
    }
    return error;
  }

  #succeeded(): void {
    this.degraded = false;
    if (!this.#isTold) return;
    this.#isTold = false;
    this.#options.onRecovered();
  }
}
