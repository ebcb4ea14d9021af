// Noise suppression and speech detection of a shard through the SIMD kernels, in the shard's own memory. Media plane.
//
//   mu-law cell -+-> RNNoise -> clean cell, and its own opinion about speech -+
//                '-> Silero (peeked at where RNNoise suspects speech) --------+-> one probability
//
// Nothing is copied: the kernels read the bytes that the main thread wrote, and write what it reads.

import { DENOISE_DELAY_SAMPLES, type DenoiseEngine } from './denoise/batched/engine.js';
import { FRAME_SAMPLES } from './frame.js';
import { MULAW_TO_LINEAR } from './g711.js';
import type { EngineCounters, FrameRound, ShardEngine } from './shard-engine.js';
import type { ShardMemory, SlotMemory } from './shard-memory.js';
import type { BatchedSilero } from './vad/batched/batched-silero.js';
import { SpeechFusion } from './vad/fusion.js';
import { idleNoiseAt, isIdle } from './vad/idle-noise.js';

/** RNNoise's probabilities of one frame: two of 10 ms. */
const SPEECH_BYTES = 8;
/** The optimising compiler has seen enough after so many frames of one octet. */
const WARM_UP_CALLS = 8;
const WARM_UP_FRAMES = 200;

/** Engines and their work space, all in one WebAssembly memory. */
export interface BatchedParts {
  /** In the same WebAssembly memory as the engines. */
  readonly memory: ShardMemory;
  /** Mu-law in. */
  readonly silero: BatchedSilero;
  /** Mu-law in, int16 out, packets of 20 ms; undefined where noise suppression is off. */
  readonly denoise: DenoiseEngine | undefined;
  /** f32 `[rows][2]` */
  readonly speech: Float32Array;
  /** `IDLE_NOISE`, in the same memory. */
  readonly idleNoise: Uint8Array;
}

export class BatchedEngine implements ShardEngine {
  readonly counters: EngineCounters;
  readonly denoises: boolean;
  readonly #parts: BatchedParts;
  readonly #fusion: SpeechFusion;
  /** Silero's call of each lane, -1 while the lane is closed. */
  readonly #calls: Int32Array;
  readonly #peeking: Uint8Array;
  #coarse = false;
  /** Where the last frame of each lane lies, -1 before the first. */
  readonly #lastCells: Int32Array;
  readonly #bypassed: Uint8Array;
  /** Frames without any sound of each lane, modulo 256. */
  readonly #idleFrames: Uint8Array;
  /** The newest raw samples of each bypassed lane, which the next frame begins with: as late as the engine. */
  readonly #tails: Int16Array;
  readonly #delaySamples: number;

  constructor(parts: BatchedParts) {
    const { silero, denoise } = parts;
    const lanes = silero.capacity;
    this.#parts = parts;
    this.#fusion = new SpeechFusion(lanes);
    this.#calls = new Int32Array(lanes).fill(-1);
    this.#peeking = new Uint8Array(lanes);
    this.#idleFrames = new Uint8Array(lanes);
    this.#lastCells = new Int32Array(lanes).fill(-1);
    // Without an engine every lane is bypassed for good.
    this.#bypassed = new Uint8Array(lanes).fill(denoise ? 0 : 1);
    this.#delaySamples = denoise ? DENOISE_DELAY_SAMPLES : 0;
    this.#tails = new Int16Array(lanes * DENOISE_DELAY_SAMPLES);
    this.denoises = denoise !== undefined;
    this.counters = {
      faults: 0,
      get denoised() {
        return denoise?.counters.packets ?? 0;
      },
      get windows() {
        return silero.windows;
      },
    };
  }

  open(lane: number): void {
    this.close(lane);
    this.#calls[lane] = this.#parts.silero.open();
    this.#peeking[lane] = 0;
    this.#fusion.reset(lane);
    this.#idleFrames[lane] = 0;
    this.#lastCells[lane] = -1;
    if (!this.denoises) return;
    this.#parts.denoise?.open(lane);
    this.#bypassed[lane] = 0;
  }

  close(lane: number): void {
    const call = this.#calls[lane] as number;
    if (call >= 0) this.#parts.silero.close(call);
    this.#calls[lane] = -1;
    this.#parts.denoise?.close(lane);
  }

  bypass(lane: number, on: boolean): void {
    const { denoise } = this.#parts;
    if (!denoise || (this.#bypassed[lane] === 1) === on) return;
    this.#bypassed[lane] = on ? 1 : 0;
    if (on) denoise.close(lane);
    else denoise.open(lane);
    if (on) this.#keepTail(lane);
  }

  /** What the engine still held: the end of the lane's last frame. */
  #keepTail(lane: number): void {
    const { mulawIn } = this.#parts.memory.slots[lane] as SlotMemory;
    const cell = this.#lastCells[lane] as number;
    const from = (cell + 1) * FRAME_SAMPLES - DENOISE_DELAY_SAMPLES;
    const tail = lane * DENOISE_DELAY_SAMPLES;
    for (let i = 0; i < DENOISE_DELAY_SAMPLES; i++) {
      const sample = cell < 0 ? 0 : MULAW_TO_LINEAR[mulawIn[from + i] as number];
      this.#tails[tail + i] = sample as number;
    }
  }

  coarsen(on: boolean): void {
    this.#coarse = on;
    this.#parts.silero.coarsen(on);
  }

  warmUp(): void {
    const { silero, denoise, speech } = this.#parts;
    denoise?.warmUp();
    const calls = Array.from({ length: Math.min(WARM_UP_CALLS, silero.capacity) }, () =>
      silero.open(),
    );
    for (let frame = 0; frame < WARM_UP_FRAMES; frame++) {
      // What lies there is noise as good as any.
      for (const call of calls) silero.push(call, speech.byteOffset);
      silero.run();
    }
    for (const call of calls) silero.close(call);
  }

  process(round: FrameRound): void {
    this.#denoise(round);
    this.#detect(round);
  }

  #denoise({ lanes, cells, count }: FrameRound): void {
    const { denoise, speech, memory } = this.#parts;
    for (let row = 0; row < count; row++) {
      const lane = lanes[row] as number;
      const slot = memory.slots[lane] as SlotMemory;
      const cell = cells[row] as number;
      this.#lastCells[lane] = cell;
      if (this.#bypassed[lane] === 1 || !denoise) {
        this.#pass(lane, slot, cell);
        continue;
      }
      denoise.submit(
        lane,
        slot.mulawIn.byteOffset + cell * FRAME_SAMPLES,
        slot.clean.byteOffset + cell * FRAME_SAMPLES * 2,
        speech.byteOffset + row * SPEECH_BYTES,
      );
    }
    denoise?.run();
  }

  /** The frame as it came, as late as the engine would be. */
  #pass(lane: number, slot: SlotMemory, cell: number): void {
    const { mulawIn, clean } = slot;
    const delay = this.#delaySamples;
    const from = cell * FRAME_SAMPLES;
    const tail = lane * DENOISE_DELAY_SAMPLES;
    for (let i = 0; i < delay; i++) clean[from + i] = this.#tails[tail + i] as number;
    const now = FRAME_SAMPLES - delay;
    for (let i = 0; i < now; i++) {
      clean[from + delay + i] = MULAW_TO_LINEAR[mulawIn[from + i] as number] as number;
    }
    for (let i = 0; i < delay; i++) {
      this.#tails[tail + i] = MULAW_TO_LINEAR[mulawIn[from + now + i] as number] as number;
    }
  }

  #detect({ lanes, cells, count }: FrameRound): void {
    const { silero, memory } = this.#parts;
    for (let row = 0; row < count; row++) {
      const lane = lanes[row] as number;
      const call = this.#calls[lane] as number;
      const { mulawIn } = memory.slots[lane] as SlotMemory;
      this.#peek(lane, call, this.#suspects(lane, row) && !this.#coarse);
      silero.push(call, this.#audible(lane, mulawIn, cells[row] as number));
    }
    silero.run();
    for (let row = 0; row < count; row++) {
      const lane = lanes[row] as number;
      const { speech } = memory.slots[lane] as SlotMemory;
      const logit = silero.logit(this.#calls[lane] as number);
      speech[cells[row] as number] = this.#fusion.decide(lane, logit);
    }
  }

  /** Address of the frame in this cell, or of noise where it holds nothing. */
  #audible(lane: number, mulawIn: Uint8Array, cell: number): number {
    const from = cell * FRAME_SAMPLES;
    if (!isIdle(mulawIn, from)) return mulawIn.byteOffset + from;
    const count = this.#idleFrames[lane] as number;
    this.#idleFrames[lane] = count + 1;
    return this.#parts.idleNoise.byteOffset + idleNoiseAt(count);
  }

  /** Tell the fusion what RNNoise found in this row; a bypassed lane goes without its opinion. */
  #suspects(lane: number, row: number): boolean {
    if (this.#bypassed[lane] === 1) {
      this.#fusion.unheard(lane);
      return false;
    }
    const { speech } = this.#parts;
    return this.#fusion.hear(lane, speech[row * 2] as number, speech[row * 2 + 1] as number);
  }

  #peek(lane: number, call: number, on: boolean): void {
    if ((this.#peeking[lane] === 1) === on) return;
    this.#peeking[lane] = on ? 1 : 0;
    this.#parts.silero.peek(call, on);
  }
}
