// Counts the events that the actors of a node are given, and looks for audio in them. Control plane.

import type { InspectionEvent } from 'xstate';

/** What is deeper than this is no payload any more. */
const DEEPEST = 8;

/** Where within `value` binary data lies, as a path; undefined where there is none. */
export function findBinary(value: unknown, path = '', depth = 0): string | undefined {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return undefined;
  if (
    ArrayBuffer.isView(value) ||
    value instanceof ArrayBuffer ||
    value instanceof SharedArrayBuffer
  ) {
    return path === '' ? '.' : path;
  }
  const entries: Iterable<readonly [unknown, unknown]> =
    value instanceof Map
      ? value.entries()
      : value instanceof Set
        ? [...value].entries()
        : Object.entries(value);
  for (const [key, inner] of entries) {
    const found = findBinary(inner, `${path}.${String(key)}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `xstate.after.endpoint.turn.endpointing` and the like: the delay's name is enough. */
const kindOf = (type: string): string =>
  type.replace(/^(xstate\.(?:after|done|error|init|stop))\b.*$/, '$1');

export class EventCount {
  readonly byKind: Record<string, number> = {};
  /** `event: path` of each kind that carries binary data. */
  readonly binary = new Set<string>();
  total = 0;

  readonly inspect = (inspection: InspectionEvent): void => {
    if (inspection.type !== '@xstate.event') return;
    const { event } = inspection;
    const kind = kindOf(event.type);
    this.total += 1;
    this.byKind[kind] = (this.byKind[kind] ?? 0) + 1;
    // An actor's input is no event's payload: the wiring that it begins with.
    if (kind === 'xstate.init') return;
    const found = findBinary(event);
    if (found !== undefined) this.binary.add(`${kind}: ${found}`);
  };
}
