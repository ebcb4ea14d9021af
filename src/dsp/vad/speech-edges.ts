// Turns the speech probabilities of one call's frames into edges: speech started, speech stopped. Media plane.

import { FRAME_MS } from '../frame.js';

export interface SpeechEdgeOptions {
  /** A frame at or above it may begin speech. 0..1 */
  readonly startThreshold: number;
  /** Speech goes on while frames are at or above it. At most `startThreshold`. 0..1 */
  readonly stopThreshold: number;
  /** Speech shorter than this starts nothing. */
  readonly minSpeechMs: number;
  /** Silence that ends speech; shorter pauses belong to it. At least one frame. */
  readonly hangoverMs: number;
}

/** Thresholds as Silero's own utilities have them; the times suit telephone turns. */
export const DEFAULT_SPEECH_EDGES: SpeechEdgeOptions = {
  startThreshold: 0.5,
  stopThreshold: 0.35,
  minSpeechMs: 60,
  hangoverMs: 200,
};

export type SpeechEdge = 'none' | 'started' | 'stopped';

/** Pure; edges alternate, beginning with `started`. Times are counted in frames of 20 ms. */
export class SpeechEdges {
  readonly #options: SpeechEdgeOptions;
  #speaking = false;
  /** Frames since the possible onset (its own included), 0 where there is none. */
  #voicedFrames = 0;
  /** Frames below the stop threshold in a row, while speaking. */
  #quietFrames = 0;
  #backMs = 0;

  constructor(options: SpeechEdgeOptions = DEFAULT_SPEECH_EDGES) {
    this.#options = options;
  }

  /** True from `started` to `stopped`. */
  get speaking(): boolean {
    return this.#speaking;
  }

  /** Silent so far, but the newest frames may be the begin of speech. */
  get suspected(): boolean {
    return !this.#speaking && this.#voicedFrames > 0;
  }

  /**
   * How far the edge just told lies back, in ms before the end of the frame pushed last: after
   * `started` the begin of the first frame of speech, after `stopped` the end of the last one (so the
   * hangover is no part of speech). The detector's own delay is not in it.
   */
  get backMs(): number {
    return this.#backMs;
  }

  /** @param probability of speech in the next frame, 0..1 */
  push(probability: number): SpeechEdge {
    return this.#speaking ? this.#whileSpeaking(probability) : this.#whileSilent(probability);
  }

  /** Back to silence without an edge, as at the begin of a call. */
  reset(): void {
    this.#speaking = false;
    this.#voicedFrames = 0;
    this.#quietFrames = 0;
  }

  #whileSilent(probability: number): SpeechEdge {
    const { startThreshold, stopThreshold, minSpeechMs } = this.#options;
    const goesOn = this.#voicedFrames > 0 && probability >= stopThreshold;
    if (!goesOn && !(probability >= startThreshold)) {
      this.#voicedFrames = 0;
      return 'none';
    }
    this.#voicedFrames++;
    if (this.#voicedFrames * FRAME_MS < minSpeechMs) return 'none';
    this.#backMs = this.#voicedFrames * FRAME_MS;
    this.#speaking = true;
    this.#voicedFrames = 0;
    this.#quietFrames = 0;
    return 'started';
  }

  #whileSpeaking(probability: number): SpeechEdge {
    if (probability >= this.#options.stopThreshold) {
      this.#quietFrames = 0;
      return 'none';
    }
    this.#quietFrames++;
    if (this.#quietFrames * FRAME_MS < this.#options.hangoverMs) return 'none';
    this.#backMs = this.#quietFrames * FRAME_MS;
    this.#speaking = false;
    return 'stopped';
  }
}
