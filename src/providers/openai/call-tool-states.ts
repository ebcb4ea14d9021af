// What tools did in each call, kept while its agent session is replaced. Control plane.

import type { CallInfo, CallSid } from '../../actors/ports.js';
import { ToolMemory } from './tool-memory.js';
import type { ToolRunner } from './tool-runner.js';

/** A session that failed is replaced within seconds; after that the call is over. */
const KEEP_MS = 30_000;

export interface CallToolState {
  readonly memory: ToolMemory;
  readonly runner: ToolRunner;
}

interface Entry extends CallToolState {
  sessions: number;
  expiry: NodeJS.Timeout | undefined;
}

/**
 * A supervisor that restarts an agent asks it the same again. Without this the new session would not
 * know that the order is placed, and place it once more.
 */
export class CallToolStates {
  readonly #entries = new Map<CallSid, Entry>();
  readonly #createRunner: (call: CallInfo) => ToolRunner;

  readonly #keepMs: number;

  constructor(createRunner: (call: CallInfo) => ToolRunner, keepMs = KEEP_MS) {
    this.#createRunner = createRunner;
    this.#keepMs = keepMs;
  }

  /** The state of a call; `close` must follow. */
  open(call: CallInfo): CallToolState {
    const entry = this.#entries.get(call.callSid) ?? {
      memory: new ToolMemory(),
      runner: this.#createRunner(call),
      sessions: 0,
      expiry: undefined,
    };
    clearTimeout(entry.expiry);
    entry.sessions++;
    this.#entries.set(call.callSid, entry);
    return entry;
  }

  /** The session is over. What it knows is forgotten soon, and at once where it knows nothing. */
  close(callSid: CallSid): void {
    const entry = this.#entries.get(callSid);
    if (entry === undefined || --entry.sessions > 0) return;
    if (entry.memory.empty && entry.runner.untouched) {
      this.#entries.delete(callSid);
      return;
    }
    entry.expiry = setTimeout(() => {
      this.#entries.delete(callSid);
    }, this.#keepMs);
    entry.expiry.unref();
  }

  clear(): void {
    for (const entry of this.#entries.values()) clearTimeout(entry.expiry);
    this.#entries.clear();
  }

  /** Calls of which something is kept. */
  get size(): number {
    return this.#entries.size;
  }
}
