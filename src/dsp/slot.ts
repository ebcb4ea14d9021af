// One call's handle on a slot of a shard: what `DspPool.open` gives out. Media plane.

import { InboundRing, type FrameCounts, type FrameRoom } from './inbound-ring.js';
import type { LatencyHistogram } from './latency-histogram.js';
import { OutboundRing } from './outbound-ring.js';
import type { CleanFrameListener, DspSlot } from './pool-types.js';
import { MainField, WorkerField, type SlotMemory } from './shard-memory.js';

export class ShardSlot implements DspSlot {
  readonly shard: number;
  readonly #memory: SlotMemory;
  readonly #inbound: InboundRing;
  readonly #outbound: OutboundRing;
  readonly #listener: CleanFrameListener;
  readonly #onClose: () => void;
  #closed = false;

  /**
   * @param frame room for the frame that is handed over, which all slots may share
   * @param onClose called once, when the slot is free again
   */
  constructor(
    shard: number,
    memory: SlotMemory,
    frame: FrameRoom,
    counts: FrameCounts,
    listener: CleanFrameListener,
    onClose: () => void,
  ) {
    this.shard = shard;
    this.#memory = memory;
    this.#inbound = new InboundRing(memory, frame, counts);
    this.#outbound = new OutboundRing(memory);
    this.#listener = listener;
    this.#onClose = onClose;
    // Last: what the worker sees of the new owner is in place.
    this.#nextGeneration();
  }

  writeInbound(mulaw: Uint8Array, arrivedAtMs: number): number {
    return this.#closed ? 0 : this.#inbound.write(mulaw, arrivedAtMs);
  }

  writeInboundBase64(payload: string, arrivedAtMs: number): number {
    return this.#closed ? 0 : this.#inbound.writeBase64(payload, arrivedAtMs);
  }

  writeSilence(count: number, arrivedAtMs: number): number {
    return this.#closed ? 0 : this.#inbound.writeSilence(count, arrivedAtMs);
  }

  writeOutbound(pcm: Int16Array, sampleRateHz: number, from = 0): number {
    return this.#closed ? pcm.length - from : this.#outbound.write(pcm, sampleRateHz, from);
  }

  flushOutbound(): void {
    if (!this.#closed) this.#outbound.flush();
  }

  readOutbound(target: Uint8Array, at = 0): boolean {
    return !this.#closed && this.#outbound.readFrame(target, at);
  }

  get outboundReady(): number {
    return this.#closed ? 0 : this.#outbound.ready;
  }

  get outboundPending(): boolean {
    return !this.#closed && this.#outbound.pending;
  }

  clearOutbound(): void {
    if (!this.#closed) this.#outbound.clear();
  }

  get recallable(): number {
    return this.#closed ? 0 : this.#inbound.recallable;
  }

  recall(ago: number): Int16Array {
    return this.#inbound.recall(ago);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#nextGeneration();
    this.#onClose();
  }

  /** True while the worker has something to do for this call. */
  hasWork(): boolean {
    this.#outbound.retryFlush();
    return this.#inbound.waiting > 0 || this.#outbound.hasWork;
  }

  /** Hand over all frames that are clean by now. What the listener throws is thrown on. */
  deliver(nowMs: number, latencies: LatencyHistogram): void {
    while (!this.#closed && this.#inbound.deliver(this.#listener, nowMs, latencies));
  }

  /** Give up the frames that wait. Only while no worker has the shard. */
  dropWaiting(): void {
    this.#inbound.dropWaiting();
  }

  #nextGeneration(): void {
    this.#memory.store(MainField.GENERATION, (this.#memory.load(MainField.GENERATION) + 1) | 0);
  }
}

/** True where a slot was opened or closed since its worker looked last. */
export function hasNewOwner(memory: SlotMemory): boolean {
  return memory.load(MainField.GENERATION) !== memory.load(WorkerField.GENERATION_SEEN);
}
