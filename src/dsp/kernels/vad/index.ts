// Silero VAD v4, 8 kHz branch, for any number of calls, eight at a time. Media plane.
//
//   frames  160 samples into a call's ring              (frames.ts)
//   gather  eight calls' windows and states to lanes    (gather.ts)
//   window, reflection, FFT, magnitude, logarithm       (fft256.ts, spectrum.ts)     four calls at once
//   features, first layer, encoder                      (features.ts, encoder.ts)    eight from here on
//   two LSTMs, decoder                                  (lstm.ts, decoder.ts)
//   scatter states and probabilities
//
// Two habits of these files are for speed, and were measured. Small functions are @inline, for a call
// passes vectors through memory. Loops are `do while`, because V8 takes constants out of a loop only
// where its body is entered for sure: `for` costs 6 % of the whole.
//
// The network is Silero VAD v4 (MIT, Silero Team, https://github.com/snakers4/silero-vad), read from
// the installed model file; this is a new implementation of its computation. Memory is imported and
// shared; every address comes from the host (layout.ts); nothing here traps or allocates.

import { decode } from './decoder';
import { encode } from './encoder';
import { extractFeatures } from './features';
import { chooseCalls, gatherAudio, gatherState, scatterResult, scatterState } from './gather';
import { base } from './region';
import { LIST_PADDING } from './layout';
import { recur } from './lstm';
import { analyse } from './spectrum';

export { appendFrames } from './frames';
export { setRegion } from './region';

function runOctet(list: usize, commit: bool): void {
  for (let group: usize = 0; group < 2; group++) {
    chooseCalls(list + group * 16);
    gatherState(group);
    gatherAudio(commit);
    analyse();
    extractFeatures(group);
  }
  encode();
  recur();
  decode();
  for (let group: usize = 0; group < 2; group++) {
    chooseCalls(list + group * 16);
    if (commit) {
      scatterState(group);
    }
    scatterResult(group);
  }
}

/** The last calls of a list, made up to eight by repeating the last: it is computed alike each time. */
function padList(list: usize, count: usize): usize {
  const padded: usize = base + LIST_PADDING;
  for (let i: usize = 0; i < 8; i++) {
    const from = i < count ? i : count - 1;
    store<u32>(padded + (i << 2), load<u32>(list + (from << 2)));
  }
  return padded;
}

/**
 * Evaluate one window of each listed call: logit and probability go to its block.
 *
 * @param list u32[count], addresses of blocks; no block twice
 * @param commit not 0: the last whole window, and the call's state moves on. 0, a peek: the last 256
 *   samples from the state as it is, which stays
 */
export function runList(list: usize, count: usize, commit: usize): void {
  for (; count >= 8; count -= 8) {
    runOctet(list, commit != 0);
    list += 32;
  }
  if (count) {
    runOctet(padList(list, count), commit != 0);
  }
}
