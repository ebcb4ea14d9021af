// Complex Fourier transform of any smooth length, by the book: the reference for the kernel's FFT.

/** Real and imaginary parts; only as many bins as its owner says. */
export interface Spectrum {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

const SMALL_FACTORS = [4, 2, 3, 5] as const;

/** Cooley and Tukey, decimation in time, mixed radix. */
export class FourierTransform {
  readonly #length: number;
  readonly #factors: readonly number[];
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;

  /** @param length a product of 2, 3 and 5 */
  constructor(length: number) {
    this.#length = length;
    const factors: number[] = [];
    let rest = length;
    for (const factor of SMALL_FACTORS) {
      for (; rest % factor === 0; rest /= factor) factors.push(factor);
    }
    if (rest !== 1) throw new RangeError('the length has a factor above 5');
    this.#factors = factors;
    const angle = (n: number) => (-2 * Math.PI * n) / length;
    this.#cos = Float64Array.from({ length }, (_, n) => Math.cos(angle(n)));
    this.#sin = Float64Array.from({ length }, (_, n) => Math.sin(angle(n)));
  }

  /** Unscaled: X[k] = sum of x[n] exp(-2 pi j n k / length). */
  forward({ re, im }: Spectrum): Spectrum {
    const out = { re: new Float64Array(this.#length), im: new Float64Array(this.#length) };
    this.#transform({ re, im }, 0, 1, out, 0, 0);
    return out;
  }

  /** Transform every `stride`-th input from `from` on into consecutive outputs from `to` on. */
  #transform(
    input: Spectrum,
    from: number,
    stride: number,
    out: Spectrum,
    to: number,
    depth: number,
  ): void {
    const radix = this.#factors[depth];
    if (radix === undefined) {
      out.re[to] = input.re[from] ?? 0;
      out.im[to] = input.im[from] ?? 0;
      return;
    }
    const part = this.#length / stride / radix;
    for (let q = 0; q < radix; q++) {
      this.#transform(input, from + q * stride, stride * radix, out, to + q * part, depth + 1);
    }
    for (let i = 0; i < part; i++) this.#combine(out, to + i, part, radix, i, stride);
  }

  /** One butterfly: `radix` values `part` apart, value q turned by q * (i + u * part) steps. */
  #combine(
    out: Spectrum,
    first: number,
    part: number,
    radix: number,
    i: number,
    stride: number,
  ): void {
    const re: number[] = [];
    const im: number[] = [];
    for (let q = 0; q < radix; q++) {
      re.push(out.re[first + q * part] ?? 0);
      im.push(out.im[first + q * part] ?? 0);
    }
    for (let u = 0; u < radix; u++) {
      let sumRe = 0;
      let sumIm = 0;
      for (let q = 0; q < radix; q++) {
        const turn = (q * (i + u * part) * stride) % this.#length;
        const cos = this.#cos[turn] ?? 0;
        const sin = this.#sin[turn] ?? 0;
        sumRe += (re[q] ?? 0) * cos - (im[q] ?? 0) * sin;
        sumIm += (re[q] ?? 0) * sin + (im[q] ?? 0) * cos;
      }
      out.re[first + u * part] = sumRe;
      out.im[first + u * part] = sumIm;
    }
  }
}
