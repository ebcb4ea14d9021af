// 8 kHz to 48 kHz and back for RNNoise, frame by frame, on the state of many lanes. Media plane.
//
//            half-band, 51 taps        third-band, 31 taps
//   8 kHz  <=====================>  16 kHz <================>  48 kHz
//
// Two stages cost a fifth of one filter: the half-band filter makes the steep edge at a low rate, and
// the third-band filter has from 4.6 to 11.4 kHz to fall off. All taps of a half-band filter at even
// distance from the centre are zero, and of a third-band filter those at multiples of three (Vaidyanathan,
// Multirate Systems and Filter Banks, section 4.6).
//
//   pass-band   0 .. 3400 Hz, ripple <= 0.03 dB both ways together
//   stop-band   >= 60 dB from 4600 Hz. Between lies the transition: what it mirrors falls on 3400 Hz and
//               up, outside the telephone band.
//   delay       90 samples of 48 kHz each way: 30 samples of 8 kHz both ways together

import { designLowPass } from '../fir-design.js';
import { FRAME_SAMPLES } from '../frame.js';

const HALF_BAND_CENTRE = 25;
const THIRD_BAND_CENTRE = 15;
const ATTENUATION_DB = 64;

/** Samples of one frame at 48 kHz. */
export const WIDE_FRAME_SAMPLES = 6 * FRAME_SAMPLES;
/** Delay of both directions together, in samples at 8 kHz. */
export const SIX_FOLD_DELAY_SAMPLES = (2 * (3 * HALF_BAND_CENTRE + THIRD_BAND_CENTRE)) / 6;

const MIDDLE_FRAME_SAMPLES = 2 * FRAME_SAMPLES;
/** Taps at the odd distances 1, 3 .. 25 from the centre; the centre itself is 0.5. */
const halfBand = designLowPass(HALF_BAND_CENTRE, 1 / 4, ATTENUATION_DB)
  .subarray(HALF_BAND_CENTRE)
  .filter((_, distance) => distance % 2 === 1);
/** Taps at the distances 1, 2, 4, 5, 7 .. 14 from the centre; the centre itself is 1/3. */
const thirdBand = designLowPass(THIRD_BAND_CENTRE, 1 / 6, ATTENUATION_DB)
  .subarray(THIRD_BAND_CENTRE)
  .filter((_, distance) => distance % 3 !== 0);
/** The taps of the third-band filter that one phase of the upsampler needs, oldest input first. */
const thirdBandPhase = Float64Array.from({ length: 10 }, (_, k) => {
  const distance = Math.abs(3 * k - 14);
  return 3 * (thirdBand[Math.trunc((2 * distance) / 3)] as number);
});

const UP_NARROW_HISTORY = HALF_BAND_CENTRE;
const UP_MIDDLE_HISTORY = 9;
const DOWN_WIDE_HISTORY = 2 * THIRD_BAND_CENTRE;
const DOWN_MIDDLE_HISTORY = 2 * HALF_BAND_CENTRE;

/** Moves the histories of one lane in front of the scratch buffers and back. */
class LaneHistory {
  readonly #saved: Float64Array;
  readonly #length: number;

  constructor(lanes: number, length: number) {
    this.#saved = new Float64Array(lanes * length);
    this.#length = length;
  }

  load(lane: number, scratch: Float64Array): void {
    const from = lane * this.#length;
    for (let i = 0; i < this.#length; i++) scratch[i] = this.#saved[from + i] as number;
  }

  save(lane: number, scratch: Float64Array): void {
    const to = lane * this.#length;
    const from = scratch.length - this.#length;
    for (let i = 0; i < this.#length; i++) this.#saved[to + i] = scratch[from + i] as number;
  }

  reset(lane: number): void {
    this.#saved.fill(0, lane * this.#length, (lane + 1) * this.#length);
  }
}

/** 160 samples at 8 kHz to 960 at 48 kHz. */
export class SixFoldUpsampler {
  readonly #narrowHistory: LaneHistory;
  readonly #middleHistory: LaneHistory;
  readonly #narrow = new Float64Array(UP_NARROW_HISTORY + FRAME_SAMPLES);
  readonly #middle = new Float64Array(UP_MIDDLE_HISTORY + MIDDLE_FRAME_SAMPLES);

  constructor(lanes: number) {
    this.#narrowHistory = new LaneHistory(lanes, UP_NARROW_HISTORY);
    this.#middleHistory = new LaneHistory(lanes, UP_MIDDLE_HISTORY);
  }

  reset(lane: number): void {
    this.#narrowHistory.reset(lane);
    this.#middleHistory.reset(lane);
  }

  /** Takes 160 samples of `input` from `inputStart`, writes 960 of `output` from `outputStart`. */
  process(
    lane: number,
    input: Float32Array,
    inputStart: number,
    output: Float32Array,
    outputStart: number,
  ): void {
    const narrow = this.#narrow;
    const middle = this.#middle;
    this.#narrowHistory.load(lane, narrow);
    this.#middleHistory.load(lane, middle);
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      narrow[UP_NARROW_HISTORY + i] = input[inputStart + i] as number;
    }
    doubleRate(narrow, middle);
    tripleRate(middle, output, outputStart);
    this.#narrowHistory.save(lane, narrow);
    this.#middleHistory.save(lane, middle);
  }
}

function doubleRate(narrow: Float64Array, middle: Float64Array): void {
  for (let n = 0; n < FRAME_SAMPLES; n++) {
    let sum = 0;
    // Distance 2k + 1 from the centre, which lies between the inputs n + 12 and n + 13.
    for (let k = 0; k < halfBand.length; k++) {
      sum +=
        (halfBand[k] as number) * ((narrow[n + 12 - k] as number) + (narrow[n + 13 + k] as number));
    }
    middle[UP_MIDDLE_HISTORY + 2 * n] = 2 * sum;
    middle[UP_MIDDLE_HISTORY + 2 * n + 1] = narrow[n + 13] as number;
  }
}

function tripleRate(middle: Float64Array, output: Float32Array, outputStart: number): void {
  for (let n = 0; n < MIDDLE_FRAME_SAMPLES; n++) {
    let before = 0;
    let after = 0;
    for (let k = 0; k < 10; k++) {
      const sample = middle[n + k] as number;
      before += (thirdBandPhase[9 - k] as number) * sample;
      after += (thirdBandPhase[k] as number) * sample;
    }
    const at = outputStart + 3 * n;
    output[at] = middle[n + 4] as number;
    output[at + 1] = before;
    output[at + 2] = after;
  }
}

/** 960 samples at 48 kHz to 160 at 8 kHz. */
export class SixFoldDownsampler {
  readonly #wideHistory: LaneHistory;
  readonly #middleHistory: LaneHistory;
  readonly #wide = new Float64Array(DOWN_WIDE_HISTORY + WIDE_FRAME_SAMPLES);
  readonly #middle = new Float64Array(DOWN_MIDDLE_HISTORY + MIDDLE_FRAME_SAMPLES);

  constructor(lanes: number) {
    this.#wideHistory = new LaneHistory(lanes, DOWN_WIDE_HISTORY);
    this.#middleHistory = new LaneHistory(lanes, DOWN_MIDDLE_HISTORY);
  }

  reset(lane: number): void {
    this.#wideHistory.reset(lane);
    this.#middleHistory.reset(lane);
  }

  /** Takes 960 samples of `input` from `inputStart`, writes 160 of `output` from `outputStart`. */
  process(
    lane: number,
    input: Float32Array,
    inputStart: number,
    output: Float32Array,
    outputStart: number,
  ): void {
    const wide = this.#wide;
    const middle = this.#middle;
    this.#wideHistory.load(lane, wide);
    this.#middleHistory.load(lane, middle);
    for (let i = 0; i < WIDE_FRAME_SAMPLES; i++) {
      wide[DOWN_WIDE_HISTORY + i] = input[inputStart + i] as number;
    }
    thirdRate(wide, middle);
    halfRate(middle, output, outputStart);
    this.#wideHistory.save(lane, wide);
    this.#middleHistory.save(lane, middle);
  }
}

function thirdRate(wide: Float64Array, middle: Float64Array): void {
  for (let n = 0; n < MIDDLE_FRAME_SAMPLES; n++) {
    const centre = 3 * n + THIRD_BAND_CENTRE;
    let sum = (wide[centre] as number) / 3;
    for (let tap = 0, distance = 1; tap < 10; tap += 2, distance += 3) {
      sum +=
        (thirdBand[tap] as number) *
          ((wide[centre - distance] as number) + (wide[centre + distance] as number)) +
        (thirdBand[tap + 1] as number) *
          ((wide[centre - distance - 1] as number) + (wide[centre + distance + 1] as number));
    }
    middle[DOWN_MIDDLE_HISTORY + n] = sum;
  }
}

function halfRate(middle: Float64Array, output: Float32Array, outputStart: number): void {
  for (let n = 0; n < FRAME_SAMPLES; n++) {
    const centre = 2 * n + HALF_BAND_CENTRE;
    let sum = (middle[centre] as number) / 2;
    for (let k = 0, distance = 1; k < halfBand.length; k++, distance += 2) {
      sum +=
        (halfBand[k] as number) *
        ((middle[centre - distance] as number) + (middle[centre + distance] as number));
    }
    output[outputStart + n] = sum;
  }
}
