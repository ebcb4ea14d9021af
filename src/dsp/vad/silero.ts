// Silero VAD v4 at 8 kHz through onnxruntime: all windows that are ready in one inference. Media plane.
//
// The model (Silero Team, snakers4/silero-vad v4) takes `input` [n, 256] in -1..1, `sr`, and the LSTM states
// `h` and `c` [2, n, 64], and gives `output` [n, 1], `hn` and `cn`. A window is 256 samples, 32 ms, so
// that a frame of 20 ms completes one or none: a frame's probability is that of the last window that
// ended within or before it, up to 12 ms old.

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { FRAME_SAMPLES, LINE_RATE_HZ } from '../frame.js';
import type { FrameBatch } from '../frame-batch.js';
import { IDLE_NOISE_FLOATS, idleNoiseAt } from './idle-noise.js';
import type { SpeechDetector } from './speech-detector.js';

const SILERO_WINDOW_SAMPLES = 256;
const LAYERS = 2;
const HIDDEN = 64;
const STATE = LAYERS * HIDDEN;
/** Less than a window waits when a frame arrives. */
const PENDING_SAMPLES = SILERO_WINDOW_SAMPLES + FRAME_SAMPLES;
const INT16_SCALE = 1 / 32768;
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  // Patterns are kept per input shape, and every batch size is one: memory for no gain.
  enableMemPattern: false,
};

/** The tensors of one batch size, all views of the same buffers. */
interface Tensors {
  readonly feeds: Readonly<Record<'input' | 'sr' | 'h' | 'c', Tensor>>;
  readonly fetches: Readonly<Record<'output' | 'hn' | 'cn', Tensor>>;
}

/** Wraps calls of native code, so that its thread is not terminated within. */
export type NativeCall = <T>(call: () => Promise<T>) => Promise<T>;

export class SileroDetector implements SpeechDetector {
  readonly #session: InferenceSession;
  readonly #native: NativeCall;
  /** Samples of each lane that no window has taken yet, and how many. */
  readonly #pending: Float32Array;
  readonly #pendingCounts: Int32Array;
  /** LSTM states `[lane][layer][64]`. */
  readonly #hidden: Float32Array;
  readonly #cell: Float32Array;
  readonly #probabilities: Float32Array;
  /** Lanes with a window in this batch. */
  readonly #ready: Int32Array;
  readonly #input: Float32Array;
  readonly #h: Float32Array;
  readonly #c: Float32Array;
  readonly #output: Float32Array;
  readonly #hn: Float32Array;
  readonly #cn: Float32Array;
  readonly #sampleRate = new Tensor('int64', BigInt64Array.of(BigInt(LINE_RATE_HZ)), []);
  readonly #tensors = new Map<number, Tensors>();
  /** Frames without any sound of each lane, modulo 256. */
  readonly #idleFrames: Uint8Array;
  #faults = 0;
  #windows = 0;

  private constructor(session: InferenceSession, lanes: number, native: NativeCall) {
    this.#session = session;
    this.#native = native;
    this.#pending = new Float32Array(lanes * PENDING_SAMPLES);
    this.#pendingCounts = new Int32Array(lanes);
    this.#hidden = new Float32Array(lanes * STATE);
    this.#cell = new Float32Array(lanes * STATE);
    this.#idleFrames = new Uint8Array(lanes);
    this.#probabilities = new Float32Array(lanes);
    this.#ready = new Int32Array(lanes);
    this.#input = new Float32Array(lanes * SILERO_WINDOW_SAMPLES);
    this.#h = new Float32Array(lanes * STATE);
    this.#c = new Float32Array(lanes * STATE);
    this.#output = new Float32Array(lanes);
    this.#hn = new Float32Array(lanes * STATE);
    this.#cn = new Float32Array(lanes * STATE);
  }

  /**
   * Load the model once for `lanes` lanes, to run on the calling thread alone.
   * @param native wraps every call of onnxruntime
   */
  static async create(
    modelPath: string,
    lanes: number,
    native: NativeCall = (call) => call(),
  ): Promise<SileroDetector> {
    const session = await native(() => InferenceSession.create(modelPath, SESSION_OPTIONS));
    return new SileroDetector(session, lanes, native);
  }

  get faults(): number {
    return this.#faults;
  }

  get windows(): number {
    return this.#windows;
  }

  open(lane: number): void {
    this.#resetState(lane);
    this.#pendingCounts[lane] = 0;
    this.#idleFrames[lane] = 0;
    this.#probabilities[lane] = 0;
  }

  close(lane: number): void {
    this.open(lane);
  }

  async process(batch: FrameBatch): Promise<void> {
    let windows = 0;
    for (let row = 0; row < batch.count; row++) {
      const lane = batch.lanes[row] as number;
      if (this.#append(lane, batch.samples, row * FRAME_SAMPLES)) {
        this.#gatherWindow(lane, windows);
        this.#ready[windows++] = lane;
      }
    }
    if (windows > 0) {
      this.#gatherStates(windows, this.#h, this.#hidden);
      this.#gatherStates(windows, this.#c, this.#cell);
      const { feeds, fetches } = this.#tensorsFor(windows);
      await this.#native(() => this.#session.run(feeds, fetches));
      for (let window = 0; window < windows; window++) this.#scatter(window, windows);
      this.#windows += windows;
    }
    for (let row = 0; row < batch.count; row++) {
      batch.speech[row] = this.#probabilities[batch.lanes[row] as number] as number;
    }
  }

  async release(): Promise<void> {
    await this.#native(() => this.#session.release());
  }

  #resetState(lane: number): void {
    this.#hidden.fill(0, lane * STATE, (lane + 1) * STATE);
    this.#cell.fill(0, lane * STATE, (lane + 1) * STATE);
  }

  /** Add a frame to what the lane has; true where that makes a window. */
  #append(lane: number, samples: Float32Array, start: number): boolean {
    const count = this.#pendingCounts[lane] as number;
    const to = lane * PENDING_SAMPLES + count;
    let isIdle = true;
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      const sample = (samples[start + i] as number) * INT16_SCALE;
      if (sample !== 0) isIdle = false;
      this.#pending[to + i] = sample;
    }
    if (isIdle) this.#hearNoise(lane, to);
    this.#pendingCounts[lane] = count + FRAME_SAMPLES;
    return count + FRAME_SAMPLES >= SILERO_WINDOW_SAMPLES;
  }

  /** See `idle-noise.ts`. */
  #hearNoise(lane: number, to: number): void {
    const count = this.#idleFrames[lane] as number;
    this.#idleFrames[lane] = count + 1;
    const from = idleNoiseAt(count);
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      this.#pending[to + i] = IDLE_NOISE_FLOATS[from + i] as number;
    }
  }

  /** Move the lane's window to the input; what is left of the lane's samples waits. */
  #gatherWindow(lane: number, window: number): void {
    const from = lane * PENDING_SAMPLES;
    const to = window * SILERO_WINDOW_SAMPLES;
    for (let i = 0; i < SILERO_WINDOW_SAMPLES; i++) {
      this.#input[to + i] = this.#pending[from + i] as number;
    }
    const rest = (this.#pendingCounts[lane] as number) - SILERO_WINDOW_SAMPLES;
    this.#pending.copyWithin(
      from,
      from + SILERO_WINDOW_SAMPLES,
      from + SILERO_WINDOW_SAMPLES + rest,
    );
    this.#pendingCounts[lane] = rest;
  }

  #tensorsFor(windows: number): Tensors {
    let tensors = this.#tensors.get(windows);
    if (tensors === undefined) {
      tensors = this.#makeTensors(windows);
      this.#tensors.set(windows, tensors);
    }
    return tensors;
  }

  /** `[lane][layer][64]` of the lanes that are ready to `[layer][window][64]`. */
  #gatherStates(windows: number, to: Float32Array, from: Float32Array): void {
    for (let window = 0; window < windows; window++) {
      const lane = this.#ready[window] as number;
      for (let i = 0; i < HIDDEN; i++) {
        to[window * HIDDEN + i] = from[lane * STATE + i] as number;
        to[(windows + window) * HIDDEN + i] = from[lane * STATE + HIDDEN + i] as number;
      }
    }
  }

  #scatter(window: number, windows: number): void {
    const lane = this.#ready[window] as number;
    const probability = this.#output[window] as number;
    if (!(probability >= 0 && probability <= 1)) {
      this.#faults++;
      this.#resetState(lane);
      this.#probabilities[lane] = 0;
      return;
    }
    this.#probabilities[lane] = probability;
    for (let i = 0; i < HIDDEN; i++) {
      const first = window * HIDDEN + i;
      const second = (windows + window) * HIDDEN + i;
      this.#hidden[lane * STATE + i] = this.#hn[first] as number;
      this.#hidden[lane * STATE + HIDDEN + i] = this.#hn[second] as number;
      this.#cell[lane * STATE + i] = this.#cn[first] as number;
      this.#cell[lane * STATE + HIDDEN + i] = this.#cn[second] as number;
    }
  }

  #makeTensors(windows: number): Tensors {
    const view = (buffer: Float32Array, dims: readonly number[]): Tensor => {
      const length = dims.reduce((product, dim) => product * dim, 1);
      return new Tensor('float32', buffer.subarray(0, length), dims);
    };
    const state = [LAYERS, windows, HIDDEN];
    return {
      feeds: {
        input: view(this.#input, [windows, SILERO_WINDOW_SAMPLES]),
        sr: this.#sampleRate,
        h: view(this.#h, state),
        c: view(this.#c, state),
      },
      fetches: {
        output: view(this.#output, [windows, 1]),
        hn: view(this.#hn, state),
        cn: view(this.#cn, state),
      },
    };
  }
}
