// Stops the children of an actor that has failed: XState leaves them running where an action threw. Control plane.

import type { AnyActorRef } from 'xstate';

/** What XState itself calls to stop a child; `stop` is for root actors alone. */
const STOP = '_stop';

function stop(child: AnyActorRef): void {
  const method: unknown = Reflect.get(child, STOP);
  if (typeof method === 'function') Reflect.apply(method, child, []);
}

function childrenOf(actor: AnyActorRef): AnyActorRef[] {
  const snapshot = actor.getSnapshot() as { children?: Record<string, AnyActorRef | undefined> };
  return Object.values(snapshot?.children ?? {}).filter((child) => child !== undefined);
}

/**
 * Stop what is below it, so that disposers run. One that runs is stopped with all of its own; below one that
 * has failed too its orphans are looked for.
 * @param onThrown told what a disposer threw; must not throw
 */
export function stopOrphans(actor: AnyActorRef, onThrown: (thrown: unknown) => void): void {
  for (const child of childrenOf(actor)) {
    try {
      if (child.getSnapshot()?.status === 'error') stopOrphans(child, onThrown);
      else stop(child);
    } catch (thrown) {
      onThrown(thrown);
    }
  }
}
