// Stands between the node and a store of call records that may fail, hang or lie. Control plane.

import type { CallInfo, CallLog, CallRecord, CallStore } from '../actors/ports.js';
import { CallWrites, type WriteRoom } from './call-writes.js';
import { StoreHealth, type StoreCounts, type StoreHealthOptions } from './store-health.js';

export interface GuardedCallStoreOptions extends StoreHealthOptions {
  readonly store: CallStore;
  /** Writes that may wait, of all calls. */
  readonly maxQueued: number;
  /** Default 500. */
  readonly maxQueuedPerCall?: number;
  /** Before a record that could not be opened is tried again. Default 500 ms. */
  readonly backoffMs?: number;
}

/** A call of an hour has about 300 turns and as many latencies; they wait only where the store is in trouble. */
const MAX_QUEUED_PER_CALL = 500;
const BACKOFF_MS = 500;

/**
 * Writes of calls go through a queue each, in order, and never throw nor wait; reads end in bounded time.
 * A write is handed over in a microtask where nothing is before it.
 */
export class GuardedCallStore implements Pick<CallStore, 'get' | 'list'> {
  readonly #options: GuardedCallStoreOptions;
  readonly #health: StoreHealth;
  readonly #room: WriteRoom;
  readonly #open = new Set<CallWrites>();
  #flushed: (() => void) | undefined;

  constructor(options: GuardedCallStoreOptions) {
    this.#options = options;
    this.#health = new StoreHealth(options);
    this.#room = {
      queued: 0,
      lost: 0,
      most: options.maxQueued,
      mostPerCall: options.maxQueuedPerCall ?? MAX_QUEUED_PER_CALL,
    };
  }

  open(call: CallInfo): CallLog {
    const writes = new CallWrites({
      call,
      store: this.#options.store,
      health: this.#health,
      room: this.#room,
      backoffMs: this.#options.backoffMs ?? BACKOFF_MS,
      onDone: () => {
        this.#open.delete(writes);
        if (this.#open.size === 0) this.#flushed?.();
      },
    });
    this.#open.add(writes);
    return writes;
  }

  /** @throws {RingmasterError} STORE_FAILED, STORE_TIMEOUT */
  get(callSid: string): Promise<CallRecord | undefined> {
    return this.#health.ask({ name: 'get', callSid }, async () => {
      const record = await this.#options.store.get(callSid);
      if (record !== undefined && !isRecord(record)) throw new TypeError('get gave no call record');
      return record;
    });
  }

  /** @throws {RingmasterError} STORE_FAILED, STORE_TIMEOUT */
  list(limit: number): Promise<readonly CallRecord[]> {
    return this.#health.ask({ name: 'list' }, async () => {
      const records = await this.#options.store.list(limit);
      if (!Array.isArray(records) || !records.every(isRecord)) {
        throw new TypeError('list gave no list of call records');
      }
      return records.slice(0, Math.max(0, limit));
    });
  }

  get counts(): StoreCounts {
    const { degraded, failed, timedOut } = this.#health;
    const { queued, lost } = this.#room;
    return { degraded, queued, failed, timedOut, lost };
  }

  /** For the end of the node: what waits, and the end of every call, is written as far as the time allows. */
  async close(timeoutMs: number): Promise<void> {
    for (const writes of this.#open) writes.hurry();
    if (this.#open.size > 0) await this.#untilEmpty(timeoutMs);
    for (const writes of this.#open) writes.abandon();
  }

  async #untilEmpty(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#flushed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

const isRecord = (value: unknown): value is CallRecord =>
  typeof value === 'object' && value !== null && typeof (value as CallRecord).callSid === 'string';
