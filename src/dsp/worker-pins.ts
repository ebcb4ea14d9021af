// Which worker thread serves which shard: a shard's state lives in its worker, so that tasks must find it again. Media plane.

export class WorkerPins {
  /** Thread of each shard, by index. */
  readonly #threads: (number | undefined)[];

  constructor(shards: number) {
    this.#threads = Array.from({ length: shards }, () => undefined);
  }

  threadOf(shard: number): number | undefined {
    return this.#threads[shard];
  }

  isPinned(threadId: number): boolean {
    return this.#threads.includes(threadId);
  }

  pin(shard: number, threadId: number): void {
    this.#threads[shard] = threadId;
  }

  /** The shard's worker is gone. */
  release(shard: number): void {
    this.#threads[shard] = undefined;
  }

  /**
   * The worker for a task of `shard`, as Piscina's load balancer wants it: the one that it is pinned to;
   * where that is gone one without a shard, which it is pinned to then; else null, and the task waits.
   * @param workers those alive, by thread id
   */
  choose<W extends { readonly id: number }>(shard: number, workers: readonly W[]): W | null {
    const own = workers.find((worker) => worker.id === this.#threads[shard]);
    if (own !== undefined) return own;
    const free = workers.find((worker) => !this.isPinned(worker.id));
    if (free === undefined) return null;
    this.pin(shard, free.id);
    return free;
  }
}
