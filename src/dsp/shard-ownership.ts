// Who may work on a shard, and when its worker may be terminated. Media plane.
//
// A worker that makes no progress is given up: the incarnation in the shard's header moves on, which the
// worker sees before it writes anything. It is terminated then, but not within a native addon: when a
// thread is terminated there, the addon's next call into Node fails, and onnxruntime's answer to that is
// to abort the process, with all its calls. So the worker announces native calls in the header, and looks
// whether it still owns the shard after that (Dekker's protocol): once the main thread has moved the
// incarnation on and sees no announcement, none will begin.

import { setTimeout as sleep } from 'node:timers/promises';
import { RingmasterError } from '../errors.js';
import { HeaderField } from './shard-memory.js';

/** The worker's side. */
export class ShardOwnership {
  readonly #header: Int32Array;
  readonly #incarnation: number;

  constructor(header: Int32Array, incarnation: number) {
    this.#header = header;
    this.#incarnation = incarnation;
  }

  /**
   * Tell that the worker makes progress; to be called between steps of some ms.
   * @throws {RingmasterError} DSP_WORKER_FAILED where another worker owns the shard by now
   */
  checkpoint(): void {
    Atomics.add(this.#header, HeaderField.PROGRESS, 1);
    if (Atomics.load(this.#header, HeaderField.INCARNATION) === this.#incarnation) return;
    throw new RingmasterError('DSP_WORKER_FAILED', 'another worker owns this shard');
  }

  /** Tell that there is something new for the main thread. */
  published(): void {
    Atomics.add(this.#header, HeaderField.PROGRESS, 1);
  }

  /**
   * Make a call that ends up in native code.
   * @throws {RingmasterError} DSP_WORKER_FAILED where another worker owns the shard by now
   */
  async native<T>(call: () => Promise<T>): Promise<T> {
    Atomics.store(this.#header, HeaderField.IN_NATIVE, 1);
    try {
      this.checkpoint();
      return await call();
    } finally {
      Atomics.store(this.#header, HeaderField.IN_NATIVE, 0);
    }
  }
}

/** The main thread's side: `incarnation` owns the shard from now on, and nobody else. */
export function giveOwnership(header: Int32Array, incarnation: number): void {
  Atomics.store(header, HeaderField.INCARNATION, incarnation);
}

/** True while a worker may be in native code. Final when false and the worker has lost its shard. */
export function isInNative(header: Int32Array): boolean {
  return Atomics.load(header, HeaderField.IN_NATIVE) === 1;
}

/** A number that changes while the shard's worker is getting on. */
export function progressOf(header: Int32Array): number {
  return Atomics.load(header, HeaderField.PROGRESS);
}

/** After a worker is gone, wherever it was. */
export function forgetNative(header: Int32Array): void {
  Atomics.store(header, HeaderField.IN_NATIVE, 0);
}

/** Longest wait for native calls to return; they take a few ms. */
const NATIVE_LIMIT_MS = 2000;

/** Wait until no worker is in native code any more; all must have lost their shards. */
export async function leaveNative(headers: readonly Int32Array[]): Promise<void> {
  const limitMs = performance.now() + NATIVE_LIMIT_MS;
  while (headers.some(isInNative) && performance.now() < limitMs) await sleep(1);
}

/** The same without a promise: for the moment before the process exits. */
export function leaveNativeSync(headers: readonly Int32Array[]): void {
  const limitMs = performance.now() + NATIVE_LIMIT_MS;
  const never = new Int32Array(new SharedArrayBuffer(4));
  while (headers.some(isInNative) && performance.now() < limitMs) Atomics.wait(never, 0, 0, 1);
}
