// The caller's end of the line: clip frames while a clip is said, silence otherwise. Media plane.

import { FRAME_MS, FRAME_SAMPLES, MULAW_SILENCE } from '../dsp/frame.js';
import { SILENT_PAYLOAD, type Clip } from './clip.js';
import type { TellFact } from './phone-events.js';

/** When a clip was said; milliseconds since the call was answered. */
export interface SaidClip {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** Of its voice, without the silence around it; undefined for a clip without voice. */
  readonly voiceStartedAtMs: number | undefined;
  readonly voiceEndedAtMs: number | undefined;
}

interface Playing {
  readonly clip: Clip;
  readonly done: (said: SaidClip) => void;
  frame: number;
  startedAtMs: number;
  voiceStartedAtMs: number | undefined;
  voiceEndedAtMs: number | undefined;
}

const SILENT_FRAME = new Uint8Array(FRAME_SAMPLES).fill(MULAW_SILENCE);

export class CallerLine {
  readonly #tell: TellFact;
  #playing: Playing | undefined;
  /** base64 of the frame that goes out now. */
  payload: string = SILENT_PAYLOAD;
  /** The same as mu-law, 160 bytes; lent until the next frame. */
  mulaw: Uint8Array = SILENT_FRAME;

  constructor(tell: TellFact) {
    this.#tell = tell;
  }

  get speaking(): boolean {
    return this.#playing !== undefined;
  }

  /** Say `clip` from the next frame on. Only when not `speaking`. */
  say(clip: Clip, done: (said: SaidClip) => void): void {
    this.#playing = {
      clip,
      done,
      frame: 0,
      startedAtMs: 0,
      voiceStartedAtMs: undefined,
      voiceEndedAtMs: undefined,
    };
  }

  /** Fall silent in the middle of a clip; its `done` is not called. */
  stop(): void {
    this.#playing = undefined;
  }

  /** The next frame, which leaves at `nowMs`: its sound is that of the 20 ms before. */
  frame(nowMs: number): void {
    const playing = this.#playing;
    if (playing === undefined) {
      this.payload = SILENT_PAYLOAD;
      this.mulaw = SILENT_FRAME;
      return;
    }
    const { clip, frame } = playing;
    const at = frame * FRAME_SAMPLES;
    this.payload = clip.payloads[frame] ?? SILENT_PAYLOAD;
    this.mulaw = clip.mulaw.subarray(at, at + FRAME_SAMPLES);
    this.#tellVoice(playing, nowMs - FRAME_MS);
    playing.frame += 1;
    if (playing.frame >= clip.payloads.length) this.#finish(playing, nowMs);
  }

  #tellVoice(playing: Playing, frameStartMs: number): void {
    const { clip, frame } = playing;
    if (frame === 0) {
      playing.startedAtMs = frameStartMs;
      this.#tell({ type: 'caller.started', clip: clip.name }, frameStartMs);
    }
    if (clip.voice === undefined) return;
    const { startMs, endMs } = clip.voice;
    if (frame === Math.floor(startMs / FRAME_MS)) {
      playing.voiceStartedAtMs = frameStartMs + startMs - frame * FRAME_MS;
      this.#tell({ type: 'caller.voiceStarted', clip: clip.name }, playing.voiceStartedAtMs);
    }
    // The frame that holds the last voiced sample.
    if (frame === Math.ceil(endMs / FRAME_MS) - 1) {
      playing.voiceEndedAtMs = frameStartMs + endMs - frame * FRAME_MS;
      this.#tell({ type: 'caller.voiceEnded', clip: clip.name }, playing.voiceEndedAtMs);
    }
  }

  #finish(playing: Playing, nowMs: number): void {
    this.#playing = undefined;
    this.#tell({ type: 'caller.ended', clip: playing.clip.name }, nowMs);
    const { startedAtMs, voiceStartedAtMs, voiceEndedAtMs } = playing;
    playing.done({ startedAtMs, voiceStartedAtMs, voiceEndedAtMs, endedAtMs: nowMs });
  }
}
