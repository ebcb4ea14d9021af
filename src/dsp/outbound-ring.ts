// The main thread's side of a slot's outbound rings: engine PCM in, mu-law frames out. Media plane.
//
// Nothing is dropped for want of room: `write` takes what fits, the rest is the writer's to keep.

import { FRAME_SAMPLES, LINE_RATE_HZ } from './frame.js';
import { canResample } from './resample.js';
import { RingmasterError } from '../errors.js';
import {
  COMMAND_RING,
  FLUSH,
  laterOf,
  MainField,
  MULAW_RING,
  PCM_RING,
  WorkerField,
  type SlotMemory,
} from './shard-memory.js';

export class OutboundRing {
  readonly #memory: SlotMemory;
  #written: number;
  /** Audio before it was dropped. */
  #start = 0;
  #commandsWritten: number;
  #epoch: number;
  #mulawRead: number;
  /** The rate that the worker was told last, 0 for none. */
  #rateHz = 0;
  /** Everything before this position comes out without more audio. */
  #flushedTo: number;
  /** A flush that found no room among the commands. */
  #flushDue = false;

  /** Takes over the slot: what an earlier owner left is dropped. */
  constructor(memory: SlotMemory) {
    this.#memory = memory;
    this.#written = memory.load(MainField.PCM_WRITTEN);
    this.#commandsWritten = memory.load(MainField.COMMANDS_WRITTEN);
    this.#epoch = memory.load(MainField.EPOCH);
    this.#mulawRead = memory.load(MainField.MULAW_READ);
    this.#flushedTo = this.#written;
    this.clear();
  }

  /**
   * @param from the first sample of `pcm` to take
   * @returns samples taken
   * @throws {RingmasterError} AUDIO_RATE_UNSUPPORTED
   */
  write(pcm: Int16Array, sampleRateHz: number, from = 0): number {
    if (!canResample(sampleRateHz, LINE_RATE_HZ)) {
      throw new RingmasterError('AUDIO_RATE_UNSUPPORTED', `no filter from ${sampleRateHz} Hz`);
    }
    this.retryFlush();
    if (this.#flushDue) return 0;
    if (sampleRateHz !== this.#rateHz) {
      if (!this.#command(sampleRateHz)) return 0;
      this.#rateHz = sampleRateHz;
    }
    const taken = Math.min(pcm.length - from, PCM_RING - ((this.#written - this.#read()) | 0));
    const to = this.#written & (PCM_RING - 1);
    const isWhole = from === 0 && taken === pcm.length && to + taken <= PCM_RING;
    if (isWhole) this.#memory.pcm.set(pcm, to);
    else if (taken > 0) this.#copy(pcm, from, taken, to);
    this.#written = (this.#written + taken) | 0;
    this.#memory.store(MainField.PCM_WRITTEN, this.#written);
    return taken;
  }

  flush(): void {
    if (this.#flushedTo === this.#written) return;
    this.#flushDue = !this.#command(FLUSH);
    if (!this.#flushDue) this.#flushedTo = this.#written;
  }

  /** Flush now if that found no room before. */
  retryFlush(): void {
    if (this.#flushDue) this.flush();
  }

  /** Take one frame, to index `at` of `target` on; false where none is ready. */
  readFrame(target: Uint8Array, at: number): boolean {
    if (this.ready === 0) return false;
    const from = (this.#mulawRead & (MULAW_RING - 1)) * FRAME_SAMPLES;
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      target[at + i] = this.#memory.mulawOut[from + i] as number;
    }
    this.#setMulawRead((this.#mulawRead + 1) | 0);
    return true;
  }

  /** Frames that can be read. */
  get ready(): number {
    const written = this.#memory.load(WorkerField.MULAW_WRITTEN);
    let read = this.#mulawRead;
    while (read !== written && this.#memory.epochs[read & (MULAW_RING - 1)] !== this.#epoch) {
      read = (read + 1) | 0;
    }
    if (read !== this.#mulawRead) this.#setMulawRead(read);
    return (written - read) | 0;
  }

  /** True while audio was written that has not come out. */
  get pending(): boolean {
    // The worker publishes in the opposite order, so that audio never is in none of these places.
    if (this.hasWork) return true;
    const seen = this.#memory.load(WorkerField.EPOCH_SEEN) === this.#epoch;
    if (seen && this.#memory.load(WorkerField.IN_HAND) === 1) return true;
    return this.ready > 0;
  }

  /** True while the worker has PCM or commands to read. */
  get hasWork(): boolean {
    const commandsRead = laterOf(
      this.#memory.load(WorkerField.COMMANDS_READ),
      this.#memory.load(MainField.COMMANDS_START),
    );
    return (
      this.#flushDue || commandsRead !== this.#commandsWritten || this.#read() !== this.#written
    );
  }

  clear(): void {
    this.#start = this.#written;
    this.#memory.store(MainField.PCM_START, this.#start);
    this.#memory.store(MainField.COMMANDS_START, this.#commandsWritten);
    this.#epoch = (this.#epoch + 1) | 0;
    this.#memory.store(MainField.EPOCH, this.#epoch);
    this.#rateHz = 0;
    this.#flushedTo = this.#written;
    this.#flushDue = false;
  }

  #read(): number {
    return laterOf(this.#memory.load(WorkerField.PCM_READ), this.#start);
  }

  /** Into the ring, around its end where need be. */
  #copy(pcm: Int16Array, from: number, count: number, to: number): void {
    const beforeEnd = Math.min(count, PCM_RING - to);
    this.#memory.pcm.set(pcm.subarray(from, from + beforeEnd), to);
    if (beforeEnd < count) this.#memory.pcm.set(pcm.subarray(from + beforeEnd, from + count));
  }

  #setMulawRead(read: number): void {
    this.#mulawRead = read;
    this.#memory.store(MainField.MULAW_READ, read);
  }

  /** False where too many commands wait already. */
  #command(code: number): boolean {
    const read = laterOf(
      this.#memory.load(WorkerField.COMMANDS_READ),
      this.#memory.load(MainField.COMMANDS_START),
    );
    if (((this.#commandsWritten - read) | 0) >= COMMAND_RING) return false;
    const cell = (this.#commandsWritten & (COMMAND_RING - 1)) * 2;
    this.#memory.commands[cell] = this.#written;
    this.#memory.commands[cell + 1] = code;
    this.#commandsWritten = (this.#commandsWritten + 1) | 0;
    this.#memory.store(MainField.COMMANDS_WRITTEN, this.#commandsWritten);
    return true;
  }
}
