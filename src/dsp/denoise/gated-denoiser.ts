// Lets noise suppression rest while a line is silent, and cuts no onset when it wakes. Media plane.
//
//   raw line   ... | n-5 | n-4 | n-3 | n-2 | n-1 |  n  |
//                  '------ warm-up ------'  ^           ^
//                   replayed when it opens  comes out   the gate judges
//
// The gate looks two frames ahead of what comes out, so that a frame that opens it brings the 40 ms
// before it along. The engine, whose state stood still meanwhile, first gets the three frames before
// those again (its own memory is 36 ms of signal), their output being thrown away. While closed the raw
// line passes 30 dB lower, as late as the engine would be; a frame of cross-fade lies at either change.
//
// Delay: the engine's own plus two frames (40 ms), always.

import { FRAME_SAMPLES } from '../frame.js';
import { createFrameBatch, type FrameBatch } from '../frame-batch.js';
import type { Denoiser } from './denoiser.js';
import { EnergyGate } from './energy-gate.js';

const LOOK_AHEAD_FRAMES = 2;
/** What the gate adds to the engine's delay. */
export const GATE_DELAY_SAMPLES = LOOK_AHEAD_FRAMES * FRAME_SAMPLES;
const WARM_UP_FRAMES = 3;
/** Frames of the raw line kept: what warm-up and the delay of the closed path reach back to. */
const KEPT_FRAMES = 8;
const KEPT_SAMPLES = KEPT_FRAMES * FRAME_SAMPLES;
/** -30 dB. */
const CLOSED_GAIN = 10 ** (-30 / 20);

export class GatedDenoiser implements Denoiser {
  readonly delaySamples: number;
  readonly #engine: Denoiser;
  readonly #gate: EnergyGate;
  readonly #kept: Float32Array;
  /** Frames that each lane was given; begins at `KEPT_FRAMES` so that no index is negative. */
  readonly #frames: Int32Array;
  /** The frame that each lane's engine would take next. */
  readonly #next: Int32Array;
  /** 1 where the frame that came out last went through the engine. */
  readonly #wasOpen: Uint8Array;
  readonly #isOpen: Uint8Array;
  readonly #engineBatch: FrameBatch;

  /** @param engine delays by less than four frames and has at least `lanes` lanes */
  constructor(engine: Denoiser, lanes: number) {
    this.delaySamples = engine.delaySamples + GATE_DELAY_SAMPLES;
    this.#engine = engine;
    this.#gate = new EnergyGate(lanes);
    this.#kept = new Float32Array(lanes * KEPT_SAMPLES);
    this.#frames = new Int32Array(lanes);
    this.#next = new Int32Array(lanes);
    this.#wasOpen = new Uint8Array(lanes);
    this.#isOpen = new Uint8Array(lanes);
    this.#engineBatch = createFrameBatch(lanes);
  }

  get faults(): number {
    return this.#engine.faults;
  }

  get denoised(): number {
    return this.#engine.denoised;
  }

  open(lane: number): void {
    this.#engine.open(lane);
    this.#gate.open(lane);
    this.#kept.fill(0, lane * KEPT_SAMPLES, (lane + 1) * KEPT_SAMPLES);
    this.#frames[lane] = KEPT_FRAMES;
    this.#next[lane] = KEPT_FRAMES - LOOK_AHEAD_FRAMES;
    this.#wasOpen[lane] = 1;
  }

  close(lane: number): void {
    this.#engine.close(lane);
  }

  process(batch: FrameBatch): void {
    for (let row = 0; row < batch.count; row++) {
      const lane = batch.lanes[row] as number;
      this.#keep(lane, batch.samples, row * FRAME_SAMPLES);
      const open = this.#gate.update(
        lane,
        batch.samples,
        row * FRAME_SAMPLES,
        batch.speech[row] as number,
      );
      this.#isOpen[lane] = open ? 1 : 0;
    }
    for (let back = WARM_UP_FRAMES; back > 0; back--) this.#runEngine(batch, back);
    this.#runEngine(batch, 0);
    this.#writeOutput(batch);
  }

  #keep(lane: number, samples: Float32Array, start: number): void {
    const frame = this.#frames[lane] as number;
    const to = lane * KEPT_SAMPLES + (frame % KEPT_FRAMES) * FRAME_SAMPLES;
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      this.#kept[to + i] = samples[start + i] as number;
    }
    this.#frames[lane] = frame + 1;
  }

  /**
   * Run the engine on the frame that comes out next, or on the one `back` frames before it where
   * the engine has not had that yet.
   */
  #runEngine(batch: FrameBatch, back: number): void {
    const rows = this.#engineBatch;
    rows.count = 0;
    for (let row = 0; row < batch.count; row++) {
      const lane = batch.lanes[row] as number;
      const frame = (this.#frames[lane] as number) - 1 - LOOK_AHEAD_FRAMES - back;
      const wanted = this.#isOpen[lane] === 1 || (this.#wasOpen[lane] === 1 && back === 0);
      if (!wanted || frame < (this.#next[lane] as number)) continue;
      this.#next[lane] = frame + 1;
      const from = lane * KEPT_SAMPLES + (frame % KEPT_FRAMES) * FRAME_SAMPLES;
      const to = rows.count * FRAME_SAMPLES;
      for (let i = 0; i < FRAME_SAMPLES; i++) {
        rows.samples[to + i] = this.#kept[from + i] as number;
      }
      rows.lanes[rows.count++] = lane;
    }
    if (rows.count > 0) this.#engine.process(rows);
  }

  #writeOutput(batch: FrameBatch): void {
    let engineRow = 0;
    for (let row = 0; row < batch.count; row++) {
      const lane = batch.lanes[row] as number;
      const before = this.#wasOpen[lane] as number;
      const after = this.#isOpen[lane] as number;
      const start = row * FRAME_SAMPLES;
      if (before + after < 2) this.#writeClosed(lane, batch.samples, start);
      if (before + after > 0) {
        const from = engineRow++ * FRAME_SAMPLES;
        const step = (after - before) / FRAME_SAMPLES;
        for (let i = 0, share = before; i < FRAME_SAMPLES; i++, share += step) {
          const closed = batch.samples[start + i] as number;
          const opened = this.#engineBatch.samples[from + i] as number;
          batch.samples[start + i] = share === 1 ? opened : closed + share * (opened - closed);
        }
      }
      this.#wasOpen[lane] = after;
    }
  }

  #writeClosed(lane: number, samples: Float32Array, start: number): void {
    const frame = (this.#frames[lane] as number) - 1 - LOOK_AHEAD_FRAMES;
    const keptStart = lane * KEPT_SAMPLES;
    let from = (frame * FRAME_SAMPLES - this.#engine.delaySamples) % KEPT_SAMPLES;
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      samples[start + i] = CLOSED_GAIN * (this.#kept[keptStart + from] as number);
      if (++from === KEPT_SAMPLES) from = 0;
    }
  }
}
