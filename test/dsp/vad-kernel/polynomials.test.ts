// The polynomials of the kernel are as near to log2 and exp2 as its sources say. Media plane.
import { readFileSync } from 'node:fs';
import t from 'tap';

/** The constants `<prefix>_1`, `<prefix>_2`, ... of one of the kernel's sources. */
function coefficients(file: string, prefix: string): number[] {
  const source = readFileSync(`src/dsp/kernels/vad/${file}`, 'utf8');
  const found = source.matchAll(new RegExp(`const ${prefix}_\\d: f32 = (-?[\\d.]+);`, 'g'));
  return [...found].map((match) => Math.fround(Number(match[1])));
}

/** x (c1 + x (c2 + ...)) */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((value, coefficient) => x * (coefficient + value), 0);
}

/** The largest magnitude of `error` on a fine grid. */
function largest(from: number, to: number, error: (x: number) => number): number {
  const steps = 20000;
  let worst = 0;
  for (let i = 0; i <= steps; i++) {
    worst = Math.max(worst, Math.abs(error(from + ((to - from) * i) / steps)));
  }
  return worst;
}

t.test('log2(1 + t) is within 1.6e-5 on [0, 1] and exact at its ends', (t) => {
  const c = coefficients('spectrum.ts', 'LOG2');
  t.equal(c.length, 5);
  t.ok(largest(0, 1, (x) => polynomial(c, x) - Math.log2(1 + x)) < 1.6e-5);
  t.ok(Math.abs(polynomial(c, 1) - 1) < 1e-6);
  t.end();
});

t.test('2^f is within 2.9e-6 of itself on [-1/2, 1/2] and 1 at 0', (t) => {
  const c = coefficients('activations.ts', 'EXP2');
  t.equal(c.length, 4);
  t.ok(largest(-0.5, 0.5, (x) => (1 + polynomial(c, x)) / 2 ** x - 1) < 2.9e-6);
  t.end();
});
