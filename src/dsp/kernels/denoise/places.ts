// The places of calls in octets: clearing, exchanging and holding them. Media plane.
//
// All that a call keeps from frame to frame is one column of its group's rows, nothing else knows where or
// when it was computed. So a call can change its place, or sit out a run, without a bit of difference.

import { GROUPS, GROUP_BYTES, GROUP_LANES, SNAPSHOT } from './layout';
import { ROW, loadRow, storeRow } from '../simd';
import { workspace } from './workspace';

/** Address of the first value of a place's column. */
function column(octet: usize, place: i32): usize {
  return octet + (place / GROUP_LANES) * GROUP_BYTES + ((place % GROUP_LANES) << 2);
}

/** The state of a new call. */
export function clearPlace(octet: usize, place: i32): void {
  const first = column(octet, place);
  let row = 0;
  do {
    store<f32>(first + row, 0);
    row += ROW;
  } while (row < GROUP_BYTES);
}

/** Exchange two calls. */
export function swapPlaces(octetA: usize, placeA: i32, octetB: usize, placeB: i32): void {
  const a = column(octetA, placeA);
  const b = column(octetB, placeB);
  let row = 0;
  do {
    const old = load<u32>(a + row);
    store<u32>(a + row, load<u32>(b + row));
    store<u32>(b + row, old);
    row += ROW;
  } while (row < GROUP_BYTES);
}

/** Keep the state of the groups in which a call is held. @param held bit p: place p */
export function rememberHeld(octet: usize, held: u32): void {
  for (let group = 0; group < GROUPS; group++) {
    if (heldOf(group, held) == 0) continue;
    const from = octet + group * GROUP_BYTES;
    memory.copy(workspace + SNAPSHOT + group * GROUP_BYTES, from, GROUP_BYTES);
  }
}

/** Give held calls back the state that `rememberHeld` kept. */
export function restoreHeld(octet: usize, held: u32): void {
  for (let group = 0; group < GROUPS; group++) {
    const lanes = heldOf(group, held);
    if (lanes == 0) continue;
    // Bit i of `lanes` becomes lane i all ones.
    const bits = v128.and(i32x4.splat(lanes), i32x4(1, 2, 4, 8));
    const mask = i32x4.ne(bits, i32x4.splat(0));
    const state = octet + group * GROUP_BYTES;
    const kept = workspace + SNAPSHOT + group * GROUP_BYTES;
    let row = 0;
    do {
      storeRow(state + row, v128.bitselect(loadRow(kept + row), loadRow(state + row), mask));
      row += ROW;
    } while (row < GROUP_BYTES);
  }
}

function heldOf(group: i32, held: u32): u32 {
  return (held >> (<u32>(group * GROUP_LANES))) & 0xf;
}
