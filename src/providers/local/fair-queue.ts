// A queue with a lane for each call, served in turn: a call that wants much cannot starve the others. Control plane.

export class FairQueue<Key, Item> {
  /** In the order in which they are served next; never holds an empty lane. */
  readonly #lanes = new Map<Key, Item[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(key: Key, item: Item): void {
    const lane = this.#lanes.get(key);
    if (lane) lane.push(item);
    else this.#lanes.set(key, [item]);
    this.#size++;
  }

  /** The first item of the lane whose turn it is. */
  shift(): Item | undefined {
    const next = this.#lanes.entries().next();
    if (next.done) return undefined;
    const [key, lane] = next.value;
    const item = lane.shift();
    this.#size--;
    // To the end of the line.
    this.#lanes.delete(key);
    if (lane.length > 0) this.#lanes.set(key, lane);
    return item;
  }

  /** Takes an item out that is not wanted any more; unknown ones are ignored. */
  remove(key: Key, item: Item): void {
    const lane = this.#lanes.get(key);
    const at = lane?.indexOf(item) ?? -1;
    if (!lane || at < 0) return;
    lane.splice(at, 1);
    this.#size--;
    if (lane.length === 0) this.#lanes.delete(key);
  }
}
