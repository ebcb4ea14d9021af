// A call's clock that stands still while its line is lost: no timer of its actors runs out meanwhile. Control plane.

/** As XState takes it; Node's globals and XState's simulated clock both fit. */
export interface TimerClock {
  setTimeout(run: () => void, delayMs: number): unknown;
  // Node and simulated clocks disagree on the handle's type; it only ever goes back to its source.
  // eslint-disable-next-line typescript/no-explicit-any
  clearTimeout(handle: any): void;
}

interface Timer {
  readonly run: () => void;
  /** When it is due while the clock runs. */
  dueMs: number;
  /** What is left of it while the clock stands. */
  leftMs: number;
  handle: unknown;
}

export interface PausableClockOptions {
  readonly timers?: TimerClock;
  /** Monotonic. */
  readonly nowMs?: () => number;
}

const NODE_TIMERS: TimerClock = {
  setTimeout: (run, delayMs) => setTimeout(run, delayMs),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

/** For XState's `createActor(logic, { clock })`, which gives it to every actor of the call. */
export class PausableClock implements TimerClock {
  readonly #timers: TimerClock;
  readonly #nowMs: () => number;
  readonly #waiting = new Set<Timer>();
  #paused = false;

  constructor(options: PausableClockOptions = {}) {
    this.#timers = options.timers ?? NODE_TIMERS;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  setTimeout(run: () => void, delayMs: number): Timer {
    const timer: Timer = { run, dueMs: 0, leftMs: delayMs, handle: undefined };
    this.#waiting.add(timer);
    if (!this.#paused) this.#start(timer);
    return timer;
  }

  clearTimeout(timer: Timer | undefined): void {
    if (timer === undefined || !this.#waiting.delete(timer)) return;
    this.#timers.clearTimeout(timer.handle);
  }

  /** Idempotent. What is set from now on waits too. */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    const nowMs = this.#nowMs();
    for (const timer of this.#waiting) {
      this.#timers.clearTimeout(timer.handle);
      timer.leftMs = Math.max(0, timer.dueMs - nowMs);
    }
  }

  /** Idempotent. Every timer has left what it had. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    for (const timer of this.#waiting) this.#start(timer);
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#waiting.size;
  }

  #start(timer: Timer): void {
    timer.dueMs = this.#nowMs() + timer.leftMs;
    timer.handle = this.#timers.setTimeout(() => {
      this.#waiting.delete(timer);
      timer.run();
    }, timer.leftMs);
  }
}
