// Reads a stream that is not ours: its own abort signal, a time-out for its next piece, and how long it was waited for. Control plane.

import { RingmasterError } from '../../errors.js';

/**
 * One pass over what `open` gives. The stream may ignore its signal, throw late, or hang when it is asked to end:
 * whoever reads is let go all the same.
 */
export class Reading<Item> implements AsyncIterable<Item> {
  readonly #open: (signal: AbortSignal) => AsyncIterable<Item>;
  readonly #outer: AbortSignal;
  readonly #abort = new AbortController();
  readonly #letGo: Promise<undefined>;
  readonly #onOuterAbort = (): void => {
    this.#abort.abort();
  };
  #timer: NodeJS.Timeout | undefined;
  #timeout: RingmasterError | undefined;
  #waitingSinceMs: number | undefined;
  #waitedMs = 0;
  #isComplete = false;

  constructor(outer: AbortSignal, open: (signal: AbortSignal) => AsyncIterable<Item>) {
    this.#outer = outer;
    this.#open = open;
    const { signal } = this.#abort;
    this.#letGo = new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    if (outer.aborted) this.#abort.abort();
    else outer.addEventListener('abort', this.#onOuterAbort, { once: true });
  }

  /** Time that was spent waiting for pieces so far. */
  get waitedMs(): number {
    const sinceMs = this.#waitingSinceMs;
    return this.#waitedMs + (sinceMs === undefined ? 0 : performance.now() - sinceMs);
  }

  /** Reading fails with PROVIDER_TIMEOUT unless disarmed within `timeoutMs`. */
  arm(timeoutMs: number, what: string): void {
    this.disarm();
    this.#timer = setTimeout(() => {
      const message = `${what} ${timeoutMs} ms`;
      this.#timeout = new RingmasterError('PROVIDER_TIMEOUT', message, { retryable: true });
      this.#abort.abort();
    }, timeoutMs);
  }

  disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    if (this.#outer.aborted) return;
    const iterator = await this.#iterator();
    if (!iterator) {
      if (this.#timeout) throw this.#timeout;
      return;
    }
    let isOver = false;
    try {
      for (;;) {
        const result = await this.#next(iterator);
        if (!result || result.done === true) {
          isOver = result !== undefined;
          this.#isComplete = isOver;
          if (this.#timeout) throw this.#timeout;
          return;
        }
        yield result.value;
      }
    } catch (thrown) {
      isOver = true;
      throw this.#timeout ?? thrown;
    } finally {
      if (!isOver) endIterator(iterator);
    }
  }

  /**
   * Gives up what still runs. Idempotent. The signal of a stream that came to its end goes on to follow the outer one: a
   * complete draft may still be withdrawn.
   */
  end(): void {
    this.disarm();
    if (this.#isComplete) return;
    this.#outer.removeEventListener('abort', this.#onOuterAbort);
    this.#abort.abort();
  }

  /** An `async` function may stand where a generator is expected: what it rejects with is the failure. */
  async #iterator(): Promise<AsyncIterator<Item> | undefined> {
    const begun = (async () => {
      const stream: Partial<AsyncIterable<Item>> | undefined = await settled(
        this.#open(this.#abort.signal),
      );
      const iterator: Partial<AsyncIterator<Item>> | undefined = await settled(
        stream?.[Symbol.asyncIterator]?.(),
      );
      if (typeof iterator?.next === 'function') return iterator as AsyncIterator<Item>;
      throw new RingmasterError('PROVIDER_PROTOCOL', 'what should be a stream is none');
    })();
    // It may fail, or begin, when nobody waits for it any more.
    begun.then(
      (iterator) => this.#abort.signal.aborted && endIterator(iterator),
      () => undefined,
    );
    return this.#await(begun);
  }

  #next(iterator: AsyncIterator<Item>): Promise<IteratorResult<Item> | undefined> {
    const next = (async () => iterator.next())();
    // It may fail when nobody waits for it any more.
    next.catch(() => undefined);
    return this.#await(next);
  }

  /** @returns undefined where whoever reads is let go first */
  async #await<Result>(result: Promise<Result>): Promise<Result | undefined> {
    const sinceMs = performance.now();
    this.#waitingSinceMs = sinceMs;
    try {
      return await Promise.race([result, this.#letGo]);
    } finally {
      this.#waitingSinceMs = undefined;
      this.#waitedMs += performance.now() - sinceMs;
    }
  }
}

/** What is promised where it is a promise, whatever its type says. */
const settled = async <Value>(value: Value | PromiseLike<Value>): Promise<Value> => value;

/** Not waited for: a generator that hangs in its `next` never answers. */
function endIterator<Item>(iterator: AsyncIterator<Item>): void {
  try {
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  } catch {
    // It is gone for us either way.
  }
}
