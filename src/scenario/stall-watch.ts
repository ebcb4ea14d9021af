// Did this process stand still? Then its phones were no telephones, and a call that failed meanwhile proves nothing. Control plane.

const TICK_MS = 20;
/** Later than this is a stall: jitter buffers and timers take less. */
const STALL_MS = 100;

interface Stall {
  readonly atMs: number;
  readonly lateMs: number;
}

export class StallWatch {
  readonly #timer: NodeJS.Timeout;
  readonly #stalls: Stall[] = [];
  #lastMs = performance.now();

  constructor() {
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      const lateMs = nowMs - this.#lastMs - TICK_MS;
      if (lateMs >= STALL_MS) this.#stalls.push({ atMs: nowMs, lateMs });
      this.#lastMs = nowMs;
    }, TICK_MS);
    this.#timer.unref();
  }

  /** The longest stall that ended after `sinceMs`, 0 where there was none. */
  longestSince(sinceMs: number): number {
    return this.#stalls
      .filter(({ atMs }) => atMs >= sinceMs)
      .reduce((longest, { lateMs }) => Math.max(longest, lateMs), 0);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
