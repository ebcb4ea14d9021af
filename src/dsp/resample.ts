// Streaming sample-rate conversion between the line's rate and the engines' rates; polyphase.ts has the filters. Media plane.

import { RingmasterError } from '../errors.js';
import { polyphaseFor, type Polyphase } from './polyphase.js';

export { canResample } from './polyphase.js';

/** Inputs filtered at a time; longer chunks are cut. */
const BLOCK_SAMPLES = 480;

/** Converts one mono stream; the result does not depend on how the stream is cut into chunks. */
export class Resampler {
  readonly inputHz: number;
  readonly outputHz: number;
  /** How far the output lags behind the input, in output samples; a whole number. */
  readonly delaySamples: number;
  readonly #filter: Polyphase;
  /** The last `taps - 1` inputs, then the block at hand. */
  readonly #history: Float64Array;
  /** Input of the block that the next output ends at, and its phase. */
  #next = 0;
  #phase = 0;

  /** @throws {RingmasterError} AUDIO_RATE_UNSUPPORTED */
  constructor(inputHz: number, outputHz: number) {
    this.inputHz = inputHz;
    this.outputHz = outputHz;
    this.#filter = polyphaseFor(inputHz, outputHz);
    this.delaySamples = this.#filter.delaySamples;
    this.#history = new Float64Array(this.#filter.taps - 1 + BLOCK_SAMPLES);
  }

  /** How many samples `process` writes for the next `count` inputs; exact. */
  outputLength(count: number): number {
    const { up, down } = this.#filter;
    return Math.max(0, Math.ceil((count * up - this.#next * up - this.#phase) / down));
  }

  /**
   * Convert `count` int16 samples of `input` from `inputStart` on. No allocation.
   * @param output int16, written from `outputStart` on, clipped; not `input`
   * @returns samples written, `outputLength(count)`
   * @throws {RingmasterError} AUDIO_BUFFER_TOO_SMALL (nothing is taken then)
   */
  process(
    input: Int16Array,
    inputStart: number,
    count: number,
    output: Int16Array,
    outputStart: number,
  ): number {
    if (output.length - outputStart < this.outputLength(count)) {
      throw new RingmasterError('AUDIO_BUFFER_TOO_SMALL', 'the output cannot hold the result');
    }
    const keep = this.#filter.taps - 1;
    let at = outputStart;
    for (let done = 0; done < count; done += BLOCK_SAMPLES) {
      const block = Math.min(BLOCK_SAMPLES, count - done);
      for (let i = 0; i < block; i++) {
        this.#history[keep + i] = input[inputStart + done + i] as number;
      }
      at = this.#filterBlock(block, output, at);
      this.#history.copyWithin(0, block, block + keep);
    }
    return at - outputStart;
  }

  /** Forget the past: the next input is the first of a new stream. */
  reset(): void {
    this.#history.fill(0);
    this.#next = 0;
    this.#phase = 0;
  }

  #filterBlock(block: number, output: Int16Array, outputStart: number): number {
    const { up, down, taps, coefficients } = this.#filter;
    const history = this.#history;
    const step = Math.trunc(down / up);
    const phaseStep = down % up;
    let at = outputStart;
    let next = this.#next;
    let phase = this.#phase;
    if (up === 1) {
      for (; next + 3 * step < block; next += 4 * step, at += 4) {
        fourOutputs(coefficients, history, next, step, output, at);
      }
    }
    const sum = up === 1 ? dotInOrder : dot;
    while (next < block) {
      output[at++] = toInt16(sum(coefficients, phase * taps, history, next, taps));
      next += step;
      phase += phaseStep;
      if (phase >= up) {
        phase -= up;
        next++;
      }
    }
    this.#next = next - block;
    this.#phase = phase;
    return at;
  }
}

function toInt16(sample: number): number {
  return sample > 32767 ? 32767 : sample < -32768 ? -32768 : Math.round(sample);
}

/** Four outputs, `step` inputs apart, share every coefficient loaded: a third less time than one by one. */
function fourOutputs(
  coefficients: Float64Array,
  history: Float64Array,
  start: number,
  step: number,
  output: Int16Array,
  at: number,
): void {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let k = 0, h = start; k < coefficients.length; k++, h++) {
    const coefficient = coefficients[k] as number;
    s0 += coefficient * (history[h] as number);
    s1 += coefficient * (history[h + step] as number);
    s2 += coefficient * (history[h + 2 * step] as number);
    s3 += coefficient * (history[h + 3 * step] as number);
  }
  output[at] = toInt16(s0);
  output[at + 1] = toInt16(s1);
  output[at + 2] = toInt16(s2);
  output[at + 3] = toInt16(s3);
}

/** The sum that `fourOutputs` forms, in its order: how a stream is cut must not change one bit. */
function dotInOrder(
  a: Float64Array,
  aStart: number,
  b: Float64Array,
  bStart: number,
  count: number,
): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (a[aStart + i] as number) * (b[bStart + i] as number);
  return sum;
}

/** Sum of products in four chains: one would wait for each addition. `count`: a multiple of 4. */
function dot(
  a: Float64Array,
  aStart: number,
  b: Float64Array,
  bStart: number,
  count: number,
): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = 0; i < count; i += 4) {
    s0 += (a[aStart + i] as number) * (b[bStart + i] as number);
    s1 += (a[aStart + i + 1] as number) * (b[bStart + i + 1] as number);
    s2 += (a[aStart + i + 2] as number) * (b[bStart + i + 2] as number);
    s3 += (a[aStart + i + 3] as number) * (b[bStart + i + 3] as number);
  }
  return s0 + s1 + (s2 + s3);
}
