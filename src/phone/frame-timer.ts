// One timer for all phones of a process: each is called every 20 ms, without drift, at a phase of its own. Media plane.

import { FRAME_MS } from '../dsp/frame.js';
import { LatenessHistogram, type Lateness } from './lateness.js';

/**
 * Called once a period with the moment it was due, which is exact: first due moment plus a multiple
 * of 20 ms. After a late wake-up periods are not repeated one by one: `dueMs` jumps, and the
 * listener sees from it how many frames it owes.
 */
export type FrameListener = (dueMs: number) => void;

/** Phones that begin within the same 2 ms share a phase; calls of a real line do not tick together. */
const SLOTS = 10;
const SLOT_MS = FRAME_MS / SLOTS;
/** A timer may fire a fraction of a millisecond early: then the slot is due. */
const EARLY_MS = 0.6;

/** A wheel of ten slots of 2 ms, driven by one `setTimeout` for the next slot that anybody is in. */
export class FrameTimer {
  readonly #slots: Set<FrameListener>[] = Array.from({ length: SLOTS }, () => new Set());
  readonly #lateness = new LatenessHistogram();
  readonly #originMs = performance.now();
  /** Number of the next slot to serve, counted from the origin; only grows. */
  #next = 0;
  #listeners = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * Call `listener` every 20 ms, for the first time 20 ms from now (to 2 ms).
   * @returns a function that ends it, idempotent
   */
  add(listener: FrameListener): () => void {
    const now = Math.floor((performance.now() - this.#originMs) / SLOT_MS);
    if (this.#listeners === 0) this.#next = now + 1;
    const slot = this.#slots[now % SLOTS];
    if (slot === undefined) throw new RangeError('the wheel has no such slot');
    slot.add(listener);
    this.#listeners += 1;
    this.#arm();
    return () => {
      if (slot.delete(listener)) this.#listeners -= 1;
    };
  }

  /** How late slots were served since the timer was made. */
  lateness(): Lateness {
    return this.#lateness.read();
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#listeners === 0) return;
    let number = this.#next;
    while (this.#slots[number % SLOTS]?.size === 0) number += 1;
    const dueMs = this.#originMs + number * SLOT_MS;
    this.#timer = setTimeout(() => this.#serve(), Math.max(0, dueMs - performance.now()));
  }

  #serve(): void {
    this.#timer = undefined;
    const last = Math.floor((performance.now() + EARLY_MS - this.#originMs) / SLOT_MS);
    const unserved = this.#next;
    // One round of the wheel is enough: after a long stall `dueMs` tells the listeners.
    const first = Math.max(unserved, last - SLOTS + 1);
    this.#next = Math.max(unserved, last + 1);
    try {
      for (let number = first; number <= last; number += 1) this.#serveSlot(number, unserved);
    } finally {
      this.#arm();
    }
  }

  #serveSlot(number: number, unserved: number): void {
    const slot = this.#slots[number % SLOTS];
    if (slot === undefined || slot.size === 0) return;
    const rounds = Math.floor((number - unserved) / SLOTS);
    const owedSinceMs = this.#originMs + (number - rounds * SLOTS) * SLOT_MS;
    this.#lateness.add(Math.max(0, performance.now() - owedSinceMs));
    const dueMs = this.#originMs + number * SLOT_MS;
    for (const listener of slot) listener(dueMs);
  }
}
