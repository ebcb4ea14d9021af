// Decides what a shard that cannot keep up does without, step by step. Pure. Media plane.
//
//   step 0      everything for every call
//   step 1..4   no noise suppression for the newest quarter, half, three quarters, all of the calls
//   step 5      and coarser windows of speech detection
//   step 6      and no new calls
//
// A shard is behind when the next frames of most of its calls have waited for 50 ms: a burst on one line, or a
// stall of the network on all, is not that. Going up is quick, coming down slow and one step at a time, so that calls do not
// flap between two steps.

/** Steps that take noise suppression away. */
const SUPPRESSION_STEPS = 4;
const COARSE_STEP = SUPPRESSION_STEPS + 1;
export const TOP_STEP = COARSE_STEP + 1;

/** Behind for so much of `WINDOW_MS`, a shard goes a step up. */
const BEHIND_SHARE = 0.5;
const WINDOW_MS = 1000;
/** Never behind and with so much time to spare for so long, it goes a step down. */
const SPARE_BUSY_SHARE = 0.6;
const RELAXED_MS = 3000;
/** A pause between tasks counts as at most so much: nothing is known of it. */
const LONGEST_PAUSE_MS = 100;

export class LoadLadder {
  #step = 0;
  #lastMs: number | undefined;
  #windowMs = 0;
  #behindMs = 0;
  #busyMs = 0;
  #relaxedMs = 0;

  get step(): number {
    return this.#step;
  }

  /** How many of `openCalls` go without noise suppression: the newest. */
  shedOf(openCalls: number): number {
    return Math.ceil((openCalls * Math.min(this.#step, SUPPRESSION_STEPS)) / SUPPRESSION_STEPS);
  }

  get coarse(): boolean {
    return this.#step >= COARSE_STEP;
  }

  get refusing(): boolean {
    return this.#step >= TOP_STEP;
  }

  /**
   * Judge one task.
   * @param behind the frames of most calls had waited too long
   * @param busyMs how long it took
   * @param nowMs when it ended
   * @returns whether the step changed
   */
  update(behind: boolean, busyMs: number, nowMs: number): boolean {
    const sinceMs = Math.min(nowMs - (this.#lastMs ?? nowMs - busyMs), LONGEST_PAUSE_MS + busyMs);
    this.#lastMs = nowMs;
    this.#windowMs += sinceMs;
    this.#busyMs += Math.min(busyMs, sinceMs);
    if (behind) this.#behindMs += sinceMs;
    if (this.#windowMs < WINDOW_MS) return false;
    const step = this.#judge();
    this.#windowMs = 0;
    this.#behindMs = 0;
    this.#busyMs = 0;
    const changed = step !== this.#step;
    this.#step = step;
    return changed;
  }

  /** The step after a window. */
  #judge(): number {
    if (this.#behindMs >= this.#windowMs * BEHIND_SHARE) {
      this.#relaxedMs = 0;
      return Math.min(TOP_STEP, this.#step + 1);
    }
    const isRelaxed = this.#behindMs === 0 && this.#busyMs < this.#windowMs * SPARE_BUSY_SHARE;
    this.#relaxedMs = isRelaxed ? this.#relaxedMs + this.#windowMs : 0;
    if (this.#relaxedMs < RELAXED_MS) return this.#step;
    this.#relaxedMs = 0;
    return Math.max(0, this.#step - 1);
  }
}
