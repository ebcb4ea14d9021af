// Callers whose clocks run faster or slower than the node's: the way of their audio into the node, in simulated time. Media plane.
//
//   caller's clock -> packets -> gap repair -> frame ring -> engines, every 20 ms of the node's clock -> clean frames
//
// Nothing waits for real time, so that an hour takes as long as its signal work.

import { FRAME_MS, FRAME_SAMPLES } from '../src/dsp/frame.js';
import { GapRepair } from '../src/transports/twilio/gap-repair.js';
import { collectGarbage } from './collect-garbage.js';
import type { HarnessSlot, ShardHarness } from '../test/dsp/shard-harness.js';

export interface DriftingCaller {
  /** How much faster the caller's clock runs than the node's, in parts per million. */
  readonly ppm: number;
  /** Whether timestamps count the caller's audio or follow the node's clock. */
  readonly stamps: 'audio' | 'clock';
  /** One packet in so many never comes; 0 where all do. */
  readonly loseEvery: number;
  /** Mu-law, said over and over. */
  readonly line: Uint8Array;
}

export interface DriftReport {
  readonly sent: number;
  readonly lost: number;
  /** Clean frames. */
  readonly heard: number;
  /** Frames of silence in place of missing ones. */
  readonly repaired: number;
  /** Packets that gap repair or the ring turned away. */
  readonly refused: number;
  /** Longest time from a packet's arrival to the tick that delivered its frame. */
  readonly longestDelayMs: number;
  /** Share of voiced frames in the first and in the last tenth of the time. */
  readonly voiced: readonly [number, number];
}

export interface DriftRun {
  readonly callers: readonly DriftReport[];
  /** Growth of heap and array buffers between the tenth and the last part of the time. */
  readonly grownBytes: number;
}

/** One simulated line. */
class Line {
  sent = 0;
  lost = 0;
  heard = 0;
  refused = 0;
  longestDelayMs = 0;
  readonly voiced: [number, number] = [0, 0];
  readonly #caller: DriftingCaller;
  readonly #repair = new GapRepair();
  readonly #slot: HarnessSlot;
  readonly #phaseMs: number;
  readonly #packetMs: number;

  constructor(shard: ShardHarness, slot: number, caller: DriftingCaller, node: NodeTime) {
    this.#caller = caller;
    this.#phaseMs = 3 + slot * 5;
    this.#packetMs = FRAME_MS / (1 + caller.ppm * 1e-6);
    const listener = (_pcm: Int16Array, speech: number, arrivedAtMs: number): void => {
      this.heard += 1;
      this.longestDelayMs = Math.max(this.longestDelayMs, node.nowMs - arrivedAtMs);
      if (speech <= 0.5) return;
      const tenth = Math.floor((10 * node.nowMs) / node.endMs);
      if (tenth === 0) this.voiced[0] += 1;
      if (tenth === 9) this.voiced[1] += 1;
    };
    this.#slot = shard.listen(slot, listener, () => node.nowMs);
  }

  get repaired(): number {
    return this.#repair.counts.silenceFrames;
  }

  /** Packets that the caller's clock has sent until `nowMs`. */
  send(nowMs: number): void {
    const { stamps, loseEvery, line } = this.#caller;
    for (;;) {
      const arrivedAtMs = this.#phaseMs + this.sent * this.#packetMs;
      if (arrivedAtMs > nowMs) return;
      const number = this.sent++;
      if (loseEvery > 0 && number % loseEvery === loseEvery - 1) {
        this.lost += 1;
        continue;
      }
      const stampMs = stamps === 'audio' ? number * FRAME_MS : Math.floor(arrivedAtMs);
      const silence = this.#repair.media(number + 2, stampMs, FRAME_MS);
      if (silence < 0) {
        this.refused += 1;
        continue;
      }
      const from = (number * FRAME_SAMPLES) % line.length;
      const frame = line.subarray(from, from + FRAME_SAMPLES);
      this.refused += this.#slot.writeSilence(silence, arrivedAtMs);
      this.refused += this.#slot.writeInbound(frame, arrivedAtMs);
    }
  }

  deliver(): void {
    this.#slot.deliverAll();
  }
}

interface NodeTime {
  nowMs: number;
  readonly endMs: number;
}

/** @param callers one for each slot; lines are whole frames */
export async function simulateDrift(
  shard: ShardHarness,
  callers: readonly DriftingCaller[],
  minutes: number,
): Promise<DriftRun> {
  const time: NodeTime = { nowMs: 0, endMs: minutes * 60_000 };
  const lines = callers.map((caller, slot) => new Line(shard, slot, caller, time));
  let heldBytes = 0;
  for (let tick = 1; tick * FRAME_MS <= time.endMs; tick++) {
    time.nowMs = tick * FRAME_MS;
    for (const line of lines) line.send(time.nowMs);
    await shard.runAll();
    for (const line of lines) line.deliver();
    if (tick === Math.floor(time.endMs / FRAME_MS / 10)) heldBytes = bytesHeld();
  }
  const tenth = time.endMs / FRAME_MS / 10;
  return {
    callers: lines.map((line) => ({
      sent: line.sent,
      lost: line.lost,
      heard: line.heard,
      repaired: line.repaired,
      refused: line.refused,
      longestDelayMs: line.longestDelayMs,
      voiced: [line.voiced[0] / tenth, line.voiced[1] / tenth],
    })),
    grownBytes: bytesHeld() - heldBytes,
  };
}

/** What the process holds after a full collection. */
function bytesHeld(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
