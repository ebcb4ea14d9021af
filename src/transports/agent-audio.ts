// One call's outbound audio: TTS chunks through the DSP slot, paced to the wire, booked in the ledger. Media plane.

import type { ClauseKind, Heard, ResumeAt, TtsChunk } from '../actors/ports.js';
import { FRAME_MS, FRAME_SAMPLES, LINE_RATE_HZ } from '../dsp/frame.js';
import type { DspSlot } from '../dsp/pool.js';
import { canResample } from '../dsp/resample.js';
import { RingmasterError } from '../errors.js';
import { AnswerPlayed } from './answer-played.js';
import { FrameHistory } from './frame-history.js';
import { MarkLag } from './mark-lag.js';
import { NoticeSpans } from './notice-spans.js';
import { MESSAGE_FRAMES, Pacer } from './pacer.js';
import { PlaybackLedger } from './playback-ledger.js';
import { SpeechPace } from './speech-pace.js';
import type { StreamSender } from './twilio/stream-sink.js';

/** Queued synthesis above this makes `play` wait: room for a clause, not for a speech. */
const QUEUE_HIGH_WATER_MS = 2000;
/** A mark that is so late after its audio must have been played is taken as lost. */
const MARK_GRACE_MS = 2000;

/** Counted over all calls that share it. */
export interface PlaybackCounts {
  framesSent: number;
  /** Marks that later ones overtook, or that never came back. */
  marksLost: number;
}

/** Told what the far end is sent and what of it is dropped: the echo guard. */
export interface FarEndListener {
  /** A frame of mean square `power` (int16 samples), mu-law from `from` on, plays at `playsAtMs` if nothing delays it. */
  sent(power: number, playsAtMs: number, mulaw: Uint8Array, from: number): void;
  /** Nothing plays from now on. */
  cut(nowMs: number): void;
}

export interface AgentAudioOptions {
  readonly slot: DspSlot;
  readonly sender: StreamSender;
  readonly counts: PlaybackCounts;
  readonly farEnd?: FarEndListener | undefined;
  readonly onStarted: (generation: number, atMs: number) => void;
  readonly onHeld: (heard: Required<Heard>, atMs: number) => void;
  readonly onResumed: (generation: number, atMs: number) => void;
  /** Audio that must be heard has left; `onNoticeEnded`: all of it was played, and `heard` until then. */
  readonly onNoticeStarted: (generation: number, atMs: number) => void;
  readonly onNoticeEnded: (heard: Required<Heard>, atMs: number) => void;
  readonly onFinished: (heard: Required<Heard>) => void;
}

/** See `Line.beginClause`. */
interface Begun {
  readonly generation: number;
  readonly text: string;
  readonly isNotice: boolean;
  readonly isFiller: boolean;
}

interface Queued {
  readonly pcm: Int16Array;
  readonly sampleRateHz: number;
  /** Samples already with the slot. */
  offset: number;
}

const chunkMs = (samples: number, sampleRateHz: number): number => (samples * 1000) / sampleRateHz;

/** One generation is played at a time; a newer one replaces an older one that is done or cleared. */
export class AgentAudio {
  readonly #options: AgentAudioOptions;
  readonly #pacer = new Pacer();
  readonly #frames = new FrameHistory();
  readonly #lag = new MarkLag();
  readonly #pace = new SpeechPace();
  #ledger = new PlaybackLedger(0, this.#lag, this.#pace);
  /** The clause whose audio comes next: told to the ledger with its first chunk. */
  #begun: Begun | undefined;
  #notices = new NoticeSpans();
  #answer = new AnswerPlayed();
  #clearHeld = false;
  #queue: Queued[] = [];
  #queuedMs = 0;
  #waiting: (() => void)[] = [];
  #state: 'idle' | 'open' | 'ending' | 'marked' = 'idle';
  /** Where playback was held, in samples of the generation. */
  #heldAt: number | undefined;
  #sender: StreamSender | undefined;
  /** The stream was lost while this played: it goes on with the next one, from the start of the word that was cut. */
  #goesOn = false;
  #flushed = false;
  #congested = false;
  /** Generations up to this one are cleared or finished: their audio is refused. */
  #closedGeneration = 0;

  constructor(options: AgentAudioOptions) {
    this.#options = options;
    this.#sender = options.sender;
  }

  /** See `Line.play`. */
  play(generation: number, chunk: TtsChunk): Promise<void> {
    if (!this.#accepts(generation) || this.#state !== 'open') return Promise.resolve();
    const { pcm, sampleRateHz, words } = chunk;
    if (!canResample(sampleRateHz, LINE_RATE_HZ)) {
      // Here, where the engine's actor hears of it, and not later in the node's timer.
      const message = `no filter from ${sampleRateHz} Hz`;
      return Promise.reject(new RingmasterError('AUDIO_RATE_UNSUPPORTED', message));
    }
    this.#queue.push({ pcm, sampleRateHz, offset: 0 });
    this.#queuedMs += chunkMs(pcm.length, sampleRateHz);
    if (this.#begun?.generation === generation) {
      this.#ledger.beginClause(this.#begun.text);
      this.#noteNotice(this.#begun);
      this.#answer.clause(this.#begun.isFiller, this.#ledger.written);
      this.#begun = undefined;
    }
    this.#ledger.wrote(Math.round((pcm.length * LINE_RATE_HZ) / sampleRateHz), words);
    this.#feedSlot();
    if (this.#queuedMs <= QUEUE_HIGH_WATER_MS) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** See `Line.beginClause`. A reply that still plays is not replaced before there is audio. */
  beginClause(generation: number, text: string, kind: ClauseKind = {}): void {
    const isNotice = kind.uninterruptible === true;
    this.#begun = { generation, text, isNotice, isFiller: kind.filler === true };
    // Without waiting for its audio: a notice is not over because the voice takes a moment for the rest.
    if (generation === this.#ledger.generation) this.#noteNotice(this.#begun);
  }

  endClause(generation: number, text: string): void {
    this.#begun = undefined;
    if (!this.#accepts(generation)) return;
    this.#ledger.endClause(text);
    this.#notices.end(this.#ledger.written);
  }

  endPlayback(generation: number): void {
    if (this.#accepts(generation) && this.#state === 'open') this.#state = 'ending';
  }

  /** Drop everything unheard, here and at the far end; says what was heard. Idempotent. */
  clear(nowMs: number): Required<Heard> {
    const isUnheard = this.#isUnheard(nowMs);
    // Closed first: the marks that the far end's clear returns must not find the reply open.
    const cut = this.#cut(nowMs);
    this.#options.slot.clearOutbound();
    if (isUnheard) this.#clearFarEnd();
    return cut;
  }

  /** See `Line.hold`. */
  hold(nowMs: number): void {
    if (!this.isPlaying || (this.#heldAt !== undefined && !this.#goesOn)) return;
    if (this.#goesOn) {
      // It stands still already, without a line.
      this.#goesOn = false;
      this.#options.onHeld(this.#ledger.heard(0), nowMs);
      return;
    }
    const isUnheard = this.#isUnheard(nowMs);
    this.#heldAt = this.#stop(nowMs);
    if (this.#state === 'marked') this.#state = 'ending';
    if (isUnheard) this.#clearFarEnd();
    this.#options.onHeld(this.#ledger.heard(0), nowMs);
  }

  /** See `Line.resume`. */
  resume(at: ResumeAt, nowMs: number): void {
    const heldAt = this.#heldAt;
    if (heldAt === undefined) return;
    if (this.#sender === undefined) {
      this.#goesOn = true;
      return;
    }
    this.#heldAt = undefined;
    const from = at === 'word' ? this.#ledger.wordStart(heldAt) : heldAt;
    this.#ledger.startAt(this.#frames.seek(from));
    this.#options.onResumed(this.#ledger.generation, nowMs);
    this.pump(nowMs);
  }

  /**
   * The stream is lost and another one may follow: what was not heard is kept, and nothing is sent until
   * `attach`. Idempotent.
   * @param aliveAtMs when something came from the far end last: what was to be played after it is not known to be heard
   */
  detach(aliveAtMs: number): void {
    if (this.#sender === undefined) return;
    this.#sender = undefined;
    this.#congested = false;
    this.#clearHeld = false;
    if (!this.isPlaying || this.#heldAt !== undefined) {
      this.#pacer.clear(aliveAtMs);
      return;
    }
    this.#heldAt = this.#stop(aliveAtMs);
    if (this.#state === 'marked') this.#state = 'ending';
    this.#goesOn = true;
  }

  /** The call has a new stream, whose far end holds nothing yet. */
  attach(sender: StreamSender, nowMs: number): void {
    this.#sender = sender;
    const goesOn = this.#goesOn;
    this.#goesOn = false;
    if (goesOn) this.resume('word', nowMs);
    else this.pump(nowMs);
  }

  /** A mark came back. Those of other generations or from before a clear prove nothing. */
  mark(name: string, nowMs: number): void {
    if (!this.#ledger.confirm(name, nowMs)) return;
    if (this.#state === 'marked' && this.#ledger.isConfirmed) this.#finish();
    else this.#followNotice(nowMs);
  }

  /** The socket's buffer has room again. */
  drain(): void {
    this.#congested = false;
    if (this.#clearHeld) this.#clearFarEnd();
  }

  /** Every tick, and whenever the worker delivered: send what is due. */
  pump(nowMs: number): void {
    // With enough at the far end nothing is in a hurry, the end of a reply included.
    if (this.#state === 'idle' || !this.#sender || !this.#pacer.wants(nowMs)) return;
    this.#feedSlot();
    this.#send(nowMs);
    if (this.#state === 'ending' && this.#heldAt === undefined) this.#endWhenDrained(nowMs);
    if (this.#state === 'marked' && this.#pacer.dryForMs(nowMs) > MARK_GRACE_MS) {
      this.#options.counts.marksLost += 1;
      this.#finish();
    }
    if (this.#notices.isHeard) this.#followNotice(nowMs);
  }

  /** See `Line.playedAnswerMs`. */
  get playedAnswerMs(): number {
    return this.#answer.playedMs;
  }

  /** See `Line.dryForMs`. */
  dryForMs(nowMs: number): number {
    if (!this.isPlaying || this.#heldAt !== undefined) return 0;
    const isLeft = this.#queue.length > 0 || this.#frames.pending || this.#congested;
    return isLeft ? 0 : this.#pacer.dryForMs(nowMs);
  }

  /** The stream is over: free what waits and send nothing any more; says what was heard. */
  release(nowMs: number): Required<Heard> {
    const cut = this.#cut(nowMs);
    this.#close(Number.MAX_SAFE_INTEGER);
    return cut;
  }

  /** Something of a generation is with the line, and its end was not told yet; held or not. */
  get isPlaying(): boolean {
    return this.#state !== 'idle';
  }

  /** May the far end hold something that was not played? */
  #isUnheard(nowMs: number): boolean {
    return this.#pacer.bufferedMs(nowMs) > 0 || (this.isPlaying && !this.#ledger.isConfirmed);
  }

  #cut(nowMs: number): Required<Heard> {
    const { generation } = this.#ledger;
    if (!this.isPlaying) {
      this.#pacer.clear(nowMs);
      return { generation, heardText: '', heardMs: 0 };
    }
    this.#stop(nowMs);
    this.#close(generation);
    return this.#ledger.heard(0);
  }

  /** Book what was heard, and that the rest will not be. @returns where it stopped */
  #stop(nowMs: number): number {
    const position = this.#ledger.stop(this.#pacer.bufferedMs(nowMs));
    this.#pacer.clear(nowMs);
    this.#options.farEnd?.cut(nowMs);
    return position;
  }

  /** A clear that the socket does not take goes before everything else once it has drained. */
  #clearFarEnd(): void {
    if (this.#sender === undefined) return;
    this.#clearHeld = this.#sender.clear() === 'dropped';
    if (this.#clearHeld) this.#congested = true;
  }

  /** Is this the generation being played? A newer one begins here. */
  #accepts(generation: number): boolean {
    if (generation <= this.#closedGeneration) return false;
    if (generation > this.#ledger.generation) {
      if (this.isPlaying) {
        this.#options.slot.clearOutbound();
        this.#close(this.#ledger.generation);
      }
      this.#ledger = new PlaybackLedger(generation, this.#lag, this.#pace);
      this.#notices = new NoticeSpans();
      this.#answer = new AnswerPlayed();
      this.#frames.restart();
      this.#state = 'open';
      this.#flushed = false;
    }
    return generation === this.#ledger.generation;
  }

  #feedSlot(): void {
    for (let head = this.#queue[0]; head; head = this.#queue[0]) {
      const { pcm, sampleRateHz } = head;
      const taken = this.#options.slot.writeOutbound(pcm, sampleRateHz, head.offset);
      head.offset += taken;
      this.#queuedMs -= chunkMs(taken, sampleRateHz);
      if (head.offset < pcm.length) break;
      this.#queue.shift();
    }
    if (this.#queuedMs > QUEUE_HIGH_WATER_MS || this.#waiting.length === 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #send(nowMs: number): void {
    const { slot } = this.#options;
    // A listener may hold or clear from within what it is told.
    while (!this.#congested && this.isPlaying && this.#heldAt === undefined) {
      if (this.#ledger.isMarkDue && !this.#sendMark(nowMs)) return;
      if (!this.#pacer.wants(nowMs)) return;
      const frames = this.#frames.prepare(slot, MESSAGE_FRAMES);
      if (frames === 0) {
        // The voice pauses behind a notice: no mark that comes with more of it would prove its end.
        const { isMarked, sentTo } = this.#ledger;
        if (!isMarked && this.#notices.hasLeft(sentTo)) this.#sendMark(nowMs);
        return;
      }
      this.#sendFrames(frames, nowMs);
    }
  }

  /** One message of so many frames. */
  #sendFrames(frames: number, nowMs: number): void {
    const { counts, onStarted } = this.#options;
    const answer = this.#sender?.media(this.#frames.base64(frames));
    this.#congested = answer !== 'sent';
    // Not taken: it goes out after the drain, since what is booked as sent counts as heard.
    if (answer === 'dropped' || answer === undefined) return;
    if (this.#pacer.dryForMs(nowMs) > 0) {
      this.#lag.restart();
      this.#answer.gap();
    }
    if (this.#answer.counts(this.#ledger.sentTo)) {
      for (let i = 0; i < frames; i += 1) this.#answer.sent(this.#frames.power(i));
    }
    this.#tellFarEnd(frames, nowMs);
    const isFirst = !this.#ledger.hasSent;
    counts.framesSent += frames;
    this.#frames.sent(frames);
    this.#pacer.sent(nowMs, frames);
    this.#ledger.sent(frames * FRAME_SAMPLES);
    if (isFirst) onStarted(this.#ledger.generation, nowMs);
    this.#followNotice(nowMs);
  }

  /** Does the clause whose audio comes next have to be heard? */
  #noteNotice({ isNotice }: Begun): void {
    if (isNotice) this.#notices.begin(this.#ledger.written);
    else this.#notices.end(this.#ledger.written);
  }

  /** Tell where a notice begins and where it was heard. While nothing plays neither can be. */
  #followNotice(nowMs: number): void {
    if (!this.isPlaying || this.#heldAt !== undefined) return;
    const { onNoticeStarted, onNoticeEnded } = this.#options;
    const bufferedMs = this.#pacer.bufferedMs(nowMs);
    const doubtedMs = bufferedMs + MARK_GRACE_MS - this.#pacer.dryForMs(nowMs);
    const ledger = this.#ledger;
    const change = this.#notices.follow(ledger.sentTo, ledger.playedTo(doubtedMs));
    if (change === 'started') onNoticeStarted(ledger.generation, nowMs);
    else if (change === 'ended') onNoticeEnded(ledger.heard(bufferedMs), nowMs);
  }

  /** Each frame of a message plays after those before it. */
  #tellFarEnd(frames: number, nowMs: number): void {
    const { farEnd } = this.#options;
    if (!farEnd) return;
    const playsAtMs = nowMs + this.#pacer.bufferedMs(nowMs);
    for (let i = 0; i < frames; i += 1) {
      const { audio } = this.#frames;
      farEnd.sent(this.#frames.power(i), playsAtMs + i * FRAME_MS, audio, this.#frames.offset(i));
    }
  }

  /** False where the socket does not take it. */
  #sendMark(nowMs: number): boolean {
    const answer = this.#sender?.mark(this.#ledger.markName);
    this.#congested = answer !== 'sent';
    if (answer === 'dropped' || answer === undefined) return false;
    this.#ledger.marked(nowMs + this.#pacer.bufferedMs(nowMs));
    return true;
  }

  #endWhenDrained(nowMs: number): void {
    const { slot } = this.#options;
    if (this.#queue.length > 0 || this.#frames.pending) return;
    if (!this.#flushed) {
      slot.flushOutbound();
      this.#flushed = true;
    }
    if (slot.outboundPending) return;
    if (!this.#ledger.hasSent) {
      this.#finish();
      return;
    }
    if (!this.#ledger.isMarked && (this.#congested || !this.#sendMark(nowMs))) return;
    this.#state = 'marked';
    // Its last mark may be back already, or there was nothing left to resume.
    if (this.#ledger.isConfirmed) this.#finish();
  }

  #finish(): void {
    const { generation, whole } = this.#ledger;
    this.#close(generation);
    this.#options.onFinished(whole);
  }

  #close(generation: number): void {
    this.#options.counts.marksLost += this.#ledger.marksLost;
    this.#ledger.marksLost = 0;
    this.#closedGeneration = Math.max(this.#closedGeneration, generation);
    this.#state = 'idle';
    this.#heldAt = undefined;
    this.#goesOn = false;
    this.#queue = [];
    this.#queuedMs = 0;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
