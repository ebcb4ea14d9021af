// What failed of late for each call: a child that is replaced asks for the same again, and must not flood a server that is down. Control plane.

import { ExpiringMap, type After } from '../../expiring-map.js';

/** Longer than a caller waits for one answer. */
const KEEP_MS = 8000;

/** The tries of one call at one engine, also of children that are gone. */
export interface CallTries {
  /** Failed in a row within the last seconds. */
  readonly failures: number;
  failed(): void;
  succeeded(): void;
}

export class RecentFailures {
  readonly #counts: ExpiringMap<number>;

  constructor(after?: After) {
    this.#counts = new ExpiringMap<number>(after);
  }

  of(callSid: string): CallTries {
    const counts = this.#counts;
    return {
      get failures() {
        return counts.get(callSid) ?? 0;
      },
      failed() {
        counts.set(callSid, this.failures + 1, KEEP_MS);
      },
      succeeded() {
        counts.delete(callSid);
      },
    };
  }

  clear(): void {
    this.#counts.clear();
  }
}
