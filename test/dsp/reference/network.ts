// RNNoise 0.1's network for one call, with the approximations of its C code.

import type {
  DenseWeights,
  GruWeights,
  RnnoiseModel,
} from '../../../src/dsp/denoise/batched/rnnoise-model.js';

/** Weights are int8 in units of 1/256. */
const WEIGHT_SCALE = 1 / 256;
/** tanh at steps of 0.04, to six digits: what RNNoise's table holds. */
const TANH_STEP = 0.04;
const TANH_TABLE = Float32Array.from({ length: 201 }, (_, i) =>
  Number(Math.tanh(TANH_STEP * i).toFixed(6)),
);

/** tanh by table and a second-order step from the nearest entry. */
export function approximateTanh(x: number): number {
  if (!(x < 8)) return 1;
  if (!(x > -8)) return -1;
  const magnitude = Math.abs(x);
  const entry = Math.floor(0.5 + magnitude / TANH_STEP);
  const rest = magnitude - TANH_STEP * entry;
  const near = TANH_TABLE[entry] ?? 1;
  const slope = 1 - near * near;
  return Math.sign(x) * (near + rest * slope * (1 - near * rest));
}

function sigmoid(x: number): number {
  return 0.5 + 0.5 * approximateTanh(0.5 * x);
}

function relu(x: number): number {
  return Math.max(0, x);
}

/** Outputs of a dense layer. */
function dense(
  layer: DenseWeights,
  input: Float32Array,
  activation: (x: number) => number,
): Float32Array {
  const { inputs, outputs, weights, bias } = layer;
  return Float32Array.from({ length: outputs }, (_, o) => {
    let sum = bias[o] ?? 0;
    for (let k = 0; k < inputs; k++) sum += (weights[k * outputs + o] ?? 0) * (input[k] ?? 0);
    return activation(sum * WEIGHT_SCALE);
  });
}

/** Column `column` of a GRU's products with its input and, scaled by `gate`, its state. */
function gruSum(
  layer: GruWeights,
  column: number,
  input: Float32Array,
  state: Float32Array,
  gate?: Float32Array,
): number {
  const columns = 3 * layer.units;
  let sum = layer.bias[column] ?? 0;
  for (let k = 0; k < layer.inputs; k++) {
    sum += (layer.weights[k * columns + column] ?? 0) * (input[k] ?? 0);
  }
  for (let s = 0; s < layer.units; s++) {
    const value = (state[s] ?? 0) * (gate?.[s] ?? 1);
    sum += (layer.recurrent[s * columns + column] ?? 0) * value;
  }
  return sum * WEIGHT_SCALE;
}

/** One step; `state` is replaced. */
function gru(layer: GruWeights, input: Float32Array, state: Float32Array): void {
  const { units } = layer;
  const each = (f: (unit: number) => number) =>
    Float32Array.from({ length: units }, (_, unit) => f(unit));
  const update = each((u) => sigmoid(gruSum(layer, u, input, state)));
  const reset = each((u) => sigmoid(gruSum(layer, units + u, input, state)));
  const candidate = each((u) => relu(gruSum(layer, 2 * units + u, input, state, reset)));
  state.set(
    each((u) => {
      const z = update[u] ?? 0;
      return z * (state[u] ?? 0) + (1 - z) * (candidate[u] ?? 0);
    }),
  );
}

function concatenate(...parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

export class ReferenceNetwork {
  readonly #model: RnnoiseModel;
  readonly #vad: Float32Array;
  readonly #noise: Float32Array;
  readonly #denoise: Float32Array;

  constructor(model: RnnoiseModel) {
    this.#model = model;
    this.#vad = new Float32Array(model.vadGru.units);
    this.#noise = new Float32Array(model.noiseGru.units);
    this.#denoise = new Float32Array(model.denoiseGru.units);
  }

  /** @returns the gains of 22 bands and the probability of speech, all 0..1 */
  run(features: Float32Array): { gains: Float32Array; speech: number } {
    const model = this.#model;
    const embedded = dense(model.inputDense, features, approximateTanh);
    gru(model.vadGru, embedded, this.#vad);
    gru(model.noiseGru, concatenate(embedded, this.#vad, features), this.#noise);
    gru(model.denoiseGru, concatenate(this.#vad, this.#noise, features), this.#denoise);
    const [speech] = dense(model.vadOutput, this.#vad, sigmoid);
    return { gains: dense(model.denoiseOutput, this.#denoise, sigmoid), speech: speech ?? 0 };
  }
}
