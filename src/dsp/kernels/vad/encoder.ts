// The convolutional encoder: from the features of eight windows to 64 channels each. Media plane.
//
//   FEATURES 516 x 2 --first--> 16 x 2 --pointwise 1--> 16 x 2        (positions 0 and 1)
//     --block 1--> 32 --pointwise 2--> 32                             (position 0: stride 2)
//     --block 2--> 32 --pointwise 3--> 32 --block 3--> 64 --pointwise 4--> 64
//
// A block is relu(pointwise(relu(depthwise(x))) + residual(x)); the residual is a projection, and
// then one more set of inputs of the same dense layer, or (block 2) x itself. From block 2 on one
// position is left, so that of the five taps of a depthwise convolution only the middle one counts.
// All in f32: it is small, and no scale has to be found for it.

import { dense } from './dense';
import { mulAdd, relu } from './lanes';
import {
  RESIDUAL_1,
  RESIDUAL_2,
  RESIDUAL_3,
  DEPTHWISE_1,
  DEPTHWISE_2,
  DEPTHWISE_3,
  FEATURES,
  FIRST,
  OCTET_BYTES,
  POINTWISE_1,
  POINTWISE_2,
  POINTWISE_3,
  POINTWISE_4,
  ROWS_A,
  ROWS_B,
  TWO_POSITIONS_BYTES,
} from './layout';
import { base } from './region';

const ROW = OCTET_BYTES;
const WIDE_ROW = TWO_POSITIONS_BYTES;

/** Both positions of a dense layer. */
@inline
function denseTwice(weights: usize, inputs: usize, outputs: usize, x: usize, y: usize): void {
  dense(weights, inputs, outputs, x, WIDE_ROW, y, WIDE_ROW, 0);
  dense(weights, inputs, outputs, x + ROW, WIDE_ROW, y + ROW, WIDE_ROW, 0);
}

/** 16 rows of both positions -> 16 depthwise rows, then the 16 rows of position 0 themselves. */
function depthwiseTwoPositions(x: usize, y: usize): void {
  let w = base + DEPTHWISE_1;
  const end = y + 16 * ROW;
  do {
    const here = v128.load32_splat(w);
    const next = v128.load32_splat(w, 4);
    const bias = v128.load32_splat(w, 8);
    w += 12;
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    v128.store(y, relu(mulAdd(next, v128.load(x, 32), mulAdd(here, x0, bias))));
    v128.store(y, relu(mulAdd(next, v128.load(x, 48), mulAdd(here, x1, bias))), 16);
    v128.store(y, x0, 16 * ROW);
    v128.store(y, x1, 16 * ROW + 16);
    x += WIDE_ROW;
    y += ROW;
  } while (y < end);
}

/** y = relu(w x + b), channel by channel, 32 rows. */
function depthwiseMiddle(w: usize, x: usize, y: usize): void {
  const end = y + 32 * ROW;
  do {
    const middle = v128.load32_splat(w);
    const bias = v128.load32_splat(w, 4);
    w += 8;
    v128.store(y, relu(mulAdd(middle, v128.load(x), bias)));
    v128.store(y, relu(mulAdd(middle, v128.load(x, 16), bias)), 16);
    x += ROW;
    y += ROW;
  } while (y < end);
}

/** FEATURES -> 64 rows of eight in ROWS_A. */
export function encode(): void {
  const a = base + ROWS_A;
  const b = base + ROWS_B;
  denseTwice(base + FIRST, 516, 16, base + FEATURES, a);
  denseTwice(base + POINTWISE_1, 16, 16, a, b);
  depthwiseTwoPositions(b, a);
  dense(base + RESIDUAL_1, 32, 32, a, ROW, b, ROW, 0);
  dense(base + POINTWISE_2, 32, 32, b, ROW, a, ROW, 0);
  depthwiseMiddle(base + DEPTHWISE_2, a, a + 32 * ROW);
  dense(base + RESIDUAL_2, 32, 32, a + 32 * ROW, ROW, b, ROW, a);
  dense(base + POINTWISE_3, 32, 32, b, ROW, a + 32 * ROW, ROW, 0);
  depthwiseMiddle(base + DEPTHWISE_3, a + 32 * ROW, a);
  dense(base + RESIDUAL_3, 64, 64, a, ROW, b, ROW, 0);
  dense(base + POINTWISE_4, 64, 64, b, ROW, a, ROW, 0);
}
