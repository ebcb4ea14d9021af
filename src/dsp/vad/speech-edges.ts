// Turns the speech probabilities of one call's frames into edges: speech started, speech stopped. Media plane.

import { FRAME_MS } from '../frame.js';

export interface SpeechEdgeOptions {
  /** A frame at or above it may begin speech. 0..1 */
  readonly startThreshold: number;
  /** Speech goes on while frames are at or above it. At most `startThreshold`. 0..1 */
  readonly stopThreshold: number;
  /** A frame at or above it is speech beyond doubt: it counts for more than its length. 0..1 */
  readonly sureThreshold: number;
  /** Speech shorter than this starts nothing; of speech beyond doubt two thirds are enough, or one (`push`). */
  readonly minSpeechMs: number;
  /** Silence that ends speech; shorter pauses belong to it. At least one frame. */
  readonly hangoverMs: number;
}

// The default against three frames of 0.5 whatever they say, in ms from onset to `started` (median/90 %)
// and false starts an hour of silence (`npm run bench:dsp -- --quality`; on a telephone babble is speech):
//
//                       clean        noise 10 dB   noise 0 dB     babble 10 dB   babble 0 dB
//   three frames        80/200 0     100/200 0     120/240 11     110/220 335    240/690 1068
//   as it is, doubtful  60/180 0     90/200  0     120/230 11     110/200 335    240/690 1068
//   as it is, clear     40/160 0     70/180  0     100/210 11     90/200  335    240/690 1068
//
// Of 1024 clicks, keys, bangs, knocks, clinks, breaths, rustles and coughs at -3 to -30 dBFS 256 start
// something with three frames, 256 with two sure ones, 258 with one: a detector that is sure stays so for
// three frames. But echo of the agent's voice is speech beyond doubt, and its guard errs by single frames:
// 17 of 90 echoes start something with one sure frame, none with two, and none with one that is 9 dB
// louder than what the guard still takes for echo.

/** Thresholds as Silero's own utilities have them; the times suit telephone turns. */
export const DEFAULT_SPEECH_EDGES: SpeechEdgeOptions = {
  startThreshold: 0.5,
  stopThreshold: 0.35,
  sureThreshold: 0.9,
  minSpeechMs: 60,
  hangoverMs: 200,
};

/** A sure frame counts for so many frames; and for so many where it cannot be anybody else's voice. */
const SURE_WEIGHT = 1.5;
const CLEAR_WEIGHT = 3;

export type SpeechEdge = 'none' | 'started' | 'stopped';

/** Pure; edges alternate, beginning with `started`. Times are counted in frames of 20 ms. */
export class SpeechEdges {
  readonly #options: SpeechEdgeOptions;
  #speaking = false;
  /** Frames since the possible onset (its own included), 0 where there is none. */
  #voicedFrames = 0;
  /** The same, each by its weight. */
  #evidenceMs = 0;
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

  /**
   * @param probability of speech in the next frame, 0..1
   * @param clear whether speech in it can only be the caller's: then a sure frame counts threefold, else
   * half as much again
   */
  push(probability: number, clear: boolean): SpeechEdge {
    return this.#speaking
      ? this.#whileSpeaking(probability)
      : this.#whileSilent(probability, clear);
  }

  /** Back to silence without an edge, as at the begin of a call. */
  reset(): void {
    this.#speaking = false;
    this.#voicedFrames = 0;
    this.#evidenceMs = 0;
    this.#quietFrames = 0;
  }

  #whileSilent(probability: number, clear: boolean): SpeechEdge {
    const { startThreshold, stopThreshold, sureThreshold, minSpeechMs } = this.#options;
    const goesOn = this.#voicedFrames > 0 && probability >= stopThreshold;
    if (!goesOn && !(probability >= startThreshold)) {
      this.#voicedFrames = 0;
      this.#evidenceMs = 0;
      return 'none';
    }
    this.#voicedFrames++;
    const sureWeight = clear ? CLEAR_WEIGHT : SURE_WEIGHT;
    this.#evidenceMs += FRAME_MS * (probability >= sureThreshold ? sureWeight : 1);
    if (this.#evidenceMs < minSpeechMs) return 'none';
    this.#backMs = this.#voicedFrames * FRAME_MS;
    this.#speaking = true;
    this.#voicedFrames = 0;
    this.#evidenceMs = 0;
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
