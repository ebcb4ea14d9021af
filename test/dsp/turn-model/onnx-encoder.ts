// Writes small ONNX models for tests: the few messages of onnx.proto3 that a graph of float tensors needs.

export interface Operator {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Attributes that are lists of integers. */
  readonly lists?: Readonly<Record<string, readonly number[]>>;
}

export interface Value {
  readonly name: string;
  /** A string is a dimension that is open. */
  readonly dims: readonly (number | string)[];
  /** TensorProto.DataType; 1 is FLOAT, 7 INT64. */
  readonly type?: number;
}

export interface Weights {
  readonly name: string;
  readonly dims: readonly number[];
  readonly values: Float32Array;
}

export interface Model {
  readonly operators: readonly Operator[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly weights?: readonly Weights[];
}

const IR_VERSION = 7;
const OPSET = 12;
const ATTRIBUTE_INTS = 7;

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

const integer = (field: number, value: number): Buffer =>
  Buffer.concat([varint(field * 8), varint(value)]);

function message(field: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body]);
}

const string = (field: number, text: string): Buffer => message(field, Buffer.from(text));

function operator({ op, inputs, outputs, lists = {} }: Operator): Buffer {
  return message(
    1,
    ...inputs.map((name) => string(1, name)),
    ...outputs.map((name) => string(2, name)),
    string(4, op),
    ...Object.entries(lists).map(([name, values]) =>
      message(5, string(1, name), ...values.map((v) => integer(8, v)), integer(20, ATTRIBUTE_INTS)),
    ),
  );
}

function value(field: number, { name, dims, type = 1 }: Value): Buffer {
  const shape = dims.map((dim) =>
    message(1, typeof dim === 'number' ? integer(1, dim) : string(2, dim)),
  );
  return message(
    field,
    string(1, name),
    message(2, message(1, integer(1, type), message(2, ...shape))),
  );
}

function weights({ name, dims, values }: Weights): Buffer {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return message(
    5,
    ...dims.map((dim) => integer(1, dim)),
    integer(2, 1),
    string(8, name),
    message(9, raw),
  );
}

export function encodeModel(model: Model): Buffer {
  const graph = message(
    7,
    ...model.operators.map(operator),
    string(2, 'graph'),
    ...(model.weights ?? []).map(weights),
    ...model.inputs.map((input) => value(11, input)),
    ...model.outputs.map((output) => value(12, output)),
  );
  return Buffer.concat([
    integer(1, IR_VERSION),
    graph,
    message(8, string(1, ''), integer(2, OPSET)),
  ]);
}
