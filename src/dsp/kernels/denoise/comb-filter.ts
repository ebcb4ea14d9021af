// Pitch filter and band gains, on the spectrum of a group. Media plane.
//
// Bands are too wide to remove noise between harmonics. RNNoise adds the spectrum one pitch period earlier,
// which strengthens the harmonics, restores each band's energy, and then applies the network's gains
// (Valin 2018, "pitch filtering" and "gain smoothing").

import {
  COMPLEX_ROW,
  ROW,
  add,
  div,
  less,
  loadRow,
  loadSplat,
  maximum,
  minimum,
  mul,
  mulAdd,
  select,
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
  COMBED_ENERGY,
  COMB_GAIN,
  COMB_NORM,
  GAINS,
  LAST_GAINS,
  PITCH_BAND_ENERGY,
  PITCH_SPECTRUM,
  SILENT,
  SPECTRUM,
} from './layout';
import { bandBytes } from './spectrum';
import { workspace } from './workspace';

/** Guards of divisions (RNNoise). */
const STRENGTH_FLOOR: f32 = 0.001;
const ENERGY_FLOOR: f32 = 1e-8;
/** A gain may fall to this share of the last frame's: about 135 ms of reverberation time. */
const GAIN_DECAY: f32 = 0.6;

/** Turn `SPECTRUM` into the spectrum of clean speech. Silent calls pass unchanged and keep their gains. */
export function enhance(state: usize, frame: usize): void {
  const silent = loadRow(frame + SILENT);
  chooseCombGains(frame, silent);
  addPitchSpectrum(frame);
  chooseOutputGains(state, frame, silent);
  applyGains(frame);
}

/**
 * How much of the pitch spectrum each band takes: all where it is more coherent than the gain asks for, else
 * sqrt(c^2 (1 - g^2) / (g^2 (1 - c^2))), scaled to the band's energy.
 */
function chooseCombGains(frame: usize, silent: v128): void {
  const one = splat(1);
  const zero = splat(0);
  let at = 0;
  do {
    const coherence = loadRow(frame + BAND_COHERENCE + at);
    const gain = loadRow(frame + GAINS + at);
    const c2 = square(coherence);
    const g2 = square(gain);
    const ratio = div(mul(c2, sub(one, g2)), mulAdd(g2, sub(one, c2), splat(STRENGTH_FLOOR)));
    const partial = sqrt(minimum(one, maximum(zero, ratio)));
    const strength = select(less(gain, coherence), one, partial);
    const level = energyRatio(frame + BAND_ENERGY + at, frame + PITCH_BAND_ENERGY + at);
    storeRow(workspace + COMB_GAIN + at, select(silent, zero, mul(strength, level)));
    at += ROW;
  } while (at < BANDS * ROW);
}

/** sqrt(a / b) of two band energies. */
function energyRatio(a: usize, b: usize): v128 {
  return sqrt(div(loadRow(a), add(loadRow(b), splat(ENERGY_FLOOR))));
}

/** X += gain * P, gains linear between band centres; and the band energies of the result. */
function addPitchSpectrum(frame: usize): void {
  const gains = workspace + COMB_GAIN;
  const energies = workspace + COMBED_ENERGY;
  let x = frame + SPECTRUM;
  let p = frame + PITCH_SPECTRUM;
  let share = workspace + BAND_SHARE_TABLE;
  let below = splat(0);
  let i = 0;
  do {
    const gain = loadRow(gains + i * ROW);
    const slope = sub(loadRow(gains + i * ROW + ROW), gain);
    let all = splat(0);
    let above = splat(0);
    const end = x + bandBytes(i);
    do {
      const between = loadSplat(share);
      const g = mulAdd(between, slope, gain);
      const re = mulAdd(g, loadRow(p), loadRow(x));
      const im = mulAdd(g, v128.load(p, ROW), v128.load(x, ROW));
      storeRow(x, re);
      storeRow(x + ROW, im);
      const energy = mulAdd(re, re, square(im));
      all = add(all, energy);
      above = mulAdd(between, energy, above);
      x += COMPLEX_ROW;
      p += COMPLEX_ROW;
      share += 4;
    } while (x < end);
    let energy = add(below, sub(all, above));
    if (i == 0) energy = add(energy, energy);
    storeRow(energies + i * ROW, energy);
    below = above;
    i++;
  } while (i < BANDS - 1);
  storeRow(energies + (BANDS - 1) * ROW, below);
}

/** Gain of each band: restores its energy, then what the network asks for, never falling too fast. */
function chooseOutputGains(state: usize, frame: usize, silent: v128): void {
  let at = 0;
  do {
    const last = loadRow(state + LAST_GAINS + at);
    const gain = maximum(loadRow(frame + GAINS + at), mul(last, splat(GAIN_DECAY)));
    storeRow(state + LAST_GAINS + at, select(silent, last, gain));
    storeRow(frame + GAINS + at, select(silent, splat(1), gain));
    const norm = energyRatio(frame + BAND_ENERGY + at, workspace + COMBED_ENERGY + at);
    storeRow(workspace + COMB_NORM + at, select(silent, splat(1), norm));
    at += ROW;
  } while (at < BANDS * ROW);
}

/** X *= norm * gain, each linear between band centres. The last bin, 4 kHz, is the last band's centre. */
function applyGains(frame: usize): void {
  const gains = frame + GAINS;
  const norms = workspace + COMB_NORM;
  let x = frame + SPECTRUM;
  let share = workspace + BAND_SHARE_TABLE;
  let i = 0;
  do {
    const gain = loadRow(gains + i * ROW);
    const gainSlope = sub(loadRow(gains + i * ROW + ROW), gain);
    const norm = loadRow(norms + i * ROW);
    const normSlope = sub(loadRow(norms + i * ROW + ROW), norm);
    const end = x + bandBytes(i);
    do {
      const between = loadSplat(share);
      const g = mul(mulAdd(between, gainSlope, gain), mulAdd(between, normSlope, norm));
      storeRow(x, mul(g, loadRow(x)));
      storeRow(x + ROW, mul(g, v128.load(x, ROW)));
      x += COMPLEX_ROW;
      share += 4;
    } while (x < end);
    i++;
  } while (i < BANDS - 1);
  const last = (BANDS - 1) * ROW;
  const g = mul(loadRow(gains + last), loadRow(norms + last));
  storeRow(x, mul(g, loadRow(x)));
  storeRow(x + ROW, mul(g, v128.load(x, ROW)));
}
