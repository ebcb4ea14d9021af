// 20 ms frames from the line into the calls' rings, and which calls have something to evaluate. Media plane.

import {
  CALL_AUDIO,
  CALL_NEXT,
  CALL_PEEK,
  CALL_PENDING,
  CALL_WINDOW,
  FORMAT_F32,
  FORMAT_PCM16,
  FRAME_BYTES,
  RING_BYTES,
  WINDOW_BYTES,
} from './layout';

const RING_MASK = RING_BYTES - 1;

/** Eight f32 to eight i16. */
@inline
function fromFloat(source: usize): v128 {
  return i16x8.narrow_i32x4_s(
    i32x4.trunc_sat_f32x4_s(f32x4.nearest(v128.load(source))),
    i32x4.trunc_sat_f32x4_s(f32x4.nearest(v128.load(source, 16))),
  );
}

/**
 * Eight mu-law bytes to eight i16 (ITU-T G.711): ((mantissa << 3) + 132 << segment) - 132, signed.
 * SIMD128 shifts all lanes alike, so the power of two of each segment is looked up and multiplied.
 */
@inline
function fromMulaw(source: usize): v128 {
  const inverted = v128.not(v128.load64_zero(source));
  const segment = v128.and(i8x16.shr_u(inverted, 4), i8x16.splat(7));
  const powers = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0);
  const power = i16x8.extend_low_i8x16_u(i8x16.swizzle(powers, segment));
  const mantissa = i16x8.extend_low_i8x16_u(v128.and(inverted, i8x16.splat(15)));
  const bias = i16x8.splat(132);
  const magnitude = i16x8.sub(i16x8.mul(i16x8.add(i16x8.shl(mantissa, 3), bias), power), bias);
  const sign = i16x8.shr_s(i16x8.extend_low_i8x16_s(inverted), 15);
  return i16x8.sub(v128.xor(magnitude, sign), sign);
}

/** 160 samples into the ring from byte offset `next` on. */
function copyFrame(source: usize, format: usize, ring: usize, next: usize): void {
  const end = next + FRAME_BYTES;
  do {
    const to = ring + (next & RING_MASK);
    if (format == FORMAT_PCM16) {
      v128.store(to, v128.load(source));
      source += 16;
    } else if (format == FORMAT_F32) {
      v128.store(to, fromFloat(source));
      source += 32;
    } else {
      v128.store(to, fromMulaw(source));
      source += 8;
    }
    next += 16;
  } while (next < end);
}

/**
 * Append one frame to a call's ring.
 * @returns whether that completed a window, to be evaluated before the call's next frame comes
 */
function appendFrame(block: usize, source: usize, format: usize): bool {
  const next = load<usize>(block, CALL_NEXT);
  copyFrame(source, format, block + CALL_AUDIO, next);
  const after = (next + FRAME_BYTES) & RING_MASK;
  store<u32>(block, after, CALL_NEXT);
  const pending = load<usize>(block, CALL_PENDING) + FRAME_BYTES;
  if (pending < <usize>WINDOW_BYTES) {
    store<u32>(block, pending, CALL_PENDING);
    return false;
  }
  store<u32>(block, pending - WINDOW_BYTES, CALL_PENDING);
  store<u32>(block, (after - pending) & RING_MASK, CALL_WINDOW);
  return true;
}

/**
 * Append one frame to each of `count` calls, and list what is to be evaluated.
 *
 * @param frames u32 [count][2]: address of the call's block, address of its 160 samples
 * @param format one of FORMAT_*; samples aligned to their size
 * @param ready u32[count]: receives the blocks whose window is complete, for `runList` with commit
 * @param peeks u32[count]: receives the other blocks whose peek flag is set, for `runList` without
 * @returns how many are in `ready`, and 2^16 times how many in `peeks`
 */
export function appendFrames(
  frames: usize,
  count: usize,
  format: usize,
  ready: usize,
  peeks: usize,
): usize {
  let readyCount: usize = 0;
  let peekCount: usize = 0;
  for (const end = frames + (count << 3); frames < end; frames += 8) {
    const block = load<usize>(frames);
    if (appendFrame(block, load<usize>(frames, 4), format)) {
      store<u32>(ready + (readyCount << 2), block);
      readyCount++;
    } else if (load<usize>(block, CALL_PEEK)) {
      store<u32>(peeks + (peekCount << 2), block);
      peekCount++;
    }
  }
  return readyCount | (peekCount << 16);
}
