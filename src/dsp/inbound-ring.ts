// The main thread's side of a slot's frame ring: line audio in, clean frames out. Media plane.
//
// Drop policy: what finds the ring full is dropped, and so is what the worker passed over as too old.
// Clean frames stay until the worker needs their cell, so the ring is the memory of the last seconds, too.

import { decodeBase64, base64Length } from './base64.js';
import { FRAME_SAMPLES, MULAW_SILENCE } from './frame.js';
import type { LatencyHistogram } from './latency-histogram.js';
import type { CleanFrameListener } from './pool-types.js';
import {
  FRAME_RING,
  laterOf,
  MainField,
  PASSED_OVER,
  WorkerField,
  type SlotMemory,
} from './shard-memory.js';

/** Clean PCM that is ready later than this after its arrival is late. */
export const LATE_MS = 60;

const FRAME_PAIRS = FRAME_SAMPLES / 2;

/** Sums over all slots of a pool. */
export interface FrameCounts {
  received: number;
  processed: number;
  late: number;
  dropped: number;
  repaired: number;
}

/** Room for one clean frame, which is copied two samples at a time. */
export class FrameRoom {
  readonly samples = new Int16Array(FRAME_SAMPLES);
  readonly pairs = new Int32Array(this.samples.buffer);
}

function copyFrame(ring: Int32Array, cell: number, frame: Int32Array): void {
  const from = cell * FRAME_PAIRS;
  for (let i = 0; i < FRAME_PAIRS; i++) frame[i] = ring[from + i] as number;
}

export class InboundRing {
  readonly #memory: SlotMemory;
  readonly #bytes: Buffer;
  readonly #counts: FrameCounts;
  /** Where a clean frame is handed over: in the nearest cache, and no view of each cell is needed. */
  readonly #frame: FrameRoom;
  #written: number;
  /** Frames before it belong to an earlier owner. */
  readonly #start: number;
  #delivered: number;
  /** Behind the frame told last, and the first one since which none was passed over. */
  #told: number;
  #toldFrom: number;
  /** Bytes of the frame that is not whole yet. */
  #fill = 0;
  /** Bytes dropped that make no whole frame yet. */
  #droppedBytes = 0;

  /** @param frame several rings may share it */
  constructor(memory: SlotMemory, frame: FrameRoom, counts: FrameCounts) {
    const { buffer, byteOffset, byteLength } = memory.mulawIn;
    this.#memory = memory;
    this.#bytes = Buffer.from(buffer, byteOffset, byteLength);
    this.#frame = frame;
    this.#counts = counts;
    this.#written = memory.load(MainField.FRAMES_WRITTEN);
    this.#delivered = this.#written;
    this.#start = this.#written;
    this.#told = this.#written;
    this.#toldFrom = this.#written;
    memory.store(MainField.FRAMES_START, this.#written);
  }

  /** Whole frames that no worker has processed yet. */
  get waiting(): number {
    return (this.#written - this.#processed()) | 0;
  }

  /** @returns frames dropped */
  write(mulaw: Uint8Array, arrivedAtMs: number): number {
    const taken = Math.min(mulaw.length, this.#room());
    let at = this.#writeIndex();
    for (let i = 0; i < taken; i++) {
      this.#bytes[at] = mulaw[i] as number;
      if (++at === this.#bytes.length) at = 0;
    }
    this.#counts.received += this.#commit(taken, arrivedAtMs);
    return this.#drop(mulaw.length - taken);
  }

  /** @returns frames dropped, or -1 where `payload` is not base64 */
  writeBase64(payload: string, arrivedAtMs: number): number {
    const room = this.#room();
    if (!decodeBase64(payload, this.#bytes, this.#writeIndex(), room)) return -1;
    const length = base64Length(payload);
    const taken = Math.min(length, room);
    this.#counts.received += this.#commit(taken, arrivedAtMs);
    return this.#drop(length - taken);
  }

  /** @returns frames dropped */
  writeSilence(count: number, arrivedAtMs: number): number {
    const wanted = count * FRAME_SAMPLES;
    const taken = Math.min(wanted, this.#room());
    let at = this.#writeIndex();
    for (let i = 0; i < taken; i++) {
      this.#bytes[at] = MULAW_SILENCE;
      if (++at === this.#bytes.length) at = 0;
    }
    this.#counts.repaired += this.#commit(taken, arrivedAtMs);
    const dropped = count - Math.ceil(taken / FRAME_SAMPLES);
    this.#counts.repaired += dropped;
    this.#counts.dropped += dropped;
    return dropped;
  }

  /**
   * Hand the next clean frame to `listener`; one that was passed over is counted alone.
   * @returns false where none is ready
   */
  deliver(listener: CleanFrameListener, nowMs: number, latencies: LatencyHistogram): boolean {
    if (((this.#processed() - this.#delivered) | 0) <= 0) return false;
    const cell = this.#delivered & (FRAME_RING - 1);
    const speech = this.#memory.speech[cell] as number;
    if (speech === PASSED_OVER) {
      this.#counts.dropped++;
      this.#delivered = (this.#delivered + 1) | 0;
      this.#told = this.#delivered;
      this.#toldFrom = this.#delivered;
      return true;
    }
    const arrivedAtMs = this.#memory.arrivals[cell] as number;
    const latencyMs = nowMs - arrivedAtMs;
    latencies.add(latencyMs);
    if (latencyMs > LATE_MS) this.#counts.late++;
    this.#counts.processed++;
    this.#told = (this.#delivered + 1) | 0;
    copyFrame(this.#memory.cleanPairs, cell, this.#frame.pairs);
    try {
      listener(this.#frame.samples, speech, arrivedAtMs);
    } finally {
      // Only now may the frame be overwritten.
      this.#delivered = (this.#delivered + 1) | 0;
    }
    return true;
  }

  /** See `DspSlot.recallable`. */
  get recallable(): number {
    // The worker may be at any frame that was written, and writes where one of a ring before lay.
    const overwritten = (this.#written - FRAME_RING) | 0;
    return (this.#told - laterOf(overwritten, this.#toldFrom)) | 0;
  }

  /** See `DspSlot.recall`. */
  recall(ago: number): Int16Array {
    const from = ((this.#told - 1 - ago) & (FRAME_RING - 1)) * FRAME_SAMPLES;
    return this.#memory.clean.subarray(from, from + FRAME_SAMPLES);
  }

  /** Give up the frames that wait. Only while no worker has the shard. */
  dropWaiting(): void {
    this.#counts.dropped += this.waiting;
    this.#memory.store(WorkerField.FRAMES_PROCESSED, this.#written);
    this.#delivered = this.#written;
    this.#told = this.#written;
    this.#toldFrom = this.#written;
  }

  /** A worker that has not seen this slot's new owner yet may still stand before its start. */
  #processed(): number {
    return laterOf(this.#memory.load(WorkerField.FRAMES_PROCESSED), this.#start);
  }

  #writeIndex(): number {
    return (this.#written & (FRAME_RING - 1)) * FRAME_SAMPLES + this.#fill;
  }

  /** Bytes that find room. */
  #room(): number {
    const frames = FRAME_RING - ((this.#written - this.#delivered) | 0);
    return Math.max(0, frames * FRAME_SAMPLES - this.#fill);
  }

  /** @returns whole frames that became visible */
  #commit(bytes: number, arrivedAtMs: number): number {
    this.#fill += bytes;
    const frames = Math.trunc(this.#fill / FRAME_SAMPLES);
    for (let i = 0; i < frames; i++) {
      this.#memory.arrivals[(this.#written + i) & (FRAME_RING - 1)] = arrivedAtMs;
    }
    this.#fill -= frames * FRAME_SAMPLES;
    this.#written = (this.#written + frames) | 0;
    if (frames > 0) this.#memory.store(MainField.FRAMES_WRITTEN, this.#written);
    return frames;
  }

  #drop(bytes: number): number {
    this.#droppedBytes += bytes;
    const frames = Math.trunc(this.#droppedBytes / FRAME_SAMPLES);
    this.#droppedBytes -= frames * FRAME_SAMPLES;
    this.#counts.received += frames;
    this.#counts.dropped += frames;
    return frames;
  }
}
