// The model's weights in the order and the scales in which the VAD kernel reads them. Media plane, start only.
import { RingmasterError } from '../../../errors.js';
import * as layout from '../../kernels/vad/layout.js';
import type { Convolution, LstmWeights, SileroWeights } from './silero-model.js';
import { binPlaces, hannWindow, twiddleFactors } from './tables.js';

const BINS = 129;
const TAPS = 5;
const NEURONS = 64;
const GATES = 4;
/** Outputs that the kernel computes side by side. */
const TILE = 4;

/** Scales of the LSTMs' fixed point, as in src/dsp/kernels/vad/lstm.ts. */
export const LSTM_WEIGHT_SCALE = 2 ** 13;
export const LSTM_INPUT_SCALE = 2 ** 13;
const LSTM_SUM_SCALE = LSTM_WEIGHT_SCALE * LSTM_INPUT_SCALE;

/** One input of a dense layer: its weight for each output. */
type Column = (output: number) => number;

function at(values: Float32Array, index: number): number {
  return values[index] ?? 0;
}

/** Columns of a matrix [outputs][inputs]. */
function columns(weights: Float32Array, inputs: number): Column[] {
  return Array.from({ length: inputs }, (_, i) => (output) => at(weights, output * inputs + i));
}

/** f32 [outputs / 4][inputs][4], then the biases (the sum of all given). */
function packDense(inputs: readonly Column[], biases: readonly Float32Array[]): Float32Array {
  const outputs = biases[0]?.length ?? 0;
  const packed: number[] = [];
  for (let tile = 0; tile < outputs; tile += TILE) {
    for (const column of inputs) {
      for (let j = 0; j < TILE; j++) packed.push(column(tile + j));
    }
  }
  for (let output = 0; output < outputs; output++) {
    packed.push(biases.reduce((sum, bias) => sum + at(bias, output), 0));
  }
  return Float32Array.from(packed);
}

function packPointwise(layer: Convolution): Float32Array {
  const outputs = layer.bias.length;
  return packDense(columns(layer.weights, layer.weights.length / outputs), [layer.bias]);
}

/** Pointwise convolution of the depthwise channels and projection of the block's input, in one layer. */
function packBlock(pointwise: Convolution, projection: Convolution): Float32Array {
  const inputs = pointwise.weights.length / pointwise.bias.length;
  return packDense(
    [...columns(pointwise.weights, inputs), ...columns(projection.weights, inputs)],
    [pointwise.bias, projection.bias],
  );
}

/** f32 [129][magnitude, logarithm][5 taps, bias]. The kernel's logarithms are to base 2. */
function packDepthwiseFirst({ weights, bias }: Convolution): Float32Array {
  const packed: number[] = [];
  for (let bin = 0; bin < BINS; bin++) {
    for (let tap = 0; tap < TAPS; tap++) packed.push(at(weights, bin * TAPS + tap));
    packed.push(at(bias, bin));
    const logarithm = BINS + bin;
    for (let tap = 0; tap < TAPS; tap++) {
      packed.push(at(weights, logarithm * TAPS + tap) * Math.LN2);
    }
    packed.push(at(bias, logarithm));
  }
  return Float32Array.from(packed);
}

/** Inputs bin by bin: both depthwise channels, then magnitude and (base 2) logarithm themselves. */
function packFirst(pointwise: Convolution, projection: Convolution): Float32Array {
  const channels = 2 * BINS;
  const deep = columns(pointwise.weights, channels);
  const direct = columns(projection.weights, channels);
  const scaled = (column: Column | undefined, scale: number): Column => {
    return (output) => (column?.(output) ?? 0) * scale;
  };
  const inputs = Array.from({ length: BINS }, (_, bin) => [
    scaled(deep[bin], 1),
    scaled(deep[BINS + bin], 1),
    scaled(direct[bin], 1),
    scaled(direct[BINS + bin], Math.LN2),
  ]);
  return packDense(inputs.flat(), [pointwise.bias, projection.bias]);
}

/** Some taps and the bias of every channel of a depthwise convolution. */
function packDepthwise({ weights, bias }: Convolution, taps: readonly number[]): Float32Array {
  const packed: number[] = [];
  for (let channel = 0; channel < bias.length; channel++) {
    for (const tap of taps) packed.push(at(weights, channel * TAPS + tap));
    packed.push(at(bias, channel));
  }
  return Float32Array.from(packed);
}

/**
 * The mean of the logarithms of a window as weights of the sums of its frames 0 (and 3) and 1 (and 2):
 * the model reflects four frame means by three at each end, smooths with 7 taps and averages.
 */
function packNormalisation(taps: Float32Array): Float32Array {
  const frames = 4;
  const reflected = [3, 2, 1, 0, 1, 2, 3, 2, 1, 0];
  const weights = new Float64Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    for (const [tap, weight] of taps.entries()) {
      const source = reflected[frame + tap] ?? 0;
      weights[source] = (weights[source] ?? 0) + weight / frames / BINS;
    }
  }
  return Float32Array.of(weights[0] ?? 0, weights[1] ?? 0);
}

export interface PackedLstm {
  /** i16 [input, own output][64 neurons][32 pairs of channels][4 gates][2] */
  readonly weights: Int16Array;
  /** i32 [64 neurons][4 gates] */
  readonly bias: Int32Array;
}

/** The row of a gate of a neuron in the model's matrices. */
function rowOf(neuron: number, gate: number): number {
  return gate * NEURONS + neuron;
}

/**
 * One matrix [256][64] of an LSTM layer in fixed point, into `packed`.
 * @param bounds of each row, the most that its sum can come to; added to
 */
function packMatrix(matrix: Float32Array, packed: Int16Array, bounds: Float64Array): void {
  for (let neuron = 0; neuron < NEURONS; neuron++) {
    for (let gate = 0; gate < GATES; gate++) {
      const row = rowOf(neuron, gate);
      for (let channel = 0; channel < NEURONS; channel++) {
        const weight = Math.round(at(matrix, row * NEURONS + channel) * LSTM_WEIGHT_SCALE);
        const pair = (neuron * NEURONS) / 2 + (channel >> 1);
        const place = (pair * GATES + gate) * 2 + (channel & 1);
        packed[place] = weight;
        const fits = packed[place] === weight;
        bounds[row] = (bounds[row] ?? 0) + (fits ? Math.abs(weight) * LSTM_INPUT_SCALE : Infinity);
      }
    }
  }
}

/**
 * One LSTM layer in fixed point.
 *
 * The kernel holds inputs to [-2^13, 2^13], so a sum cannot exceed 2^13 times the magnitudes of its
 * row's weights, plus the bias. Where that could leave int32 the model is refused: the sum would wrap.
 *
 * @throws {RingmasterError} DSP_MODEL_INVALID
 */
export function packLstm(layer: LstmWeights): PackedLstm {
  const half = NEURONS * NEURONS * GATES;
  const weights = new Int16Array(2 * half);
  const bias = new Int32Array(NEURONS * GATES);
  const inputBounds = new Float64Array(NEURONS * GATES);
  const recurrentBounds = new Float64Array(NEURONS * GATES);
  for (let neuron = 0; neuron < NEURONS; neuron++) {
    for (let gate = 0; gate < GATES; gate++) {
      const row = rowOf(neuron, gate);
      const sum = at(layer.bias, row) + at(layer.bias, GATES * NEURONS + row);
      const rounded = Math.round(sum * LSTM_SUM_SCALE);
      bias[neuron * GATES + gate] = rounded;
      recurrentBounds[row] = Math.abs(rounded);
    }
  }
  packMatrix(layer.input, weights.subarray(0, half), inputBounds);
  packMatrix(layer.recurrent, weights.subarray(half), recurrentBounds);
  if (!(Math.max(...inputBounds, ...recurrentBounds) < 2 ** 31)) {
    throw new RingmasterError(
      'DSP_MODEL_INVALID',
      'The weights of an LSTM layer are too large for the kernel: its sums could wrap.',
    );
  }
  return { weights, bias };
}

/** One array of the region and where it belongs. */
export interface RegionPart {
  readonly offset: number;
  readonly values: Float32Array | Int16Array | Int32Array | Uint32Array;
}

/**
 * All tables and weights of the kernel's region. What they leave free is padding and scratch.
 * @throws {RingmasterError} DSP_MODEL_INVALID
 */
export function regionParts(model: SileroWeights): RegionPart[] {
  const lstm1 = packLstm(model.lstm1);
  const lstm2 = packLstm(model.lstm2);
  const { weights: decoder, bias: decoderBias } = model.decoder;
  return [
    { offset: layout.HANN, values: hannWindow() },
    { offset: layout.TWIDDLES, values: twiddleFactors() },
    { offset: layout.BIN_PLACES, values: binPlaces() },
    { offset: layout.DEPTHWISE_FIRST, values: packDepthwiseFirst(model.depthwiseFirst) },
    { offset: layout.NORMALISATION, values: packNormalisation(model.normalisation) },
    { offset: layout.FIRST, values: packFirst(model.pointwiseFirst, model.projectionFirst) },
    { offset: layout.POINTWISE_1, values: packPointwise(model.pointwise1) },
    { offset: layout.DEPTHWISE_1, values: packDepthwise(model.depthwise1, [2, 3]) },
    { offset: layout.RESIDUAL_1, values: packBlock(model.blockPointwise1, model.blockProjection1) },
    { offset: layout.POINTWISE_2, values: packPointwise(model.pointwise2) },
    { offset: layout.DEPTHWISE_2, values: packDepthwise(model.depthwise2, [2]) },
    { offset: layout.RESIDUAL_2, values: packPointwise(model.blockPointwise2) },
    { offset: layout.POINTWISE_3, values: packPointwise(model.pointwise3) },
    { offset: layout.DEPTHWISE_3, values: packDepthwise(model.depthwise3, [2]) },
    { offset: layout.RESIDUAL_3, values: packBlock(model.blockPointwise3, model.blockProjection3) },
    { offset: layout.POINTWISE_4, values: packPointwise(model.pointwise4) },
    { offset: layout.LSTM_1, values: lstm1.weights },
    { offset: layout.LSTM_1 + layout.LSTM_BIAS, values: lstm1.bias },
    { offset: layout.LSTM_2, values: lstm2.weights },
    { offset: layout.LSTM_2 + layout.LSTM_BIAS, values: lstm2.bias },
    { offset: layout.DECODER, values: decoder },
    { offset: layout.DECODER + decoder.byteLength, values: decoderBias },
  ];
}

/**
 * Fill the tables and the weights of a kernel's region; its scratch needs no preparation.
 * @param region the region's bytes, `REGION_BYTES` of the kernel's layout
 * @throws {RingmasterError} DSP_MODEL_INVALID
 */
export function writeRegion(region: Uint8Array, model: SileroWeights): void {
  for (const { offset, values } of regionParts(model)) {
    region.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
  }
}
