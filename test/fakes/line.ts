// A line without audio: keeps what the actors ask of it and tells them what a test says.

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
} from '../../src/actors/ports.js';

export class FakeLine implements Line {
  readonly listeners = new Set<(event: LineEvent) => void>();
  readonly begun: string[] = [];
  readonly said: string[] = [];
  readonly hangUps: { reason: CallEndReason; next: CallAction | undefined }[] = [];
  sink: CallerAudioSink | undefined;
  answered = -1;
  clears = 0;
  apologies = 0;
  readonly apologyReasons: ApologyReason[] = [];
  holds = 0;
  readonly resumes: ResumeAt[] = [];
  /** What a clear or hold says was heard. */
  heardText = '';
  readonly ended: number[] = [];
  /** Whether the far end closes the stream once it is hung up. */
  confirmsHangUp = true;
  /** Whether an apology could be prepared. */
  hasApology = true;
  voiceSuspected = false;
  voiceLevelDbfs: number | undefined;
  /** By default what is played counts as heard. */
  playedAnswerMs = 1000;
  dryForMs = 0;
  voiceCharacter: VoiceCharacter | undefined;
  /** Playing is told as started with the first audio and finished with the end. */
  #playing = 0;
  #isPlaying = false;
  #isHeld = false;

  subscribe(listener: (event: LineEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(event: LineEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  connectStt(sink: CallerAudioSink | undefined, answeredUtterance: number): void {
    this.sink = sink;
    this.answered = answeredUtterance;
  }

  endUtterance(utteranceId: number): void {
    this.ended.push(utteranceId);
    this.sink?.finish(utteranceId);
  }

  async play(generation: number, _chunk?: TtsChunk): Promise<void> {
    if (generation > this.#playing) {
      this.#playing = generation;
      this.#isPlaying = true;
      this.tell({ type: 'playback.started', generation, atMs: 0 });
    }
  }

  beginClause(_generation: number, text: string, _kind?: ClauseKind): void {
    this.begun.push(text);
  }

  endClause(_generation: number, text: string): void {
    this.said.push(text);
  }

  endPlayback(generation: number): void {
    this.#isPlaying = false;
    this.tell({ type: 'playback.finished', generation, heardText: this.said.join(' ') });
  }

  clear(): Heard {
    this.clears += 1;
    this.#isPlaying = false;
    this.#isHeld = false;
    return { generation: this.#playing, heardText: this.heardText, heardMs: 0 };
  }

  hold(): void {
    this.holds += 1;
    if (!this.#isPlaying || this.#isHeld) return;
    this.#isHeld = true;
    const { heardText } = this;
    const generation = this.#playing;
    this.tell({ type: 'playback.held', generation, heardText, heardMs: 0, atMs: 0 });
  }

  resume(at: ResumeAt): void {
    this.resumes.push(at);
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.tell({ type: 'playback.resumed', generation: this.#playing, atMs: 0 });
  }

  playApology(generation: number, reason: ApologyReason): boolean {
    if (!this.hasApology) return false;
    this.apologies += 1;
    this.apologyReasons.push(reason);
    this.tell({ type: 'playback.started', generation, atMs: 0 });
    queueMicrotask(() => this.tell({ type: 'playback.finished', generation, heardText: 'Sorry.' }));
    return true;
  }

  hangUp(reason: CallEndReason, next?: CallAction): void {
    if (this.hangUps.length > 0) return;
    this.hangUps.push({ reason, next });
    if (!this.confirmsHangUp) return;
    queueMicrotask(() => this.tell({ type: 'call.stopped', reason }));
  }
}
