// Waits until nothing is left to do, or no longer. Control plane.

export class IdleWait {
  readonly #isIdle: () => boolean;
  #waiting: (() => void)[] = [];

  constructor(isIdle: () => boolean) {
    this.#isIdle = isIdle;
  }

  /** Something ended: it may have been the last. */
  check(): void {
    if (!this.#isIdle()) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** @returns whether nothing was left within `timeoutMs` */
  async within(timeoutMs: number): Promise<boolean> {
    if (this.#isIdle()) return true;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    return this.#isIdle();
  }
}
