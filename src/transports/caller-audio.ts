// One call's inbound audio after the DSP: speech edges, utterances, and the speech-to-text sink. Media plane.

import type { CallerAudioSink } from '../actors/ports.js';
import { FRAME_MS, FRAME_SAMPLES } from '../dsp/frame.js';
import { DEFAULT_SPEECH_EDGES, SpeechEdges } from '../dsp/vad/speech-edges.js';

/** Kept before a speech onset, so that the first consonant reaches the recogniser. */
const PRE_ROLL_FRAMES = 15;
/** What a new speech-to-text session can be told again: 6 s. */
const RING_FRAMES = 300;

export type EdgeDetector = Pick<SpeechEdges, 'push' | 'speaking' | 'backMs'>;

export interface CallerAudioOptions {
  readonly onsetMs: number;
  readonly hangoverMs: number;
  readonly onStarted: (utteranceId: number, atMs: number) => void;
  readonly onStopped: (utteranceId: number, atMs: number, voiceEndedAtMs: number) => void;
  /** What tells speech from silence, where it is not to be made from the times above. */
  readonly edges?: EdgeDetector;
}

/**
 * Frames in, utterances out. An utterance is open from a speech onset until the turn ends it; all
 * clean audio of it, pauses included, goes to the sink. Frame positions count from the call's start.
 */
export class CallerAudio {
  readonly #options: CallerAudioOptions;
  readonly #edges: EdgeDetector;
  readonly #ring = new Int16Array(RING_FRAMES * FRAME_SAMPLES);
  /** Views of the ring, one a frame, made once. */
  readonly #views: Int16Array[] = [];
  #frames = 0;
  #arrivedAtMs = 0;
  #sink: CallerAudioSink | undefined;
  #utteranceId = 0;
  #utteranceStart = 0;
  /** Frame position behind the utterance's last frame; -1 while it is open. */
  #utteranceEnd = 0;

  constructor(options: CallerAudioOptions) {
    this.#options = options;
    this.#edges =
      options.edges ??
      new SpeechEdges({
        ...DEFAULT_SPEECH_EDGES,
        minSpeechMs: options.onsetMs,
        hangoverMs: options.hangoverMs,
      });
    for (let i = 0; i < RING_FRAMES; i += 1) {
      this.#views.push(this.#ring.subarray(i * FRAME_SAMPLES, (i + 1) * FRAME_SAMPLES));
    }
  }

  /** One clean frame and the speech probability of its raw audio. */
  frame(pcm: Int16Array, speech: number, arrivedAtMs: number): void {
    const view = this.#views[this.#frames % RING_FRAMES];
    view?.set(pcm);
    this.#arrivedAtMs = arrivedAtMs;
    this.#frames += 1;
    const edge = this.#edges.push(speech);
    if (edge === 'started') this.#start(this.#edges.backMs / FRAME_MS, arrivedAtMs);
    else if (this.#isOpen && view) this.#sink?.write(view);
    if (edge === 'stopped') {
      const voiceEndedAtMs = arrivedAtMs - this.#edges.backMs;
      this.#options.onStopped(this.#utteranceId, arrivedAtMs, voiceEndedAtMs);
    }
  }

  /** See `Line.connectStt`. */
  connect(sink: CallerAudioSink | undefined, answeredUtterance: number): void {
    this.#sink = sink;
    if (sink === undefined || this.#utteranceId <= answeredUtterance) return;
    const end = this.#isOpen ? this.#frames : this.#utteranceEnd;
    const start = Math.max(this.#utteranceStart, this.#frames - RING_FRAMES);
    sink.begin(this.#utteranceId);
    this.#tell(start, end);
    if (!this.#isOpen) sink.finish(this.#utteranceId);
  }

  /** See `Line.endUtterance`. While the voice goes on, the next utterance begins at once. */
  endUtterance(utteranceId: number): void {
    if (utteranceId !== this.#utteranceId || !this.#isOpen) return;
    this.#utteranceEnd = this.#frames;
    this.#sink?.finish(utteranceId);
    if (this.#edges.speaking) this.#begin(this.#frames, this.#arrivedAtMs);
  }

  get #isOpen(): boolean {
    return this.#utteranceEnd < 0;
  }

  #start(framesSinceOnset: number, atMs: number): void {
    if (this.#isOpen) {
      // The caller went on within the same utterance: its audio has flowed all the time.
      const view = this.#views[(this.#frames - 1) % RING_FRAMES];
      if (view) this.#sink?.write(view);
      this.#options.onStarted(this.#utteranceId, atMs);
      return;
    }
    const onset = this.#frames - framesSinceOnset;
    // Never again what the utterance before already had.
    const start = Math.max(onset - PRE_ROLL_FRAMES, this.#utteranceEnd, this.#frames - RING_FRAMES);
    this.#begin(start, atMs);
  }

  #begin(start: number, atMs: number): void {
    this.#utteranceId += 1;
    this.#utteranceStart = start;
    this.#utteranceEnd = -1;
    this.#sink?.begin(this.#utteranceId);
    this.#tell(start, this.#frames);
    this.#options.onStarted(this.#utteranceId, atMs);
  }

  #tell(start: number, end: number): void {
    for (let position = start; position < end; position += 1) {
      const view = this.#views[position % RING_FRAMES];
      if (view) this.#sink?.write(view);
    }
  }
}
