// Silero VAD v4 at 8000 Hz in plain double precision, layer by layer as the model draws it: what the
// kernel is measured against where onnxruntime shows too little. Slow on purpose: nothing is merged,
// skipped or folded.
import type {
  Convolution,
  LstmWeights,
  SileroWeights,
} from '../../../src/dsp/vad/batched/silero-model.js';

/** [channels][time] */
type Signal = Float64Array[];

const WINDOW = 256;
const PAD = 96;
const HOP = 64;
const BINS = 129;
const NEURONS = 64;

/** One turn of the cosine in 256 steps; the sine is a quarter of a turn behind. */
const COSINE = Float64Array.from({ length: 256 }, (_, n) => Math.cos((2 * Math.PI * n) / 256));

function at(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no value at ${index}`);
  return value;
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function relu(signal: Signal): Signal {
  return signal.map((channel) => channel.map((value) => Math.max(0, value)));
}

function sum(a: Signal, b: Signal): Signal {
  return a.map((channel, c) => channel.map((value, t) => value + at(b[c] ?? [], t)));
}

/** 1 x 1 convolution. */
function pointwise(x: Signal, { weights, bias }: Convolution, stride = 1): Signal {
  const frames = Math.ceil((x[0]?.length ?? 0) / stride);
  return Array.from(bias, (offset, output) =>
    Float64Array.from({ length: frames }, (_, t) =>
      x.reduce(
        (total, channel, input) =>
          total + at(weights, output * x.length + input) * at(channel, t * stride),
        offset,
      ),
    ),
  );
}

/** Convolution in time with 5 taps, each channel for itself, zeros beyond both ends. */
function depthwise(x: Signal, { weights, bias }: Convolution): Signal {
  return x.map((channel, c) =>
    channel.map((_, t) => {
      let total = at(bias, c);
      for (let tap = 0; tap < 5; tap++) {
        const source = t + tap - 2;
        if (source >= 0 && source < channel.length) {
          total += at(weights, c * 5 + tap) * at(channel, source);
        }
      }
      return total;
    }),
  );
}

/** Index into `length` values continued by reflection that does not repeat the ends. */
function reflected(index: number, length: number): number {
  if (index < 0) return -index;
  return index < length ? index : 2 * (length - 1) - index;
}

/** Magnitudes of the Hann windowed DFT of each frame. */
function magnitudes(window: ArrayLike<number>): Signal {
  const frames = WINDOW / HOP;
  const spectrum: Signal = Array.from({ length: BINS }, () => new Float64Array(frames));
  for (let frame = 0; frame < frames; frame++) {
    for (const [bin, channel] of spectrum.entries()) {
      let re = 0;
      let im = 0;
      for (let n = 0; n < WINDOW; n++) {
        const sample = at(window, reflected(frame * HOP + n - PAD, WINDOW));
        const hann = 0.5 - 0.5 * at(COSINE, n);
        const phase = (bin * n) % WINDOW;
        re += sample * hann * at(COSINE, phase);
        im -= sample * hann * at(COSINE, (phase + 192) % WINDOW);
      }
      channel[frame] = Math.hypot(re, im);
    }
  }
  return spectrum;
}

/** Logarithms minus their mean over bins, smoothed over time, averaged over the window. */
function normalised(spectrum: Signal, taps: Float32Array): Signal {
  const logs = spectrum.map((channel) => channel.map((value) => Math.log(1 + 2 ** 20 * value)));
  const frames = logs[0]?.length ?? 0;
  const means = Float64Array.from(
    { length: frames },
    (_, t) => logs.reduce((total, channel) => total + at(channel, t), 0) / BINS,
  );
  let mean = 0;
  for (let t = 0; t < frames; t++) {
    for (const [tap, weight] of taps.entries()) {
      mean += (weight * at(means, reflected(t + tap - 3, frames))) / frames;
    }
  }
  return logs.map((channel) => channel.map((value) => value - mean));
}

class ReferenceLstm {
  readonly output = new Float64Array(NEURONS);
  readonly cell = new Float64Array(NEURONS);
  readonly #weights: LstmWeights;

  constructor(weights: LstmWeights) {
    this.#weights = weights;
  }

  step(input: Float64Array): Float64Array {
    const { input: w, recurrent: r, bias } = this.#weights;
    const gates = Float64Array.from({ length: 4 * NEURONS }, (_, row) => {
      let total = at(bias, row) + at(bias, 4 * NEURONS + row);
      for (let i = 0; i < NEURONS; i++) {
        total += at(w, row * NEURONS + i) * at(input, i);
        total += at(r, row * NEURONS + i) * at(this.output, i);
      }
      return total;
    });
    for (let n = 0; n < NEURONS; n++) {
      const kept = sigmoid(at(gates, 2 * NEURONS + n)) * at(this.cell, n);
      const added = sigmoid(at(gates, n)) * Math.tanh(at(gates, 3 * NEURONS + n));
      this.cell[n] = kept + added;
      this.output[n] = sigmoid(at(gates, NEURONS + n)) * Math.tanh(kept + added);
    }
    return this.output;
  }
}

export class SileroReference {
  /** Input of the first LSTM at the last window: 64 channels. */
  encoded: Float64Array = new Float64Array(NEURONS);
  readonly lstm1: ReferenceLstm;
  readonly lstm2: ReferenceLstm;
  readonly #weights: SileroWeights;

  constructor(weights: SileroWeights) {
    this.#weights = weights;
    this.lstm1 = new ReferenceLstm(weights.lstm1);
    this.lstm2 = new ReferenceLstm(weights.lstm2);
  }

  /** One window of 256 samples within [-1, 1] to the probability of speech; the state moves on. */
  process(window: ArrayLike<number>): number {
    this.encoded = this.#encode(window);
    const output = this.lstm2.step(this.lstm1.step(this.encoded));
    const { weights, bias } = this.#weights.decoder;
    return sigmoid(
      output.reduce((total, value, n) => total + at(weights, n) * Math.max(0, value), at(bias, 0)),
    );
  }

  /** The same state, to try something that must not move it on. */
  clone(): SileroReference {
    const copy = new SileroReference(this.#weights);
    copy.lstm1.output.set(this.lstm1.output);
    copy.lstm1.cell.set(this.lstm1.cell);
    copy.lstm2.output.set(this.lstm2.output);
    copy.lstm2.cell.set(this.lstm2.cell);
    return copy;
  }

  #encode(window: ArrayLike<number>): Float64Array {
    const w = this.#weights;
    const spectrum = magnitudes(window);
    const x = [...spectrum, ...normalised(spectrum, w.normalisation)];
    const deep = relu(depthwise(x, w.depthwiseFirst));
    let y = relu(sum(pointwise(deep, w.pointwiseFirst), pointwise(x, w.projectionFirst)));
    y = relu(pointwise(y, w.pointwise1, 2));
    y = relu(
      sum(
        pointwise(relu(depthwise(y, w.depthwise1)), w.blockPointwise1),
        pointwise(y, w.blockProjection1),
      ),
    );
    y = relu(pointwise(y, w.pointwise2, 2));
    y = relu(sum(pointwise(relu(depthwise(y, w.depthwise2)), w.blockPointwise2), y));
    y = relu(pointwise(y, w.pointwise3));
    y = relu(
      sum(
        pointwise(relu(depthwise(y, w.depthwise3)), w.blockPointwise3),
        pointwise(y, w.blockProjection3),
      ),
    );
    return Float64Array.from(relu(pointwise(y, w.pointwise4)), (channel) => at(channel, 0));
  }
}
