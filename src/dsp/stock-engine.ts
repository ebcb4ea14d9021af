// The stock engines over a shard's memory: decodes what they work on, rounds what comes of it. Media plane.

import type { Denoiser } from './denoise/denoiser.js';
import { passThrough } from './denoise/denoiser.js';
import { createFrameBatch, type FrameBatch } from './frame-batch.js';
import { FRAME_SAMPLES } from './frame.js';
import { MULAW_TO_LINEAR } from './g711.js';
import type { EngineCounters, FrameRound, ShardEngine } from './shard-engine.js';
import type { ShardMemory, SlotMemory } from './shard-memory.js';
import type { SpeechDetector } from './vad/speech-detector.js';
import { warmUp } from './warm-up.js';

export interface StockParts {
  readonly memory: ShardMemory;
  readonly denoiser: Denoiser;
  readonly detector: SpeechDetector;
  /** Called before the shard's memory is written: throws where another worker owns it by now. */
  readonly checkpoint: () => void;
}

export class StockEngine implements ShardEngine {
  readonly counters: EngineCounters;
  readonly denoises: boolean;
  readonly #parts: StockParts;
  readonly #batch: FrameBatch;

  constructor(parts: StockParts) {
    const { denoiser, detector } = parts;
    this.#parts = parts;
    this.#batch = createFrameBatch(parts.memory.slots.length);
    this.denoises = denoiser !== passThrough;
    this.counters = {
      get denoised() {
        return denoiser.denoised;
      },
      get windows() {
        return detector.windows;
      },
      get faults() {
        return denoiser.faults + detector.faults;
      },
    };
  }

  open(lane: number): void {
    this.#parts.denoiser.open(lane);
    this.#parts.detector.open(lane);
  }

  close(lane: number): void {
    this.#parts.denoiser.close(lane);
    this.#parts.detector.close(lane);
  }

  bypass(lane: number, on: boolean): void {
    this.#parts.denoiser.bypass(lane, on);
  }

  /** Its windows are judged together, at a cost that hardly depends on how many they are. */
  coarsen(): void {}

  async warmUp(): Promise<void> {
    await warmUp(this.#parts.denoiser, this.#parts.detector, this.#batch);
  }

  async process(round: FrameRound): Promise<void> {
    const { denoiser, detector, checkpoint } = this.#parts;
    const batch = this.#batch;
    this.#decode(round);
    await detector.process(batch);
    checkpoint();
    denoiser.process(batch);
    checkpoint();
    this.#publish(round);
  }

  #decode({ lanes, cells, count }: FrameRound): void {
    const batch = this.#batch;
    batch.count = count;
    for (let row = 0; row < count; row++) {
      const lane = lanes[row] as number;
      const mulaw = this.#parts.memory.slots[lane]?.mulawIn as Uint8Array;
      const from = (cells[row] as number) * FRAME_SAMPLES;
      const to = row * FRAME_SAMPLES;
      for (let i = 0; i < FRAME_SAMPLES; i++) {
        batch.samples[to + i] = MULAW_TO_LINEAR[mulaw[from + i] as number] as number;
      }
      batch.lanes[row] = lane;
    }
  }

  #publish({ lanes, cells, count }: FrameRound): void {
    const { samples, speech } = this.#batch;
    for (let row = 0; row < count; row++) {
      const slot = this.#parts.memory.slots[lanes[row] as number] as SlotMemory;
      const { clean } = slot;
      const from = row * FRAME_SAMPLES;
      const to = (cells[row] as number) * FRAME_SAMPLES;
      for (let i = 0; i < FRAME_SAMPLES; i++) {
        const sample = samples[from + i] as number;
        clean[to + i] = sample > 32767 ? 32767 : sample < -32768 ? -32768 : Math.round(sample);
      }
      slot.speech[cells[row] as number] = speech[row] as number;
    }
  }
}
