// Input of the first dense layer: spectrum, and the spectrum after a depthwise convolution in time. Media plane.
//
// 258 channels (129 magnitudes, 129 normalised logarithms), four frames. The layer after next has
// stride 2, so only frames 0 and 2 are ever read: two positions. The first block of the network is
// relu(pointwise(relu(depthwise(x))) + projection(x)), hence four inputs a bin, in this order:
//
//   FEATURES row 4k      relu(depthwise) of the magnitude of bin k     each row:
//            row 4k + 1  relu(depthwise) of its logarithm              [position 0: 8 calls | 1: 8 calls]
//            row 4k + 2  the magnitude
//            row 4k + 3  the logarithm

import { mulAdd, relu, sub } from './lanes';
import {
  BINS,
  DEPTHWISE_FIRST,
  FEATURES,
  OCTET_BYTES,
  SPECTRUM,
  TWO_POSITIONS_BYTES,
} from './layout';
import { base } from './region';
import { BIN_BYTES, LOG_OFFSET, meanLogarithm } from './spectrum';

/** Bytes of the five taps and the bias of one channel. */
const CHANNEL_BYTES = 24;
const ROW = TWO_POSITIONS_BYTES;
const SECOND = OCTET_BYTES;

/** Depthwise convolution at frame 0 (zeros before it) and 2 of one channel, from its four frames. */
@inline
function depthwise(w: usize, f0: v128, f1: v128, f2: v128, f3: v128, out: usize): void {
  const w2 = v128.load32_splat(w, 8);
  const w3 = v128.load32_splat(w, 12);
  const bias = v128.load32_splat(w, 20);
  const first = mulAdd(v128.load32_splat(w, 16), f2, mulAdd(w3, f1, mulAdd(w2, f0, bias)));
  const before = mulAdd(v128.load32_splat(w, 4), f1, mulAdd(v128.load32_splat(w), f0, bias));
  const second = mulAdd(w3, f3, mulAdd(w2, f2, before));
  v128.store(out, relu(first));
  v128.store(out + SECOND, relu(second));
}

/** FEATURES of four calls from their SPECTRUM. @param group 0 for calls 0-3, 1 for calls 4-7 */
export function extractFeatures(group: usize): void {
  const mean = meanLogarithm();
  let w: usize = base + DEPTHWISE_FIRST;
  let out: usize = base + FEATURES + group * 16;
  let bin: usize = base + SPECTRUM;
  const end: usize = bin + BINS * BIN_BYTES;
  do {
    const m0 = v128.load(bin);
    const m2 = v128.load(bin, 32);
    depthwise(w, m0, v128.load(bin, 16), m2, v128.load(bin, 48), out);
    const l0 = sub(v128.load(bin, LOG_OFFSET), mean);
    const l1 = sub(v128.load(bin, LOG_OFFSET + 16), mean);
    const l2 = sub(v128.load(bin, LOG_OFFSET + 32), mean);
    const l3 = sub(v128.load(bin, LOG_OFFSET + 48), mean);
    depthwise(w + CHANNEL_BYTES, l0, l1, l2, l3, out + ROW);
    v128.store(out + 2 * ROW, m0);
    v128.store(out + 2 * ROW + SECOND, m2);
    v128.store(out + 3 * ROW, l0);
    v128.store(out + 3 * ROW + SECOND, l2);
    w += 2 * CHANNEL_BYTES;
    out += 4 * ROW;
    bin += BIN_BYTES;
  } while (bin < end);
}
