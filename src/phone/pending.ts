// Promises that wait for something on a call and all end with it. Control plane.

/** Thrown into a caller's script when the call ends while it waits: not a failure. */
export class CallOver extends Error {
  override readonly name = 'CallOver';
  constructor() {
    super('the call is over');
  }
}

type Settle<T> = (value: T) => void;

export class Pending {
  readonly #open = new Set<(error: Error) => void>();
  #over = false;

  /**
   * A promise that `begin` settles, or that rejects with `CallOver` at the end of the call. A
   * rejection that nobody awaits is no crash.
   * @param begin returns what undoes its waiting; called once however the promise ends
   */
  wait<T>(begin: (resolve: Settle<T>, reject: Settle<Error>) => () => void): Promise<T> {
    const promise = new Promise<T>((resolve, reject) => {
      if (this.#over) {
        reject(new CallOver());
        return;
      }
      let undo: (() => void) | undefined;
      let settled = false;
      const settle = (): void => {
        settled = true;
        this.#open.delete(fail);
        undo?.();
      };
      const fail = (error: Error): void => {
        settle();
        reject(error);
      };
      this.#open.add(fail);
      undo = begin((value) => {
        settle();
        resolve(value);
      }, fail);
      if (settled) undo();
    });
    promise.catch(() => {});
    return promise;
  }

  /** The call is over: whatever waits, now or later, rejects. Idempotent. */
  end(): void {
    this.#over = true;
    for (const fail of this.#open) fail(new CallOver());
  }
}
