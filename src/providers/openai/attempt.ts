// One try of a request: its abort signal, its time-out, and whether another try may follow. Control plane.

import { setTimeout as sleep } from 'node:timers/promises';
import { RingmasterError } from '../../errors.js';
import type { CallTries } from './recent-failures.js';
import { toFailure, type Operation } from './server-error.js';

/** One try: aborted from outside, by its own time-out, or when it is over. */
export class Attempt {
  readonly operation: Operation;
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  readonly #onOuterAbort = (): void => {
    this.#controller.abort();
  };
  #timer: NodeJS.Timeout | undefined;
  #timeout: RingmasterError | undefined;

  constructor(operation: Operation, outer: AbortSignal) {
    this.operation = operation;
    this.#outer = outer;
    if (outer.aborted) this.#controller.abort();
    else outer.addEventListener('abort', this.#onOuterAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The time-out that ended this try, if one did. */
  get timeout(): RingmasterError | undefined {
    return this.#timeout;
  }

  /** The try fails with PROVIDER_TIMEOUT unless armed again or disarmed within `timeoutMs`. */
  arm(timeoutMs: number, awaited: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const message = `${this.operation}: no ${awaited} within ${timeoutMs} ms`;
      this.#timeout = new RingmasterError('PROVIDER_TIMEOUT', message, { retryable: true });
      this.#controller.abort();
    }, timeoutMs);
  }

  /** Whoever takes what was received may take their time. */
  disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Cancel what still runs of the request. */
  dispose(): void {
    this.disarm();
    this.#outer.removeEventListener('abort', this.#onOuterAbort);
    this.#controller.abort();
  }
}

/**
 * A signal that follows both of its sources until it is let go. (`AbortSignal.any` would hold on to a
 * source that lives as long as the node.)
 */
export class LinkedSignal {
  readonly #controller = new AbortController();
  readonly #sources: readonly AbortSignal[];
  readonly #onAbort = (): void => {
    this.#controller.abort();
  };

  constructor(...sources: readonly AbortSignal[]) {
    this.#sources = sources;
    for (const source of sources) {
      if (source.aborted) this.#controller.abort();
      else source.addEventListener('abort', this.#onAbort, { once: true });
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  letGo(): void {
    for (const source of this.#sources) source.removeEventListener('abort', this.#onAbort);
  }
}

/** Resolves once `signal` is aborted; only for signals that end with their reply. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}

export interface RetrySettings {
  /** Tries in all, the first included. */
  readonly maxAttempts: number;
  /** Wait before the second try; doubled for each later one, shortened by up to a quarter at random. */
  readonly retryDelayMs: number;
  /** A server that asks for a longer wait is not asked again. */
  readonly maxRetryAfterMs: number;
  /** No new try begins later than this after the first one began. */
  readonly retryWindowMs: number;
}

/** Patience of a telephone call: a caller waits a few seconds, not a minute. */
export const CALL_RETRIES: RetrySettings = {
  maxAttempts: 3,
  retryDelayMs: 200,
  maxRetryAfterMs: 2000,
  retryWindowMs: 8000,
};

/** Nothing was said by it: another try repeats nothing. */
const isSignOfLife = (item: unknown): boolean =>
  typeof item === 'object' && item !== null && (item as { type?: unknown }).type === 'working';

const NO_TRIES: CallTries = {
  failures: 0,
  failed: () => undefined,
  succeeded: () => undefined,
};
/** Tries of a reply that follows on failed ones wait at most so long. */
const MAX_BACKOFF_MS = 1000;

/**
 * Run `attempt` until one try ends. Another try is made only where nothing but signs of life
 * was yielded yet and the error is retryable. Ends quietly, without a throw, once `signal` is aborted.
 * @param earlier what this call has tried before, by a child that was replaced: it counts
 * @throws {RingmasterError} PROVIDER_* of the last try
 */
export async function* withRetries<T>(
  operation: Operation,
  signal: AbortSignal,
  settings: RetrySettings,
  attempt: (attempt: Attempt) => AsyncIterable<T>,
  earlier = NO_TRIES,
): AsyncGenerator<T, void, undefined> {
  const startedAtMs = performance.now();
  const before = earlier.failures;
  const maxTries = Math.max(1, settings.maxAttempts - before);
  if (before > 0) await pause(backoffMs(settings.retryDelayMs, before), signal);
  for (let tries = 1; !signal.aborted; tries++) {
    const current = new Attempt(operation, signal);
    let yielded = false;
    let delayMs: number;
    try {
      for await (const item of attempt(current)) {
        if (signal.aborted) return;
        yielded ||= !isSignOfLife(item);
        yield item;
      }
      earlier.succeeded();
      return;
    } catch (thrown) {
      if (signal.aborted) return;
      if (!yielded) earlier.failed();
      const failure = toFailure(current.timeout ?? thrown, operation);
      delayMs = failure.retryAfterMs ?? backoffMs(settings.retryDelayMs, before + tries);
      const late = performance.now() + delayMs - startedAtMs > settings.retryWindowMs;
      const tooLong = (failure.retryAfterMs ?? 0) > settings.maxRetryAfterMs;
      const hopeless = late || tooLong || tries >= maxTries;
      if (yielded || hopeless || !failure.error.retryable) throw failure.error;
    } finally {
      current.dispose();
    }
    await pause(delayMs, signal);
  }
}

/** Ends early once `signal` is aborted. */
async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  await sleep(delayMs, undefined, { signal }).catch(() => undefined);
}

function backoffMs(retryDelayMs: number, tries: number): number {
  const delayMs = Math.min(retryDelayMs * 2 ** (tries - 1), Math.max(MAX_BACKOFF_MS, retryDelayMs));
  return delayMs * (1 - Math.random() * 0.25);
}
