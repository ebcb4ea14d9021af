// An audio pool without audio work: keeps what passes through it, and does its "work" when a test says so.

import { FRAME_SAMPLES, LINE_RATE_HZ, MULAW_SILENCE } from '../../src/dsp/frame.js';
import type { CleanFrameListener, DspPool, DspSlot } from '../../src/dsp/pool.js';
import { RingmasterError } from '../../src/errors.js';

const RATES_HZ: readonly number[] = [8000, 16_000, 24_000];
const DEFAULT_RING_SAMPLES = LINE_RATE_HZ;

/** Encodes a sample as its low byte, so that a test can tell whose audio a frame holds. */
export class FakeSlot implements DspSlot {
  readonly shard = 0;
  readonly listener: CleanFrameListener;
  readonly inbound: (string | number)[] = [];
  closed = 0;
  #ringSamples: number;
  #written: number[] = [];
  #ready: Uint8Array[] = [];
  #flush = false;
  readonly #told: Int16Array[] = [];

  /** @param ringSamples samples at 8000 Hz of outbound audio that have room */
  constructor(listener: CleanFrameListener, ringSamples = DEFAULT_RING_SAMPLES) {
    this.listener = (pcm, speech, arrivedAtMs) => {
      this.#told.push(pcm.slice());
      listener(pcm, speech, arrivedAtMs);
    };
    this.#ringSamples = ringSamples;
  }

  /** The worker's turn: encode what is complete. */
  work(): void {
    if (this.#flush) {
      while (this.#written.length % FRAME_SAMPLES !== 0) this.#written.push(MULAW_SILENCE);
      this.#flush = false;
    }
    while (this.#written.length >= FRAME_SAMPLES) {
      this.#ready.push(Uint8Array.from(this.#written.splice(0, FRAME_SAMPLES)));
    }
  }

  writeInbound(mulaw: Uint8Array): number {
    this.inbound.push(mulaw.length);
    return 0;
  }

  writeInboundBase64(payload: string): number {
    if (!/^[A-Za-z0-9+/]*=*$/.test(payload)) return -1;
    this.inbound.push(payload);
    return 0;
  }

  writeSilence(count: number): number {
    this.inbound.push(count);
    return 0;
  }

  writeOutbound(pcm: Int16Array, sampleRateHz: number, from = 0): number {
    if (!RATES_HZ.includes(sampleRateHz)) {
      throw new RingmasterError('AUDIO_RATE_UNSUPPORTED', `${sampleRateHz} Hz`);
    }
    const step = sampleRateHz / LINE_RATE_HZ;
    const used = this.#written.length + this.#ready.length * FRAME_SAMPLES;
    const room = Math.max(0, this.#ringSamples - used);
    const taken = Math.min(pcm.length - from, room * step);
    for (let i = 0; i < taken; i += step) this.#written.push((pcm[from + i] ?? 0) & 0xff);
    return taken;
  }

  flushOutbound(): void {
    this.#flush = true;
  }

  readOutbound(target: Uint8Array, at = 0): boolean {
    const frame = this.#ready.shift();
    if (frame) target.set(frame, at);
    return frame !== undefined;
  }

  get outboundReady(): number {
    return this.#ready.length;
  }

  get outboundPending(): boolean {
    return this.#written.length + this.#ready.length > 0;
  }

  get recallable(): number {
    return this.#told.length;
  }

  recall(ago: number): Int16Array {
    const frame = this.#told.at(-1 - ago);
    if (!frame) throw new RangeError(`no frame ${ago} ago`);
    return frame;
  }

  clearOutbound(): void {
    this.#written = [];
    this.#ready = [];
    this.#flush = false;
  }

  close(): void {
    this.closed += 1;
  }
}

export class FakePool implements DspPool {
  readonly shards = 1;
  readonly cleanDelayMs = 0;
  readonly engine = 'stock';
  readonly engineReason = 'a fake';
  readonly capacity: number;
  readonly slots: FakeSlot[] = [];
  isOverloaded = false;

  constructor(capacity = 1) {
    this.capacity = capacity;
  }

  get openSlots(): number {
    return this.slots.filter(({ closed }) => closed === 0).length;
  }

  open(listener: CleanFrameListener): FakeSlot {
    if (this.openSlots >= this.capacity) throw new RingmasterError('DSP_POOL_FULL', 'no slot');
    const slot = new FakeSlot(listener);
    this.slots.push(slot);
    return slot;
  }

  latencyPercentiles(): { p50: number; p99: number; max: number } {
    return { p50: 0, p99: 0, max: 0 };
  }

  counters(): ReturnType<DspPool['counters']> {
    const none = { received: 0, processed: 0, late: 0, dropped: 0, repaired: 0 };
    return {
      ...none,
      workerRestarts: 0,
      denoised: 0,
      windows: 0,
      faults: 0,
      busyMs: 0,
      shedCalls: 0,
      loadStep: 0,
    };
  }

  tick(): void {
    for (const slot of this.slots) slot.work();
  }

  async close(): Promise<void> {}
}
