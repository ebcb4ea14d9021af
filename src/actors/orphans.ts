// Stops the children of actors that have failed: XState leaves them running where an action threw. Control plane.

import type { AnyActorRef, InspectionEvent } from 'xstate';

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

/**
 * An inspector of a whole call. A child that fails is forgotten by its parent, and nobody would find
 * what is below it any more: its own children are stopped at that moment.
 * @param onThrown told what a disposer threw; must not throw
 */
export function orphanWatch(onThrown: (thrown: unknown) => void): (event: InspectionEvent) => void {
  return (event) => {
    if (event.type !== '@xstate.actor') return;
    const actor = event.actorRef as AnyActorRef;
    actor.subscribe({ error: () => stopOrphans(actor, onThrown) });
  };
}
