// Clocks of callers and node that differ: what arrives is heard, once, in time, and without end.

import t, { type Test } from 'tap';
import {
  simulateDrift,
  type DriftingCaller,
  type DriftReport,
  type DriftRun,
} from '../../bench/clock-drift.js';
import { linearToMulaw } from '../../src/dsp/g711.js';
import { batchedShard } from './batched-shard.js';
import { ShardHarness } from './shard-harness.js';
import { speechClip } from './signals.js';

const speech = Uint8Array.from(speechClip('dir-instr'), linearToMulaw);
const line = speech.subarray(0, speech.length - (speech.length % 160));

/** What the compilers may add at any time; the soak command judges a whole hour. */
const GROWTH_LIMIT_BYTES = 4 * 1024 * 1024;

/** One clock faster than the node's and one slower, with either kind of timestamps; both lines lose packets. */
const callersAt = (ppm: number): DriftingCaller[] => [
  { ppm, stamps: 'clock', loseEvery: 1000, line },
  { ppm: -ppm, stamps: 'audio', loseEvery: 700, line },
];

/** More than a tick, or one frame too many or too few, is a failure. */
async function requireAllHeard(
  t: Test,
  shard: ShardHarness,
  ppm: number,
  minutes: number,
): Promise<DriftRun> {
  const callers = callersAt(ppm);
  const run = await simulateDrift(shard, callers, minutes);
  for (const [n, { ppm }] of callers.entries()) {
    const report = run.callers[n] as DriftReport;
    const { sent, lost, heard, repaired, refused, longestDelayMs } = report;
    const due = minutes * 60 * 50 * (1 + ppm * 1e-6);
    t.ok(Math.abs(sent - due) <= 1, `${ppm} ppm: ${sent} packets`);
    t.ok(repaired === lost || repaired === lost - 1, `${repaired} of ${lost} holes filled`);
    t.equal(heard, sent - lost + repaired, 'every frame is heard once, and none is made up');
    t.equal(refused, 0);
    t.ok(longestDelayMs <= 20, `heard ${longestDelayMs} ms after arrival at most`);
  }
  t.ok(run.grownBytes < GROWTH_LIMIT_BYTES, `memory grew by ${run.grownBytes} bytes`);
  return run;
}

t.test('an hour of clocks 200 ppm apart passes the rings whole and within a tick', async (t) => {
  await requireAllHeard(t, new ShardHarness(2), 200, 60);
});

t.test('clocks 900 ppm apart for four minutes change nothing for the engines', async (t) => {
  const { callers } = await requireAllHeard(t, batchedShard(2), 900, 4);
  for (const { voiced } of callers) {
    t.ok(voiced[0] > 0.6, `${voiced[0]} of the first frames are speech`);
    t.ok(Math.abs(voiced[1] - voiced[0]) < 0.05, `and ${voiced[1]} of the last`);
  }
});
