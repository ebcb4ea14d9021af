// A line without audio: keeps what the actors ask of it and tells them what a test says.

import type {
  CallAction,
  CallerAudioSink,
  CallEndReason,
  Line,
  LineEvent,
} from '../../src/actors/ports.js';

export class FakeLine implements Line {
  readonly listeners = new Set<(event: LineEvent) => void>();
  readonly said: string[] = [];
  readonly hangUps: { reason: CallEndReason; next: CallAction | undefined }[] = [];
  sink: CallerAudioSink | undefined;
  answered = -1;
  clears = 0;
  apologies = 0;
  /** What a clear says was heard. */
  heardText = '';
  readonly ended: number[] = [];
  /** Whether the far end closes the stream once it is hung up. */
  confirmsHangUp = true;
  /** Whether an apology could be prepared. */
  hasApology = true;
  /** Playing is told as started with the first audio and finished with the end. */
  #playing = 0;

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

  async play(generation: number): Promise<void> {
    if (generation > this.#playing) {
      this.#playing = generation;
      this.tell({ type: 'playback.started', generation, atMs: 0 });
    }
  }

  endClause(_generation: number, text: string): void {
    this.said.push(text);
  }

  endPlayback(generation: number): void {
    this.tell({ type: 'playback.finished', generation, heardText: this.said.join(' ') });
  }

  clear(): { generation: number; heardText: string } {
    this.clears += 1;
    return { generation: this.#playing, heardText: this.heardText };
  }

  playApology(generation: number): boolean {
    if (!this.hasApology) return false;
    this.apologies += 1;
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
