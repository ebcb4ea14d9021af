// Is a voice speech, or a hum, a groan, a laugh, a cough? By its sound alone, while it lasts. Pure. Media plane.
//
//   frame -> spectrum in six bands --> how far is it from that of 100 ms ago? --> sum of what speech moves more --+
//        |                        \--> short bursts of one sound: a laugh, begin anew                             +-> speech
//        +-> level, pitch -----------> how much of it is loud, how much has pitch? ------------------------------+
//
// Who speaks moves the mouth: the spectrum of 100 ms ago is another one. A hum holds it, a groan glides, and
// "ow" is over before it says anything. The sum is a CUSUM test (E. S. Page, Biometrika 41, 1954): it grows by
// what a frame moves beyond the drift, falls by what it lacks, never below zero; so a hum that turns into words
// is speech soon after. Speech moves by 8 to 9 dB in the mean, hums and laughs by 3 to 6.

import { FRAME_MS, FRAME_SAMPLES } from '../frame.js';
import { SHAPE_BANDS, shapeDistanceDb, takeShape } from './band-shape.js';
import { LaughRhythm } from './laugh-rhythm.js';
import { PERIODICITY_SAMPLES, periodicity } from './periodicity.js';

/** Only what is so near to the loudest of late counts: not the fading of a sound, not the room. dB */
const LOUD_DB = 15;
/** And nothing that is softer than this. dB of full scale */
const LEAST_DBFS = -55;
/** The loudest is forgotten by so much a frame. dB */
const FORGET_DB = 0.15;
/** Loud frames from one shape to the one that it is compared with. */
const LAG = 5;
/** What moves more is a click or a gap. dB */
const MOST_MOTION_DB = 15;
/** And so much of it has to be loud: "ow" is shorter, "cut it out" is not. */
const LEAST_LOUD_MS = 280;
/** But "cut", and "it out" after a pause, is less in all: what moves twice as much, in two bursts. */
const LEAST_BURSTS_MS = 200;
/** From one burst to the next it is not loud for so many frames. */
const BURST_GAP = 4;
/** And to have pitch, as no breath and few coughs have. */
const LEAST_VOICED_MS = 120;
const VOICED_PERIODICITY = 0.5;
/** A sound that is loud for so long is meant to be heard: "noooo". */
const LONGEST_LOUD_MS = 1000;

const FULL_SCALE_POWER = 32768 ** 2;

export interface SpeechThresholds {
  /** What a frame of no speech moves. dB */
  readonly driftDb: number;
  /** The sum of what speech moves beyond that from which it is speech. dB */
  readonly speechDb: number;
}

/** In the middle of what parts the sounds and protests of three speakers (`npm run bench:sounds`). */
export const DEFAULT_SPEECH_THRESHOLDS: SpeechThresholds = { driftDb: 5, speechDb: 23 };

/** One per call. Nothing is allocated by a frame. */
export class SpeechEvidence {
  readonly #thresholds: SpeechThresholds;
  readonly #rhythm = new LaughRhythm();
  /** The newest samples. */
  readonly #samples = new Float32Array(PERIODICITY_SAMPLES);
  /** Shapes of the newest loud frames, in a ring; behind them that of the frame at hand. */
  readonly #shapes = new Float32Array((LAG + 1) * SHAPE_BANDS);
  #peakDb = -Infinity;
  #loudFrames = 0;
  /** Loud frames since the shapes are of one piece. */
  #shapesKept = 0;
  /** Frames since the last loud one. */
  #softFrames = 0;
  /** It was loud before and after a pause. */
  #hasPaused = false;
  #voicedMs = 0;
  #motionDb = 0;
  #isSpeech = false;

  constructor(thresholds: SpeechThresholds = DEFAULT_SPEECH_THRESHOLDS) {
    this.#thresholds = thresholds;
  }

  /** Another voice begins. */
  restart(): void {
    this.#rhythm.restart();
    this.#samples.fill(0);
    this.#peakDb = -Infinity;
    this.#voicedMs = 0;
    this.#isSpeech = false;
    this.#forget();
  }

  /** It has proved to be speech, until the next one begins. */
  get isSpeech(): boolean {
    return this.#isSpeech;
  }

  /** @param pcm one frame of the voice @param power mean square of its samples */
  push(pcm: Int16Array, power: number): void {
    if (this.#isSpeech) return;
    const samples = this.#samples;
    samples.copyWithin(0, FRAME_SAMPLES);
    samples.set(pcm, samples.length - FRAME_SAMPLES);
    const db = 10 * Math.log10(power / FULL_SCALE_POWER + 1e-9);
    this.#peakDb = Math.max(this.#peakDb - FORGET_DB, db);
    const newest = LAG * SHAPE_BANDS;
    takeShape(samples, this.#shapes, newest);
    this.#rhythm.push(db, this.#peakDb, this.#shapes, newest);
    // What was so far is explained by it.
    if (this.#rhythm.isLaugh) this.#forget();
    else if (db > this.#peakDb - LOUD_DB && db > LEAST_DBFS) this.#loud();
    else this.#softFrames += 1;
  }

  #loud(): void {
    const shapes = this.#shapes;
    const newest = LAG * SHAPE_BANDS;
    const oldest = (this.#shapesKept % LAG) * SHAPE_BANDS;
    if (this.#shapesKept >= LAG) {
      const movedDb = Math.min(MOST_MOTION_DB, shapeDistanceDb(shapes, newest, shapes, oldest));
      this.#motionDb = Math.max(0, this.#motionDb + movedDb - this.#thresholds.driftDb);
    }
    shapes.copyWithin(oldest, newest);
    if (this.#loudFrames > 0 && this.#softFrames >= BURST_GAP) this.#hasPaused = true;
    this.#softFrames = 0;
    this.#shapesKept += 1;
    this.#loudFrames += 1;
    // Asked no longer than it matters.
    if (this.#voicedMs < LEAST_VOICED_MS && periodicity(this.#samples) >= VOICED_PERIODICITY) {
      this.#voicedMs += FRAME_MS;
    }
    const loudMs = this.#loudFrames * FRAME_MS;
    const { speechDb } = this.#thresholds;
    const areBursts = this.#hasPaused && this.#motionDb >= 2 * speechDb;
    const leastMs = areBursts ? LEAST_BURSTS_MS : LEAST_LOUD_MS;
    const moves = loudMs >= leastMs && this.#motionDb >= speechDb;
    this.#isSpeech = this.#voicedMs >= LEAST_VOICED_MS && (moves || loudMs >= LONGEST_LOUD_MS);
  }

  #forget(): void {
    this.#loudFrames = 0;
    this.#softFrames = 0;
    this.#hasPaused = false;
    this.#shapesKept = 0;
    this.#motionDb = 0;
  }
}
