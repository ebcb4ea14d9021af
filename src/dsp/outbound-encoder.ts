// The worker's side of a slot's outbound rings: engine PCM to 8 kHz mu-law in frames of 20 ms. Media plane.
//
// The resampler's delay is taken off at the begin of a passage and made up for at its end, so that a
// passage of n ms comes out as n ms, padded to whole frames at a flush.

import { FRAME_SAMPLES, LINE_RATE_HZ, MULAW_SILENCE } from './frame.js';
import { linearToMulaw } from './g711.js';
import type { LineConverter } from './line-converter.js';
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

/** Input of this long is converted at a time. */
const STEP_MS = 20;
/** The rest of a resampler and a padded frame, and what a step leaves of one. */
const FRAMES_OF_A_STEP = 2;

/** What a run came to an end for. */
export type EncoderRest = 'idle' | 'blocked' | 'more';

export class OutboundEncoder {
  readonly #memory: SlotMemory;
  readonly #converter: LineConverter;
  readonly #line: Int16Array;
  /** The converter's delay at the rate in use; 0 where it converts nothing. */
  #delaySamples = 0;
  #rateHz: number;
  #fill = 0;
  /** Resampled samples yet to be left out, and those left to make up for. */
  #skip = 0;
  #owed = 0;
  #read: number;
  #commandsRead: number;
  #mulawWritten: number;
  #epoch: number;

  /** Goes on where a worker before it stopped; what that one had in hand is lost. */
  constructor(memory: SlotMemory, converter: LineConverter) {
    this.#memory = memory;
    this.#converter = converter;
    this.#line = converter.line;
    this.#read = memory.load(WorkerField.PCM_READ);
    this.#commandsRead = memory.load(WorkerField.COMMANDS_READ);
    this.#mulawWritten = memory.load(WorkerField.MULAW_WRITTEN);
    this.#epoch = memory.load(WorkerField.EPOCH_SEEN);
    this.#rateHz = memory.load(WorkerField.RATE_HZ);
    memory.store(WorkerField.IN_HAND, 0);
    if (this.#rateHz !== 0) this.#begin(this.#rateHz);
  }

  /** Encode up to about `frames` frames. `blocked`: what is encoded has to be read first. */
  run(frames: number): EncoderRest {
    // In this order: no audio may be seen whose rate is not, or whose end is not.
    const written = this.#memory.load(MainField.PCM_WRITTEN);
    const commandsWritten = this.#memory.load(MainField.COMMANDS_WRITTEN);
    const epoch = this.#memory.load(MainField.EPOCH);
    if (epoch !== this.#epoch) this.#startEpoch(epoch);
    const begun = this.#mulawWritten;
    for (;;) {
      const hasCommand = ((commandsWritten - this.#commandsRead) | 0) > 0;
      const cell = (this.#commandsRead & (COMMAND_RING - 1)) * 2;
      const position = this.#memory.commands[cell] as number;
      const toCommand = hasCommand ? (position - this.#read) | 0 : Infinity;
      const available = Math.min(toCommand, (written - this.#read) | 0);
      if (available <= 0 && toCommand !== 0) return 'idle';
      if (this.#free() < FRAMES_OF_A_STEP) return 'blocked';
      if (((this.#mulawWritten - begun) | 0) >= frames) return 'more';
      if (available > 0) this.#convert(available);
      else this.#execute(this.#memory.commands[cell + 1] as number);
    }
  }

  #free(): number {
    return MULAW_RING - ((this.#mulawWritten - this.#memory.load(MainField.MULAW_READ)) | 0);
  }

  #startEpoch(epoch: number): void {
    this.#fill = 0;
    this.#rateHz = 0;
    this.#delaySamples = 0;
    this.#owed = 0;
    this.#epoch = epoch;
    this.#read = laterOf(this.#read, this.#memory.load(MainField.PCM_START));
    this.#commandsRead = laterOf(this.#commandsRead, this.#memory.load(MainField.COMMANDS_START));
    this.#memory.store(WorkerField.RATE_HZ, 0);
    this.#memory.store(WorkerField.IN_HAND, 0);
    this.#memory.store(WorkerField.COMMANDS_READ, this.#commandsRead);
    this.#memory.store(WorkerField.PCM_READ, this.#read);
    this.#memory.store(WorkerField.EPOCH_SEEN, epoch);
  }

  /** Convert at most a step of the `available` samples. */
  #convert(available: number): void {
    const from = this.#read & (PCM_RING - 1);
    const step = Math.trunc((this.#rateHz * STEP_MS) / 1000);
    const count = Math.min(available, Math.max(1, step), PCM_RING - from);
    // No rate is never seen, since `write` tells it first; if it were, nothing may hang on it.
    if (this.#rateHz !== 0) this.#owed += this.#append(from, count);
    this.#read = (this.#read + count) | 0;
    this.#emitWholeFrames();
    this.#publish();
  }

  #execute(code: number): void {
    this.#finishPassage();
    if (code === FLUSH) {
      if (this.#fill > 0) this.#emit(this.#fill);
      this.#fill = 0;
    } else {
      this.#rateHz = code;
      this.#memory.store(WorkerField.RATE_HZ, code);
    }
    this.#begin(this.#rateHz);
    this.#publish();
    this.#commandsRead = (this.#commandsRead + 1) | 0;
    this.#memory.store(WorkerField.COMMANDS_READ, this.#commandsRead);
  }

  #begin(rateHz: number): void {
    this.#delaySamples = rateHz === 0 ? 0 : this.#converter.begin(rateHz);
    this.#skip = this.#delaySamples;
    this.#owed = 0;
  }

  /**
   * Put samples of the ring on the line, at its rate and without the converter's delay.
   * @returns samples that were left out, and are owed for it
   */
  #append(from: number, count: number): number {
    const made = this.#converter.convert(from, count, this.#fill);
    const skipped = Math.min(this.#skip, made);
    if (skipped > 0) {
      this.#line.copyWithin(this.#fill, this.#fill + skipped, this.#fill + made);
      this.#skip -= skipped;
    }
    this.#fill += made - skipped;
    return skipped;
  }

  /** Get what the converter still holds: what was skipped until now is what it gives now. */
  #finishPassage(): void {
    if (this.#owed === 0) return;
    const count = Math.ceil(((this.#delaySamples + 1) * this.#rateHz) / LINE_RATE_HZ);
    const made = this.#converter.drain(count, this.#fill);
    const skipped = Math.min(this.#skip, made);
    if (skipped > 0) {
      this.#line.copyWithin(this.#fill, this.#fill + skipped, this.#fill + made);
    }
    this.#fill += Math.min(made - skipped, this.#owed);
    this.#owed = 0;
    this.#emitWholeFrames();
  }

  #emitWholeFrames(): void {
    while (this.#fill >= FRAME_SAMPLES) {
      this.#emit(FRAME_SAMPLES);
      this.#line.copyWithin(0, FRAME_SAMPLES, this.#fill);
      this.#fill -= FRAME_SAMPLES;
    }
  }

  /** Encode the first `samples` samples of the line as one frame, the rest of it silent. */
  #emit(samples: number): void {
    const cell = this.#mulawWritten & (MULAW_RING - 1);
    const to = cell * FRAME_SAMPLES;
    for (let i = 0; i < samples; i++) {
      this.#memory.mulawOut[to + i] = linearToMulaw(this.#line[i] as number);
    }
    this.#memory.mulawOut.fill(MULAW_SILENCE, to + samples, to + FRAME_SAMPLES);
    this.#memory.epochs[cell] = this.#epoch;
    this.#mulawWritten = (this.#mulawWritten + 1) | 0;
  }

  /** In this order: see `OutboundRing.pending`. */
  #publish(): void {
    this.#memory.store(WorkerField.IN_HAND, this.#fill > 0 || this.#owed > 0 ? 1 : 0);
    this.#memory.store(WorkerField.MULAW_WRITTEN, this.#mulawWritten);
    this.#memory.store(WorkerField.PCM_READ, this.#read);
  }
}
