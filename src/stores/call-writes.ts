// The queue between one call and its store: in order, bounded, and patient with a store that fails. Control plane.

import type { CallInfo, CallLog, CallStore, RecordedTurn, StoredCallLog } from '../actors/ports.js';
import { RingmasterError } from '../errors.js';
import type { StoreHealth } from './store-health.js';

/** One write as it waits. */
type Write = {
  readonly [Name in keyof CallLog]: {
    readonly name: Name;
    readonly args: Parameters<CallLog[Name]>;
  };
}[keyof CallLog];

/** What all calls share. */
export interface WriteRoom {
  queued: number;
  lost: number;
  readonly most: number;
  readonly mostPerCall: number;
}

export interface CallWritesOptions {
  readonly call: CallInfo;
  readonly store: CallStore;
  readonly health: StoreHealth;
  readonly room: WriteRoom;
  /** Before the second attempt; doubles up to `MAX_BACKOFF_MS`. */
  readonly backoffMs: number;
  /** Nothing is left to be written of a call that has ended. */
  readonly onDone: () => void;
}

const MAX_BACKOFF_MS = 10_000;
/** Attempts to open, or end, the record of a call that is over. */
const LAST_ATTEMPTS = 5;

export class CallWrites implements CallLog {
  readonly #options: CallWritesOptions;
  #waiting: Write[] = [];
  #stored: StoredCallLog | undefined;
  #ended = false;
  #givenUp = false;
  /** The last turn told found no room, or the store failed to keep it: its amendment is a turn of its own. */
  #lastTurnDropped = false;
  #lastTurnFailed = false;
  #running = false;
  #hurry = false;
  #wake: (() => void) | undefined;

  constructor(options: CallWritesOptions) {
    this.#options = options;
    this.#run();
  }

  // ---- CallLog

  turn(turn: RecordedTurn): void {
    this.#lastTurnDropped = !this.#push({ name: 'turn', args: [turn] });
  }

  amendTurn(turn: RecordedTurn): void {
    const last = this.#waiting.findLastIndex(({ name }) => name === 'turn' || name === 'amendTurn');
    const waiting = this.#waiting[last];
    if (waiting) this.#waiting[last] = { name: waiting.name as 'turn', args: [turn] };
    else if (this.#lastTurnDropped) this.turn(turn);
    else this.#push({ name: 'amendTurn', args: [turn] });
  }

  latency(...args: Parameters<CallLog['latency']>): void {
    this.#push({ name: 'latency', args });
  }

  interruption(): void {
    this.#push({ name: 'interruption', args: [] });
  }

  falseInterruption(): void {
    this.#push({ name: 'falseInterruption', args: [] });
  }

  restart(...args: Parameters<CallLog['restart']>): void {
    this.#push({ name: 'restart', args });
  }

  failure(...args: Parameters<CallLog['failure']>): void {
    this.#push({ name: 'failure', args });
  }

  end(...args: Parameters<CallLog['end']>): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#wake?.();
    const { room } = this.#options;
    const isFull = room.queued >= room.most || this.#waiting.length >= room.mostPerCall;
    // It has a place of its own: a record without an end would be of a call that runs for ever.
    if (isFull && this.#waiting.length > 0) this.#lose(this.#waiting.splice(-1).length);
    this.#add({ name: 'end', args });
  }

  /** Wait between attempts no longer: the node closes. */
  hurry(): void {
    this.#hurry = true;
    this.#wake?.();
  }

  /** Nothing more is written: the node is closed. */
  abandon(): void {
    this.#ended = true;
    this.#givenUp = true;
    this.hurry();
    this.#lose(this.#waiting.splice(0).length);
  }

  // ---- towards the store

  #push(write: Write): boolean {
    const { room } = this.#options;
    const hasRoom = room.queued < room.most && this.#waiting.length < room.mostPerCall;
    if (this.#ended) return false;
    if (hasRoom && !this.#givenUp) this.#add(write);
    else room.lost += 1;
    return hasRoom && !this.#givenUp;
  }

  #add(write: Write): void {
    this.#options.room.queued += 1;
    this.#waiting.push(write);
    this.#run();
  }

  #lose(writes: number): void {
    this.#options.room.queued -= writes;
    this.#options.room.lost += writes;
  }

  #run(): void {
    if (this.#running) return;
    this.#running = true;
    // Not on the stack of the actor that writes.
    queueMicrotask(() => {
      this.#drain().then(
        () => this.#rested(),
        () => this.#rested(),
      );
    });
  }

  #rested(): void {
    this.#running = false;
    if (this.#waiting.length > 0 && !this.#givenUp) this.#run();
    else if (this.#ended) this.#options.onDone();
  }

  async #drain(): Promise<void> {
    this.#stored ??= await this.#untilDone('open', async () => {
      const { call, store } = this.#options;
      return checkedLog(await store.open(call));
    });
    if (this.#stored === undefined) {
      this.#givenUp = true;
      this.#lose(this.#waiting.splice(0).length);
      return;
    }
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      this.#options.room.queued -= 1;
      await this.#write(next, this.#stored);
    }
  }

  async #write(queued: Write, stored: StoredCallLog): Promise<void> {
    const isAmendment = queued.name === 'amendTurn';
    const write: Write =
      isAmendment && this.#lastTurnFailed ? { name: 'turn', args: queued.args } : queued;
    const run = (): void | Promise<void> =>
      (stored[write.name] as ((...args: readonly unknown[]) => void | Promise<void>) | undefined)?.(
        ...write.args,
      );
    if (write.name === 'end') {
      const done = await this.#untilDone('end', async () => {
        await run();
        return true;
      });
      if (!done) this.#options.room.lost += 1;
      return;
    }
    const isTurn = write.name === 'turn' || write.name === 'amendTurn';
    try {
      const words = isTurn ? [write.args[0].text] : [];
      await this.#ask(write.name, run, words);
      if (isTurn) this.#lastTurnFailed = false;
    } catch (thrown) {
      // What took too long may be kept all the same.
      if (thrown instanceof RingmasterError && thrown.code === 'STORE_TIMEOUT') return;
      this.#options.room.lost += 1;
      if (write.name === 'turn') this.#lastTurnFailed = true;
    }
  }

  /** What may be done twice is tried until it works: while the call lives, and a few times after it. */
  async #untilDone<T>(name: string, run: () => Promise<T>): Promise<T | undefined> {
    let last = LAST_ATTEMPTS;
    for (let backoffMs = this.#options.backoffMs; last > 0; backoffMs *= 2) {
      try {
        return await this.#ask(name, run);
      } catch {
        if (this.#ended) last -= 1;
        if (this.#hurry) last = 0;
        if (last > 0) await this.#pause(Math.min(backoffMs, MAX_BACKOFF_MS));
      }
    }
    return undefined;
  }

  #ask<T>(name: string, run: () => T | Promise<T>, words?: readonly string[]): Promise<T> {
    const { callSid } = this.#options.call;
    return this.#options.health.ask({ name, callSid, ...(words && { words }) }, run);
  }

  /** Ended early by `hurry`, and by the end of the call. */
  #pause(ms: number): Promise<void> {
    if (this.#hurry) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

const WRITES: readonly (keyof CallLog)[] = [
  'turn',
  'amendTurn',
  'latency',
  'interruption',
  'falseInterruption',
  'restart',
  'end',
];

/** @throws where it lacks a write */
function checkedLog(given: StoredCallLog): StoredCallLog {
  const missing = WRITES.filter((name) => typeof given?.[name] !== 'function');
  if (missing.length === 0) return given;
  throw new TypeError(`open gave a log without ${missing.join(', ')}`);
}
