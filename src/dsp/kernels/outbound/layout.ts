// Where the outbound kernel's data lie in memory: shared by the kernel and its host. Media plane.
//
//   region   designs | workspace | streams
//
//   design   up, step, phase step, taps (i32 each), then i16 [up][taps], oldest input first
//   stream   next, phase (i32 each), 8 bytes unused, then the last inputs, i16 [MAX_TAPS]
//
// Addresses are multiples of 16.

/** Inputs converted at a time: 20 ms at 48 kHz. */
export const BLOCK_SAMPLES = 960;
/** The longest phase of any filter, a multiple of TAPS_UNIT. */
export const MAX_TAPS = 352;
/** Products that one instruction sums up. */
export const TAPS_UNIT = 8;
/** Coefficients are scaled by 2^14: one bit less than fits, so that no sum of products leaves int32. */
export const COEFFICIENT_BITS = 14;

export const DESIGN_UP = 0;
export const DESIGN_STEP = 4;
export const DESIGN_PHASE_STEP = 8;
export const DESIGN_TAPS = 12;
export const DESIGN_COEFFICIENTS = 16;

export const STREAM_NEXT = 0;
export const STREAM_PHASE = 4;
export const STREAM_HISTORY = 16;
export const STREAM_BYTES = STREAM_HISTORY + MAX_TAPS * 2;

/** The inputs before a block, then the block. */
export const WORKSPACE_BYTES = (MAX_TAPS + BLOCK_SAMPLES) * 2;
