// What is told of a child that failed: for the record without, for the log with its error. Pure. Control plane.

import type { RingmasterError } from '../errors.js';
import type { ChildName } from './events.js';
import type { Milliseconds, RecordedFailure } from './ports.js';

export interface FailureReport extends RecordedFailure {
  readonly error: RingmasterError;
  /** How often this child has failed of late, this time included. */
  readonly attempt: number;
  /** The call goes on: the child is restarted, or did not stop at all. */
  readonly goesOn: boolean;
  /** What the caller said of late: an error may quote it, and the log must not. */
  readonly words: readonly string[];
}

export interface FailureFacts {
  readonly child: ChildName;
  readonly error: RingmasterError;
  readonly attempt: number;
  readonly goesOn: boolean;
  readonly words: readonly string[];
  /** Of the child's provider; undefined where it has none. */
  readonly provider: string | undefined;
  readonly atMs: Milliseconds;
}

export function recordedFailure({ child, error, provider, atMs }: FailureFacts): RecordedFailure {
  const engine = error.engine ?? provider;
  const { code, status } = error;
  return {
    child,
    code,
    ...(engine !== undefined && { engine }),
    ...(status !== undefined && { status }),
    atMs,
  };
}

export function failureReport(facts: FailureFacts): FailureReport {
  const { error, attempt, goesOn, words } = facts;
  return { ...recordedFailure(facts), error, attempt, goesOn, words };
}
