// Many opinions about one silence made one delay. Pure. Control plane.

import type { Milliseconds } from '../ports.js';

/**
 * Whoever wants to wait longer than the base is heard: to cut someone off costs more than to answer
 * late. Less than the base is waited only where nobody objects, and then as little as proposed.
 */
export function combineMs(
  baseMs: Milliseconds,
  proposals: readonly (Milliseconds | undefined)[],
): Milliseconds {
  const known = proposals.filter((proposal) => proposal !== undefined);
  const longestMs = Math.max(baseMs, ...known);
  return longestMs > baseMs ? longestMs : Math.min(baseMs, ...known);
}
