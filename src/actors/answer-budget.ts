// How long a caller may wait for an answer, and what extends that. Pure. Control plane.
//
// A wait begins with the end of the caller's words and is over once an answer is heard. When it grows too
// long the node apologises, whatever it is that hangs.

import type { Milliseconds } from './ports.js';

export interface AnswerSettings {
  /** From the end of the caller's words to an answer, or to the apology in its place. */
  readonly budgetMs: Milliseconds;
  /** An agent that shows signs of life has at most so long. */
  readonly workingLimitMs: Milliseconds;
  /** Time-outs that somebody set by name; each has its full time. Undefined: the budget governs. */
  readonly sttTimeoutMs: Milliseconds | undefined;
  readonly agentTimeoutMs: Milliseconds | undefined;
  readonly ttsTimeoutMs: Milliseconds | undefined;
  /** Said where an agent hangs in the middle of its answer, in the language of the line. */
  readonly brokenOffText: string;
}

export interface AnswerWait {
  readonly sinceMs: Milliseconds;
  readonly untilMs: Milliseconds;
  readonly isExtended: boolean;
  /** The agent was asked in this wait: being asked again gives it no more time. */
  readonly isAsked: boolean;
  /** The reply was asked for again, since there was nothing to hear in it. */
  readonly isRepeated: boolean;
  /** An answer was heard. What follows it is waited for by the silence on the line. */
  readonly isAnswered: boolean;
  /** The newest word or sign of life of the agent. */
  readonly signMs: Milliseconds;
}

/** The apology itself needs a moment to be heard. */
const APOLOGY_LEAD_MS = 400;
/** What comes after a wait that was extended: the agent's words after the recogniser, the voice after the agent. */
const VOICE_REST_MS = 3000;
const AGENT_REST_MS = 4000;
/** A sign of life is worth so much more time. */
const SIGN_MS = 5000;
/** Left for the agent and the voice when the words of the caller are given up. */
const UNCLEAR_REST_MS = 2500;
const LEAST_FINAL_MS = 500;
/** An agent that hangs in the middle of its answer is given up so early that the voice can say so. */
const BROKEN_OFF_LEAD_MS = 1500;
/** Less than this is no time for a filler: the answer would have to wait for its end. */
const FILLER_REST_MS = 1400;

export const beginWait = (settings: AnswerSettings, sinceMs: Milliseconds): AnswerWait => ({
  sinceMs,
  untilMs: sinceMs + settings.budgetMs - APOLOGY_LEAD_MS,
  isExtended: false,
  isAsked: false,
  isRepeated: false,
  isAnswered: false,
  signMs: sinceMs,
});

function extend(wait: AnswerWait, untilMs: Milliseconds): AnswerWait {
  return untilMs <= wait.untilMs ? wait : { ...wait, untilMs, isExtended: true };
}

/** The caller has finished: the words are waited for. */
export function finalAwaited(
  wait: AnswerWait,
  { sttTimeoutMs }: AnswerSettings,
  nowMs: Milliseconds,
): AnswerWait {
  // Where endpointing itself was told to wait for long, there has to be time for an answer all the same.
  const least = extend(wait, nowMs + UNCLEAR_REST_MS + LEAST_FINAL_MS);
  return sttTimeoutMs === undefined ? least : extend(least, nowMs + sttTimeoutMs + AGENT_REST_MS);
}

/** How long to wait for a final. @param wantedMs were there nothing else to think of */
export function finalWaitMs(
  wait: AnswerWait | undefined,
  settings: AnswerSettings,
  wantedMs: Milliseconds,
  nowMs: Milliseconds,
): Milliseconds {
  if (wait === undefined || settings.sttTimeoutMs !== undefined) return wantedMs;
  return Math.min(wantedMs, Math.max(LEAST_FINAL_MS, wait.untilMs - UNCLEAR_REST_MS - nowMs));
}

export function agentAsked(
  wait: AnswerWait,
  { agentTimeoutMs }: AnswerSettings,
  nowMs: Milliseconds,
): AnswerWait {
  if (wait.isAsked) return wait;
  const asked = { ...wait, isAsked: true, signMs: nowMs };
  if (agentTimeoutMs === undefined) return asked;
  return extend(asked, nowMs + agentTimeoutMs + VOICE_REST_MS);
}

/** The agent is at work: more time, up to the limit of all signs together. */
export function agentWorks(
  wait: AnswerWait,
  { workingLimitMs }: AnswerSettings,
  nowMs: Milliseconds,
): AnswerWait {
  const untilMs = Math.min(nowMs + SIGN_MS, wait.sinceMs + workingLimitMs) + VOICE_REST_MS;
  return extend({ ...wait, signMs: nowMs }, untilMs);
}

/** The agent has words to say: now it is the voice that is waited for. */
export function clauseGiven(
  wait: AnswerWait,
  { ttsTimeoutMs }: AnswerSettings,
  nowMs: Milliseconds,
): AnswerWait {
  const given = { ...wait, signMs: nowMs };
  if (ttsTimeoutMs !== undefined) return extend(given, nowMs + ttsTimeoutMs + VOICE_REST_MS);
  return wait.isExtended ? extend(given, nowMs + VOICE_REST_MS) : given;
}

export const hasTimeForFiller = (wait: AnswerWait | undefined, nowMs: Milliseconds): boolean =>
  wait === undefined || wait.untilMs - nowMs >= FILLER_REST_MS;

/**
 * In the middle of an answer, the line has fallen silent: who is late?
 * @param dryMs how long there has been nothing to play
 * @param isAgentsTurn everything that the agent said is with the line, and it has not ended its reply
 */
export function silenceVerdict(
  { signMs }: AnswerWait,
  settings: AnswerSettings,
  { dryMs, isAgentsTurn, nowMs }: SilenceMidway,
): 'wait' | 'broken-off' | 'overdue' {
  const { budgetMs, agentTimeoutMs, ttsTimeoutMs, workingLimitMs } = settings;
  if (!isAgentsTurn) {
    const longestMs = Math.max(budgetMs, (ttsTimeoutMs ?? 0) + VOICE_REST_MS);
    return dryMs >= longestMs - APOLOGY_LEAD_MS ? 'overdue' : 'wait';
  }
  // A sign of life within the silence counts while that is not too long in all.
  if (nowMs - signMs < Math.min(SIGN_MS, dryMs) && dryMs < workingLimitMs) return 'wait';
  const longestMs = Math.max(budgetMs - BROKEN_OFF_LEAD_MS, agentTimeoutMs ?? 0);
  return dryMs >= longestMs ? 'broken-off' : 'wait';
}

export interface SilenceMidway {
  readonly dryMs: Milliseconds;
  readonly isAgentsTurn: boolean;
  readonly nowMs: Milliseconds;
}
