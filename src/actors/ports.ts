// Ports: types only. What the actors need from outside; transports, providers and stores implement them. Control plane.

import type { RingmasterError } from '../errors.js';

export type CallSid = string & { readonly __brand: 'CallSid' };
export type StreamSid = string & { readonly __brand: 'StreamSid' };

/** Milliseconds on the node's monotonic clock (`performance.now()`), never wall-clock time. */
export type Milliseconds = number;

/**
 * Who took an outgoing call, as Twilio's answering machine detection found (its voice request's
 * `AnsweredBy`). `machine_start`: a machine's greeting may still be playing; `machine_end_*`: it is over.
 */
export type AnsweredBy =
  | 'human'
  | 'machine_start'
  | 'machine_end_beep'
  | 'machine_end_silence'
  | 'machine_end_other'
  | 'fax'
  | 'unknown';

/** What is known of a call when its media stream starts. */
export interface CallInfo {
  readonly callSid: CallSid;
  readonly streamSid: StreamSid;
  /** E.164 or SIP address of the caller; personal data. Absent when Twilio did not say. */
  readonly from?: string;
  readonly to?: string;
  /** Of outgoing calls with answering machine detection alone. */
  readonly answeredBy?: AnsweredBy;
  /** `<Parameter>`s of the stream, without the node's own token. */
  readonly parameters: Readonly<Record<string, string>>;
}

// ---------------------------------------------------------------- speech to text

/** What the agent expects to hear next; providers may narrow their vocabulary by it. */
export type SpeechExpectation = 'anything' | 'digits';

/**
 * The recogniser's own estimate that the caller said these words, 0..1. Below 0.5 they are doubtful:
 * an agent confirms before it hangs up or transfers on them. Absent: the recogniser gives none, and
 * its words are trusted. Of an empty text it says nothing.
 */
export type SpeechConfidence = number;

/** What a recogniser understood of one utterance. */
export interface Transcript {
  readonly utteranceId: number;
  /** Empty: there were no words, or none that the recogniser understands. */
  readonly text: string;
  readonly confidence?: SpeechConfidence;
}

export type SttEvent =
  | ({ readonly type: 'interim' } & Transcript)
  /** Nothing that comes later changes it. */
  | ({ readonly type: 'final' } & Transcript)
  /** The session is dead; no further event follows. */
  | { readonly type: 'failed'; readonly error: RingmasterError };

/**
 * Where the media path writes the caller's clean audio. Calls are synchronous and must not throw;
 * a session that cannot keep up drops audio and reports `failed`.
 */
export interface CallerAudioSink {
  /** A new utterance; ids increase within a call. Its audio follows through `write`. */
  begin(utteranceId: number): void;
  /** Mono int16 PCM at 8000 Hz, any length. Borrowed: copy what outlives the call. */
  write(pcm: Int16Array): void;
  /** The utterance is complete: exactly one `final` (or `failed`) must follow, text may be empty. */
  finish(utteranceId: number): void;
}

export interface SttSession extends CallerAudioSink {
  /** May be called at any time; counts for utterances that begin later. */
  expect(expectation: SpeechExpectation): void;
  /** Idempotent. No event may be emitted after it. */
  close(): void;
}

export interface SttOpenOptions {
  readonly callSid: CallSid;
  readonly emit: (event: SttEvent) => void;
  /** Aborted when the call ends before the session is open. */
  readonly signal: AbortSignal;
}

export interface SttProvider {
  readonly name: string;
  readonly capabilities: { readonly interims: boolean };
  /** Load models; resolves when the first utterance will be answered at full speed. */
  warmUp(): Promise<void>;
  open(options: SttOpenOptions): Promise<SttSession>;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- turn model

/** Judges by its sound whether a turn is complete. Whoever holds the audio asks it, not an actor. */
export interface TurnModel {
  /**
   * Never rejects; undefined where there is no answer in time.
   * @param pcm the utterance so far, clean mono int16 at 8000 Hz; copied before this returns
   * @returns probability 0..1 that the turn is complete
   */
  completeProbability(pcm: Int16Array, signal: AbortSignal): Promise<number | undefined>;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- text to speech

export interface TtsRequest {
  readonly callSid: CallSid;
  /** One clause or sentence as it is written, in digits and signs where it has them. */
  readonly text: string;
  /** BCP 47 of the text; without it the engine's own language. */
  readonly language?: string;
  /** Aborted at an interruption: the iterable must end soon, throwing or not. */
  readonly signal: AbortSignal;
}

/** One word as it is spoken; times in ms from the first sample of the clause's first chunk. */
export interface TtsWord {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface TtsChunk {
  /** Mono int16. Owned by the receiver. */
  readonly pcm: Int16Array;
  readonly sampleRateHz: number;
  /**
   * Words of the clause that no chunk before named, in order, where the engine knows when it says
   * them. A word may come with an earlier or later chunk than its audio.
   */
  readonly words?: readonly TtsWord[];
}

export interface TtsProvider {
  readonly name: string;
  readonly capabilities: {
    readonly streaming: boolean;
    /** Says numbers, prices, dates and signs well as they are written; else it is given words. */
    readonly normalizes?: boolean;
    /** ISO 639-1 of what it can speak; undefined: whatever it is given. */
    readonly languages?: readonly string[];
  };
  warmUp(): Promise<void>;
  /** Throws where it stalls: from outside only the wait for the first audio can be timed. */
  synthesize(request: TtsRequest): AsyncIterable<TtsChunk>;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- agent

export type Role = 'caller' | 'agent';

/** One turn as it was heard: an interrupted agent turn holds only the words that were played. */
export interface HistoryTurn {
  readonly role: Role;
  readonly text: string;
}

export type AgentInput =
  | { readonly kind: 'greeting' }
  /** `confidence`: the least of the turn's utterances; absent where none of them has one. */
  | { readonly kind: 'turn'; readonly text: string; readonly confidence?: SpeechConfidence }
  /** Keypad digits, e.g. `"205"`; `*` is among them, `#` only ends them. */
  | { readonly kind: 'digits'; readonly digits: string }
  /** The caller said nothing for a while; `count` re-prompts came before this one. */
  | { readonly kind: 'idle'; readonly count: number; readonly last: boolean }
  /** Something was said that no words could be made of. */
  | { readonly kind: 'unclear' };

export interface AgentRequest {
  readonly input: AgentInput;
  /** All turns before this input, oldest first; the input itself is not among them. */
  readonly history: readonly HistoryTurn[];
  /**
   * Aborted when nobody wants the reply any more: the caller interrupted, went on, or said something
   * else than what the reply was drafted for.
   */
  readonly signal: AbortSignal;
  /**
   * The commit gate. Resolves once the caller's turn is final, at once for most requests. Until then the
   * reply is a draft on words that may still change: nothing that changes anything outside may be done
   * before it. Never settles for a draft that is withdrawn; `signal` aborts then.
   */
  readonly committed: Promise<void>;
  /**
   * The turn that is answered, counted from 1; 0 for the greeting. A turn that is taken back and answered
   * again keeps its number: CallSid, turn and the place of a tool in the reply make an idempotency key.
   */
  readonly turn: number;
}

/** What happens to the call once everything said so far was played. */
export type CallAction =
  | { readonly type: 'hangup' }
  /** `to`: an E.164 number, SIP URI or extension that `/twilio/voice/resume` dials. */
  | { readonly type: 'transfer'; readonly to: string };

export type AgentEvent =
  /** A piece of the answer; pieces concatenate to the whole text. */
  | {
      readonly type: 'text';
      readonly text: string;
      /**
       * A legal notice: while this piece is heard the caller cannot interrupt it. What is said or typed
       * meanwhile is answered after it. The text before and after it can be interrupted as any other.
       */
      readonly uninterruptible?: boolean;
    }
  | { readonly type: 'expect'; readonly expectation: SpeechExpectation }
  | { readonly type: 'action'; readonly action: CallAction }
  /**
   * A sign of life: the agent is at work, and nothing is to be said yet, e.g. a model streams its
   * reasoning. It extends the time that the answer may take. May be given as often as one likes.
   */
  | { readonly type: 'working' };

export interface AgentSession {
  /** One reply at a time. The iterable ends when the reply is complete. */
  reply(request: AgentRequest): AsyncIterable<AgentEvent>;
  close(): void;
}

export interface AgentProvider {
  readonly name: string;
  warmUp(): Promise<void>;
  open(call: CallInfo): AgentSession;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- the line

export type CallEndReason =
  | 'caller-hangup'
  | 'agent-hangup'
  | 'transferred'
  | 'line-lost'
  | 'idle'
  | 'failed'
  | 'drained'
  | 'time-limit';

/** Why the node itself ends a call, and says so. */
export type ApologyReason = Extract<CallEndReason, 'failed' | 'drained' | 'time-limit'>;

/** What of a generation was heard. */
export interface Heard {
  readonly generation: number;
  readonly heardText: string;
  /** Audio of the generation that was heard, from its start; never more than was produced. */
  readonly heardMs?: Milliseconds;
}

/** What a voice is by its sound: speech, or nothing more than a hum, a laugh, a cough, a groan so far. */
export type VoiceCharacter = 'speech' | 'sound';

export type LineEvent =
  /** `voiceStartedAtMs`: when the voice began, before the VAD was sure of it; absent: the VAD's onset time ago. */
  | {
      readonly type: 'speech.started';
      readonly utteranceId: number;
      readonly atMs: Milliseconds;
      readonly voiceStartedAtMs?: Milliseconds;
    }
  /** `voiceEndedAtMs`: when the voice ended, before the VAD's hangover. */
  | {
      readonly type: 'speech.stopped';
      readonly utteranceId: number;
      readonly atMs: Milliseconds;
      readonly voiceEndedAtMs: Milliseconds;
    }
  /** A voice that came over the agent has proved to be speech by its sound: see `Line.voiceCharacter`. */
  | { readonly type: 'speech.proven'; readonly utteranceId: number; readonly atMs: Milliseconds }
  /** The turn model's answer for the pause at hand: 0..1 that the caller's turn is complete. */
  | {
      readonly type: 'turn.predicted';
      readonly utteranceId: number;
      readonly probability: number;
    }
  | { readonly type: 'dtmf.received'; readonly digit: string }
  /** The first frame of a generation went to the wire. */
  | { readonly type: 'playback.started'; readonly generation: number; readonly atMs: Milliseconds }
  /** All of a generation was played, as the far end's marks prove. */
  | (Heard & { readonly type: 'playback.finished' })
  /** Playback was cut, by `clear` or by the end of the stream, and this was heard of it. */
  | (Heard & { readonly type: 'playback.cleared' })
  /** Playback stopped by `hold` and may go on; so much was heard until then. */
  | (Required<Heard> & { readonly type: 'playback.held'; readonly atMs: Milliseconds })
  /** Audio of a clause that is uninterruptible left for the far end: see `beginClause`. */
  | { readonly type: 'notice.started'; readonly generation: number; readonly atMs: Milliseconds }
  /**
   * All of it was played, as marks prove; so much of the generation was heard until then. Not told where
   * `playback.finished` or `playback.cleared` says more.
   */
  | (Required<Heard> & { readonly type: 'notice.ended'; readonly atMs: Milliseconds })
  /** Playback goes on after a hold. */
  | { readonly type: 'playback.resumed'; readonly generation: number; readonly atMs: Milliseconds }
  | { readonly type: 'call.stopped'; readonly reason: CallEndReason };

/** Where a held playback goes on: at the frame where it stopped, or at the start of the word that was cut. */
export type ResumeAt = 'frame' | 'word';

export interface ClauseKind {
  readonly uninterruptible?: boolean | undefined;
  readonly filler?: boolean | undefined;
}

/** One call's line: its audio both ways and the events of it. Implemented by the media path. */
export interface Line {
  subscribe(listener: (event: LineEvent) => void): () => void;
  /** The caller is silent, but the line stirs: the newest frames may be the begin of a voice that is not told yet. */
  readonly voiceSuspected: boolean;
  /**
   * How loud the newest voice is, or was: its loudest 100 ms, dB of full scale. That of the voice before
   * while a new one has not lasted for 160 ms; undefined where none has.
   */
  readonly voiceLevelDbfs: number | undefined;
  /**
   * Of the reply that plays, or did last: so much of it that is no filler left for the far end without a
   * gap, up to now. Audio that is silent does not count.
   */
  readonly playedAnswerMs: Milliseconds;
  /** A reply plays, and the far end has had nothing to play for so long; 0 while it is held. */
  readonly dryForMs: Milliseconds;
  /**
   * What the newest voice is, or was, by its sound. It begins as `sound`; `speech.proven` is told where it
   * becomes `speech`, which it stays. Undefined for a voice that did not begin over the agent: nobody
   * listens to it this way.
   */
  readonly voiceCharacter: VoiceCharacter | undefined;
  /**
   * Where the caller's audio goes; `undefined` disconnects. Utterances above `answeredUtterance` are
   * told again from their beginning, as far as the last 5 s hold them, and as finished where they are:
   * so a new session takes over from a dead one.
   */
  connectStt(sink: CallerAudioSink | undefined, answeredUtterance: number): void;
  /** No more audio of this utterance: the sink's `finish` is called. Unknown ids are ignored. */
  endUtterance(utteranceId: number): void;
  /**
   * Queue agent audio. Generations increase; audio of a cleared or finished one is ignored.
   * Resolves when there is room for more; rejects with AUDIO_RATE_UNSUPPORTED where the chunk's rate
   * cannot be converted, and plays nothing of it then.
   */
  play(generation: number, chunk: TtsChunk): Promise<void>;
  /**
   * The audio that `play` is given next is of `text`, as it is written: so the ledger knows what may be
   * heard of a clause that is cut before its synthesis ends. A clause whose synthesis broke off is
   * begun again with the same text.
   * @param kind `uninterruptible`: it must be heard, and the line tells when it is; clauses of that kind
   *   that follow one another are one notice. `filler`: it is no part of the answer
   */
  beginClause(generation: number, text: string, kind?: ClauseKind): void;
  /** The audio of `text` is complete (its span ends here in the ledger). */
  endClause(generation: number, text: string): void;
  /** No more audio of this generation: `playback.finished` will follow. */
  endPlayback(generation: number): void;
  /**
   * Drop everything unheard, here and in Twilio's buffer; says what was heard. Ends a hold: what was
   * heard is what had been heard then.
   */
  clear(): Heard;
  /**
   * Stop playing at once, in Twilio's buffer too, and keep what was not heard; synthesis goes on as
   * far as there is room. `playback.held` says what was heard. Does nothing, and tells nothing, while
   * nothing plays or is held already.
   */
  hold(): void;
  /**
   * Play on what `hold` kept; `playback.resumed` is told. A word whose times are not known yet, or
   * that began more than a second ago, is resumed as if `at` were `frame`, or from a second ago. Does
   * nothing where nothing is held.
   */
  resume(at: ResumeAt): void;
  /** Play the node's own prepared words as `generation`; false where none could be prepared. */
  playApology(generation: number, reason: ApologyReason): boolean;
  /** Close the stream; what Twilio does next is decided by `next`. Idempotent. */
  hangUp(reason: CallEndReason, next?: CallAction): void;
}

// ---------------------------------------------------------------- call record

export type CallState = 'active' | 'ended';

export interface RecordedTurn {
  readonly role: Role;
  readonly text: string;
  /** Milliseconds since the call's start. */
  readonly startMs: number;
  readonly endMs: number;
  readonly interrupted?: boolean;
}

/** Where the time between the caller's last voice and the agent's first frame went. */
export interface TurnLatency {
  readonly turn: number;
  /** Voice ended to the decision that the turn ended. */
  readonly endpointingMs: number;
  /** That decision to the final transcript. */
  readonly sttMs: number;
  /** Final transcript to the first speakable clause. */
  readonly agentMs: number;
  /** First clause to its first audio on the wire. */
  readonly ttsMs: number;
  /** Voice ended to first audio on the wire. */
  readonly totalMs: number;
}

/** What went wrong in a call. */
export interface RecordedFailure {
  readonly child: string;
  readonly code: string;
  /** Name of the provider, or of the one behind it that failed. */
  readonly engine?: string;
  /** HTTP status, where a server answered. */
  readonly status?: number;
  /** Since the call's start. */
  readonly atMs: Milliseconds;
}

export interface CallRecord {
  readonly callSid: CallSid;
  readonly streamSid: StreamSid;
  readonly state: CallState;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly durationMs?: number;
  readonly endReason?: CallEndReason;
  /** Stable code of the error that ended the call, if one did. */
  readonly errorCode?: string;
  readonly turns: readonly RecordedTurn[];
  readonly latencies: readonly TurnLatency[];
  readonly interruptions: number;
  /** Sounds and signs of listening that held the agent for a moment. */
  readonly falseInterruptions: number;
  readonly restarts: Readonly<Record<string, number>>;
  /** The newest ones, oldest first; a store may leave them out. */
  readonly failures?: readonly RecordedFailure[];
}

/** One call's log as its actors write it. Writes never throw and never block: a queue stands before the store. */
export interface CallLog {
  turn(turn: RecordedTurn): void;
  /** The caller went on: this takes the place of the last turn told. */
  amendTurn(turn: RecordedTurn): void;
  latency(latency: TurnLatency): void;
  interruption(): void;
  /** Playback was held for what proved to be no interruption. */
  falseInterruption(): void;
  restart(child: string): void;
  /** A child of the call failed, or went wrong and goes on. Never words of the caller. */
  failure(failure: RecordedFailure): void;
  end(reason: CallEndReason, errorCode?: string): void;
}

/**
 * One call's log as a store keeps it: what `CallLog` says, each write at once or by a promise. The next write
 * of a call comes once the last one has settled or has taken too long. A write that fails is not tried again,
 * since the store may have kept it; `end` is, and the first one counts.
 */
export type StoredCallLog = StoredWrites<Exclude<keyof CallLog, 'failure'>> &
  Partial<StoredWrites<'failure'>>;

type StoredWrites<Writes extends keyof CallLog> = {
  readonly [Write in Writes]: (...args: Parameters<CallLog[Write]>) => void | Promise<void>;
};

/** Call records, wherever they live. A call never waits for its store and never ends by it. */
export interface CallStore {
  /** Tried again where it fails. A call that is known goes on in its record: its stream was lost and came back. */
  open(call: CallInfo): StoredCallLog | Promise<StoredCallLog>;
  get(callSid: string): Promise<CallRecord | undefined>;
  /** Newest first. */
  list(limit: number): Promise<readonly CallRecord[]>;
}

/** Time as the actors see it; XState's clock drives the timers, this one names the moment. */
export interface Clock {
  nowMs(): Milliseconds;
}
