// A child machine alone: what it tells its supervisor is kept, and time is driven.

import { createActor, fromCallback, SimulatedClock, type AnyActorLogic } from 'xstate';
import type { CallEvent } from '../../src/actors/events.js';

/** @param input what the child takes beside its supervisor */
export function child(logic: AnyActorLogic, input: object) {
  const clock = new SimulatedClock();
  const facts: CallEvent[] = [];
  const supervisor = createActor(
    fromCallback<CallEvent>(({ receive }) => receive((fact) => void facts.push(fact))),
  ).start();
  const actor = createActor(logic, { clock, input: { ...input, supervisor } });
  const errors: unknown[] = [];
  actor.subscribe({ error: (error: unknown) => void errors.push(error) });
  actor.start();
  const order = (event: CallEvent): void => actor.send(event);
  /** Promises settle, then time moves, in small steps. */
  const wait = async (ms = 0): Promise<void> => {
    await new Promise(setImmediate);
    for (let passed = 0; passed < ms; passed += 10) {
      clock.increment(10);
      await new Promise(setImmediate);
    }
  };
  const stop = (): void => void actor.stop();
  return { actor, facts, errors, order, wait, stop };
}

/** Resolves once `signal` is aborted. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve());
  });

/** A promise that the test settles. */
export function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
