// How late marks come back, and what that says of a far end that fell behind. Pure, one per call. Media plane.

/**
 * A mark comes back one round trip after its audio was due. What it takes longer than the fastest of
 * the call is either delay on its way back or a far end that ran dry for so long and plays later since.
 * The first passes, the second stays: the smaller of the last two lags tells.
 */
export class MarkLag {
  #least = Infinity;
  #last = Infinity;
  #before = Infinity;

  /** @param lagMs from when its audio had to be played to when the mark came back */
  note(lagMs: number): void {
    this.#least = Math.min(this.#least, lagMs);
    this.#before = this.#last;
    this.#last = lagMs;
  }

  /** The far end begins anew, with an empty buffer: it cannot be behind. */
  restart(): void {
    this.#last = Infinity;
    this.#before = Infinity;
  }

  /** How far the far end is behind what time alone says. */
  get behindMs(): number {
    const lag = Math.min(this.#last, this.#before);
    return lag === Infinity ? 0 : lag - this.#least;
  }
}
