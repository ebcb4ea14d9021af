// One ONNX turn model on the calling thread: the newest audio in, one number out. Media plane.

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { LINE_RATE_HZ } from '../frame.js';
import { Resampler } from '../resample.js';
import type { NativeCall } from '../vad/silero.js';
import type { TurnModelOutput } from './messages.js';

const MODEL_RATE_HZ = 16_000;
const RATIO = MODEL_RATE_HZ / LINE_RATE_HZ;
const INT16_SCALE = 1 / 32_768;
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  logSeverityLevel: 4,
};
/** Rounding of a sigmoid within the model. */
const TOLERANCE = 1e-4;

/** Samples at 16 kHz that the model takes: its own fixed number, or else as many as are wanted. */
function windowOf(session: InferenceSession, wantedSamples: number): number {
  const [input, ...others] = session.inputMetadata;
  if (!input?.isTensor || others.length > 0) throw new TypeError('not exactly one input tensor');
  if (input.type !== 'float32') throw new TypeError(`the input is ${input.type}, not float32`);
  const [batch, samples, ...rest] = input.shape;
  if (batch === undefined || samples === undefined || rest.length > 0) {
    throw new TypeError('the input is not of shape [1, samples]');
  }
  if (typeof batch === 'number' && batch !== 1) throw new TypeError('the batch size is not 1');
  if (typeof samples === 'string') return wantedSamples;
  if (samples < 1) throw new TypeError('the input has no samples');
  return samples;
}

export interface TurnModelSessionOptions {
  readonly output: TurnModelOutput;
  /** The newest audio that the model is given, where its file does not say how much it takes. */
  readonly windowMs: number;
  /** Wraps every call of onnxruntime. */
  readonly native: NativeCall;
}

export class TurnModelSession {
  readonly #session: InferenceSession;
  readonly #native: NativeCall;
  readonly #output: TurnModelOutput;
  readonly #inputName: string;
  readonly #outputName: string;
  readonly #windowSamples: number;
  readonly #resampler = new Resampler(LINE_RATE_HZ, MODEL_RATE_HZ);

  private constructor(session: InferenceSession, options: TurnModelSessionOptions) {
    const { output, windowMs, native } = options;
    this.#session = session;
    this.#native = native;
    this.#output = output;
    this.#windowSamples = windowOf(session, (windowMs * MODEL_RATE_HZ) / 1000);
    const [outputName, ...others] = session.outputNames;
    if (outputName === undefined || others.length > 0)
      throw new TypeError('not exactly one output');
    this.#inputName = session.inputNames[0] as string;
    this.#outputName = outputName;
  }

  /** @throws where the file is no model, or not one of this form; tried on silence once */
  static async load(
    modelPath: string,
    options: TurnModelSessionOptions,
  ): Promise<TurnModelSession> {
    const session = await options.native(() => InferenceSession.create(modelPath, SESSION_OPTIONS));
    const model = new TurnModelSession(session, options);
    await model.run(new Int16Array(0));
    return model;
  }

  /**
   * @param pcm mono int16 at 8000 Hz; of more than the window the newest, less has zeros before it
   * @returns probability 0..1 that the turn is complete
   * @throws where the output is not one finite float, or no probability though it should be one
   */
  async run(pcm: Int16Array): Promise<number> {
    const input = new Tensor('float32', this.#inputOf(pcm), [1, this.#windowSamples]);
    const outputs = await this.#native(() => this.#session.run({ [this.#inputName]: input }));
    const output = outputs[this.#outputName];
    if (output?.type !== 'float32' || output.size !== 1) {
      throw new TypeError('the output is not one float32');
    }
    const value = (output.data as Float32Array)[0] as number;
    if (!Number.isFinite(value)) throw new TypeError('the output is not finite');
    if (this.#output === 'logit') return 1 / (1 + Math.exp(-value));
    if (value < -TOLERANCE || value > 1 + TOLERANCE) {
      throw new TypeError('the output is not a probability: is it a logit?');
    }
    return Math.min(1, Math.max(0, value));
  }

  /** -1..1 at 16 kHz, the filter's delay taken out, so that the newest sample is the last. */
  #inputOf(pcm: Int16Array): Float32Array {
    const resampler = this.#resampler;
    const newest = pcm.subarray(-Math.ceil(this.#windowSamples / RATIO));
    const tail = Math.ceil(resampler.delaySamples / RATIO);
    const padded = new Int16Array(newest.length + tail);
    padded.set(newest);
    resampler.reset();
    const resampled = new Int16Array(resampler.outputLength(padded.length));
    resampler.process(padded, 0, padded.length, resampled, 0);
    const start = resampler.delaySamples;
    const audio = resampled.subarray(start, start + newest.length * RATIO);
    const kept = audio.subarray(-this.#windowSamples);
    const input = new Float32Array(this.#windowSamples);
    for (let i = 0, at = input.length - kept.length; i < kept.length; i++, at++) {
      input[at] = (kept[i] as number) * INT16_SCALE;
    }
    return input;
  }
}
