// A dense layer of eight calls in f32: 1 x 1 convolutions of the network. Media plane.

import { add, mulAdd, relu } from './lanes';

/**
 * y = relu(W x + b), or relu(W x + b + residual), for eight columns (calls) of f32.
 *
 * Four outputs by eight calls at a time: eight sums stay in registers, an input row is loaded once
 * for four outputs, and a weight once for eight calls.
 *
 * @param weights f32 [outputs / 4][inputs][4], then biases f32[outputs]
 * @param inputs rows of x
 * @param outputs rows of y; a multiple of 4
 * @param xStride bytes from row to row of x (and of the residual)
 * @param residual rows added before the ReLU; 0 for none
 */
export function dense(
  weights: usize,
  inputs: usize,
  outputs: usize,
  x: usize,
  xStride: usize,
  y: usize,
  yStride: usize,
  residual: usize,
): void {
  let bias = weights + inputs * outputs * 4;
  const biasEnd = bias + outputs * 4;
  let w = weights;
  do {
    let a0 = v128.load32_splat(bias);
    let b0 = v128.load32_splat(bias, 4);
    let c0 = v128.load32_splat(bias, 8);
    let d0 = v128.load32_splat(bias, 12);
    let a1 = a0;
    let b1 = b0;
    let c1 = c0;
    let d1 = d0;
    let row = x;
    const end = w + inputs * 16;
    do {
      const x0 = v128.load(row);
      const x1 = v128.load(row, 16);
      row += xStride;
      let k = v128.load32_splat(w);
      a0 = mulAdd(x0, k, a0);
      a1 = mulAdd(x1, k, a1);
      k = v128.load32_splat(w, 4);
      b0 = mulAdd(x0, k, b0);
      b1 = mulAdd(x1, k, b1);
      k = v128.load32_splat(w, 8);
      c0 = mulAdd(x0, k, c0);
      c1 = mulAdd(x1, k, c1);
      k = v128.load32_splat(w, 12);
      d0 = mulAdd(x0, k, d0);
      d1 = mulAdd(x1, k, d1);
      w += 16;
    } while (w < end);
    if (residual) {
      a0 = add(a0, v128.load(residual));
      a1 = add(a1, v128.load(residual, 16));
      residual += xStride;
      b0 = add(b0, v128.load(residual));
      b1 = add(b1, v128.load(residual, 16));
      residual += xStride;
      c0 = add(c0, v128.load(residual));
      c1 = add(c1, v128.load(residual, 16));
      residual += xStride;
      d0 = add(d0, v128.load(residual));
      d1 = add(d1, v128.load(residual, 16));
      residual += xStride;
    }
    v128.store(y, relu(a0));
    v128.store(y, relu(a1), 16);
    y += yStride;
    v128.store(y, relu(b0));
    v128.store(y, relu(b1), 16);
    y += yStride;
    v128.store(y, relu(c0));
    v128.store(y, relu(c1), 16);
    y += yStride;
    v128.store(y, relu(d0));
    v128.store(y, relu(d1), 16);
    y += yStride;
    bias += 16;
  } while (bias < biasEnd);
}
