// The types of the turn machine, and what its actions share: an order for a reply, the record. Control plane.

import { setup } from 'xstate';
import type { AgentOrder } from './events.js';
import type { AgentInput, HistoryTurn, RecordedTurn } from './ports.js';
import type { TurnContext, TurnEvent, TurnInput } from './turn-context.js';

/** Makes actions that know the machine's context and events; `turnSetup` is this with all its rules. */
export const turnBase = setup({
  types: {
    context: {} as TurnContext,
    input: {} as TurnInput,
    events: {} as TurnEvent,
  },
});

/** What an action or a guard is given. */
export interface TurnArgs {
  readonly context: TurnContext;
  readonly event: TurnEvent;
}

export const FILLER_TIMER = 'filler';

/** The order for a reply that is no draft. */
export function agentReply(
  context: TurnContext,
  generation: number,
  input: AgentInput,
  history: readonly HistoryTurn[],
  turn = context.turns,
): Extract<AgentOrder, { type: 'agent.reply' }> {
  return { type: 'agent.reply', generation, input, history, turn, draft: false };
}

/** What the caller said, as the record has it. */
export function callerTurn(
  { timing, startedAtMs, clock }: TurnContext,
  text: string,
): RecordedTurn {
  const nowMs = clock.nowMs();
  return {
    role: 'caller',
    text,
    startMs: Math.round((timing.speechStartedMs ?? nowMs) - startedAtMs),
    endMs: Math.round((timing.voiceEndedMs ?? nowMs) - startedAtMs),
  };
}

/** Into the record; the first takes the place of the turn that was taken back, if one was. */
export function record({ log, takenBack }: TurnContext, ...turns: readonly RecordedTurn[]): void {
  for (const [i, turn] of turns.entries()) {
    if (takenBack && i === 0) log.amendTurn(turn);
    else log.turn(turn);
  }
}
