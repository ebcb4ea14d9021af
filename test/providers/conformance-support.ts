// What the conformance suites share: bounded waiting and the checks of coded errors. Test.

import type { Test } from 'tap';
import type { CallInfo, CallSid, StreamSid } from '../../src/actors/ports.js';
import { ERROR_MEANINGS, RingmasterError } from '../../src/errors.js';

export type ConformanceTest = readonly [title: string, run: (t: Test) => Promise<void>];

export function callSidOf(n: number): CallSid {
  return `CA${n.toString(16).padStart(32, '0')}` as CallSid;
}

export function callOf(n: number): CallInfo {
  return {
    callSid: callSidOf(n),
    streamSid: `MZ${n.toString(16).padStart(32, '0')}` as StreamSid,
    parameters: {},
  };
}

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** `promise`, or a rejection naming `what` after `timeoutMs`. */
export async function within<T>(promise: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what}: nothing within ${timeoutMs} ms`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves when `condition` holds; rejects naming `what` after `timeoutMs`. */
export async function until(condition: () => boolean, timeoutMs: number, what: string) {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await delay(2);
  }
}

/** Fails unless `thrown` is a `RingmasterError` with a known code and a message. */
export function checkCoded(t: Test, thrown: unknown, what: string): void {
  t.ok(thrown instanceof RingmasterError, `${what}: a RingmasterError`, { thrown });
  if (!(thrown instanceof RingmasterError)) return;
  t.ok(thrown.code in ERROR_MEANINGS, `${what}: code ${thrown.code} is known`);
  t.ok(thrown.message.length > 0, `${what}: says what was wrong`);
}

/** What `run` throws; undefined where it does not. */
export async function thrownBy(run: () => Promise<unknown>): Promise<unknown> {
  try {
    await run();
    return undefined;
  } catch (thrown) {
    return thrown ?? new Error('an empty value was thrown');
  }
}
