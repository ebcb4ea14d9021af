// What the caller's voice over the agent is by its sound: speech, or a hum, a laugh, a cough so far. Media plane.

import type { VoiceCharacter } from '../actors/ports.js';
import { FRAME_MS } from '../dsp/frame.js';
import { SpeechEvidence } from '../dsp/voice/speech-evidence.js';

/** A voice that comes back so soon goes on: "cut – it out". */
const SAME_VOICE_MS = 600;
/** Its first consonant comes before a detector is sure of it. */
const LEAD_FRAMES = 2;

/** One per call. It costs nothing but while a voice that began over the agent has not proved to be speech. */
export class VoiceOver {
  readonly #evidence: SpeechEvidence;
  /** The newest voice began over the agent. */
  #isOver = false;
  #endedAtMs = -Infinity;

  constructor(evidence = new SpeechEvidence()) {
    this.#evidence = evidence;
  }

  /** See `Line.voiceCharacter`. */
  get character(): VoiceCharacter | undefined {
    if (!this.#isOver) return undefined;
    return this.#evidence.isSpeech ? 'speech' : 'sound';
  }

  /** Frames of the voice are wanted. */
  get listens(): boolean {
    return this.#isOver && !this.#evidence.isSpeech;
  }

  /**
   * A voice begins.
   * @param isOver whether the agent is heard
   * @param backMs how far its first certain frame lies back
   * @returns frames that are to be told once more, the one at hand included
   */
  begin(isOver: boolean, backMs: number, atMs: number): number {
    const goesOn = this.#isOver && atMs - this.#endedAtMs <= SAME_VOICE_MS;
    this.#isOver = isOver;
    if (!isOver) return 0;
    if (!goesOn) this.#evidence.restart();
    return this.listens ? backMs / FRAME_MS + LEAD_FRAMES : 0;
  }

  /** @param power mean square of `pcm` @returns whether the voice has just proved to be speech */
  push(pcm: Int16Array, power: number): boolean {
    this.#evidence.push(pcm, power);
    return this.#evidence.isSpeech;
  }

  end(atMs: number): void {
    this.#endedAtMs = atMs;
  }
}
