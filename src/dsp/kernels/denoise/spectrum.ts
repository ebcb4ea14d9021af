// Spectrum of the window and of the same window one pitch period earlier, and their energies in bands.
// Media plane.

import {
  COMPLEX_ROW,
  ROW,
  add,
  div,
  loadRow,
  loadSplat,
  mul,
  mulAdd,
  splat,
  sqrt,
  square,
  storeRow,
  sub,
} from '../simd';
import {
  BANDS,
  BAND_COHERENCE,
  BAND_ENERGY,
  BAND_SHARE_TABLE,
  BAND_TABLE,
  BINS,
  BIN_SCALE_TABLE,
  BIN_TABLE,
  DELAY_TABLE,
  FFT_INPUT,
  FFT_OUTPUT,
  GROUP_LANES,
  HISTORY_SAMPLES,
  MAX_LAG,
  PITCH_BAND_ENERGY,
  PITCH_PERIOD,
  PITCH_SCRATCH,
  PITCH_SPECTRUM,
  SIGNAL,
  SPECTRUM,
  WINDOW_SAMPLES,
  WINDOW_TABLE,
} from './layout';
import { fft160 } from './fft';
import { workspace } from './workspace';

/** Steps of 1/48000 s in a sample of 8 kHz. */
const PERIOD_STEPS = 6;
/** Added to the product of energies: silence has no coherence (RNNoise). */
const COHERENCE_FLOOR: f32 = 0.001;

/** cos and sin of each call's phase step per bin, one row each. */
const DELAY_COS = PITCH_SCRATCH;
const DELAY_SIN = PITCH_SCRATCH + ROW;

/** Transform the window and the pitch window of a group into its frame's spectra and band measures. */
export function analyse(state: usize, frame: usize): void {
  windowBoth(state);
  fft160(workspace + FFT_INPUT, workspace + FFT_OUTPUT);
  separate(frame);
  measureBands(frame);
}

/** Write the windowed samples as real, those one pitch period earlier as imaginary parts. */
function windowBoth(state: usize): void {
  const newest = state + SIGNAL + (HISTORY_SAMPLES - WINDOW_SAMPLES) * ROW;
  const earlier0 = newest - delay(state, 0);
  const earlier1 = newest - delay(state, 1);
  const earlier2 = newest - delay(state, 2);
  const earlier3 = newest - delay(state, 3);
  let window = workspace + WINDOW_TABLE;
  let output = workspace + FFT_INPUT;
  let at = 0;
  do {
    const weight = loadSplat(window);
    let earlier = v128.load32_zero(earlier0 + at);
    earlier = v128.load32_lane(earlier1 + at, earlier, 1, 4);
    earlier = v128.load32_lane(earlier2 + at, earlier, 2, 8);
    earlier = v128.load32_lane(earlier3 + at, earlier, 3, 12);
    storeRow(output, mul(weight, loadRow(newest + at)));
    storeRow(output + ROW, mul(weight, earlier));
    window += 4;
    output += COMPLEX_ROW;
    at += ROW;
  } while (at < WINDOW_SAMPLES * ROW);
}

/** Bytes of one call's pitch period in whole samples; its rest of -3..2 sixths becomes a phase step. */
function delay(state: usize, lane: i32): i32 {
  const period = <i32>load<f32>(state + PITCH_PERIOD + (lane << 2));
  const samples = (period + PERIOD_STEPS / 2) / PERIOD_STEPS;
  const rest = period - PERIOD_STEPS * samples + PERIOD_STEPS / 2;
  const step = workspace + DELAY_TABLE + (rest << 3);
  store<f32>(workspace + DELAY_COS + (lane << 2), load<f32>(step));
  store<f32>(workspace + DELAY_SIN + (lane << 2), load<f32>(step, 4));
  return samples * ROW;
}

/**
 * Split Z = X + jP into the spectra of its real and imaginary input, X[k] = (Z[k] + Z*[-k]) / 2 and
 * P[k] = (Z[k] - Z*[-k]) / 2j, and delay P by the rest of the period.
 */
function separate(frame: usize): void {
  const transformed = workspace + FFT_OUTPUT;
  const bins = workspace + BIN_TABLE;
  let scales = workspace + BIN_SCALE_TABLE;
  const stepCos = loadRow(workspace + DELAY_COS);
  const stepSin = loadRow(workspace + DELAY_SIN);
  let cos = splat(1);
  let sin = splat(0);
  let spectrum = frame + SPECTRUM;
  let pitchSpectrum = frame + PITCH_SPECTRUM;
  let k = 0;
  do {
    const mirror = k == 0 ? k : WINDOW_SAMPLES - k;
    const z = transformed + load<u32>(bins + (k << 2));
    const m = transformed + load<u32>(bins + (mirror << 2));
    const scale = loadSplat(scales);
    const zr = loadRow(z);
    const zi = v128.load(z, ROW);
    const mr = loadRow(m);
    const mi = v128.load(m, ROW);
    storeRow(spectrum, mul(scale, add(zr, mr)));
    storeRow(spectrum + ROW, mul(scale, sub(zi, mi)));
    const pr = mul(scale, add(zi, mi));
    const pi = mul(scale, sub(mr, zr));
    storeRow(pitchSpectrum, sub(mul(pr, cos), mul(pi, sin)));
    storeRow(pitchSpectrum + ROW, add(mul(pr, sin), mul(pi, cos)));
    const turned = sub(mul(cos, stepCos), mul(sin, stepSin));
    sin = add(mul(cos, stepSin), mul(sin, stepCos));
    cos = turned;
    spectrum += COMPLEX_ROW;
    pitchSpectrum += COMPLEX_ROW;
    scales += 4;
    k++;
  } while (k < BINS);
}

/**
 * Triangular bands, 50 % overlapped: energies of X and P and the coherence Re(X P*) / sqrt(Ex Ep). The
 * first band has only its upper half and counts twice.
 */
function measureBands(frame: usize): void {
  let x = frame + SPECTRUM;
  let p = frame + PITCH_SPECTRUM;
  let share = workspace + BAND_SHARE_TABLE;
  let band = frame + BAND_ENERGY;
  // What the bins below the band's centre gave to it.
  let xBelow = splat(0);
  let pBelow = splat(0);
  let xpBelow = splat(0);
  let i = 0;
  do {
    let xAll = splat(0);
    let pAll = splat(0);
    let xpAll = splat(0);
    let xAbove = splat(0);
    let pAbove = splat(0);
    let xpAbove = splat(0);
    const end = x + bandBytes(i);
    do {
      const above = loadSplat(share);
      const xr = loadRow(x);
      const xi = v128.load(x, ROW);
      const pr = loadRow(p);
      const pi = v128.load(p, ROW);
      const xx = mulAdd(xr, xr, square(xi));
      const pp = mulAdd(pr, pr, square(pi));
      const xp = mulAdd(xr, pr, mul(xi, pi));
      xAll = add(xAll, xx);
      pAll = add(pAll, pp);
      xpAll = add(xpAll, xp);
      xAbove = mulAdd(above, xx, xAbove);
      pAbove = mulAdd(above, pp, pAbove);
      xpAbove = mulAdd(above, xp, xpAbove);
      x += COMPLEX_ROW;
      p += COMPLEX_ROW;
      share += 4;
    } while (x < end);
    let ex = add(xBelow, sub(xAll, xAbove));
    let ep = add(pBelow, sub(pAll, pAbove));
    let exy = add(xpBelow, sub(xpAll, xpAbove));
    if (i == 0) {
      ex = add(ex, ex);
      ep = add(ep, ep);
      exy = add(exy, exy);
    }
    storeBand(band, ex, ep, exy);
    xBelow = xAbove;
    pBelow = pAbove;
    xpBelow = xpAbove;
    band += ROW;
    i++;
  } while (i < BANDS - 1);
  storeBand(band, xBelow, pBelow, xpBelow);
}

/** Bytes of the bins between the centres of bands i and i + 1. */
export function bandBytes(i: i32): i32 {
  const edge = workspace + BAND_TABLE + (i << 2);
  return (load<i32>(edge, 4) - load<i32>(edge)) * COMPLEX_ROW;
}

function storeBand(band: usize, ex: v128, ep: v128, exy: v128): void {
  storeRow(band, ex);
  storeRow(band + (PITCH_BAND_ENERGY - BAND_ENERGY), ep);
  const norm = sqrt(mulAdd(ex, ep, splat(COHERENCE_FLOOR)));
  storeRow(band + (BAND_COHERENCE - BAND_ENERGY), div(exy, norm));
}
