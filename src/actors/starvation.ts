// A voice that gives its audio slower than it is played: when is that too slow? Pure. Control plane.

import type { Milliseconds } from './ports.js';

/** How often the line is asked while a clause is being synthesised. */
export const STARVATION_CHECK_MS = 250;
/** One gap of so much is a stall, and so are several that make up half of the time and more. */
const MOST_MS = 2000;

export interface Starvation {
  readonly elapsedMs: Milliseconds;
  readonly dryMs: Milliseconds;
  readonly gapMs: Milliseconds;
}

export const FED: Starvation = { elapsedMs: 0, dryMs: 0, gapMs: 0 };

/** @param dryForMs what the line says; it may have been dry since before the clause began */
export function noteDry(before: Starvation, dryForMs: Milliseconds): Starvation {
  const elapsedMs = before.elapsedMs + STARVATION_CHECK_MS;
  const gapMs = Math.min(dryForMs, elapsedMs);
  const dryMs = before.dryMs + Math.min(gapMs, STARVATION_CHECK_MS);
  return { elapsedMs, dryMs, gapMs };
}

export const isStarved = ({ elapsedMs, dryMs, gapMs }: Starvation): boolean =>
  gapMs >= MOST_MS || (dryMs >= MOST_MS && dryMs >= elapsedMs / 2);
