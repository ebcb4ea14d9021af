// The state of an agent in one call, which follows what was said: a reply that is taken back takes its changes back. Control plane.

interface Checkpoint<State> {
  /** Turns of the conversation when the reply was asked for. */
  readonly historyLength: number;
  readonly before: State;
}

/** So many replies can be taken back; in a call it is one or two. */
const MOST_CHECKPOINTS = 32;

export class ReplyState<State> {
  #current: State;
  #checkpoints: Checkpoint<State>[] = [];

  /** @param initial plain data, as `structuredClone` takes it */
  constructor(initial: State) {
    this.#current = initial;
  }

  /**
   * The state that a reply may change. The history says where in the conversation it belongs: what replies at the same
   * place or a later one have changed is undone, since they were drafts, or of a turn that was taken back or failed.
   */
  begin(historyLength: number): State {
    const isUndone = (checkpoint: Checkpoint<State>): boolean =>
      checkpoint.historyLength >= historyLength;
    const first = this.#checkpoints.find(isUndone);
    if (first) {
      this.#current = first.before;
      this.#checkpoints = this.#checkpoints.slice(0, this.#checkpoints.indexOf(first));
    }
    this.#checkpoints.push({ historyLength, before: this.#current });
    this.#checkpoints = this.#checkpoints.slice(-MOST_CHECKPOINTS);
    this.#current = structuredClone(this.#current);
    return this.#current;
  }
}
