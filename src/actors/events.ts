// The vocabulary of a call: every event its actors exchange, one discriminated union. Control plane.

import type { ActorRef, Snapshot } from 'xstate';
import type { RingmasterError } from '../errors.js';
import type {
  AgentInput,
  CallAction,
  CallEndReason,
  HistoryTurn,
  LineEvent,
  ResumeAt,
  SpeechExpectation,
  Transcript,
} from './ports.js';

export type ChildName = 'transport' | 'stt' | 'agent' | 'tts' | 'turn';

// ---- facts, told by a child to its supervisor (past tense)

export type SttFact =
  ({ readonly type: 'stt.interim' } & Transcript) | ({ readonly type: 'stt.final' } & Transcript);

export type AgentFact =
  /** A speakable piece of the reply `generation`. */
  | {
      readonly type: 'agent.clause';
      readonly generation: number;
      readonly text: string;
      /** It must be heard: see `AgentEvent`. */
      readonly uninterruptible?: boolean;
    }
  | {
      readonly type: 'agent.expected';
      readonly generation: number;
      readonly expectation: SpeechExpectation;
    }
  /** The agent is at work on it, and has nothing to say yet: see `AgentEvent`. */
  | { readonly type: 'agent.working'; readonly generation: number }
  /** The reply is complete; `action` happens once it was played. */
  | { readonly type: 'agent.done'; readonly generation: number; readonly action?: CallAction };

export type TtsFact =
  /** All audio of this clause (counted from 0 within its generation) is with the line. */
  | { readonly type: 'tts.said'; readonly generation: number; readonly clause: number }
  /** The same of every clause of an ended generation. */
  | { readonly type: 'tts.done'; readonly generation: number };

/** A child gives up; the restart policy decides what follows. */
export interface ChildFailed {
  readonly type: 'child.failed';
  readonly child: ChildName;
  readonly error: RingmasterError;
}

/** A child went wrong and goes on: noted, and nothing else follows. */
export interface ChildFaulted {
  readonly type: 'child.faulted';
  readonly child: ChildName;
  readonly error: RingmasterError;
}

// ---- orders, given to a child (imperative)

export type SttOrder =
  | { readonly type: 'stt.finish'; readonly utteranceId: number }
  | { readonly type: 'stt.expect'; readonly expectation: SpeechExpectation };

export type AgentOrder =
  /** Answer `input` as reply `generation`; `history` holds what was heard before. */
  | {
      readonly type: 'agent.reply';
      readonly generation: number;
      readonly input: AgentInput;
      readonly history: readonly HistoryTurn[];
      /** Of the call, see `AgentRequest`. */
      readonly turn: number;
      /** The turn is not final yet: `agent.commit` or `agent.abort` follows. */
      readonly draft: boolean;
    }
  /** The turn that `generation` was drafted for is final. */
  | { readonly type: 'agent.commit'; readonly generation: number }
  /** Nobody wants the reply any more, complete or not; nothing of it may be told any more. */
  | { readonly type: 'agent.abort'; readonly generation: number };

export type TtsOrder =
  | {
      readonly type: 'tts.say';
      readonly generation: number;
      readonly clause: number;
      readonly text: string;
      readonly uninterruptible?: boolean;
      /** Said while the answer takes its time: it is no part of it. */
      readonly filler?: boolean;
    }
  /** No more clauses of this generation will come. */
  | { readonly type: 'tts.end'; readonly generation: number }
  /** Say the clause at hand to its end, and nothing after it. */
  | { readonly type: 'tts.finish' }
  /** Drop what is not synthesised yet. */
  | { readonly type: 'tts.stop' }
  /** This may be the next thing to say: have its first audio at hand. Nothing of it is played. */
  | { readonly type: 'tts.prepare'; readonly text: string }
  /** What was prepared will not be said. */
  | { readonly type: 'tts.forget' };

export type LineOrder =
  | { readonly type: 'line.clear' }
  /** Stop playing, and keep what was not heard; `playback.held` answers. */
  | { readonly type: 'line.hold' }
  /** Play on what was kept; `playback.resumed` answers. */
  | { readonly type: 'line.resume'; readonly at: ResumeAt };

/** To the supervisor itself: the call is over. */
export type HangUpOrder = {
  readonly type: 'line.hangup';
  readonly reason: CallEndReason;
  readonly next?: CallAction;
};

/** To the supervisor itself: the caller waited too long for an answer, because of `child`. */
export interface AnswerOverdue {
  readonly type: 'answer.overdue';
  readonly child: ChildName;
  readonly error: RingmasterError;
}

/** Told to the turn machine after a child came back: what it was doing is lost. */
export interface ChildRestarted {
  readonly type: 'child.restarted';
  readonly child: ChildName;
}

/** A lost line is back: the time without it does not count as waiting. */
export interface LineResumed {
  readonly type: 'line.resumed';
}

/** The supervisor as its children see it: they tell it facts (the turn child: orders) and know nothing else of it. */
export type Supervisor = ActorRef<Snapshot<unknown>, Fact | Order>;

export type Fact = LineEvent | SttFact | AgentFact | TtsFact | ChildFailed | ChildFaulted;
export type Order = SttOrder | AgentOrder | TtsOrder | LineOrder | HangUpOrder | AnswerOverdue;
export type CallEvent =
  Fact | Order | ChildRestarted | LineResumed | { readonly type: 'call.drain' };
