// A shard without a thread: slots on one side, the worker's pipeline on the other, both here.

import { passThrough, type Denoiser } from '../../src/dsp/denoise/denoiser.js';
import { FRAME_SAMPLES } from '../../src/dsp/frame.js';
import type { FrameBatch } from '../../src/dsp/frame-batch.js';
import { FrameRoom, type FrameCounts } from '../../src/dsp/inbound-ring.js';
import { LatencyHistogram } from '../../src/dsp/latency-histogram.js';
import { ScalarLineConverter } from '../../src/dsp/line-converter.js';
import type { CleanFrameListener } from '../../src/dsp/pool-types.js';
import type { ShardEngines } from '../../src/dsp/shard-engines.js';
import { ShardPipeline } from '../../src/dsp/pipeline.js';
import { ShardMemory, type SlotMemory } from '../../src/dsp/shard-memory.js';
import { giveOwnership, ShardOwnership } from '../../src/dsp/shard-ownership.js';
import { ShardSlot } from '../../src/dsp/slot.js';
import { StockEngine } from '../../src/dsp/stock-engine.js';
import type { SpeechDetector } from '../../src/dsp/vad/speech-detector.js';

/** What a listener was told. */
export interface HeardFrame {
  readonly pcm: Int16Array;
  readonly speech: number;
  readonly arrivedAtMs: number;
}

/** Says how loud each frame is: the mean magnitude over full scale. */
export class LoudnessDetector implements SpeechDetector {
  readonly faults = 0;
  windows = 0;
  readonly open = (): void => {};
  readonly close = (): void => {};
  process(batch: FrameBatch): Promise<void> {
    for (let row = 0; row < batch.count; row++, this.windows++) {
      let sum = 0;
      for (let i = 0; i < FRAME_SAMPLES; i++) {
        sum += Math.abs(batch.samples[row * FRAME_SAMPLES + i] as number);
      }
      batch.speech[row] = sum / FRAME_SAMPLES / 32768;
    }
    return Promise.resolve();
  }
  release(): Promise<void> {
    return Promise.resolve();
  }
}

/** Memory for the slots, and what works on it. */
export interface ShardRoom {
  readonly buffer: SharedArrayBuffer;
  readonly byteOffset: number;
  readonly engines: (memory: ShardMemory, ownership: ShardOwnership) => ShardEngines;
}

/** The stock engine around `parts`, in memory of its own. */
export function stockRoom(
  slots: number,
  parts: { denoiser: Denoiser; detector: SpeechDetector },
): ShardRoom {
  const byteOffset = 192;
  const buffer = new SharedArrayBuffer(byteOffset + ShardMemory.bytesFor(slots));
  return {
    buffer,
    byteOffset,
    engines: (memory, ownership) => ({
      engine: new StockEngine({ ...parts, memory, checkpoint: () => ownership.checkpoint() }),
      lineConverter: (_slot: number, slot: SlotMemory) => new ScalarLineConverter(slot),
    }),
  };
}

export class ShardHarness {
  readonly memory: ShardMemory;
  readonly counts: FrameCounts = { received: 0, processed: 0, late: 0, dropped: 0, repaired: 0 };
  readonly latencies = new LatencyHistogram();
  pipeline: ShardPipeline;
  readonly #room: ShardRoom;
  readonly #frame = new FrameRoom();
  /** The pipeline's clock, on which frames arrive; it stands still unless a test drives it. */
  nowMs = (): number => 0;
  #incarnation = 0;

  constructor(
    slots: number,
    parts: { denoiser: Denoiser; detector: SpeechDetector } = {
      denoiser: passThrough,
      detector: new LoudnessDetector(),
    },
    room: ShardRoom = stockRoom(slots, parts),
  ) {
    this.#room = room;
    this.memory = new ShardMemory(room.buffer, room.byteOffset, slots);
    this.pipeline = this.#startPipeline();
  }

  /** Open a slot; `heard` collects copies of its clean frames. */
  open(slot: number, heard: HeardFrame[] = [], nowMs = (): number => 0): HarnessSlot {
    const listener: CleanFrameListener = (pcm, speech, arrivedAtMs) => {
      heard.push({ pcm: pcm.slice(), speech, arrivedAtMs });
    };
    return this.listen(slot, listener, nowMs);
  }

  /** Open a slot for a listener that keeps what it wants. */
  listen(slot: number, listener: CleanFrameListener, nowMs = (): number => 0): HarnessSlot {
    const memory = this.memory.slots[slot];
    if (memory === undefined) throw new Error('no such slot');
    const opened = new ShardSlot(0, memory, this.#frame, this.counts, listener, () => {});
    return Object.assign(opened, {
      deliverAll: () => opened.deliver(nowMs(), this.latencies),
    });
  }

  /** Tasks, until there is nothing left to do: a busy machine may need more than one. */
  async runAll(): Promise<void> {
    while (await this.pipeline.run());
  }

  /** The worker dies and another takes over. */
  replaceWorker(): void {
    this.#incarnation++;
    giveOwnership(this.memory.header, this.#incarnation);
    this.pipeline = this.#startPipeline();
  }

  #startPipeline(): ShardPipeline {
    const ownership = new ShardOwnership(this.memory.header, this.#incarnation);
    const engines = this.#room.engines(this.memory, ownership);
    return new ShardPipeline(this.memory, engines, ownership, () => this.nowMs());
  }
}

export type HarnessSlot = ShardSlot & { deliverAll(): void };
