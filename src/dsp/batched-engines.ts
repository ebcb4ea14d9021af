// Noise suppression and speech detection of a shard through the SIMD kernels, in the shard's own memory. Media plane.
//
//   raw frames -+-> RNNoise -> clean rows, and its own opinion about speech -+
//               '-> Silero (peeked at where RNNoise suspects speech) --------+-> one probability
//
// The pipeline asks for speech first and for clean frames then; both come of one run over the batch.

import { DENOISE_DELAY_SAMPLES, type DenoiseEngine } from './denoise/batched/engine.js';
import type { Denoiser } from './denoise/denoiser.js';
import { FRAME_SAMPLES } from './frame.js';
import type { FrameBatch } from './frame-batch.js';
import type { BatchedSilero } from './vad/batched/batched-silero.js';
import { SpeechFusion } from './vad/fusion.js';
import type { SpeechDetector } from './vad/speech-detector.js';

/** Bytes of one row of a batch. */
const ROW_BYTES = FRAME_SAMPLES * 4;
/** RNNoise's probabilities of one row: two of 10 ms. */
const SPEECH_BYTES = 8;

/** Engines and their work space, all in one WebAssembly memory. */
export interface BatchedParts {
  readonly silero: BatchedSilero;
  /** Float32 in and out, packets of 20 ms; undefined where noise suppression is off. */
  readonly denoise: DenoiseEngine | undefined;
  /** f32 `[rows][160]`, for clean frames. */
  readonly clean: Float32Array;
  /** f32 `[rows][2]` */
  readonly speech: Float32Array;
}

/** `detector` and `denoiser` are two faces of one: each batch goes through both, in this order. */
export class BatchedEngines {
  readonly detector: SpeechDetector;
  readonly denoiser: Denoiser;
  readonly #parts: BatchedParts;
  readonly #fusion: SpeechFusion;
  /** Silero's call of each lane, -1 while the lane is closed. */
  readonly #calls: Int32Array;
  readonly #peeking: Uint8Array;
  /** The newest raw samples of each lane: what a bypass passes on first. */
  readonly #tails: Float32Array;
  readonly #bypassed: Uint8Array;

  constructor(parts: BatchedParts) {
    const { silero, denoise } = parts;
    const lanes = silero.capacity;
    this.#parts = parts;
    this.#fusion = new SpeechFusion(lanes);
    this.#calls = new Int32Array(lanes).fill(-1);
    this.#peeking = new Uint8Array(lanes);
    this.#tails = new Float32Array(lanes * DENOISE_DELAY_SAMPLES);
    // Without an engine every lane is bypassed for good.
    this.#bypassed = new Uint8Array(lanes).fill(denoise ? 0 : 1);
    this.detector = {
      faults: 0,
      get windows() {
        return silero.windows;
      },
      open: (lane) => this.#openDetector(lane),
      close: (lane) => this.#closeDetector(lane),
      process: async (batch) => this.#detect(batch),
      release: async () => {},
    };
    this.denoiser = {
      delaySamples: denoise ? DENOISE_DELAY_SAMPLES : 0,
      faults: 0,
      get denoised() {
        return denoise?.counters.packets ?? 0;
      },
      open: (lane) => this.#openDenoiser(lane),
      close: (lane) => denoise?.close(lane),
      bypass: (lane, on) => this.#bypass(lane, on),
      process: (batch) => this.#clean(batch),
    };
  }

  // ---- speech

  #openDetector(lane: number): void {
    this.#closeDetector(lane);
    this.#calls[lane] = this.#parts.silero.open();
    this.#peeking[lane] = 0;
    this.#fusion.reset(lane);
  }

  #closeDetector(lane: number): void {
    const call = this.#calls[lane] as number;
    if (call >= 0) this.#parts.silero.close(call);
    this.#calls[lane] = -1;
  }

  #detect(batch: FrameBatch): void {
    const { silero } = this.#parts;
    const { samples, lanes, speech, count } = batch;
    this.#denoise(batch);
    for (let row = 0; row < count; row++) {
      const lane = lanes[row] as number;
      const call = this.#calls[lane] as number;
      this.#peek(lane, call, this.#suspects(lane, row));
      silero.push(call, samples.byteOffset + row * ROW_BYTES);
    }
    silero.run();
    for (let row = 0; row < count; row++) {
      const lane = lanes[row] as number;
      speech[row] = this.#fusion.decide(lane, silero.logit(this.#calls[lane] as number));
    }
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

  // ---- noise

  #openDenoiser(lane: number): void {
    const { denoise } = this.#parts;
    if (!denoise) return;
    denoise.open(lane);
    this.#bypassed[lane] = 0;
    const from = lane * DENOISE_DELAY_SAMPLES;
    this.#tails.fill(0, from, from + DENOISE_DELAY_SAMPLES);
  }

  #bypass(lane: number, on: boolean): void {
    const { denoise } = this.#parts;
    if (!denoise || (this.#bypassed[lane] === 1) === on) return;
    this.#bypassed[lane] = on ? 1 : 0;
    if (on) denoise.close(lane);
    else denoise.open(lane);
  }

  #denoise({ samples, lanes, count }: FrameBatch): void {
    const { denoise, clean, speech } = this.#parts;
    if (!denoise) return;
    for (let row = 0; row < count; row++) {
      const lane = lanes[row] as number;
      if (this.#bypassed[lane] === 1) continue;
      denoise.submit(
        lane,
        samples.byteOffset + row * ROW_BYTES,
        clean.byteOffset + row * ROW_BYTES,
        speech.byteOffset + row * SPEECH_BYTES,
      );
    }
    denoise.run();
  }

  /** Put the clean frames in the place of the raw ones. */
  #clean({ samples, lanes, count }: FrameBatch): void {
    const { denoise, clean } = this.#parts;
    if (!denoise) return;
    for (let row = 0; row < count; row++) {
      const lane = lanes[row] as number;
      const at = row * FRAME_SAMPLES;
      const bypassed = this.#bypassed[lane] === 1;
      const tail = lane * DENOISE_DELAY_SAMPLES;
      const newest = at + FRAME_SAMPLES - DENOISE_DELAY_SAMPLES;
      for (let i = 0; i < DENOISE_DELAY_SAMPLES; i++) {
        const kept = this.#tails[tail + i] as number;
        this.#tails[tail + i] = samples[newest + i] as number;
        if (!bypassed) continue;
        // As late as the engine would be.
        samples[newest + i] = samples[at + i] as number;
        samples[at + i] = kept;
      }
      if (bypassed) continue;
      for (let i = at; i < at + FRAME_SAMPLES; i++) samples[i] = clean[i] as number;
    }
  }
}
