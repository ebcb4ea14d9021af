// One call's inbound audio after the DSP: speech edges, utterances, and the speech-to-text sink. Media plane.

import type { CallerAudioSink, VoiceCharacter } from '../actors/ports.js';
import { FRAME_MS, FRAME_SAMPLES } from '../dsp/frame.js';
import { EnergyRise } from '../dsp/vad/energy-rise.js';
import { DEFAULT_SPEECH_EDGES, SpeechEdges } from '../dsp/vad/speech-edges.js';
import type { SpeechEvidence } from '../dsp/voice/speech-evidence.js';
import type { EchoOpinion } from './echo-guard.js';
import { VoiceLevel } from './voice-level.js';
import { VoiceOver } from './voice-over.js';

/** Kept before a speech onset, so that the first consonant reaches the recogniser. */
const PRE_ROLL_FRAMES = 15;
/** Utterances that a new session can be told again; more do not wait for their finals at a time. */
const UTTERANCES_KEPT = 8;
/** The end of an utterance that goes on. */
const OPEN = -1;
/** A frame with voice in it, for its level. */
const VOICED = DEFAULT_SPEECH_EDGES.startThreshold;

/** Frame positions count from the call's start; `end` is behind the last frame. */
interface Utterance {
  readonly id: number;
  readonly start: number;
  end: number;
}

export type EdgeDetector = Pick<SpeechEdges, 'push' | 'speaking' | 'suspected' | 'backMs'>;

/** Says of every frame, in order, whether it holds no more than the agent's own voice: `EchoGuard`. */
export interface EchoCheck {
  /** @param power mean square of its int16 samples; `speech` the probability that it holds any */
  judge(power: number, arrivedAtMs: number, speech: number, pcm: Int16Array): EchoOpinion;
}

/** The clean frames told last, of which this class keeps no copy; `DspSlot` says more. */
export interface RecentFrames {
  /** How many there are. */
  readonly recallable: number;
  /** @param ago 0 for the frame told last */
  recall(ago: number): Int16Array;
}

export interface CallerAudioOptions {
  readonly recent: RecentFrames;
  readonly onsetMs: number;
  readonly hangoverMs: number;
  readonly onStarted: (utteranceId: number, atMs: number, voiceStartedAtMs: number) => void;
  readonly onStopped: (utteranceId: number, atMs: number, voiceEndedAtMs: number) => void;
  /** A voice that began while `isAgentHeard` has proved to be speech. */
  readonly onProven?: (utteranceId: number, atMs: number) => void;
  /** Without it nobody asks what a voice is by its sound. */
  readonly isAgentHeard?: () => boolean;
  /** What tells speech from silence, where it is not to be made from the times above. */
  readonly edges?: EdgeDetector;
  readonly echo?: EchoCheck | undefined;
  /** What tells speech from a hum, where its thresholds are not to be the usual ones. */
  readonly evidence?: SpeechEvidence;
}

/**
 * Frames in, utterances out. An utterance is open from a speech onset until the turn ends it; all
 * clean audio of it, pauses included, goes to the sink.
 */
export class CallerAudio {
  readonly #options: CallerAudioOptions;
  readonly #edges: EdgeDetector;
  readonly #energy = new EnergyRise();
  readonly #level = new VoiceLevel();
  readonly #over: VoiceOver;
  #frames = 0;
  #arrivedAtMs = 0;
  #sink: CallerAudioSink | undefined;
  /** The newest ones, oldest first; only the last may be open. */
  readonly #utterances: Utterance[] = [];
  #latest: Utterance = { id: 0, start: 0, end: 0 };

  constructor(options: CallerAudioOptions) {
    this.#options = options;
    this.#over = new VoiceOver(options.evidence);
    this.#edges =
      options.edges ??
      new SpeechEdges({
        ...DEFAULT_SPEECH_EDGES,
        minSpeechMs: options.onsetMs,
        hangoverMs: options.hangoverMs,
      });
  }

  /** One clean frame and the speech probability of its raw audio. */
  frame(pcm: Int16Array, speech: number, arrivedAtMs: number): void {
    this.#arrivedAtMs = arrivedAtMs;
    this.#frames += 1;
    const power = meanSquare(pcm);
    const echo = this.#options.echo?.judge(power, arrivedAtMs, speech, pcm) ?? 'clear';
    const isEcho = echo === 'echo';
    const probability = isEcho ? 0 : speech;
    if (isEcho) this.#energy.skip();
    else this.#energy.push(power, this.#edges.speaking);
    const edge = this.#edges.push(probability, echo === 'clear');
    if (edge === 'started') this.#level.restart();
    if (probability >= VOICED && this.#edges.speaking) this.#level.voiced(power);
    if (edge === 'started') this.#start(this.#edges.backMs, arrivedAtMs);
    else if (this.#isOpen) this.#sink?.write(pcm);
    if (edge === 'none' && this.#edges.speaking && !isEcho) this.#listen(pcm, power, arrivedAtMs);
    if (edge === 'stopped') {
      this.#over.end(arrivedAtMs);
      // Soft endings go on where the detector hears no speech any more.
      const quietMs = Math.min(this.#edges.backMs, this.#energy.quietMs);
      const voiceEndedAtMs = arrivedAtMs - quietMs;
      this.#options.onStopped(this.#latest.id, arrivedAtMs, voiceEndedAtMs);
    }
  }

  /** See `Line.voiceSuspected`. */
  get voiceSuspected(): boolean {
    return this.#edges.suspected || (!this.#edges.speaking && this.#energy.loudMs > 0);
  }

  /** See `Line.voiceLevelDbfs`. */
  get voiceLevelDbfs(): number | undefined {
    return this.#level.dbfs;
  }

  /** See `Line.voiceCharacter`. */
  get voiceCharacter(): VoiceCharacter | undefined {
    return this.#over.character;
  }

  /** See `Line.connectStt`. */
  connect(sink: CallerAudioSink | undefined, answeredUtterance: number): void {
    this.#sink = sink;
    for (const { id, start, end } of this.#utterances) {
      // A sink may take itself away in the middle of what it is told.
      if (sink === undefined || sink !== this.#sink) return;
      if (id <= answeredUtterance) continue;
      sink.begin(id);
      const isOpen = end === OPEN;
      this.#tell(Math.max(start, this.#oldest), isOpen ? this.#frames : end);
      if (!isOpen) this.#sink?.finish(id);
    }
  }

  /** See `Line.endUtterance`. While the voice goes on, the next utterance begins at once. */
  endUtterance(utteranceId: number): void {
    if (utteranceId !== this.#latest.id || !this.#isOpen) return;
    this.#latest.end = this.#frames;
    this.#sink?.finish(utteranceId);
    if (this.#edges.speaking) this.#begin(this.#frames, this.#arrivedAtMs, this.#arrivedAtMs);
  }

  /**
   * The newest audio of the newest utterance, from its pre-roll to the last frame or its end.
   * @returns mono int16 at 8000 Hz, a copy; no more than `mostMs` of it and than can be recalled
   */
  newest(mostMs: number): Int16Array {
    const { recent } = this.#options;
    const { start, end } = this.#latest;
    const behind = this.#isOpen ? this.#frames : end;
    const oldest = Math.max(this.#oldest, this.#frames - Math.floor(mostMs / FRAME_MS));
    const first = Math.min(behind, Math.max(start, oldest));
    const pcm = new Int16Array((behind - first) * FRAME_SAMPLES);
    for (let position = first; position < behind; position += 1) {
      pcm.set(recent.recall(this.#frames - 1 - position), (position - first) * FRAME_SAMPLES);
    }
    return pcm;
  }

  get #isOpen(): boolean {
    return this.#latest.end === OPEN;
  }

  /** @param backMs how far the first frame of certain speech lies back */
  #start(backMs: number, atMs: number): void {
    // What led up to it is part of the voice.
    const voiceStartedAtMs = atMs - Math.max(backMs, this.#energy.loudMs);
    // Whoever is told of the voice may ask at once what it is.
    const wanted = this.#over.begin(this.#options.isAgentHeard?.() ?? false, backMs, atMs);
    if (this.#isOpen) {
      // The caller went on within the same utterance: its audio has flowed all the time.
      this.#tell(this.#frames - 1, this.#frames);
      this.#options.onStarted(this.#latest.id, atMs, voiceStartedAtMs);
    } else {
      const onset = this.#frames - backMs / FRAME_MS;
      // Never again what the utterance before already had.
      const start = Math.max(onset - PRE_ROLL_FRAMES, this.#latest.end, this.#oldest);
      this.#begin(start, atMs, voiceStartedAtMs);
    }
    this.#listenAgain(wanted, atMs);
  }

  /** The voice has begun in frames that were heard before it was known to be one. */
  #listenAgain(wanted: number, atMs: number): void {
    const { recent } = this.#options;
    for (let ago = Math.min(wanted, recent.recallable) - 1; ago >= 0; ago -= 1) {
      const pcm = recent.recall(ago);
      this.#listen(pcm, meanSquare(pcm), atMs);
    }
  }

  #listen(pcm: Int16Array, power: number, atMs: number): void {
    if (!this.#over.listens) return;
    if (this.#over.push(pcm, power)) this.#options.onProven?.(this.#latest.id, atMs);
  }

  #begin(start: number, atMs: number, voiceStartedAtMs: number): void {
    const id = this.#latest.id + 1;
    this.#latest = { id, start, end: OPEN };
    this.#utterances.push(this.#latest);
    if (this.#utterances.length > UTTERANCES_KEPT) this.#utterances.shift();
    this.#sink?.begin(id);
    this.#tell(start, this.#frames);
    this.#options.onStarted(id, atMs, voiceStartedAtMs);
  }

  /** The first frame that can be told again. */
  get #oldest(): number {
    return this.#frames - this.#options.recent.recallable;
  }

  #tell(start: number, end: number): void {
    const { recent } = this.#options;
    for (let position = start; position < end; position += 1) {
      this.#sink?.write(recent.recall(this.#frames - 1 - position));
    }
  }
}

/** In four sums, so that no addition waits for the one before. @param pcm a whole frame */
function meanSquare(pcm: Int16Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < FRAME_SAMPLES; i += 4) {
    a += (pcm[i] as number) ** 2;
    b += (pcm[i + 1] as number) ** 2;
    c += (pcm[i + 2] as number) ** 2;
    d += (pcm[i + 3] as number) ** 2;
  }
  return (a + b + c + d) / FRAME_SAMPLES;
}
