// Reads the RNNoise 0.1 weights out of the installed WebAssembly build. Media plane, at start only.
//
// @shiguredo/rnnoise-wasm carries the model as constants in its data segment, which instantiating the module
// copies into its memory. There lies the C structure of the model:
//
//   struct RNNModel { int size; const Layer *layer; } x 6, of sizes 24 24 48 96 22 1
//   struct DenseLayer { const int8 *bias, *weights; int inputs, outputs, activation; }
//   struct GRULayer   { const int8 *bias, *weights, *recurrent; int inputs, units, activation; }
//
// The six sizes with a plausible pointer behind each occur nowhere else. The weights are under the licence
// of Xiph.Org, see src/dsp/kernels/NOTICE.md.

import { readFileSync } from 'node:fs';
import { RingmasterError } from '../../../errors.js';
import { wasm } from '../../wasm.js';

const PACKAGE = '@shiguredo/rnnoise-wasm';
const FILE = 'rnnoise.wasm';

/** A fully connected layer; output o of input k is `weights[k * outputs + o]`, in units of 1/256. */
export interface DenseWeights {
  readonly inputs: number;
  readonly outputs: number;
  readonly bias: Int8Array;
  readonly weights: Int8Array;
}

/**
 * A gated recurrent unit; columns are update gate, reset gate, candidate, each `units` wide. Column c of
 * input k is `weights[k * 3 * units + c]`, of state s `recurrent[s * 3 * units + c]`, in units of 1/256.
 */
export interface GruWeights {
  readonly inputs: number;
  readonly units: number;
  readonly bias: Int8Array;
  readonly weights: Int8Array;
  readonly recurrent: Int8Array;
}

/** The network of RNNoise 0.1: 87,503 weights of 8 bits. */
export interface RnnoiseModel {
  readonly inputDense: DenseWeights;
  readonly vadGru: GruWeights;
  readonly noiseGru: GruWeights;
  readonly denoiseGru: GruWeights;
  readonly denoiseOutput: DenseWeights;
  readonly vadOutput: DenseWeights;
}

/** Sizes of the six layers in the order of the structure. */
const LAYER_SIZES = [24, 24, 48, 96, 22, 1] as const;

/**
 * The model of the installed package.
 * @throws {RingmasterError} DSP_MODEL_MISSING where the package, its file or the model in it is not there
 */
export function loadRnnoiseModel(): RnnoiseModel {
  let memory: ArrayBuffer;
  try {
    const file = new URL(FILE, import.meta.resolve(PACKAGE));
    memory = instantiatedMemory(readFileSync(file));
  } catch (error) {
    throw new RingmasterError('DSP_MODEL_MISSING', `${PACKAGE} has no ${FILE} that can be loaded`, {
      cause: error,
    });
  }
  return findRnnoiseModel(memory);
}

/** Memory of a module after its data segments were copied in; none of its functions is called. */
function instantiatedMemory(bytes: Uint8Array<ArrayBuffer>): ArrayBuffer {
  const module = new wasm.Module(bytes);
  const imports: Record<string, Record<string, () => number>> = {};
  for (const { module: room, name, kind } of wasm.Module.imports(module)) {
    if (kind === 'function') (imports[room] ??= {})[name] = () => 0;
  }
  const { exports } = new wasm.Instance(module, imports);
  const memory = Object.values(exports).find((value) => value instanceof wasm.Memory);
  if (!(memory?.buffer instanceof ArrayBuffer)) throw new TypeError('the module exports no memory');
  return memory.buffer;
}

/**
 * Find the model in the memory of an instantiated RNNoise build and copy its weights out.
 * @throws {RingmasterError} DSP_MODEL_MISSING
 */
export function findRnnoiseModel(memory: ArrayBuffer): RnnoiseModel {
  const words = new Uint32Array(memory);
  for (let at = 0; at + 2 * LAYER_SIZES.length <= words.length; at++) {
    if (words[at] !== LAYER_SIZES[0]) continue;
    const model = readModel(memory, words, at);
    if (model !== undefined) return model;
  }
  throw new RingmasterError('DSP_MODEL_MISSING', `${PACKAGE} holds no RNNoise 0.1 model`);
}

/** The model whose structure begins at word `at`, or undefined where there is none. */
function readModel(memory: ArrayBuffer, words: Uint32Array, at: number): RnnoiseModel | undefined {
  const layers: number[] = [];
  for (const [index, size] of LAYER_SIZES.entries()) {
    const pointer = words[at + 2 * index + 1] ?? 0;
    if (words[at + 2 * index] !== size || pointer === 0 || pointer % 4 !== 0) return undefined;
    layers.push(pointer / 4);
  }
  const [dense1, vad, noise, denoise, dense2, dense3] = layers as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const inputDense = readDense(memory, words, dense1, 42, 24);
  const vadGru = readGru(memory, words, vad, 24, 24);
  const noiseGru = readGru(memory, words, noise, 90, 48);
  const denoiseGru = readGru(memory, words, denoise, 114, 96);
  const denoiseOutput = readDense(memory, words, dense2, 96, 22);
  const vadOutput = readDense(memory, words, dense3, 24, 1);
  if (!inputDense || !vadGru || !noiseGru || !denoiseGru || !denoiseOutput || !vadOutput) {
    return undefined;
  }
  return { inputDense, vadGru, noiseGru, denoiseGru, denoiseOutput, vadOutput };
}

function readDense(
  memory: ArrayBuffer,
  words: Uint32Array,
  at: number,
  inputs: number,
  outputs: number,
): DenseWeights | undefined {
  if (words[at + 2] !== inputs || words[at + 3] !== outputs) return undefined;
  const bias = readInt8(memory, words[at], outputs);
  const weights = readInt8(memory, words[at + 1], inputs * outputs);
  return bias && weights && { inputs, outputs, bias, weights };
}

function readGru(
  memory: ArrayBuffer,
  words: Uint32Array,
  at: number,
  inputs: number,
  units: number,
): GruWeights | undefined {
  if (words[at + 3] !== inputs || words[at + 4] !== units) return undefined;
  const bias = readInt8(memory, words[at], 3 * units);
  const weights = readInt8(memory, words[at + 1], 3 * units * inputs);
  const recurrent = readInt8(memory, words[at + 2], 3 * units * units);
  return bias && weights && recurrent && { inputs, units, bias, weights, recurrent };
}

/** A copy, so that the memory of the other module can go. */
function readInt8(
  memory: ArrayBuffer,
  at: number | undefined,
  count: number,
): Int8Array | undefined {
  if (at === undefined || at === 0 || at + count > memory.byteLength) return undefined;
  return new Int8Array(memory, at, count).slice();
}
