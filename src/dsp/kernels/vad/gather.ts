// Between the calls' blocks and the kernel's lanes: any eight calls become one octet, and back. Media plane.
//
// A block is an array of one call; the kernel computes on rows of eight calls. Gathering is a 4 x 4
// transposition of words, scattering the same backwards. It costs a fiftieth of the work between,
// so that no call ever owns a lane: whoever is ready forms the octet, and the result is the same
// bit for bit in any company.

import { interleaveHigh, interleaveLow, joinHigh, joinLow, toFloat } from './lanes';
import {
  CALL_AUDIO,
  CALL_C1,
  CALL_C2,
  CALL_H1,
  CALL_LOGIT,
  CALL_NEXT,
  CALL_PROBABILITY,
  CALL_WINDOW,
  CELLS_1,
  CELLS_2,
  NEURONS,
  OCTET_BYTES,
  PAD_SAMPLES,
  PADDED,
  QUAD_BYTES,
  RECURRENT,
  RESULT,
  RING_BYTES,
  WINDOW_BYTES,
} from './layout';
import { base } from './region';

const ROW = OCTET_BYTES;
const RING_MASK = RING_BYTES - 1;
/** h1 and h2 lie together in the block and in RECURRENT. */
const HIDDEN_BYTES = 2 * NEURONS * 2;
const CELL_BYTES = NEURONS * 4;
/** The rows of h1 in RECURRENT come after those of x. */
const H_ROWS = RECURRENT + (NEURONS / 2) * ROW;

/** The addresses of the blocks of four calls. */
let a: usize = 0;
let b: usize = 0;
let c: usize = 0;
let d: usize = 0;

/** Choose the four calls that the functions below work on. @param list their u32 addresses */
export function chooseCalls(list: usize): void {
  a = load<usize>(list);
  b = load<usize>(list, 4);
  c = load<usize>(list, 8);
  d = load<usize>(list, 12);
}

/** Four words of each of four calls to four rows of four lanes. */
@inline
function spread(wa: v128, wb: v128, wc: v128, wd: v128, to: usize, step: usize): void {
  const abLow = interleaveLow(wa, wb);
  const abHigh = interleaveHigh(wa, wb);
  const cdLow = interleaveLow(wc, wd);
  const cdHigh = interleaveHigh(wc, wd);
  v128.store(to, joinLow(abLow, cdLow));
  v128.store(to + step, joinHigh(abLow, cdLow));
  v128.store(to + step * 2, joinLow(abHigh, cdHigh));
  v128.store(to + step * 3, joinHigh(abHigh, cdHigh));
}

function spreadRows(offset: usize, bytes: usize, to: usize): void {
  const end = offset + bytes;
  do {
    spread(
      v128.load(a + offset),
      v128.load(b + offset),
      v128.load(c + offset),
      v128.load(d + offset),
      to,
      ROW,
    );
    to += 4 * ROW;
    offset += 16;
  } while (offset < end);
}

function collectRows(from: usize, offset: usize, bytes: usize): void {
  const end = offset + bytes;
  do {
    const r0 = v128.load(from);
    const r1 = v128.load(from, ROW);
    const r2 = v128.load(from, 2 * ROW);
    const r3 = v128.load(from, 3 * ROW);
    const low01 = interleaveLow(r0, r1);
    const high01 = interleaveHigh(r0, r1);
    const low23 = interleaveLow(r2, r3);
    const high23 = interleaveHigh(r2, r3);
    v128.store(a + offset, joinLow(low01, low23));
    v128.store(b + offset, joinHigh(low01, low23));
    v128.store(c + offset, joinLow(high01, high23));
    v128.store(d + offset, joinHigh(high01, high23));
    from += 4 * ROW;
    offset += 16;
  } while (offset < end);
}

/** Where in its ring the window of a call begins: the last whole one, or the last 256 samples. */
@inline
function windowStart(block: usize, commit: bool): usize {
  return commit
    ? load<usize>(block, CALL_WINDOW)
    : (load<usize>(block, CALL_NEXT) - WINDOW_BYTES) & RING_MASK;
}

@inline
function low(x: v128): v128 {
  return toFloat(i32x4.extend_low_i16x8_s(x));
}

@inline
function high(x: v128): v128 {
  return toFloat(i32x4.extend_high_i16x8_s(x));
}

/** The windows of the four calls to PADDED, as f32. */
export function gatherAudio(commit: bool): void {
  let atA = windowStart(a, commit);
  let atB = windowStart(b, commit);
  let atC = windowStart(c, commit);
  let atD = windowStart(d, commit);
  let to: usize = base + PADDED + PAD_SAMPLES * QUAD_BYTES;
  let i = 0;
  do {
    const wa = v128.load(a + (atA & RING_MASK), CALL_AUDIO);
    const wb = v128.load(b + (atB & RING_MASK), CALL_AUDIO);
    const wc = v128.load(c + (atC & RING_MASK), CALL_AUDIO);
    const wd = v128.load(d + (atD & RING_MASK), CALL_AUDIO);
    spread(low(wa), low(wb), low(wc), low(wd), to, QUAD_BYTES);
    spread(high(wa), high(wb), high(wc), high(wd), to + 4 * QUAD_BYTES, QUAD_BYTES);
    to += 8 * QUAD_BYTES;
    atA += 16;
    atB += 16;
    atC += 16;
    atD += 16;
    i += 16;
  } while (i < WINDOW_BYTES);
}

/** The state of the four calls to the lanes of `group` (0: calls 0-3, 1: calls 4-7). */
export function gatherState(group: usize): void {
  const lanes: usize = base + group * QUAD_BYTES;
  spreadRows(CALL_H1, HIDDEN_BYTES, lanes + H_ROWS);
  spreadRows(CALL_C1, CELL_BYTES, lanes + CELLS_1);
  spreadRows(CALL_C2, CELL_BYTES, lanes + CELLS_2);
}

/** The new state of the lanes of `group` back to the blocks of the four calls. */
export function scatterState(group: usize): void {
  const lanes: usize = base + group * QUAD_BYTES;
  collectRows(lanes + H_ROWS, CALL_H1, HIDDEN_BYTES);
  collectRows(lanes + CELLS_1, CALL_C1, CELL_BYTES);
  collectRows(lanes + CELLS_2, CALL_C2, CELL_BYTES);
}

@inline
function scatterOne(block: usize, result: usize): void {
  store<u32>(block, load<u32>(result), CALL_LOGIT);
  store<u32>(block, load<u32>(result, OCTET_BYTES), CALL_PROBABILITY);
}

/** Logit and probability of the lanes of `group` to the blocks of the four calls. */
export function scatterResult(group: usize): void {
  const result: usize = base + RESULT + group * QUAD_BYTES;
  scatterOne(a, result);
  scatterOne(b, result + 4);
  scatterOne(c, result + 8);
  scatterOne(d, result + 12);
}
