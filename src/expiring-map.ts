// A map whose entries expire by themselves, told when one is gone. Control plane.

/** Runs `callback` after `delayMs`. @returns what cancels it; idempotent */
export type After = (delayMs: number, callback: () => void) => () => void;

/** The process's own timers; none of them keeps it alive. */
export const realAfter: After = (delayMs, callback) => {
  const timer = setTimeout(callback, delayMs).unref();
  return () => clearTimeout(timer);
};

interface Entry<Value> {
  readonly value: Value;
  readonly cancel: () => void;
}

export class ExpiringMap<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #after: After;
  readonly #onGone: (key: string, value: Value, expired: boolean) => void;

  /** @param onGone called once for every entry that expired or was deleted, after it is gone */
  constructor(
    after: After = realAfter,
    onGone: (key: string, value: Value, expired: boolean) => void = () => undefined,
  ) {
    this.#after = after;
    this.#onGone = onGone;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key)?.value;
  }

  /** The oldest key, by when it was last set. */
  get oldest(): string | undefined {
    return this.#entries.keys().next().value;
  }

  /** In the place of what was there, with a whole new life. */
  set(key: string, value: Value, lifeMs: number): void {
    this.#entries.get(key)?.cancel();
    this.#entries.delete(key);
    const entry = { value, cancel: this.#after(lifeMs, () => this.#remove(key, true)) };
    this.#entries.set(key, entry);
  }

  /** @returns false where there was none */
  delete(key: string): boolean {
    return this.#remove(key, false);
  }

  clear(): void {
    for (const key of this.#entries.keys()) this.#remove(key, false);
  }

  #remove(key: string, expired: boolean): boolean {
    const entry = this.#entries.get(key);
    if (!entry) return false;
    entry.cancel();
    this.#entries.delete(key);
    this.#onGone(key, entry.value, expired);
    return true;
  }
}
