// What a frame of telephone audio is: the constants every room shares. Media plane.

/** Telephone line rate: G.711, one channel. */
export const LINE_RATE_HZ = 8000;
/** One packet on the wire and one frame in the node. */
export const FRAME_MS = 20;
/** Samples (and mu-law bytes) of one frame: 8000 Hz for 20 ms. */
export const FRAME_SAMPLES = 160;
/** The mu-law byte of digital silence (linear zero, ITU-T G.711). */
export const MULAW_SILENCE = 0xff;
