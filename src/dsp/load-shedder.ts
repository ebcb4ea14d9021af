// Decides when a shard that cannot keep up lets noise suppression rest for calls, and for how many. Media plane.
//
// Speech detection and the calls themselves go on; the newest calls lose noise suppression first. It comes
// back call by call once the shard has had time to spare for a while.

/** Tasks in a row that ran out of time before calls are shed: more than a burst of 2 s on one call takes. */
const OVERLOADED_TASKS = 12;
/** A task that took less had time to spare. */
const SPARE_MS = 8;
/** Tasks in a row with time to spare before one call gets noise suppression back: 2 s. */
const RELAXED_TASKS = 100;
/** Share of the open calls that are shed at a time. */
const STEP = 1 / 8;

export class LoadShedder {
  #shed = 0;
  #overloaded = 0;
  #relaxed = 0;

  /** Calls that go without noise suppression now. */
  get shed(): number {
    return this.#shed;
  }

  /**
   * Judge one task.
   * @param ranOut it left work undone for want of time
   * @param openCalls calls of the shard
   * @returns `shed`, never above `openCalls`
   */
  update(ranOut: boolean, busyMs: number, openCalls: number): number {
    this.#overloaded = ranOut ? this.#overloaded + 1 : 0;
    this.#relaxed = !ranOut && busyMs < SPARE_MS ? this.#relaxed + 1 : 0;
    if (this.#overloaded >= OVERLOADED_TASKS) {
      this.#overloaded = 0;
      this.#shed += Math.ceil(openCalls * STEP);
    }
    if (this.#relaxed >= RELAXED_TASKS) {
      this.#relaxed = 0;
      this.#shed = Math.max(0, this.#shed - 1);
    }
    this.#shed = Math.min(this.#shed, openCalls);
    return this.#shed;
  }
}
