// Measures the node's load once a second, from its one timer, and says whether it refuses calls. Control plane.

import { performance } from 'node:perf_hooks';
import type { DspPool } from './dsp/pool.js';
import { LoadWatch } from './load-watch.js';

const INTERVAL_MS = 1000;

export interface NodeLoad {
  /** New calls are refused. */
  readonly overloaded: boolean;
  /** Calls that were refused for it since the start. */
  readonly refusedCalls: number;
  /** Of the last second, 0..1. */
  readonly loopUtilization: number;
  /** Of the last second's frames, 0..1. */
  readonly lateShare: number;
}

export class LoadMeter {
  readonly #pool: Pick<DspPool, 'isOverloaded' | 'counters'>;
  readonly #watch = new LoadWatch();
  readonly #loopUtilization: () => number;
  #processed = 0;
  #late = 0;
  #dueMs = performance.now() + INTERVAL_MS;
  refusedCalls = 0;

  /** @param loopUtilization of the event loop since it was asked last; tests drive it */
  constructor(
    pool: Pick<DspPool, 'isOverloaded' | 'counters'>,
    loopUtilization = utilizationSinceLast(),
  ) {
    this.#pool = pool;
    this.#loopUtilization = loopUtilization;
  }

  /** The pool tells at once, and has a hysteresis of its own. */
  get isOverloaded(): boolean {
    return this.#pool.isOverloaded || this.#watch.isOverloaded;
  }

  /** From the node's timer. */
  tick(nowMs: number): void {
    if (nowMs < this.#dueMs) return;
    this.#dueMs = nowMs + INTERVAL_MS;
    const { processed, late } = this.#pool.counters();
    this.#watch.add({
      loopUtilization: this.#loopUtilization(),
      frames: processed - this.#processed,
      lateFrames: late - this.#late,
    });
    this.#processed = processed;
    this.#late = late;
  }

  report(): NodeLoad {
    const { loopUtilization, frames, lateFrames } = this.#watch.last;
    return {
      overloaded: this.isOverloaded,
      refusedCalls: this.refusedCalls,
      loopUtilization,
      lateShare: frames === 0 ? 0 : lateFrames / frames,
    };
  }
}

function utilizationSinceLast(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
