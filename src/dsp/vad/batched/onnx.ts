// A reader of ONNX model files: graphs, nodes, subgraphs and float tensors, nothing else. Media plane, start only.
//
// ONNX is protocol buffers (https://protobuf.dev/programming-guides/encoding/) with the messages of
// onnx.proto3 (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3, Apache-2.0). Fields that are
// not needed here are skipped by their wire type, so newer files read as well.
import { RingmasterError } from '../../../errors.js';

export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** Row-major values; empty where the tensor is not of type FLOAT. */
  readonly values: Float32Array;
}

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Subgraphs by attribute name (`then_branch`, `else_branch` of If). */
  readonly graphs: ReadonlyMap<string, OnnxGraph>;
}

export interface OnnxGraph {
  /** In topological order, as the format demands. */
  readonly nodes: readonly OnnxNode[];
  readonly tensors: ReadonlyMap<string, OnnxTensor>;
}

/** Field numbers of the messages, by message. */
const MODEL = { graph: 7 } as const;
const GRAPH = { node: 1, initializer: 5 } as const;
const NODE = { input: 1, output: 2, opType: 4, attribute: 5 } as const;
const ATTRIBUTE = { name: 1, graph: 6 } as const;
const TENSOR = { dims: 1, dataType: 2, floatData: 4, name: 8, rawData: 9 } as const;

/** TensorProto.DataType.FLOAT */
const TYPE_FLOAT = 1;

/** Wire types of protocol buffers. */
const WIRE_VARINT = 0;
const WIRE_64_BIT = 1;
const WIRE_BYTES = 2;
const WIRE_32_BIT = 5;

/** One field of a message: `value` of a varint, `bytes` of anything else (a view, not a copy). */
interface Field {
  readonly number: number;
  readonly value: number;
  readonly bytes: Uint8Array;
}

const NO_BYTES = new Uint8Array(0);
const text = new TextDecoder();

function invalid(what: string): RingmasterError {
  return new RingmasterError('DSP_MODEL_INVALID', `The ONNX file is damaged: ${what}.`);
}

/** A position in a message that advances as it is read. */
class Cursor {
  #position = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#position >= this.#bytes.length;
  }

  /** A varint as a number; of more than 53 bits (only negative int64 are) the low ones are lost. */
  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 63; scale *= 128) {
      const byte = this.#bytes[this.#position++];
      if (byte === undefined) throw invalid('a number ends beyond the end');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw invalid('a number is longer than ten bytes');
  }

  take(length: number): Uint8Array {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw invalid('a field ends beyond the end of its message');
    const taken = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return taken;
  }
}

/** The fields of a message in the order of the file. */
function* fieldsOf(message: Uint8Array): Generator<Field> {
  const cursor = new Cursor(message);
  while (!cursor.atEnd) {
    const tag = cursor.varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case WIRE_VARINT:
        yield { number, value: cursor.varint(), bytes: NO_BYTES };
        break;
      case WIRE_64_BIT:
        yield { number, value: 0, bytes: cursor.take(8) };
        break;
      case WIRE_BYTES:
        yield { number, value: 0, bytes: cursor.take(cursor.varint()) };
        break;
      case WIRE_32_BIT:
        yield { number, value: 0, bytes: cursor.take(4) };
        break;
      default:
        throw invalid('a field has a wire type that does not exist');
    }
  }
}

/** Little-endian f32 of any alignment. */
function readFloats(chunks: readonly Uint8Array[]): Float32Array {
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (bytes % 4 !== 0) throw invalid('a tensor holds a broken float');
  const values = new Float32Array(bytes / 4);
  let next = 0;
  for (const chunk of chunks) {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < chunk.length; at += 4) values[next++] = view.getFloat32(at, true);
  }
  return values;
}

function readTensor(message: Uint8Array): OnnxTensor {
  let name = '';
  let dataType = 0;
  const dims: number[] = [];
  const floats: Uint8Array[] = [];
  for (const { number, value, bytes } of fieldsOf(message)) {
    if (number === TENSOR.name) name = text.decode(bytes);
    else if (number === TENSOR.dataType) dataType = value;
    else if (number === TENSOR.dims && bytes.length === 0) dims.push(value);
    else if (number === TENSOR.dims) {
      for (const packed = new Cursor(bytes); !packed.atEnd;) dims.push(packed.varint());
    } else if (number === TENSOR.rawData || number === TENSOR.floatData) floats.push(bytes);
  }
  if (dataType !== TYPE_FLOAT) return { name, dims, values: new Float32Array(0) };
  const values = readFloats(floats);
  const expected = dims.reduce((product, dim) => product * dim, 1);
  if (values.length !== expected) {
    throw invalid(`tensor ${name} has ${values.length} values instead of ${expected}`);
  }
  return { name, dims, values };
}

function readNode(message: Uint8Array): OnnxNode {
  let op = '';
  const inputs: string[] = [];
  const outputs: string[] = [];
  const graphs = new Map<string, OnnxGraph>();
  for (const { number, bytes } of fieldsOf(message)) {
    if (number === NODE.opType) op = text.decode(bytes);
    else if (number === NODE.input) inputs.push(text.decode(bytes));
    else if (number === NODE.output) outputs.push(text.decode(bytes));
    else if (number === NODE.attribute) readSubgraph(bytes, graphs);
  }
  return { op, inputs, outputs, graphs };
}

function readSubgraph(attribute: Uint8Array, graphs: Map<string, OnnxGraph>): void {
  let name = '';
  let graph: OnnxGraph | undefined;
  for (const { number, bytes } of fieldsOf(attribute)) {
    if (number === ATTRIBUTE.name) name = text.decode(bytes);
    else if (number === ATTRIBUTE.graph) graph = readGraph(bytes);
  }
  if (graph) graphs.set(name, graph);
}

function readGraph(message: Uint8Array): OnnxGraph {
  const nodes: OnnxNode[] = [];
  const tensors = new Map<string, OnnxTensor>();
  for (const { number, bytes } of fieldsOf(message)) {
    if (number === GRAPH.node) nodes.push(readNode(bytes));
    else if (number === GRAPH.initializer) {
      const tensor = readTensor(bytes);
      tensors.set(tensor.name, tensor);
    }
  }
  return { nodes, tensors };
}

/**
 * The main graph of a model file.
 * @param bytes the whole file; float values are copied out of it
 * @throws {RingmasterError} DSP_MODEL_INVALID
 */
export function readOnnx(bytes: Uint8Array): OnnxGraph {
  for (const field of fieldsOf(bytes)) {
    if (field.number === MODEL.graph) return readGraph(field.bytes);
  }
  throw invalid('it holds no graph');
}
