// A call store that notes when the floor decided what: what the node writes into its records, with the moment. Control plane.

import type { CallInfo, CallLog, CallRecord, CallStore } from '../../src/actors/ports.js';
import { createMemoryCallStore } from '../../src/stores/memory-call-store.js';

/** Moments on the clock of the process. */
export interface Decisions {
  startedAtMs: number;
  endedAtMs: number | undefined;
  /** The caller's turn is final; an amended one, too. */
  readonly commits: number[];
  readonly interruptions: number[];
  readonly falseInterruptions: number[];
}

export class ObservedStore implements CallStore {
  readonly #store = createMemoryCallStore();
  readonly #decisions = new Map<string, Decisions>();
  readonly #ended = new Map<string, () => void>();

  decisions(callSid: string): Decisions | undefined {
    return this.#decisions.get(callSid);
  }

  /** Resolves when the node has written the last of the call, or after `timeoutMs`. */
  ended(callSid: string, timeoutMs: number): Promise<void> {
    const decisions = this.#decisions.get(callSid);
    if (decisions === undefined || decisions.endedAtMs !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#ended.set(callSid, () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  open(call: CallInfo): CallLog {
    const log = this.#store.open(call);
    const decisions: Decisions = {
      startedAtMs: performance.now(),
      endedAtMs: undefined,
      commits: [],
      interruptions: [],
      falseInterruptions: [],
    };
    this.#decisions.set(call.callSid, decisions);
    const noteCommit = (role: string): void => {
      if (role === 'caller') decisions.commits.push(performance.now());
    };
    return {
      turn: (turn) => {
        noteCommit(turn.role);
        log.turn(turn);
      },
      amendTurn: (turn) => {
        noteCommit(turn.role);
        log.amendTurn(turn);
      },
      latency: (latency) => log.latency(latency),
      interruption: () => {
        decisions.interruptions.push(performance.now());
        log.interruption();
      },
      falseInterruption: () => {
        decisions.falseInterruptions.push(performance.now());
        log.falseInterruption();
      },
      restart: (child) => log.restart(child),
      failure: (failure) => log.failure(failure),
      end: (reason, errorCode) => {
        decisions.endedAtMs = performance.now();
        log.end(reason, errorCode);
        this.#ended.get(call.callSid)?.();
        this.#ended.delete(call.callSid);
      },
    };
  }

  get(callSid: string): Promise<CallRecord | undefined> {
    return this.#store.get(callSid);
  }

  list(limit: number): Promise<readonly CallRecord[]> {
    return this.#store.list(limit);
  }

  /** The call is told and done with. */
  forget(callSid: string): void {
    this.#decisions.delete(callSid);
  }
}
