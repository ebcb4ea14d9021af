// Waits as the turn model's probability says: little where the turn sounds complete, long where it does not. Pure. Control plane.

import type { Milliseconds } from '../ports.js';
import type { EndpointView } from './contract.js';

/** Probabilities from which the turn counts as surely complete, and as surely going on. */
const SURELY_COMPLETE = 0.85;
const SURELY_OPEN = 0.3;
/** Of the base. */
const COMPLETE_FACTOR = 0.7;
const OPEN_FACTOR = 2.5;

/** Falls with the probability. @returns undefined where no probability came in time */
export function turnModelMs(view: EndpointView, baseMs: Milliseconds): Milliseconds | undefined {
  const probability = view.modelProbability;
  if (probability === undefined || !(probability >= 0 && probability <= 1)) return undefined;
  const open = (SURELY_COMPLETE - probability) / (SURELY_COMPLETE - SURELY_OPEN);
  const share = Math.min(1, Math.max(0, open));
  // Geometric: half way the factor is near one and a third, a little more than the base.
  return baseMs * COMPLETE_FACTOR ** (1 - share) * OPEN_FACTOR ** share;
}
