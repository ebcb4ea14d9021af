// The simulated phone's time: the machine's own, or one that a test moves by hand. Media plane.

import { FRAME_MS } from '../dsp/frame.js';
import { FrameTimer, type FrameListener } from './frame-timer.js';

export interface PhoneClock {
  /** Milliseconds; only differences mean something. */
  nowMs(): number;
  /** @returns a function that cancels the timer, idempotent */
  setTimer(delayMs: number, callback: () => void): () => void;
  /**
   * Call back every 20 ms, for the first time in about 20 ms, each time with the exact moment due.
   * @returns a function that ends it, idempotent
   */
  everyFrame(listener: FrameListener): () => void;
}

/** The timer that all phones on the machine's clock share. */
export const sharedFrameTimer = new FrameTimer();

export const machineClock: PhoneClock = {
  nowMs: () => performance.now(),
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  everyFrame: (listener) => sharedFrameTimer.add(listener),
};

interface Due {
  atMs: number;
  readonly everyMs: number | undefined;
  readonly callback: (dueMs: number) => void;
}

/** Time that stands still until `advance`: tests of calls need no real seconds. */
export class ManualClock implements PhoneClock {
  #nowMs = 0;
  readonly #due = new Set<Due>();

  nowMs(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    return this.#add({ atMs: this.#nowMs + Math.max(0, delayMs), everyMs: undefined, callback });
  }

  everyFrame(listener: FrameListener): () => void {
    return this.#add({ atMs: this.#nowMs + FRAME_MS, everyMs: FRAME_MS, callback: listener });
  }

  /**
   * Move time on; whatever is due on the way happens at its moment, and promises that it settles
   * run on before time moves further.
   */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    await settle();
    for (let due = this.#earliest(untilMs); due !== undefined; due = this.#earliest(untilMs)) {
      this.#nowMs = due.atMs;
      if (due.everyMs === undefined) this.#due.delete(due);
      else due.atMs += due.everyMs;
      due.callback(this.#nowMs);
      await settle();
    }
    this.#nowMs = untilMs;
  }

  #add(due: Due): () => void {
    this.#due.add(due);
    return () => {
      this.#due.delete(due);
    };
  }

  #earliest(untilMs: number): Due | undefined {
    let earliest: Due | undefined;
    for (const due of this.#due) {
      if (due.atMs <= untilMs && (earliest === undefined || due.atMs < earliest.atMs)) {
        earliest = due;
      }
    }
    return earliest;
  }
}

/** Let everything that waits on promises run. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
