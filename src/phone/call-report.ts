// What became of a simulated call, put together at its end. Control plane.

import { RingmasterError } from '../errors.js';
import type { CallFacts } from './call-facts.js';
import type { CallOutcome, CallReport } from './call-options.js';
import type { StreamReport } from './stream-report.js';
import type { TwimlOutcome } from './twiml-client.js';

/** How the caller's side ended a call. */
export type Ending = 'hang-up' | 'drop' | 'time-limit';

export interface EndedCall {
  readonly callSid: string;
  readonly outcome: TwimlOutcome;
  /** Undefined where the caller's side did not end it. */
  readonly ending: Ending | undefined;
  readonly dialled: readonly string[] | undefined;
  readonly scriptCompleted: boolean;
  readonly durationMs: number;
  readonly streams: readonly StreamReport[];
  readonly facts: CallFacts;
}

const OUTCOME_OF_ENDING = {
  'hang-up': 'caller-hung-up',
  drop: 'caller-dropped',
  'time-limit': 'time-limit',
} as const satisfies Record<Ending, CallOutcome>;

function outcomeOf({ outcome, ending }: EndedCall): CallOutcome {
  if (outcome.how === 'rejected' || outcome.how === 'transferred') return outcome.how;
  return outcome.how === 'over' && ending !== undefined
    ? OUTCOME_OF_ENDING[ending]
    : 'node-hung-up';
}

/** @throws {RingmasterError} PHONE_STREAM_REFUSED where streams were tried and none opened */
export function reportCall(call: EndedCall): CallReport {
  const { callSid, outcome, dialled, scriptCompleted, durationMs, streams, facts } = call;
  const refused = streams.find(({ error }) => error !== undefined)?.error;
  if (refused !== undefined && !streams.some(({ opened }) => opened)) {
    throw new RingmasterError(
      'PHONE_STREAM_REFUSED',
      `the media stream could not be opened: ${refused.message} (Twilio error ${refused.code})`,
    );
  }
  return {
    callSid,
    outcome: outcomeOf(call),
    ...(outcome.how === 'rejected' && { rejectReason: outcome.reason }),
    ...(dialled !== undefined && { transferredTo: dialled }),
    scriptCompleted,
    durationMs,
    turns: facts.timing.turns,
    streams,
    violations: facts.violations,
    events: facts.events,
  };
}
