// How much of what the caller's line brings is the very sound that the agent made, and how much later. Pure. Media plane.
//
// Both directions are kept at 4 kHz, without their bass tilt, so that voices that are not the same are not
// alike. Over all delays it is looked at 2 kHz first, and then around the best of them: some 200 us, in moments
// of doubt alone.

import { FRAME_SAMPLES } from '../dsp/frame.js';
import { MULAW_TO_LINEAR } from '../dsp/g711.js';

/** Of one frame, at 4 kHz. */
export const LIKENESS_SAMPLES = FRAME_SAMPLES / 2;
/** Past and coming frames of the far end, by time. A power of two. */
const FAR_FRAMES = 128;
/** The newest frames of the caller's line. */
const NEAR_FRAMES = 8;
const NEAR_SAMPLES = NEAR_FRAMES * LIKENESS_SAMPLES;
/** What a first-order predictor takes from speech at this rate. */
const TILT = 0.9;
/** An echo is at most so much stronger than what was played, as energy: elsewhere no likeness is looked for. */
const MOST_GAIN = 3;

/** One search runs at a time: all calls share the room for the far end's part of it. */
const scratch = new Float32Array(FAR_FRAMES * LIKENESS_SAMPLES + 1);

const coarse = new Float32Array(NEAR_SAMPLES / 2);
/** Less alike at 2 kHz is not looked at more closely; and how far from there the best may be. */
const LEAST_COARSE = 0.15;
const COARSE_REACH = 3;

/** One per call. */
export class EchoLikeness {
  readonly #far = new Int16Array(FAR_FRAMES * LIKENESS_SAMPLES);
  readonly #near = new Float32Array(NEAR_SAMPLES);
  #farLast = 0;
  #farTilt = 0;
  #nearLast = 0;
  #nearTilt = 0;
  /** Of the newest search, in samples of 4 kHz. */
  lag = 0;
  /** Part of the far end's energy at that delay that came back; 1 is all of it. */
  gain = 0;

  /** The far end plays this mu-law frame in the 20 ms called `time`. */
  played(time: number, mulaw: Uint8Array, at: number): void {
    const to = cellOf(time);
    let last = this.#farLast;
    let tilt = this.#farTilt;
    for (let i = 0; i < LIKENESS_SAMPLES; i += 1) {
      const one = MULAW_TO_LINEAR[mulaw[at + 2 * i] as number] as number;
      const two = MULAW_TO_LINEAR[mulaw[at + 2 * i + 1] as number] as number;
      const low = 0.25 * last + 0.5 * one + 0.25 * two;
      this.#far[to + i] = low - TILT * tilt;
      tilt = low;
      last = two;
    }
    this.#farLast = last;
    this.#farTilt = tilt;
  }

  /** Nothing is played in the 20 ms called `time`. */
  silent(time: number): void {
    const to = cellOf(time);
    this.#far.fill(0, to, to + LIKENESS_SAMPLES);
  }

  /** The caller's next frame. */
  heard(pcm: Int16Array): void {
    const near = this.#near;
    near.copyWithin(0, LIKENESS_SAMPLES);
    let last = this.#nearLast;
    let tilt = this.#nearTilt;
    const to = NEAR_SAMPLES - LIKENESS_SAMPLES;
    for (let i = 0; i < LIKENESS_SAMPLES; i += 1) {
      const one = pcm[2 * i] as number;
      const two = pcm[2 * i + 1] as number;
      const low = 0.25 * last + 0.5 * one + 0.25 * two;
      near[to + i] = low - TILT * tilt;
      tilt = low;
      last = two;
    }
    this.#nearLast = last;
    this.#nearTilt = tilt;
  }

  /**
   * The delay between `from` and `to` (samples of 4 kHz) at which the newest `frames` are most like what was
   * played; `lag` and `gain` tell of it.
   * @param time the 20 ms that the newest frame is of
   * @returns the part of their energy that it explains, 0..1
   */
  search(time: number, from: number, to: number, frames: number): number {
    const length = frames * LIKENESS_SAMPLES;
    // scratch[0] is what was played `to` samples before the first of them.
    this.#copy((time + 1) * LIKENESS_SAMPLES - length - to, to - from + length);
    return this.#best(this.#near, NEAR_SAMPLES - length, length, to, to - from);
  }

  /** The same over all delays up to `to`, in two steps. */
  searchAll(time: number, to: number, frames: number): number {
    const length = (frames * LIKENESS_SAMPLES) / 2;
    this.#copy((time + 1) * LIKENESS_SAMPLES - 2 * length - to, to + 2 * length);
    for (let i = 0; i < to / 2 + length; i += 1) {
      scratch[i] = (scratch[2 * i] as number) + (scratch[2 * i + 1] as number);
    }
    scratch[to / 2 + length] = 0;
    const first = NEAR_SAMPLES - 2 * length;
    for (let i = 0; i < length; i += 1) {
      const at = first + 2 * i;
      coarse[i] = (this.#near[at] as number) + (this.#near[at + 1] as number);
    }
    if (this.#best(coarse, 0, length, to / 2) < LEAST_COARSE) return 0;
    const lag = 2 * this.lag;
    return this.search(time, Math.max(0, lag - COARSE_REACH), lag + COARSE_REACH, frames);
  }

  /** Of `near`, `length` samples from `from` on, in `scratch`; `to` is the delay of its beginning. */
  #best(near: Float32Array, from: number, length: number, to: number, shifts = to): number {
    let nearEnergy = 0;
    for (let i = from; i < from + length; i += 1) nearEnergy += (near[i] as number) ** 2;
    const least = nearEnergy / MOST_GAIN;
    let farEnergy = 0;
    for (let i = 0; i < length; i += 1) farEnergy += (scratch[i] as number) ** 2;
    let best = 0;
    for (let shift = 0; shift <= shifts; shift += 1) {
      if (farEnergy > least) {
        const product = dot(near, from, shift, length);
        const likeness = product > 0 ? (product * product) / (farEnergy * nearEnergy) : 0;
        if (likeness > best) {
          best = likeness;
          this.lag = to - shift;
          this.gain = nearEnergy / farEnergy;
        }
      }
      farEnergy += (scratch[shift + length] as number) ** 2 - (scratch[shift] as number) ** 2;
    }
    return best;
  }

  /** Into `scratch`, from this position of the far end's time on. */
  #copy(position: number, length: number): void {
    const far = this.#far;
    const size = far.length;
    let at = ((position % size) + size) % size;
    for (let i = 0; i < length; i += 1) {
      scratch[i] = far[at] as number;
      at = at + 1 === size ? 0 : at + 1;
    }
    scratch[length] = 0;
  }
}

const cellOf = (time: number): number => (time & (FAR_FRAMES - 1)) * LIKENESS_SAMPLES;

/** In four sums, so that no addition waits for the one before. */
function dot(near: Float32Array, from: number, shift: number, length: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < length; i += 4) {
    a += (near[from + i] as number) * (scratch[shift + i] as number);
    b += (near[from + i + 1] as number) * (scratch[shift + i + 1] as number);
    c += (near[from + i + 2] as number) * (scratch[shift + i + 2] as number);
    d += (near[from + i + 3] as number) * (scratch[shift + i + 3] as number);
  }
  return a + b + c + d;
}
