// Lets noise suppression rest while a line is silent or its shard overloaded, and cuts no onset when it wakes. Media plane.
//
//   raw line   ... | n-5 | n-4 | n-3 | n-2 | n-1 |  n  |
//                  '------ warm-up ------'  ^           ^
//                   replayed when it opens  comes out   the gate judges
//
// The gate looks two frames ahead of what comes out, so that a frame that opens it brings the 40 ms
// before it along. The engine, whose state stood still meanwhile, first gets the three frames before
// those again (its own memory is 36 ms of signal), their output being thrown away. While closed the raw
// line passes 30 dB lower, as late as the engine would be; a frame of cross-fade lies at either change. A
// lane that is bypassed passes at full level where the gate would be open.
//
// Delay: the engine's own plus two frames (40 ms), always. Without a gate, the engine's own.

import { FRAME_SAMPLES } from '../frame.js';
import { createFrameBatch, type FrameBatch } from '../frame-batch.js';
import type { Denoiser, DenoiseEngine } from './denoiser.js';
import type { EnergyGate } from './energy-gate.js';

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
  readonly #engine: DenoiseEngine;
  readonly #gate: EnergyGate | undefined;
  readonly #lookAhead: number;
  readonly #kept: Float32Array;
  /** Frames that each lane was given; begins at `KEPT_FRAMES` so that no index is negative. */
  readonly #frames: Int32Array;
  /** The frame that each lane's engine would take next. */
  readonly #next: Int32Array;
  /** 1 where the frame that came out last went through the engine. */
  readonly #wasOpen: Uint8Array;
  readonly #isOpen: Uint8Array;
  readonly #bypassed: Uint8Array;
  /** Gain of each lane's raw line where the engine does not run: after the last frame, and wanted. */
  readonly #gains: Float32Array;
  readonly #wantedGains: Float32Array;
  readonly #engineBatch: FrameBatch;

  /**
   * @param engine delays by less than four frames and has at least `lanes` lanes
   * @param gate of as many lanes; none: only `bypass` lets the engine rest
   */
  constructor(engine: DenoiseEngine, lanes: number, gate: EnergyGate | undefined) {
    this.#lookAhead = gate === undefined ? 0 : LOOK_AHEAD_FRAMES;
    this.delaySamples = engine.delaySamples + this.#lookAhead * FRAME_SAMPLES;
    this.#engine = engine;
    this.#gate = gate;
    this.#kept = new Float32Array(lanes * KEPT_SAMPLES);
    this.#frames = new Int32Array(lanes);
    this.#next = new Int32Array(lanes);
    this.#wasOpen = new Uint8Array(lanes);
    this.#isOpen = new Uint8Array(lanes);
    this.#bypassed = new Uint8Array(lanes);
    this.#gains = new Float32Array(lanes);
    this.#wantedGains = new Float32Array(lanes);
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
    this.#gate?.open(lane);
    this.#kept.fill(0, lane * KEPT_SAMPLES, (lane + 1) * KEPT_SAMPLES);
    this.#frames[lane] = KEPT_FRAMES;
    this.#next[lane] = KEPT_FRAMES - this.#lookAhead;
    this.#wasOpen[lane] = 1;
    this.#bypassed[lane] = 0;
  }

  close(lane: number): void {
    this.#engine.close(lane);
  }

  bypass(lane: number, on: boolean): void {
    this.#bypassed[lane] = on ? 1 : 0;
  }

  process(batch: FrameBatch): void {
    for (let row = 0; row < batch.count; row++) {
      const lane = batch.lanes[row] as number;
      const start = row * FRAME_SAMPLES;
      this.#keep(lane, batch.samples, start);
      const speech = batch.speech[row] as number;
      const open = this.#gate?.update(lane, batch.samples, start, speech) ?? true;
      this.#isOpen[lane] = open && this.#bypassed[lane] === 0 ? 1 : 0;
      this.#wantedGains[lane] = open ? 1 : CLOSED_GAIN;
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
      const frame = (this.#frames[lane] as number) - 1 - this.#lookAhead - back;
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
    const frame = (this.#frames[lane] as number) - 1 - this.#lookAhead;
    const keptStart = lane * KEPT_SAMPLES;
    const wanted = this.#wantedGains[lane] as number;
    // A lane that opens goes from the gain it has, one that closes to the gain it gets.
    const first = this.#wasOpen[lane] === 1 ? wanted : (this.#gains[lane] as number);
    const last = this.#isOpen[lane] === 1 ? first : wanted;
    const step = (last - first) / FRAME_SAMPLES;
    let from = (frame * FRAME_SAMPLES - this.#engine.delaySamples) % KEPT_SAMPLES;
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      samples[start + i] = (first + i * step) * (this.#kept[keptStart + from] as number);
      if (++from === KEPT_SAMPLES) from = 0;
    }
    this.#gains[lane] = last;
  }
}
