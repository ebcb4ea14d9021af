// Silero VAD v4 in onnxruntime, for several calls at once: the truth for the kernel and its reference.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { sileroModelPath } from '../../../src/dsp/vad/batched/silero-model.js';

const NEURONS = 64;
const WINDOW = 256;

/** One session of one thread; sessions are costly and hold no state of a call. */
export async function openSession(): Promise<InferenceSession> {
  return InferenceSession.create(sileroModelPath(), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
  });
}

/** States of `calls` calls that are always evaluated together. */
export class SileroOnnx {
  readonly calls: number;
  readonly #session: InferenceSession;
  readonly #rate = new Tensor('int64', BigInt64Array.of(8000n), []);
  #h: Tensor;
  #c: Tensor;

  constructor(session: InferenceSession, calls: number) {
    this.calls = calls;
    this.#session = session;
    const zeros = (): Tensor =>
      new Tensor('float32', new Float32Array(2 * calls * NEURONS), [2, calls, NEURONS]);
    this.#h = zeros();
    this.#c = zeros();
  }

  /** @param windows [calls][256] within [-1, 1]. @returns probabilities, one a call */
  async process(windows: Float32Array): Promise<Float32Array> {
    const result = await this.#session.run({
      input: new Tensor('float32', windows, [this.calls, WINDOW]),
      sr: this.#rate,
      h: this.#h,
      c: this.#c,
    });
    const { output, hn, cn } = result;
    if (!output || !hn || !cn) throw new Error('the model gave no output or no state');
    this.#h = hn;
    this.#c = cn;
    return output.data as Float32Array;
  }
}
