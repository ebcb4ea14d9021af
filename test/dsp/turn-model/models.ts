// Turn models small enough to know their answers. Test.

import { encodeModel, type Model, type Operator, type Value } from './onnx-encoder.js';

const INPUT: Value = { name: 'audio', dims: [1, 'samples'] };
const SCORE: Value = { name: 'score', dims: [1, 1] };
const MEAN: readonly Operator[] = [
  { op: 'Abs', inputs: ['audio'], outputs: ['magnitude'] },
  { op: 'ReduceMean', inputs: ['magnitude'], outputs: ['mean'], lists: { axes: [1] } },
];

/** Mean magnitude times `gain`, as a logit or through the sigmoid. */
export const loudness = (gain: number, sigmoid: boolean, input = INPUT): Buffer =>
  encodeModel({
    operators: [
      ...MEAN,
      { op: 'MatMul', inputs: ['mean', 'gain'], outputs: [sigmoid ? 'logit' : 'score'] },
      ...(sigmoid ? [{ op: 'Sigmoid', inputs: ['logit'], outputs: ['score'] }] : []),
    ],
    inputs: [input],
    outputs: [SCORE],
    weights: [{ name: 'gain', dims: [1, 1], values: Float32Array.of(gain) }],
  });

/** The sum of the samples, each times its weight: a probe of where the audio lies in the window. */
export const weighted = (weights: Float32Array): Buffer =>
  encodeModel({
    operators: [{ op: 'MatMul', inputs: ['audio', 'weights'], outputs: ['score'] }],
    inputs: [{ name: 'audio', dims: [1, weights.length] }],
    outputs: [SCORE],
    weights: [{ name: 'weights', dims: [weights.length, 1], values: weights }],
  });

/** Mean magnitude after `steps` products of matrices that change nothing: some ms each. */
export function slow(steps: number): Buffer {
  const size = 512;
  const chain = Array.from({ length: steps }, (_, i): Operator => ({
    op: 'MatMul',
    inputs: [`m${i}`, 'average'],
    outputs: [`m${i + 1}`],
  }));
  return encodeModel({
    operators: [
      ...MEAN,
      { op: 'Add', inputs: ['zeros', 'mean'], outputs: ['m0'] },
      ...chain,
      { op: 'ReduceMean', inputs: [`m${steps}`], outputs: ['score'], lists: { axes: [0, 1] } },
    ],
    inputs: [INPUT],
    outputs: [SCORE],
    weights: [
      { name: 'zeros', dims: [size, size], values: new Float32Array(size * size) },
      { name: 'average', dims: [size, size], values: new Float32Array(size * size).fill(1 / size) },
    ],
  });
}

const model = (change: Partial<Model>): Buffer =>
  encodeModel({
    operators: [{ op: 'Abs', inputs: ['audio'], outputs: ['score'] }],
    inputs: [INPUT],
    outputs: [{ name: 'score', dims: [1, 'samples'] }],
    ...change,
  });

/** Valid ONNX that is no turn model, and what is said of it. */
export const WRONG_MODELS: readonly (readonly [string, Buffer, RegExp])[] = [
  ['as many outputs as samples', model({}), /not one float32/],
  [
    'an input of rank 3',
    model({
      inputs: [{ name: 'audio', dims: [1, 80, 'samples'] }],
      outputs: [{ name: 'score', dims: [1, 80, 'samples'] }],
    }),
    /not of shape/,
  ],
  [
    'an input for two calls',
    model({ inputs: [{ name: 'audio', dims: [2, 'samples'] }] }),
    /batch size/,
  ],
  [
    'an input of integers',
    model({
      inputs: [{ name: 'audio', dims: [1, 'samples'], type: 7 }],
      outputs: [{ name: 'score', dims: [1, 'samples'], type: 7 }],
    }),
    /int64/,
  ],
  [
    'two inputs',
    model({
      operators: [{ op: 'Add', inputs: ['audio', 'text'], outputs: ['score'] }],
      inputs: [INPUT, { name: 'text', dims: [1, 1] }],
    }),
    /one input/,
  ],
  [
    'two outputs',
    model({
      operators: [...MEAN, { op: 'Neg', inputs: ['mean'], outputs: ['other'] }],
      outputs: [
        { name: 'mean', dims: [1, 1] },
        { name: 'other', dims: [1, 1] },
      ],
    }),
    /one output/,
  ],
];
