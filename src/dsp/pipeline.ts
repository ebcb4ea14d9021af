// What a worker does for its shard in one task: line audio of all calls to clean PCM, engine PCM to mu-law. Media plane.
//
//   mu-law cells -> engine (noise suppression, speech detection) -> clean cells, speech probability
//   PCM out -> line converter -> 8 kHz -> mu-law out
//
// Work goes in rounds, each taking the next frame of every call that has one, so that a call with a burst
// takes nothing from the others. A task that has used up its time says so and leaves the rest to the next.

import { LoadLadder } from './load-ladder.js';
import { OutboundEncoder } from './outbound-encoder.js';
import { createFrameRound, type FrameRound } from './shard-engine.js';
import type { ShardEngines } from './shard-engines.js';
import {
  FRAME_RING,
  HeaderField,
  laterOf,
  MainField,
  PASSED_OVER,
  WorkerField,
  type ShardMemory,
  type SlotMemory,
} from './shard-memory.js';
import type { ShardOwnership } from './shard-ownership.js';

/**
 * A task ends after the round in which so much time has gone. What it has done the main thread sees at its
 * next tick in any case; a shard that is behind catches up best in one go.
 */
const TASK_MS = 100;
/** A call whose next frame has waited for so long is behind: it will be late. */
const BEHIND_MS = 50;
/** Frames of one call that are encoded a round. */
const OUTBOUND_FRAMES = 8;
/** With more than 3 s waiting a call is passed over all but 2 s. */
const BACKLOG_FRAMES = 150;
const BACKLOG_KEPT_FRAMES = 100;

/** What the worker keeps of one slot. */
interface Lane {
  readonly slot: number;
  readonly memory: SlotMemory;
  generation: number;
  /** Undefined while the slot is closed. */
  encoder: OutboundEncoder | undefined;
  processed: number;
  /** Counts up with every lane that is opened. */
  age: number;
}

export class ShardPipeline {
  readonly #memory: ShardMemory;
  readonly #engines: ShardEngines;
  readonly #ownership: ShardOwnership;
  readonly #lanes: readonly Lane[];
  readonly #round: FrameRound;
  readonly #nowMs: () => number;
  readonly #ladder = new LoadLadder();
  #opened = 0;
  /** What the engine was told last: so many calls, of so many that were opened. */
  #shed = 0;
  #openedAtShed = 0;
  /** Calls of the round in hand that have too many frames waiting. */
  #behind = 0;
  #denoised = 0;
  #windows = 0;
  #faults = 0;
  #encoderFaults = 0;

  /** @param nowMs what time it is, on the clock of the frames' arrivals */
  constructor(
    memory: ShardMemory,
    engines: ShardEngines,
    ownership: ShardOwnership,
    nowMs = (): number => performance.now(),
  ) {
    this.#nowMs = nowMs;
    this.#memory = memory;
    this.#engines = engines;
    this.#ownership = ownership;
    this.#lanes = memory.slots.map((slotMemory, slot) => ({
      slot,
      memory: slotMemory,
      generation: 0,
      encoder: undefined,
      processed: 0,
      age: 0,
    }));
    this.#round = createFrameRound(this.#lanes.length);
    Atomics.store(memory.header, HeaderField.SHED, 0);
    Atomics.store(memory.header, HeaderField.STEP, 0);
    const { denoised, windows, faults } = engines.engine.counters;
    this.#denoised = denoised;
    this.#windows = windows;
    this.#faults = faults;
  }

  /**
   * Do what there is to do.
   * @returns true where the time was not enough
   * @throws {RingmasterError} DSP_WORKER_FAILED where another worker owns the shard by now
   */
  async run(): Promise<boolean> {
    const startedAtMs = this.#nowMs();
    let more = true;
    let behind = false;
    while (more && this.#nowMs() - startedAtMs < TASK_MS) {
      this.#ownership.checkpoint();
      this.#syncOwners();
      const outbound = this.#encodeOutbound();
      const inbound = await this.#processFrames();
      behind ||= this.#behind * 2 > this.#round.count;
      more = outbound || inbound;
    }
    const endedAtMs = this.#nowMs();
    const busyMs = endedAtMs - startedAtMs;
    const climbed = this.#ladder.update(behind, busyMs, endedAtMs);
    if (climbed) this.#takeStep();
    this.#shedLoad();
    this.#report(busyMs);
    return more;
  }

  /** Free the state of slots that were closed, make fresh state for those that were opened. */
  #syncOwners(): void {
    for (let slot = 0; slot < this.#lanes.length; slot++) {
      const lane = this.#lanes[slot] as Lane;
      const generation = lane.memory.load(MainField.GENERATION);
      if (generation === lane.generation) continue;
      if (lane.encoder !== undefined) {
        this.#engines.engine.close(slot);
        lane.encoder = undefined;
      }
      if ((generation & 1) === 1) this.#openLane(slot, lane);
      lane.generation = generation;
      lane.memory.store(WorkerField.GENERATION_SEEN, generation);
    }
  }

  #openLane(slot: number, lane: Lane): void {
    const { engine, lineConverter } = this.#engines;
    engine.open(slot);
    lane.age = ++this.#opened;
    lane.encoder = new OutboundEncoder(lane.memory, lineConverter(slot, lane.memory));
    // A worker before this one may have been at work for the same owner.
    lane.processed = laterOf(
      lane.memory.load(WorkerField.FRAMES_PROCESSED),
      lane.memory.load(MainField.FRAMES_START),
    );
    lane.memory.store(WorkerField.FRAMES_PROCESSED, lane.processed);
  }

  #takeStep(): void {
    Atomics.store(this.#memory.header, HeaderField.STEP, this.#ladder.step);
    this.#engines.engine.coarsen(this.#ladder.coarse);
  }

  /** Let noise suppression rest for as many of the newest calls as the ladder says. */
  #shedLoad(): void {
    const { engine } = this.#engines;
    if (!engine.denoises || (this.#shed === 0 && this.#ladder.step === 0)) return;
    let open = 0;
    for (let slot = 0; slot < this.#lanes.length; slot++) {
      if ((this.#lanes[slot] as Lane).encoder !== undefined) open++;
    }
    const shed = this.#ladder.shedOf(open);
    if (shed === this.#shed && this.#opened === this.#openedAtShed) return;
    this.#shed = shed;
    this.#openedAtShed = this.#opened;
    Atomics.store(this.#memory.header, HeaderField.SHED, shed);
    this.#lanes
      .filter(({ encoder }) => encoder !== undefined)
      .sort((a, b) => b.age - a.age)
      .forEach(({ slot }, rank) => engine.bypass(slot, rank < shed));
  }

  /** @returns true where there is more to encode */
  #encodeOutbound(): boolean {
    let more = false;
    for (let slot = 0; slot < this.#lanes.length; slot++) {
      try {
        const encoder = (this.#lanes[slot] as Lane).encoder;
        if (encoder?.run(OUTBOUND_FRAMES) === 'more') more = true;
      } catch {
        // Whatever one call wrote, the others go on.
        this.#encoderFaults++;
      }
    }
    return more;
  }

  /** @returns true where there may be more frames */
  async #processFrames(): Promise<boolean> {
    const round = this.#round;
    const more = this.#takeFrames();
    if (round.count === 0) return false;
    await this.#engines.engine.process(round);
    this.#ownership.checkpoint();
    for (let row = 0; row < round.count; row++) {
      const lane = this.#lanes[round.lanes[row] as number] as Lane;
      lane.processed = (lane.processed + 1) | 0;
      lane.memory.store(WorkerField.FRAMES_PROCESSED, lane.processed);
    }
    this.#ownership.published();
    return more;
  }

  /** The next frame of every call that has one. @returns true where one has another */
  #takeFrames(): boolean {
    const round = this.#round;
    const nowMs = this.#nowMs();
    let more = false;
    round.count = 0;
    this.#behind = 0;
    for (let slot = 0; slot < this.#lanes.length; slot++) {
      const lane = this.#lanes[slot] as Lane;
      if (lane.encoder === undefined) continue;
      const written = lane.memory.load(MainField.FRAMES_WRITTEN);
      // Frames of a newer owner wait until its lane is open.
      if (lane.memory.load(MainField.GENERATION) !== lane.generation) continue;
      const waiting = (written - lane.processed) | 0;
      if (waiting <= 0) continue;
      if (waiting > BACKLOG_FRAMES) passOver(lane, waiting - BACKLOG_KEPT_FRAMES);
      if (waiting > 1) more = true;
      const cell = lane.processed & (FRAME_RING - 1);
      if (nowMs - (lane.memory.arrivals[cell] as number) > BEHIND_MS) this.#behind++;
      round.lanes[round.count] = slot;
      round.cells[round.count++] = cell;
    }
    return more;
  }

  #report(busyMs: number): void {
    const { header } = this.#memory;
    const { denoised, windows, faults: engineFaults } = this.#engines.engine.counters;
    const faults = engineFaults + this.#encoderFaults;
    Atomics.add(header, HeaderField.DENOISED, denoised - this.#denoised);
    Atomics.add(header, HeaderField.WINDOWS, windows - this.#windows);
    Atomics.add(header, HeaderField.FAULTS, faults - this.#faults);
    Atomics.add(header, HeaderField.BUSY_MICROSECONDS, Math.round(busyMs * 1000));
    this.#denoised = denoised;
    this.#windows = windows;
    this.#faults = faults;
  }
}

function passOver(lane: Lane, frames: number): void {
  for (let i = 0; i < frames; i++) {
    lane.memory.speech[(lane.processed + i) & (FRAME_RING - 1)] = PASSED_OVER;
  }
  lane.processed = (lane.processed + frames) | 0;
}
