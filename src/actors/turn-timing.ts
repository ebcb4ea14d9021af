// Where the time of an answer goes: the moments of one turn, and the latencies they make. Pure. Control plane.

import type { Milliseconds, TurnLatency } from './ports.js';

/** Moments of the turn being taken; each is set once, when it happens. */
export interface TurnTiming {
  readonly speechStartedMs?: Milliseconds;
  /** The last voice, before the VAD's hangover. */
  readonly voiceEndedMs?: Milliseconds;
  /** The decision that the caller has finished. */
  readonly endpointedMs?: Milliseconds;
  readonly finalMs?: Milliseconds;
  readonly firstClauseMs?: Milliseconds;
}

/** The words are there: what is answered from here on was not answered before. */
export const committedAt = (
  { firstClauseMs: _ofTheReplyBefore, ...timing }: TurnTiming,
  finalMs: Milliseconds,
): TurnTiming => ({ ...timing, finalMs });

/** @returns undefined where the agent spoke unasked (greeting, idle prompt, keypad) */
export function turnLatency(
  turn: number,
  timing: TurnTiming,
  playbackStartedMs: Milliseconds,
): TurnLatency | undefined {
  const { voiceEndedMs, finalMs, firstClauseMs } = timing;
  if (voiceEndedMs === undefined || finalMs === undefined || firstClauseMs === undefined) {
    return undefined;
  }
  // What was said over a notice has its words before its turn comes.
  const endpointedMs = timing.endpointedMs ?? finalMs;
  const between = (from: number, to: number): number => Math.max(0, Math.round(to - from));
  return {
    turn,
    endpointingMs: between(voiceEndedMs, endpointedMs),
    sttMs: between(endpointedMs, finalMs),
    agentMs: between(finalMs, firstClauseMs),
    ttsMs: between(firstClauseMs, playbackStartedMs),
    totalMs: between(voiceEndedMs, playbackStartedMs),
  };
}
