// Puts RNNoise's weights into the order in which the kernel reads them. Media plane, at start only.
//
// A layer's product runs over pairs of rows of K (its inputs, then its state) and tiles of four outputs:
//
//   tile 0 | pair 0: o0k0 o0k1 o1k0 o1k1 o2k0 o2k1 o3k0 o3k1 | pair 1: ... | tile 1 | ...      int16
//
// The order of K is that of the network's inputs in the kernel's memory (layout.ts), not the model's.

import * as layout from '../../kernels/denoise/layout.js';
import type { DenseWeights, GruWeights, RnnoiseModel } from './rnnoise-model.js';

/** One row of K: the weight from it to an output. */
type Row = (output: number) => number;

interface Layer {
  readonly rows: readonly Row[];
  readonly bias: Row;
  /** First output and how many; the rest of the last tile is zero. */
  readonly firstOutput: number;
  readonly outputs: number;
  /** Offsets in the workspace's weights. */
  readonly weightsAt: number;
  readonly biasAt: number;
}

/** Write all weights and biases into a workspace. */
export function writeWeights(
  memory: SharedArrayBuffer,
  workspace: number,
  model: RnnoiseModel,
): void {
  for (const layer of layersOf(model)) {
    packLayer(memory, workspace, layer);
  }
}

function layersOf(model: RnnoiseModel): Layer[] {
  const { DENSE_UNITS, VAD_UNITS, NOISE_UNITS, FEATURES } = layout;
  // Input orders of the model: noise = dense, VAD, features; denoise = VAD, noise, features.
  const noiseInputs = range(0, DENSE_UNITS + VAD_UNITS + FEATURES);
  const denoiseInputs = [
    ...range(0, VAD_UNITS),
    ...range(VAD_UNITS + NOISE_UNITS, FEATURES),
    ...range(VAD_UNITS, NOISE_UNITS),
  ];
  return [
    denseLayer(model.inputDense, DENSE_UNITS, layout.DENSE_WEIGHTS, layout.DENSE_BIAS),
    ...gruLayers(model.vadGru, range(0, DENSE_UNITS), {
      gateWeightsAt: layout.VAD_GATE_WEIGHTS,
      gateBiasAt: layout.VAD_GATE_BIAS,
      newWeightsAt: layout.VAD_NEW_WEIGHTS,
      newBiasAt: layout.VAD_NEW_BIAS,
    }),
    ...gruLayers(model.noiseGru, noiseInputs, {
      gateWeightsAt: layout.NOISE_GATE_WEIGHTS,
      gateBiasAt: layout.NOISE_GATE_BIAS,
      newWeightsAt: layout.NOISE_NEW_WEIGHTS,
      newBiasAt: layout.NOISE_NEW_BIAS,
    }),
    ...gruLayers(model.denoiseGru, denoiseInputs, {
      gateWeightsAt: layout.DENOISE_GATE_WEIGHTS,
      gateBiasAt: layout.DENOISE_GATE_BIAS,
      newWeightsAt: layout.DENOISE_NEW_WEIGHTS,
      newBiasAt: layout.DENOISE_NEW_BIAS,
    }),
    denseLayer(model.denoiseOutput, layout.BANDS, layout.GAIN_WEIGHTS, layout.GAIN_BIAS),
    denseLayer(model.vadOutput, 1, layout.SPEECH_WEIGHTS, layout.SPEECH_BIAS),
  ];
}

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

function denseLayer(
  { inputs, outputs: columns, weights, bias }: DenseWeights,
  outputs: number,
  weightsAt: number,
  biasAt: number,
): Layer {
  const rows = range(0, inputs).map(
    (k): Row =>
      (o) =>
        weights[k * columns + o] ?? 0,
  );
  return { rows, bias: (o) => bias[o] ?? 0, firstOutput: 0, outputs, weightsAt, biasAt };
}

interface GruOffsets {
  readonly gateWeightsAt: number;
  readonly gateBiasAt: number;
  readonly newWeightsAt: number;
  readonly newBiasAt: number;
}

/** Two products: update and reset gates together, then the candidate. Inputs in `order`, then the state. */
function gruLayers(
  { units, weights, recurrent, bias: biases }: GruWeights,
  order: readonly number[],
  at: GruOffsets,
): Layer[] {
  const columns = 3 * units;
  const rows = [
    ...order.map(
      (k): Row =>
        (o) =>
          weights[k * columns + o] ?? 0,
    ),
    ...range(0, units).map(
      (s): Row =>
        (o) =>
          recurrent[s * columns + o] ?? 0,
    ),
  ];
  const bias: Row = (o) => biases[o] ?? 0;
  return [
    {
      rows,
      bias,
      firstOutput: 0,
      outputs: 2 * units,
      weightsAt: at.gateWeightsAt,
      biasAt: at.gateBiasAt,
    },
    {
      rows,
      bias,
      firstOutput: 2 * units,
      outputs: units,
      weightsAt: at.newWeightsAt,
      biasAt: at.newBiasAt,
    },
  ];
}

function packLayer(memory: SharedArrayBuffer, workspace: number, layer: Layer): void {
  const { rows, firstOutput, outputs } = layer;
  const tiles = Math.ceil(outputs / layout.TILE_OUTPUTS);
  const tileWeights = rows.length * layout.TILE_OUTPUTS;
  const weights = new Int16Array(memory, workspace + layer.weightsAt, tiles * tileWeights);
  const biases = new Int32Array(memory, workspace + layer.biasAt, tiles * layout.TILE_OUTPUTS);
  for (let o = 0; o < outputs; o++) {
    const tile = Math.floor(o / layout.TILE_OUTPUTS);
    const lane = o % layout.TILE_OUTPUTS;
    for (const [k, row] of rows.entries()) {
      const pair = k >> 1;
      weights[tile * tileWeights + (pair * layout.TILE_OUTPUTS + lane) * 2 + (k & 1)] = row(
        firstOutput + o,
      );
    }
    biases[o] = layer.bias(firstOutput + o) * layout.ACTIVATION_SCALE;
  }
}
