// What the turn machine knows: its settings, its context, and how a turn begins. Control plane.

import type { AnswerSettings, AnswerWait } from './answer-budget.js';
import type { Endpointing, EndpointState } from './endpointing/index.js';
import type { ChildRestarted, Fact, LineResumed, Supervisor } from './events.js';
import { initialFillers, type FillerState } from './fillers.js';
import type { InterruptionSettings } from './interruption/index.js';
import type {
  AgentInput,
  CallAction,
  CallLog,
  Clock,
  HistoryTurn,
  Milliseconds,
  ResumeAt,
  SpeechExpectation,
  Transcript,
  VoiceCharacter,
} from './ports.js';
import type { TurnTiming } from './turn-timing.js';

export interface TurnSettings {
  /** BCP 47: whose words tell a sign of listening from an interruption, and a sentence from half of one. */
  readonly language: string;
  /** How long to wait after a voice before its turn counts as complete. */
  readonly endpointing: Endpointing;
  /** The VAD's: a voice is told so long after it began, and its end so long after it ended. */
  readonly vadOnsetMs: number;
  readonly vadHangoverMs: number;
  readonly interruption: InterruptionSettings;
  /** Where playback goes on after what was no interruption. */
  readonly resumeAt: ResumeAt;
  /** The agent may begin on an interim transcript that stood for so long; undefined: it waits for the final. */
  readonly draftAfterMs: number | undefined;
  readonly maxUtteranceMs: number;
  /** A caller who talks on for so long is answered all the same; undefined: never. */
  readonly stepInAfterMs: number | undefined;
  readonly idleTimeoutMs: number;
  readonly idlePrompts: number;
  readonly digitTimeoutMs: number;
  /** A final that does not come by then is given up. */
  readonly finalTimeoutMs: number;
  /** How long the caller may wait for an answer. */
  readonly answer: AnswerSettings;
  /** Said while an answer takes its time. */
  readonly fillers: {
    /** From the question, and from one filler to the next; undefined: none are said. */
    readonly afterMs: number | undefined;
    readonly phrases: readonly string[];
    /** At most so many an answer. */
    readonly most: number;
  };
}

export type CallerTurnInput = Extract<AgentInput, { kind: 'turn' }>;

/** What the turn machine is told. */
export type TurnEvent =
  Fact | ChildRestarted | LineResumed | { readonly type: 'filler.due' | 'answer.due' };

export interface TurnInput {
  readonly supervisor: Supervisor;
  readonly settings: TurnSettings;
  readonly log: CallLog;
  readonly clock: Clock;
  /** See `Line.voiceSuspected`: asked, not told, since it matters in one moment of a turn alone. */
  readonly voiceSuspected: () => boolean;
  /** See `Line.voiceLevelDbfs`: asked, since it changes with every frame and matters when a voice is judged. */
  readonly voiceLevelDbfs: () => number | undefined;
  /** See `Line.playedAnswerMs` and `Line.dryForMs`. */
  readonly playedAnswerMs: () => number;
  readonly dryForMs: () => number;
  /** See `Line.voiceCharacter`: asked when a voice is judged. */
  readonly voiceCharacter: () => VoiceCharacter | undefined;
  /** When the call began; the record's times count from here. */
  readonly startedAtMs: Milliseconds;
}

/** What the agent says in one go. */
export interface ClauseText {
  readonly text: string;
  /** It must be heard: see `AgentEvent`. */
  readonly uninterruptible?: boolean;
}

export interface Clause extends ClauseText {
  readonly clause: number;
  /** Said while the answer takes its time: it is no part of it. */
  readonly filler?: boolean;
}

/** A reply to words that may still change: nothing of it is spoken yet. */
export interface ReplyDraft {
  readonly generation: number;
  /** The words that it answers, and whether they were doubtful then. */
  readonly text: string;
  readonly doubtful: boolean;
  readonly clauses: readonly ClauseText[];
  readonly expectation: SpeechExpectation | undefined;
  /** Set once the reply is complete. */
  readonly done: { readonly action: CallAction | undefined } | undefined;
}

/** The voice that the agent is held for, or that came over a notice and is judged when that is over. */
export interface HeldFor {
  readonly onsetMs: Milliseconds;
  /** Undefined while the voice lasts. */
  readonly voiceEndedMs: Milliseconds | undefined;
}

export interface TurnContext extends TurnInput {
  /** The newest reply ordered that is no draft; facts of older ones mean nothing any more. */
  readonly generation: number;
  /** The highest number given to a reply, drafts included. */
  readonly issued: number;
  readonly history: readonly HistoryTurn[];
  /** What the reply answers, kept so that a restarted agent can be asked again. */
  readonly input: AgentInput;
  readonly expectation: SpeechExpectation;
  /** Finals of the turn being taken, and utterances whose final is still to come. */
  readonly heard: readonly Transcript[];
  readonly awaited: readonly number[];
  /** Utterances taken for nothing before their final came: should it hold words after all, they count. */
  readonly doubted: readonly number[];
  /** The newest interim of each utterance that has no final yet. */
  readonly interims: readonly Transcript[];
  readonly utteranceId: number;
  /** The newest utterance that was handed over whole, and when. */
  readonly finishedId: number;
  readonly finishedAtMs: Milliseconds;
  /** How long this recogniser's finals take, from the hand-over; learnt. */
  readonly finalLatencyMs: Milliseconds;
  /** When the utterance began, or the piece of it that is not handed over yet. */
  readonly utteranceStartedMs: Milliseconds;
  /** Is the caller's voice on the line? */
  readonly voice: boolean;
  /** A notice is heard: whatever the caller says or types, the agent goes on to its end. */
  readonly notice: boolean;
  /** The voice at hand came over what is not interrupted by it: it is answered afterwards. */
  readonly speaksOver: boolean;
  /** The turn model's for the pause at hand; undefined while none came. 0..1 */
  readonly prediction: number | undefined;
  /** Pauses within the turn being taken, and what this caller's pauses have taught. */
  readonly pauses: number;
  readonly endpointState: EndpointState;
  /** The last turn recorded is being taken again: it is to be amended. */
  readonly takenBack: boolean;
  /** The caller has talked too long: answered, voice or not. */
  readonly steppingIn: boolean;
  /** How often in a row, without any pause of that voice: a television, or music on hold. */
  readonly stepIns: number;
  readonly digits: string;
  /** When the digits are complete if no other follows. */
  readonly digitsEndMs: Milliseconds;
  readonly idleCount: number;
  readonly draft: ReplyDraft | undefined;
  /** Drafts of this turn that were thrown away. */
  readonly discarded: number;
  readonly held: HeldFor | undefined;
  /** The loudest voice of the turn being taken, and how loud the caller usually is; undefined where unknown. */
  readonly turnLevelDbfs: number | undefined;
  readonly usualLevelDbfs: number | undefined;
  /** All that the reply says so far, fillers too: whose sentence is in play? */
  readonly replyText: string;
  /** What was heard of the reply when it was held, or when a notice in it was over. */
  readonly heardSoFar: string;
  /** The reply: clauses so far (fillers included), those of the agent, those not yet with the line, and so on. */
  readonly clauses: number;
  readonly answered: number;
  readonly unsaid: readonly Clause[];
  /** The clause that broke off after a part of it was heard, and when it was begun again. */
  readonly saidAgain: { readonly clause: number; readonly atMs: Milliseconds } | undefined;
  readonly replyDone: boolean;
  readonly action: CallAction | undefined;
  readonly fillers: FillerState;
  readonly fillersSaid: number;
  readonly playbackStartedMs: Milliseconds | undefined;
  readonly turns: number;
  readonly timing: TurnTiming;
  /** The caller waits for an answer, or for more of it. */
  readonly wait: AnswerWait | undefined;
  /** When the caller last heard the agent, as far as that was told. */
  readonly agentHeardMs: Milliseconds;
}

/** When the voice that is told began, before the VAD was sure of it. */
export const onsetMs = (
  { settings }: Pick<TurnContext, 'settings'>,
  { voiceStartedAtMs, atMs }: Extract<TurnEvent, { type: 'speech.started' }>,
): Milliseconds => voiceStartedAtMs ?? atMs - settings.vadOnsetMs;

/** The finals of one turn as one text, in the order in which it was spoken. */
export const spoken = (heard: readonly Transcript[]): string =>
  [...heard]
    .sort((one, other) => one.utteranceId - other.utteranceId)
    .map(({ text }) => text.trim())
    .filter((text) => text !== '')
    .join(' ');

/**
 * The caller's turn as the agent is given it. One doubtful utterance makes the whole turn doubtful:
 * it may hold the very word that the agent acts on.
 */
export function turnInput(heard: readonly Transcript[]): CallerTurnInput {
  const text = spoken(heard);
  const known = heard.flatMap(({ text, confidence }) =>
    text.trim() === '' || confidence === undefined ? [] : [confidence],
  );
  return known.length === 0
    ? { kind: 'turn', text }
    : { kind: 'turn', text, confidence: Math.min(...known) };
}

/** All that is known of the turn's words: finals, and the interims of what has no final yet. */
export const knownWords = ({ heard, interims }: TurnContext): string =>
  spoken([...heard, ...interims]);

export const interimOf = ({ interims }: TurnContext, wanted: number): Transcript | undefined =>
  interims.find(({ utteranceId }) => utteranceId === wanted);

/** What is left when this utterance's words are known otherwise. */
export const without = (
  utterances: readonly Transcript[],
  unwanted: number,
): readonly Transcript[] => utterances.filter(({ utteranceId }) => utteranceId !== unwanted);

/** The history before the input that the agent is answering. */
export const historyBeforeInput = ({ history, input }: TurnContext): readonly HistoryTurn[] =>
  input.kind === 'turn' || input.kind === 'digits' ? history.slice(0, -1) : history;

export const initialTurnContext = (input: TurnInput): TurnContext => ({
  ...input,
  generation: 0,
  issued: 0,
  history: [],
  input: { kind: 'greeting' },
  expectation: 'anything',
  heard: [],
  awaited: [],
  doubted: [],
  interims: [],
  utteranceId: 0,
  finishedId: 0,
  finishedAtMs: 0,
  finalLatencyMs: 0,
  utteranceStartedMs: 0,
  voice: false,
  notice: false,
  speaksOver: false,
  prediction: undefined,
  pauses: 0,
  endpointState: input.settings.endpointing.initial(),
  takenBack: false,
  steppingIn: false,
  stepIns: 0,
  digits: '',
  digitsEndMs: 0,
  idleCount: 0,
  draft: undefined,
  discarded: 0,
  held: undefined,
  turnLevelDbfs: undefined,
  usualLevelDbfs: undefined,
  replyText: '',
  heardSoFar: '',
  clauses: 0,
  answered: 0,
  unsaid: [],
  saidAgain: undefined,
  replyDone: false,
  action: undefined,
  fillers: initialFillers(0),
  fillersSaid: 0,
  playbackStartedMs: undefined,
  turns: 0,
  timing: {},
  wait: undefined,
  agentHeardMs: 0,
});

/** A reply that begins: what to forget of the one before. */
export const newReply = (
  { issued }: TurnContext,
  input: AgentInput,
): Partial<TurnContext> & { readonly generation: number } => ({
  generation: issued + 1,
  issued: issued + 1,
  input,
  heard: [],
  awaited: [],
  interims: [],
  notice: false,
  speaksOver: false,
  prediction: undefined,
  pauses: 0,
  takenBack: false,
  steppingIn: false,
  digits: '',
  draft: undefined,
  discarded: 0,
  held: undefined,
  turnLevelDbfs: undefined,
  replyText: '',
  heardSoFar: '',
  clauses: 0,
  answered: 0,
  unsaid: [],
  saidAgain: undefined,
  replyDone: false,
  action: undefined,
  fillersSaid: 0,
  playbackStartedMs: undefined,
});
