// Restart policy: when a failed child of a call comes back, and when it is given up. Pure. Control plane.

export interface RestartPolicy {
  /** Failures within `windowMs` after which the child is given up. */
  readonly budget: number;
  readonly windowMs: number;
  /** Delay before the first restart; doubles with each failure in the window. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
}

/**
 * The first restart comes almost at once, since a caller hears the gap. A provider that is down for
 * good is given up before silence makes the caller hang up: 350 ms after its first failure where it
 * fails at once (50 + 100 + 200), with the fourth time-out where it hangs.
 */
export const DEFAULT_RESTART_POLICY: RestartPolicy = {
  budget: 4,
  windowMs: 60_000,
  backoffMs: 50,
  maxBackoffMs: 1600,
};

/** Moments of the failures that still count, the new one included. */
export function noteFailure(
  failuresMs: readonly number[],
  nowMs: number,
  policy: RestartPolicy,
): readonly number[] {
  return [...failuresMs.filter((atMs) => nowMs - atMs < policy.windowMs), nowMs];
}

/** May the child come back, given the failures before the one happening now? */
export function mayRestart(
  failuresMs: readonly number[],
  nowMs: number,
  policy: RestartPolicy,
): boolean {
  return noteFailure(failuresMs, nowMs, policy).length < policy.budget;
}

/** How long to wait before the restart that follows these failures. */
export function backoffMs(failuresMs: readonly number[], policy: RestartPolicy): number {
  const doublings = Math.max(0, failuresMs.length - 1);
  return Math.min(policy.maxBackoffMs, policy.backoffMs * 2 ** doublings);
}
