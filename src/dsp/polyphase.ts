// The filters between the line's rate and the engines' rates, designed once a process. Media plane.
//
// Every pair has one linear-phase FIR filter, run in polyphase form (Crochiere & Rabiner, Multirate
// Digital Signal Processing, section 3.3). With `low` the lower one of both rates:
//
//   pass-band   0 .. 0.425 * low (3400 Hz where a side has 8 kHz), ripple <= 0.02 dB
//   stop-band   from 0.5 * low (4000 Hz), >= 60 dB: neither aliases nor images are left
//   delay       a whole number of output samples, 3.3 .. 3.4 ms where a side has 8 kHz, less elsewhere

import { RingmasterError } from '../errors.js';
import { designLowPass, halfLengthFor } from './fir-design.js';

const PASS_EDGE = 0.425;
const STOP_EDGE = 0.5;
const DESIGN_ATTENUATION_DB = 64;
/** Rates that convert into each other. */
const RATES_HZ: readonly number[] = [8000, 16000, 24000, 48000];
/** Rates of some speech engines that convert to 8000 Hz alone. */
const ODD_RATES_HZ: readonly number[] = [22050, 44100];
/** All that convert to 8000 Hz. */
export const SOURCE_RATES_HZ: readonly number[] = [...RATES_HZ, ...ODD_RATES_HZ];

/** True where a `Resampler` from `inputHz` to `outputHz` can be made. */
export function canResample(inputHz: number, outputHz: number): boolean {
  const sources = outputHz === 8000 ? SOURCE_RATES_HZ : RATES_HZ;
  return sources.includes(inputHz) && RATES_HZ.includes(outputHz);
}

/** A filter in polyphase form. */
export interface Polyphase {
  readonly up: number;
  readonly down: number;
  /** Taps of one phase. */
  readonly taps: number;
  /** `up` phases of `taps` coefficients each, oldest input first. */
  readonly coefficients: Float64Array;
  readonly delaySamples: number;
}

const designs = new Map<string, Polyphase>();

/**
 * The filter of a pair of rates, designed once a process.
 * @throws {RingmasterError} AUDIO_RATE_UNSUPPORTED
 */
export function polyphaseFor(inputHz: number, outputHz: number): Polyphase {
  const key = `${inputHz}/${outputHz}`;
  let design = designs.get(key);
  if (design === undefined) {
    if (!canResample(inputHz, outputHz)) {
      throw new RingmasterError(
        'AUDIO_RATE_UNSUPPORTED',
        `no filter from ${inputHz} Hz to ${outputHz} Hz`,
      );
    }
    design = designPolyphase(inputHz, outputHz);
    designs.set(key, design);
  }
  return design;
}

function designPolyphase(inputHz: number, outputHz: number): Polyphase {
  const divisor = greatestCommonDivisor(inputHz, outputHz);
  const up = outputHz / divisor;
  const down = inputHz / divisor;
  const lowHz = Math.min(inputHz, outputHz);
  const designHz = inputHz * up;
  const wanted = halfLengthFor(DESIGN_ATTENUATION_DB, ((STOP_EDGE - PASS_EDGE) * lowHz) / designHz);
  // A half length of a multiple of `down` makes the delay a whole number of output samples.
  const delaySamples = Math.ceil(wanted / down);
  const cutoff = (((STOP_EDGE + PASS_EDGE) / 2) * lowHz) / designHz;
  const filter = designLowPass(delaySamples * down, cutoff, DESIGN_ATTENUATION_DB);
  const taps = Math.ceil(filter.length / up / 4) * 4;
  const coefficients = new Float64Array(up * taps);
  for (let i = 0; i < filter.length; i++) {
    coefficients[(i % up) * taps + taps - 1 - Math.trunc(i / up)] = (filter[i] as number) * up;
  }
  return { up, down, taps, coefficients, delaySamples };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
