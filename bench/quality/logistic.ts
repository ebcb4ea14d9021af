// Logistic regression, for the weights of the speech fusion. Media plane.

/** Solve a small symmetric system by elimination with pivots. */
function solve(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  const rows = matrix.map((row, i) => Float64Array.from([...row, right[i] ?? 0]));
  for (let column = 0; column < n; column++) {
    const below = rows
      .slice(column)
      .toSorted((a, b) => Math.abs(b[column] ?? 0) - Math.abs(a[column] ?? 0));
    rows.splice(column, n - column, ...below);
    const pivot = rows[column] ?? new Float64Array(n + 1);
    for (const [i, row] of rows.entries()) {
      if (i === column) continue;
      const factor = (row[column] ?? 0) / (pivot[column] ?? NaN);
      for (const j of row.keys()) row[j] = (row[j] ?? 0) - factor * (pivot[j] ?? 0);
    }
  }
  return Float64Array.from(rows, (row, i) => (row[n] ?? 0) / (row[i] ?? NaN));
}

/** Add one frame to the gradient and the second derivatives of the loss. */
function accumulate(
  x: Float64Array,
  speech: number,
  weights: Float64Array,
  gradient: Float64Array,
  hessian: readonly Float64Array[],
): void {
  const sum = x.reduce((total, value, i) => total + value * (weights[i] ?? 0), 0);
  const p = 1 / (1 + Math.exp(-sum));
  for (const [i, row] of hessian.entries()) {
    const value = x[i] ?? 0;
    gradient[i] = (gradient[i] ?? 0) + (p - speech) * value;
    for (const [j, other] of x.entries()) row[j] = (row[j] ?? 0) + p * (1 - p) * value * other;
  }
}

/**
 * Logistic regression by Newton's method.
 * @param inputs [frames][inputs], the last of them 1 for the offset
 * @param speech [frames], 1 or 0
 * @returns the weights of the inputs
 */
export function fitLogistic(inputs: readonly Float64Array[], speech: Uint8Array): Float64Array {
  const size = inputs[0]?.length ?? 0;
  let weights = new Float64Array(size);
  for (let round = 0; round < 12; round++) {
    const gradient = new Float64Array(size);
    const hessian = Array.from({ length: size }, () => new Float64Array(size));
    for (const [frame, x] of inputs.entries()) {
      accumulate(x, speech[frame] ?? 0, weights, gradient, hessian);
    }
    const step = solve(hessian, gradient);
    weights = weights.map((weight, i) => weight - (step[i] ?? 0));
  }
  return weights;
}
