// Packets that wait for the next run, one chain for each lane. Media plane.

/** End of a chain; also a lane without packets. */
const NONE = -1;
/** Packets a lane may have in the queue on average: 160 ms of audio. */
const PACKETS_PER_LANE = 8;

/** Fixed size; allocates nothing after construction. All addresses are bytes in the kernel's memory. */
export class PacketQueue {
  readonly #input: Uint32Array;
  readonly #output: Uint32Array;
  readonly #speech: Uint32Array;
  readonly #next: Int32Array;
  #used = 0;
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  /** Lanes that have packets, in the order of their first one. */
  readonly #lanes: Int32Array;
  #laneCount = 0;

  constructor(maxLanes: number) {
    const packets = maxLanes * PACKETS_PER_LANE;
    this.#input = new Uint32Array(packets);
    this.#output = new Uint32Array(packets);
    this.#speech = new Uint32Array(packets);
    this.#next = new Int32Array(packets);
    this.#first = new Int32Array(maxLanes).fill(NONE);
    this.#last = new Int32Array(maxLanes).fill(NONE);
    this.#lanes = new Int32Array(maxLanes);
  }

  /** @returns false where the queue is full */
  push(lane: number, input: number, output: number, speech: number): boolean {
    const packet = this.#used;
    if (packet === this.#next.length) return false;
    this.#used++;
    this.#input[packet] = input;
    this.#output[packet] = output;
    this.#speech[packet] = speech;
    this.#next[packet] = NONE;
    const last = this.#last[lane] ?? NONE;
    if (last === NONE) {
      this.#first[lane] = packet;
      this.#lanes[this.#laneCount++] = lane;
    } else {
      this.#next[last] = packet;
    }
    this.#last[lane] = packet;
    return true;
  }

  /** Lanes that have packets. */
  get laneCount(): number {
    return this.#laneCount;
  }

  laneAt(index: number): number {
    return this.#lanes[index] ?? NONE;
  }

  inputOf(lane: number): number {
    return this.#input[this.#first[lane] ?? NONE] ?? 0;
  }

  outputOf(lane: number): number {
    return this.#output[this.#first[lane] ?? NONE] ?? 0;
  }

  speechOf(lane: number): number {
    return this.#speech[this.#first[lane] ?? NONE] ?? 0;
  }

  /** Take the first packet of every lane off. */
  shiftAll(): void {
    let kept = 0;
    for (let index = 0; index < this.#laneCount; index++) {
      const lane = this.laneAt(index);
      const next = this.#next[this.#first[lane] ?? NONE] ?? NONE;
      this.#first[lane] = next;
      if (next === NONE) this.#last[lane] = NONE;
      else this.#lanes[kept++] = lane;
    }
    this.#setLaneCount(kept);
  }

  /** Forget the packets of a lane. */
  drop(lane: number): void {
    if (this.#first[lane] === NONE) return;
    this.#first[lane] = NONE;
    this.#last[lane] = NONE;
    let kept = 0;
    for (let index = 0; index < this.#laneCount; index++) {
      const other = this.laneAt(index);
      if (other !== lane) this.#lanes[kept++] = other;
    }
    this.#setLaneCount(kept);
  }

  #setLaneCount(count: number): void {
    this.#laneCount = count;
    if (count === 0) this.#used = 0;
  }
}
