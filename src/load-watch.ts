// Says whether the node has more calls than it can serve well, by what it measures each second. Pure. Control plane.
//
//   open --overloaded in each of the last two seconds--> refusing --five relaxed seconds in a row--> open
//
// A limit of calls says what a machine was expected to hold; this says what it holds. One bad second is a
// pause of the machine and no load. Between the two pairs of thresholds nothing changes.

/** What is measured over one interval of about a second. */
export interface LoadSample {
  /** Share of the interval that the event loop did not wait, 0..1. */
  readonly loopUtilization: number;
  /** Caller frames that became clean PCM, and those of them that were late. */
  readonly frames: number;
  readonly lateFrames: number;
}

/** Above it the event loop has no time to spare for a burst. */
const BUSY_LOOP = 0.95;
const RELAXED_LOOP = 0.88;
/** More late frames than that and the turns of all calls get slower. */
const LATE_SHARE = 0.05;
/** So few may be one call's alone. */
const FEW_LATE = 10;
const RELAXED_LATE_SHARE = 0.01;
/** Seconds in a row. */
const OVERLOADED_FOR = 2;
const RELAXED_FOR = 5;

export class LoadWatch {
  #refusing = false;
  #overloaded = 0;
  #relaxed = 0;
  #last: LoadSample = { loopUtilization: 0, frames: 0, lateFrames: 0 };

  /** A further call would be at the cost of the others. */
  get isOverloaded(): boolean {
    return this.#refusing;
  }

  /** What was measured last. */
  get last(): LoadSample {
    return this.#last;
  }

  /** One more second. */
  add(sample: LoadSample): void {
    this.#last = sample;
    const { loopUtilization, frames, lateFrames } = sample;
    const isOverloaded =
      loopUtilization > BUSY_LOOP || lateFrames > Math.max(FEW_LATE, frames * LATE_SHARE);
    const isRelaxed = loopUtilization < RELAXED_LOOP && lateFrames <= frames * RELAXED_LATE_SHARE;
    this.#overloaded = isOverloaded ? this.#overloaded + 1 : 0;
    this.#relaxed = isRelaxed ? this.#relaxed + 1 : 0;
    if (this.#overloaded >= OVERLOADED_FOR) this.#refusing = true;
    else if (this.#relaxed >= RELAXED_FOR) this.#refusing = false;
  }
}
