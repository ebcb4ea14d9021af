// Hears the rhythm of a laugh: short bursts of one and the same sound, some five a second. Pure. Media plane.
//
// "Ha-ha-ha" repeats one syllable with next to silence between (J. A. Bachorowski et al., J. Acoust. Soc. Am.
// 110(3), 2001: 4 to 5 notes a second); syllables of speech differ from one to the next.

import { FRAME_MS } from '../frame.js';
import { SHAPE_BANDS, shapeDistanceDb } from './band-shape.js';

/** A burst begins so near to the loudest of late, and is over so far below it. dB */
const BEGIN_DB = 9;
const END_DB = 24;
/** What rises by more within a burst is its begin. dB */
const RISE_DB = 6;
/** From one burst to the next. */
const SHORTEST_BEAT_MS = 100;
const LONGEST_BEAT_MS = 300;
/** The sound of a burst itself is no longer: a syllable of speech mostly is. */
const LONGEST_BURST_MS = 140;
/** Of the same sound: no further apart. */
const SAME_DB = 7;
/** Its loudest moment is known after so many frames. */
const TELLING_FRAMES = 3;
/** The third of three like bursts makes a laugh. */
const LAUGH_BEATS = 2;

/** One per call. */
export class LaughRhythm {
  /** Shapes of the burst at hand and of the one before it, at their loudest. */
  readonly #shape = new Float32Array(SHAPE_BANDS);
  readonly #before = new Float32Array(SHAPE_BANDS);
  #frame = 0;
  #isBurst = false;
  #isTold = false;
  #isInTime = false;
  #beganAt = 0;
  #frames = 0;
  #loudest = -Infinity;
  /** Of the burst before; 0 frames where there is none. */
  #beforeAt = 0;
  #beforeFrames = 0;
  #beats = 0;

  restart(): void {
    this.#frame = 0;
    this.#isBurst = false;
    this.#frames = 0;
    this.#beforeFrames = 0;
    this.#beats = 0;
  }

  /** The newest bursts are a laugh. */
  get isLaugh(): boolean {
    return this.#beats >= LAUGH_BEATS;
  }

  /**
   * @param db level of the next frame @param peakDb the loudest of late
   * @param shape of its spectrum, from index `at`
   */
  push(db: number, peakDb: number, shape: Float32Array, at: number): void {
    this.#frame += 1;
    const begins = this.#isBurst ? db > this.#loudest + RISE_DB : db > peakDb - BEGIN_DB;
    if (begins) this.#begin();
    if (!this.#isBurst) return;
    this.#frames += 1;
    if (db > this.#loudest) {
      this.#loudest = db;
      for (let i = 0; i < SHAPE_BANDS; i += 1) this.#shape[i] = shape[at + i] as number;
    }
    const isOver = db < peakDb - END_DB;
    if (isOver || this.#frames >= TELLING_FRAMES) this.#tell();
    if (isOver) this.#isBurst = false;
  }

  #begin(): void {
    if (!this.#isBurst) {
      this.#beforeAt = this.#beganAt;
      this.#beforeFrames = this.#frames;
      this.#before.set(this.#shape);
    }
    const gapMs = (this.#frame - this.#beforeAt) * FRAME_MS;
    this.#isInTime =
      this.#beforeFrames > 0 &&
      this.#beforeFrames * FRAME_MS <= LONGEST_BURST_MS &&
      gapMs >= SHORTEST_BEAT_MS &&
      gapMs <= LONGEST_BEAT_MS;
    this.#isBurst = true;
    this.#isTold = false;
    this.#beganAt = this.#frame;
    this.#frames = 0;
    this.#loudest = -Infinity;
  }

  #tell(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    const isBeat = this.#isInTime && shapeDistanceDb(this.#shape, 0, this.#before, 0) <= SAME_DB;
    this.#beats = isBeat ? this.#beats + 1 : 0;
  }
}
