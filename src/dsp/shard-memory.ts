// The memory that the main thread and one shard's worker share: where everything lies, and who writes it. Media plane.
//
//   shard   | header 128 | slot 0 | slot 1 | ...
//
//   slot    offset  bytes   what                                    written by
//                0     64   cursors and marks (`MainField`)         main thread
//               64     64   cursors (`WorkerField`)                 worker
//              128   2048   arrival times      256 x f64            main thread
//             2176   1024   speech probability 256 x f32            worker
//             3200    256   epochs of mu-law out 64 x i32           worker
//             3456    512   outbound commands  64 x (position, code) main thread
//             3968  40960   mu-law in          256 x 160            main thread
//            44928  81920   clean PCM          256 x 160 x i16      worker
//           126848  32768   outbound PCM       16384 x i16          main thread
//           159616  10240   mu-law out         64 x 160             worker
//           169856          (166 KiB a slot)
//
// The frame ring. Mu-law in, arrival, clean PCM and probability of frame n lie at n mod 256 of their
// arrays, so that one cursor of the worker both frees its input and publishes its output: a worker that
// dies has processed a frame or has not.
//
//        delivered        FRAMES_PROCESSED      FRAMES_WRITTEN
//   ---------|--- clean frames ---|--- waiting frames ---|--- free, up to delivered + 256 ---
//
//   256 frames are 5.1 s: a burst of 2 s finds room even when a worker was away for 3 s. A worker that
//   finds more than 3 s waiting passes over all but 2 s, for what is said that late helps no one.
//
// The outbound rings. PCM goes through 16384 samples (0.7 s at 24 kHz), mu-law comes out of 64 frames
// (1.3 s); writers get back-pressure. A command holds from a position in the PCM on: a sample rate in Hz,
// or 0 to flush. `EPOCH` goes up when outbound audio is dropped: the worker starts at the `_START`
// marks again, and frames of an older epoch are passed over where they are read.
//
// `GENERATION` goes up when a slot is opened (odd then) and closed (even). Frames before FRAMES_START
// belong to an earlier owner.
//
// All cursors count up for ever, modulo 2^32; differences are taken as `(a - b) | 0`. Each has one
// writer, which stores it last, with Atomics; readers load it first.

import { FRAME_SAMPLES } from './frame.js';

export const FRAME_RING = 256;
/** The probability of a frame that the worker passed over, as too old. */
export const PASSED_OVER = -1;
export const PCM_RING = 16384;
export const MULAW_RING = 64;
export const COMMAND_RING = 64;

/** Fields of `SlotMemory.control` that the main thread writes. */
export const MainField = {
  GENERATION: 0,
  FRAMES_WRITTEN: 1,
  FRAMES_START: 2,
  PCM_WRITTEN: 3,
  PCM_START: 4,
  COMMANDS_WRITTEN: 5,
  COMMANDS_START: 6,
  EPOCH: 7,
  MULAW_READ: 8,
} as const;

/** Fields of `SlotMemory.control` that the worker writes, on a cache line of their own. */
export const WorkerField = {
  GENERATION_SEEN: 16,
  FRAMES_PROCESSED: 17,
  PCM_READ: 18,
  COMMANDS_READ: 19,
  EPOCH_SEEN: 20,
  MULAW_WRITTEN: 21,
  /** 1 while samples were read that are in no frame yet. */
  IN_HAND: 22,
  /** The rate in force at PCM_READ, 0 before the first. */
  RATE_HZ: 23,
} as const;

/** Fields of `ShardMemory.header`. The last four are sums that the worker adds to, modulo 2^32. */
export const HeaderField = {
  /** Written by the main thread: which worker owns the shard. One given up for dead sees it changed. */
  INCARNATION: 0,
  /** 1 while the worker may be in native code: see `ShardOwnership`. */
  IN_NATIVE: 16,
  /** Changes with every step of the worker, and after it has published frames. */
  PROGRESS: 22,
  /** Calls that go without noise suppression because the shard cannot keep up. */
  SHED: 17,
  /** The step of the worker's `LoadLadder`. */
  STEP: 23,
  DENOISED: 18,
  WINDOWS: 19,
  FAULTS: 20,
  BUSY_MICROSECONDS: 21,
} as const;

/** A command that pads the last frame, so that all audio before it comes out. */
export const FLUSH = 0;

const HEADER_BYTES = 128;
const CONTROL_BYTES = 128;
const ARRIVAL_OFFSET = CONTROL_BYTES;
const SPEECH_OFFSET = ARRIVAL_OFFSET + FRAME_RING * 8;
const EPOCHS_OFFSET = SPEECH_OFFSET + FRAME_RING * 4;
const COMMANDS_OFFSET = EPOCHS_OFFSET + MULAW_RING * 4;
const MULAW_IN_OFFSET = COMMANDS_OFFSET + COMMAND_RING * 8;
const CLEAN_OFFSET = MULAW_IN_OFFSET + FRAME_RING * FRAME_SAMPLES;
const PCM_OFFSET = CLEAN_OFFSET + FRAME_RING * FRAME_SAMPLES * 2;
const MULAW_OUT_OFFSET = PCM_OFFSET + PCM_RING * 2;
export const SLOT_BYTES = MULAW_OUT_OFFSET + MULAW_RING * FRAME_SAMPLES;

/** Views of one slot. */
export class SlotMemory {
  readonly control: Int32Array;
  readonly arrivals: Float64Array;
  readonly speech: Float32Array;
  readonly epochs: Int32Array;
  readonly commands: Int32Array;
  readonly mulawIn: Uint8Array;
  readonly clean: Int16Array;
  /** The same memory, two samples at a time. */
  readonly cleanPairs: Int32Array;
  readonly pcm: Int16Array;
  readonly mulawOut: Uint8Array;

  constructor(buffer: SharedArrayBuffer, at: number) {
    this.control = new Int32Array(buffer, at, CONTROL_BYTES / 4);
    this.arrivals = new Float64Array(buffer, at + ARRIVAL_OFFSET, FRAME_RING);
    this.speech = new Float32Array(buffer, at + SPEECH_OFFSET, FRAME_RING);
    this.epochs = new Int32Array(buffer, at + EPOCHS_OFFSET, MULAW_RING);
    this.commands = new Int32Array(buffer, at + COMMANDS_OFFSET, COMMAND_RING * 2);
    this.mulawIn = new Uint8Array(buffer, at + MULAW_IN_OFFSET, FRAME_RING * FRAME_SAMPLES);
    this.clean = new Int16Array(buffer, at + CLEAN_OFFSET, FRAME_RING * FRAME_SAMPLES);
    this.cleanPairs = new Int32Array(buffer, at + CLEAN_OFFSET, (FRAME_RING * FRAME_SAMPLES) / 2);
    this.pcm = new Int16Array(buffer, at + PCM_OFFSET, PCM_RING);
    this.mulawOut = new Uint8Array(buffer, at + MULAW_OUT_OFFSET, MULAW_RING * FRAME_SAMPLES);
  }

  /** The value of a cursor or mark. */
  load(field: number): number {
    return Atomics.load(this.control, field);
  }

  store(field: number, value: number): void {
    Atomics.store(this.control, field, value);
  }
}

/** Views of a whole shard, for either thread. */
export class ShardMemory {
  readonly header: Int32Array;
  readonly slots: readonly SlotMemory[];

  /** Bytes that a shard of `slots` slots needs. */
  static bytesFor(slots: number): number {
    return HEADER_BYTES + slots * SLOT_BYTES;
  }

  /** @param byteOffset a multiple of 64; the memory from there on must have begun as zeros */
  constructor(buffer: SharedArrayBuffer, byteOffset: number, slots: number) {
    this.header = new Int32Array(buffer, byteOffset, HEADER_BYTES / 4);
    this.slots = Array.from(
      { length: slots },
      (_, slot) => new SlotMemory(buffer, byteOffset + HEADER_BYTES + slot * SLOT_BYTES),
    );
  }
}

/** True where a cursor or mark `a` lies behind `b`. */
export function isBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

/** The later one of a cursor and a mark. */
export function laterOf(a: number, b: number): number {
  return isBefore(a, b) ? b : a;
}
