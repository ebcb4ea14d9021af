// One call's audio: socket to pool to speech-to-text sink, text-to-speech to pool to pacer to socket. Media plane.

import type {
  ApologyReason,
  CallAction,
  CallerAudioSink,
  CallEndReason,
  ClauseKind,
  Heard,
  Line,
  LineEvent,
  ResumeAt,
  TtsChunk,
  VoiceCharacter,
} from '../actors/ports.js';
import type { DspPool, DspSlot } from '../dsp/pool.js';
import { containLate } from '../foreign-call.js';
import { AgentAudio, type PlaybackCounts } from './agent-audio.js';
import { CallerAudio } from './caller-audio.js';
import { EchoGuard } from './echo-guard.js';
import { SilenceFeed } from './silence-feed.js';
import { TurnQuestion, type TurnModelUse } from './turn-question.js';
import type { StreamEnd, StreamSender, StreamSink } from './twilio/stream-sink.js';

export interface MediaPathOptions {
  readonly pool: DspPool;
  readonly sender: StreamSender;
  readonly vadOnsetMs: number;
  readonly vadHangoverMs: number;
  /** Whether the agent's own voice, come back over the line, is kept from counting as the caller's. */
  readonly echoGuard: boolean;
  /** Asked at each pause of the caller; without one nobody is. */
  readonly turnModel?: TurnModelUse | undefined;
  readonly counts: PlaybackCounts;
  /** Audio for when every engine is gone; absent where it could not be prepared. */
  readonly apology: (
    reason: ApologyReason,
  ) => { readonly chunk: TtsChunk; readonly text: string } | undefined;
  /** What Twilio is to be told when it asks how the call goes on. */
  readonly onHangUp: (reason: CallEndReason, next: CallAction | undefined) => void;
  /** A listener or a sink threw. Told at most once a second; must not throw. */
  readonly onFault: (thrown: unknown) => void;
  /**
   * The stream was lost while the call was going on. True: another one may follow, and until `attach` or
   * `hangUp` the call has no line. Absent: it ends.
   */
  readonly onLost?: () => boolean;
  /** The stream is over: the owner drops its references. */
  readonly onEnded: (reason: CallEndReason) => void;
}

const FAULT_EVERY_MS = 1000;

/** A sink is somebody's code: what it throws stays with it, and it hears of the next frame all the same. */
function containedSink(sink: CallerAudioSink, fault: (thrown: unknown) => void): CallerAudioSink {
  return {
    begin: (utteranceId) => {
      try {
        containLate(sink.begin(utteranceId), fault);
      } catch (thrown) {
        fault(thrown);
      }
    },
    write: (pcm) => {
      try {
        containLate(sink.write(pcm), fault);
      } catch (thrown) {
        fault(thrown);
      }
    },
    finish: (utteranceId) => {
      try {
        containLate(sink.finish(utteranceId), fault);
      } catch (thrown) {
        fault(thrown);
      }
    },
  };
}

/**
 * The line of one call (`Line`) on one media stream (`StreamSink`). Everything here runs on the
 * main thread, called from the socket, from the worker pool's completion and from the node's one
 * 20 ms timer; listeners get events, never audio.
 */
export class MediaPath implements Line, StreamSink {
  readonly #options: MediaPathOptions;
  readonly #slot: DspSlot;
  readonly #caller: CallerAudio;
  readonly #agent: AgentAudio;
  readonly #question: TurnQuestion | undefined;
  readonly #silence = new SilenceFeed(performance.now());
  readonly #listeners = new Set<(event: LineEvent) => void>();
  #hangUpReason: CallEndReason | undefined;
  #ended = false;
  #faultToldMs = -Infinity;
  /** A sink that throws does so 50 times a second. */
  readonly #fault = (thrown: unknown): void => {
    const nowMs = performance.now();
    if (nowMs - this.#faultToldMs < FAULT_EVERY_MS) return;
    this.#faultToldMs = nowMs;
    this.#options.onFault(thrown);
  };
  #sender: StreamSender | undefined;
  /** When the far end was last known to be there. */
  #aliveAtMs = performance.now();

  /** @throws {RingmasterError} DSP_POOL_FULL */
  constructor(options: MediaPathOptions) {
    this.#options = options;
    this.#sender = options.sender;
    const { turnModel } = options;
    const echo = options.echoGuard ? new EchoGuard() : undefined;
    this.#slot = options.pool.open((pcm, speech, arrivedAtMs) => {
      this.#caller.frame(pcm, speech, arrivedAtMs);
      // The worker has just delivered: what it encoded need not wait for the next tick.
      this.#agent.pump(performance.now());
    });
    this.#caller = new CallerAudio({
      recent: this.#slot,
      onsetMs: options.vadOnsetMs,
      hangoverMs: options.vadHangoverMs,
      echo,
      onStarted: (utteranceId, atMs, voiceStartedAtMs) => {
        this.#question?.giveUp();
        this.#emit({ type: 'speech.started', utteranceId, atMs, voiceStartedAtMs });
      },
      onStopped: (utteranceId, atMs, voiceEndedAtMs) => {
        if (turnModel) this.#question?.ask(utteranceId, this.#caller.newest(turnModel.windowMs));
        this.#emit({ type: 'speech.stopped', utteranceId, atMs, voiceEndedAtMs });
      },
      isAgentHeard: () => this.#agent.isPlaying,
      onProven: (utteranceId, atMs) => this.#emit({ type: 'speech.proven', utteranceId, atMs }),
    });
    this.#question =
      turnModel &&
      new TurnQuestion(turnModel.model, (utteranceId, probability) =>
        this.#emit({ type: 'turn.predicted', utteranceId, probability }),
      );
    this.#agent = new AgentAudio({
      slot: this.#slot,
      sender: options.sender,
      counts: options.counts,
      farEnd: echo,
      onStarted: (generation, atMs) => this.#emit({ type: 'playback.started', generation, atMs }),
      onHeld: (heard, atMs) => this.#emit({ type: 'playback.held', ...heard, atMs }),
      onResumed: (generation, atMs) => this.#emit({ type: 'playback.resumed', generation, atMs }),
      onNoticeStarted: (generation, atMs) =>
        this.#emit({ type: 'notice.started', generation, atMs }),
      onNoticeEnded: (heard, atMs) => this.#emit({ type: 'notice.ended', ...heard, atMs }),
      onFinished: (heard) => this.#emit({ type: 'playback.finished', ...heard }),
    });
  }

  // ---- from the node's timer

  tick(nowMs: number): void {
    if (this.#ended || this.isDetached) return;
    const silent = this.#silence.due(nowMs);
    if (silent > 0) this.#slot.writeSilence(silent, nowMs);
    this.#agent.pump(nowMs);
  }

  // ---- from the socket

  media(payload: string, _timestampMs: number, arrivedAtMs: number): boolean {
    if (this.#ended) return true;
    this.#silence.heard();
    this.#aliveAtMs = arrivedAtMs;
    return this.#slot.writeInboundBase64(payload, arrivedAtMs) >= 0;
  }

  gap(frames: number): void {
    const missing = this.#silence.hole(frames);
    if (!this.#ended && missing > 0) this.#slot.writeSilence(missing, performance.now());
  }

  mark(name: string): void {
    const nowMs = performance.now();
    this.#aliveAtMs = nowMs;
    this.#agent.mark(name, nowMs);
  }

  dtmf(digit: string): void {
    this.#emit({ type: 'dtmf.received', digit });
  }

  drain(): void {
    this.#agent.drain();
  }

  ended(how: StreamEnd): void {
    if (this.#ended) return;
    const { onLost } = this.#options;
    if (how === 'lost' && this.#hangUpReason === undefined && onLost?.() === true) this.#detach();
    else this.#end(how);
  }

  /** The next stream of the same call: everything goes on where it was. */
  attach(sender: StreamSender): void {
    if (this.#ended) return;
    const nowMs = performance.now();
    this.#sender = sender;
    this.#aliveAtMs = nowMs;
    this.#silence.heard();
    this.#agent.attach(sender, nowMs);
  }

  get isDetached(): boolean {
    return this.#sender === undefined;
  }

  #detach(): void {
    // It may be open still, where Twilio says that it is dead.
    this.#sender?.close();
    this.#sender = undefined;
    this.#question?.giveUp();
    this.#agent.detach(this.#aliveAtMs);
  }

  #end(how: StreamEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#question?.giveUp();
    const reason = this.#hangUpReason ?? (how === 'stopped' ? 'caller-hangup' : 'line-lost');
    if (this.#hangUpReason === undefined) this.#options.onHangUp(reason, undefined);
    const cut = this.#agent.release(performance.now());
    this.#slot.close();
    this.#caller.connect(undefined, 0);
    if (cut.heardText !== '') this.#emit({ type: 'playback.cleared', ...cut });
    this.#emit({ type: 'call.stopped', reason });
    this.#listeners.clear();
    this.#options.onEnded(reason);
  }

  // ---- from the actors

  subscribe(listener: (event: LineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get voiceSuspected(): boolean {
    return this.#caller.voiceSuspected;
  }

  get voiceLevelDbfs(): number | undefined {
    return this.#caller.voiceLevelDbfs;
  }

  get voiceCharacter(): VoiceCharacter | undefined {
    return this.#caller.voiceCharacter;
  }

  connectStt(sink: CallerAudioSink | undefined, answeredUtterance: number): void {
    this.#caller.connect(sink && containedSink(sink, this.#fault), answeredUtterance);
  }

  endUtterance(utteranceId: number): void {
    this.#caller.endUtterance(utteranceId);
  }

  play(generation: number, chunk: TtsChunk): Promise<void> {
    return this.#ended ? Promise.resolve() : this.#agent.play(generation, chunk);
  }

  get playedAnswerMs(): number {
    return this.#agent.playedAnswerMs;
  }

  get dryForMs(): number {
    return this.#ended ? 0 : this.#agent.dryForMs(performance.now());
  }

  beginClause(generation: number, text: string, kind?: ClauseKind): void {
    this.#agent.beginClause(generation, text, kind);
  }

  endClause(generation: number, text: string): void {
    this.#agent.endClause(generation, text);
  }

  endPlayback(generation: number): void {
    this.#agent.endPlayback(generation);
  }

  clear(): Required<Heard> {
    return this.#agent.clear(performance.now());
  }

  hold(): void {
    this.#agent.hold(performance.now());
  }

  resume(at: ResumeAt): void {
    this.#agent.resume(at, performance.now());
  }

  playApology(generation: number, reason: ApologyReason): boolean {
    const apology = this.#options.apology(reason);
    if (!apology || this.#ended) return false;
    // Where its rate cannot be played there is no audio, and the apology is over at once.
    this.#agent.play(generation, apology.chunk).catch(() => undefined);
    this.#agent.endClause(generation, apology.text);
    this.#agent.endPlayback(generation);
    return true;
  }

  hangUp(reason: CallEndReason, next?: CallAction): void {
    if (this.#ended || this.#hangUpReason !== undefined) return;
    this.#hangUpReason = reason;
    this.#options.onHangUp(reason, next);
    // Without a stream nobody else will tell of the end. Not now: an actor may be in the middle of a transition.
    if (this.#sender === undefined) setImmediate(() => this.#end('lost'));
    else this.#sender.close();
  }

  /** Each listener hears of it, whatever another one throws. */
  #emit(event: LineEvent): void {
    for (const listener of this.#listeners) {
      try {
        containLate(listener(event), this.#fault);
      } catch (thrown) {
        this.#fault(thrown);
      }
    }
  }
}
