// What the turn machine knows: its settings, its context, and how a turn begins. Control plane.

import type { Supervisor } from './events.js';
import type { AgentInput, CallAction, CallLog, Clock, HistoryTurn, Milliseconds } from './ports.js';
import type { TurnTiming } from './turn-timing.js';

export interface TurnSettings {
  /** Silence after the VAD's hangover that ends the caller's turn. */
  readonly endpointDelayMs: number;
  readonly maxUtteranceMs: number;
  readonly idleTimeoutMs: number;
  readonly idlePrompts: number;
  readonly digitTimeoutMs: number;
  /** A final that does not come by then is given up. */
  readonly finalTimeoutMs: number;
  /** A reply without any clause by then is given up; guards agents that have no time-out of their own. */
  readonly replyTimeoutMs: number;
}

export interface TurnInput {
  readonly supervisor: Supervisor;
  readonly settings: TurnSettings;
  readonly log: CallLog;
  readonly clock: Clock;
  /** When the call began; the record's times count from here. */
  readonly startedAtMs: Milliseconds;
}

export interface Clause {
  readonly clause: number;
  readonly text: string;
}

/** What was understood of one utterance. */
export interface HeardUtterance {
  readonly utteranceId: number;
  readonly text: string;
}

export interface TurnContext extends TurnInput {
  /** The newest reply ordered; facts of older ones mean nothing any more. */
  readonly generation: number;
  readonly history: readonly HistoryTurn[];
  /** What the reply answers, kept so that a restarted agent can be asked again. */
  readonly input: AgentInput;
  /** Finals of the turn being taken, and utterances whose final is still to come. */
  readonly heard: readonly HeardUtterance[];
  readonly awaited: readonly number[];
  readonly utteranceId: number;
  /** When the utterance began, or the piece of it that is not handed over yet. */
  readonly utteranceStartedMs: Milliseconds;
  /** Is the caller's voice on the line? */
  readonly voice: boolean;
  /** The last turn recorded is being taken again: it is to be amended. */
  readonly takenBack: boolean;
  readonly digits: string;
  readonly idleCount: number;
  /** The reply: clauses so far, those not yet with the line, whether it is complete, what follows it. */
  readonly clauses: number;
  readonly unsaid: readonly Clause[];
  readonly replyDone: boolean;
  readonly action: CallAction | undefined;
  readonly playbackStartedMs: Milliseconds | undefined;
  readonly turns: number;
  readonly timing: TurnTiming;
}

/** The finals of one turn as one text, in the order in which it was spoken. */
export const spoken = (heard: readonly HeardUtterance[]): string =>
  [...heard]
    .sort((one, other) => one.utteranceId - other.utteranceId)
    .map(({ text }) => text.trim())
    .filter((text) => text !== '')
    .join(' ');

/** The history before the input that the agent is answering. */
export const historyBeforeInput = ({ history, input }: TurnContext): readonly HistoryTurn[] =>
  input.kind === 'turn' || input.kind === 'digits' ? history.slice(0, -1) : history;

export const initialTurnContext = (input: TurnInput): TurnContext => ({
  ...input,
  generation: 0,
  history: [],
  input: { kind: 'greeting' },
  heard: [],
  awaited: [],
  utteranceId: 0,
  utteranceStartedMs: 0,
  voice: false,
  takenBack: false,
  digits: '',
  idleCount: 0,
  clauses: 0,
  unsaid: [],
  replyDone: false,
  action: undefined,
  playbackStartedMs: undefined,
  turns: 0,
  timing: {},
});

/** A reply that begins: what to forget of the one before. */
export const newReply = (
  context: TurnContext,
  input: AgentInput,
): Partial<TurnContext> & { readonly generation: number } => ({
  generation: context.generation + 1,
  input,
  heard: [],
  awaited: [],
  takenBack: false,
  digits: '',
  clauses: 0,
  unsaid: [],
  replyDone: false,
  action: undefined,
  playbackStartedMs: undefined,
});
