// What the scripted providers share: driven time and faults at chosen requests. Control plane.

import { RingmasterError } from '../../errors.js';

/**
 * Where delays come from. Node's globals and XState's `SimulatedClock` both fit, so that a test
 * drives actors and providers by one clock.
 */
export interface TimerSource {
  setTimeout(run: () => void, delayMs: number): unknown;
  // Node and simulated clocks disagree on the handle's type; it only ever goes back to its source.
  // eslint-disable-next-line typescript/no-explicit-any
  clearTimeout(handle: any): void;
}

/**
 * How a request goes wrong.
 * - `fail`: reports a `PROVIDER_FAILED` error, as the port says it should
 * - `throw`: throws a plain `TypeError`, as a defect would
 * - `hang`: never answers (an abort still ends it)
 * - `empty`: answers with nothing
 * - `garbage`: answers with something that breaks the port's promises
 * - `flood`: answers with far too much
 */
export type FaultKind = 'fail' | 'throw' | 'hang' | 'empty' | 'garbage' | 'flood';

/** `request` counts from 1 over all calls of the provider. */
export interface ScriptedFault {
  readonly request: number;
  readonly kind: FaultKind;
}

/** Counts requests and says which of them go wrong. */
export class FaultPlan {
  readonly #kinds: ReadonlyMap<number, FaultKind>;
  #requests = 0;

  constructor(faults: readonly ScriptedFault[] = []) {
    this.#kinds = new Map(faults.map((fault) => [fault.request, fault.kind]));
  }

  next(): { readonly ordinal: number; readonly fault: FaultKind | undefined } {
    this.#requests++;
    return { ordinal: this.#requests, fault: this.#kinds.get(this.#requests) };
  }
}

export function scriptedFailure(): RingmasterError {
  return new RingmasterError('PROVIDER_FAILED', 'a scripted failure', { retryable: true });
}

export function closedProvider(name: string): RingmasterError {
  return new RingmasterError('PROVIDER_FAILED', `the ${name} provider is closed`);
}

/** Resolves true after `delayMs`, or false as soon as `signal` is aborted. */
export function pause(timer: TimerSource, delayMs: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const onAbort = () => {
      timer.clearTimeout(handle);
      resolve(false);
    };
    const handle = timer.setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve(true);
    }, delayMs);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Resolves when `signal` is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
