// A hundred calls on the batched engine while a worker is lost in mid-run, in real time.

import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { RingmasterError } from '../../src/errors.js';
import { linearToMulaw } from '../../src/dsp/g711.js';
import { createShardPool } from '../../src/dsp/pool.js';
import type { ShardPool } from '../../src/dsp/shard-pool.js';
import { batchedShard } from './batched-shard.js';
import type { HeardFrame } from './shard-harness.js';
import { speechClip } from './signals.js';

const FRAME = 160;
/** Later than this a frame is late on any machine, however busy. */
const LATE_MS = 100;
const TICK_MS = 20;
const CALLS_PER_SHARD = 50;
const SHARDS = 2;
/** Frames of each call: some before the loss, a heap at the loss, and some while there is no worker. */
const BEFORE = 15;
const HEAP = 8;
const AFTER = 25;
const FRAMES = BEFORE + HEAP + AFTER;
/** A worker is replaced within a second, or in twice its time to start where that is longer. */
const REPLACED_MS = 1000;
/** What no call would hear: the agent's audio is 240 ms ahead. Far above what any tick takes. */
const LONGEST_GAP_MS = 200;

const speech = Uint8Array.from(speechClip('dir-instr'), linearToMulaw);

/** Frames of a call from one on: all calls say the same, each from another word on. */
function lineOf(call: number, from: number, to: number): Uint8Array {
  const first = 10 * (call % 10);
  return speech.subarray((first + from) * FRAME, (first + to) * FRAME);
}

interface Call {
  readonly number: number;
  readonly shard: number;
  readonly heard: HeardFrame[];
  /** When its frames were heard. */
  readonly atMs: number[];
  /** Frames heard when its worker was lost; -1 where it was not. */
  lostAt: number;
  feed(frames: number): void;
}

interface Loss {
  readonly shard: number;
  readonly message: string;
  readonly atMs: number;
}

interface Started {
  readonly pool: ShardPool;
  readonly calls: readonly Call[];
  readonly losses: readonly Loss[];
  /** How long the workers took to start, on this machine as busy as it is. */
  readonly startMs: number;
  /** Let the kernel of a shard trap in its next batch. */
  trap(shard: number): void;
}

async function start(t: Test): Promise<Started> {
  const losses: Loss[] = [];
  const calls: Call[] = [];
  const onWorkerLost = ({ message }: RingmasterError): void => {
    const shard = Number(/shard (\d)/.exec(message)?.[1]);
    losses.push({ shard, message, atMs: performance.now() });
    // What the lost worker had done is delivered right after this.
    queueMicrotask(() => {
      for (const call of calls) if (call.shard === shard) call.lostAt = call.heard.length;
    });
  };
  const trap = new Int32Array(new SharedArrayBuffer(4));
  const startedAtMs = performance.now();
  const pool = await createShardPool(
    {
      shards: SHARDS,
      callsPerShard: CALLS_PER_SHARD,
      denoise: 'rnnoise',
      vad: 'silero',
      engine: 'batched',
      onWorkerLost,
    },
    fileURLToPath(new URL('./trapping-worker.js', import.meta.url)),
    { trap },
  );
  t.teardown(() => pool.close());
  const startMs = performance.now() - startedAtMs;
  for (let number = 0; number < SHARDS * CALLS_PER_SHARD; number++) calls.push(open(pool, number));
  return { pool, calls, losses, startMs, trap: (shard) => Atomics.store(trap, 0, shard + 1) };
}

function open(pool: ShardPool, number: number): Call {
  const heard: HeardFrame[] = [];
  const atMs: number[] = [];
  let fed = 0;
  const slot = pool.open((pcm, speech, arrivedAtMs) => {
    heard.push({ pcm: pcm.slice(), speech, arrivedAtMs });
    atMs.push(performance.now());
  });
  return {
    number,
    shard: slot.shard,
    heard,
    atMs,
    lostAt: -1,
    feed: (frames) => {
      slot.writeInbound(lineOf(number, fed, fed + frames), performance.now());
      fed += frames;
    },
  };
}

interface Held {
  /** Between two ticks that should be 20 ms apart, and within one. */
  readonly longestGapMs: number;
  readonly longestTickMs: number;
  /** Noise suppression rested for some calls: this machine is too slow to say what they must hear. */
  readonly shed: boolean;
}

/** Hold all calls in real time; `lose` comes while both workers are busy with a heap of frames. */
async function hold({ pool, calls }: Started, lose: () => void): Promise<Held> {
  let longestGapMs = 0;
  let longestTickMs = 0;
  let shed = false;
  let fed = 0;
  let lastMs = performance.now();
  const endMs = lastMs + 10_000;
  for (let dueMs = lastMs; fed < FRAMES || calls.some(({ heard }) => heard.length < FRAMES);) {
    if (performance.now() > endMs) break;
    dueMs = Math.max(dueMs + TICK_MS, performance.now());
    const isLoss = fed === BEFORE;
    const frames = isLoss ? HEAP : Math.min(1, FRAMES - fed);
    for (const call of calls) if (frames > 0) call.feed(frames);
    fed += frames;
    const startedMs = performance.now();
    pool.tick();
    longestTickMs = Math.max(longestTickMs, performance.now() - startedMs);
    longestGapMs = Math.max(longestGapMs, startedMs - lastMs);
    lastMs = startedMs;
    if (isLoss) {
      await sleep(2);
      lose();
    }
    shed ||= pool.counters().shedCalls > 0;
    await sleep(Math.max(0, dueMs - performance.now()));
  }
  return { longestGapMs, longestTickMs, shed };
}

/** What a fresh engine makes of frames `from` on of each call. */
async function expectedOf(calls: readonly Call[]): Promise<HeardFrame[][]> {
  const shard = batchedShard(calls.length);
  const expected: HeardFrame[][] = calls.map(() => []);
  const slots = expected.map((heard, slot) => shard.open(slot, heard));
  for (const [slot, { number, lostAt }] of calls.entries()) {
    slots[slot]?.writeInbound(lineOf(number, Math.max(0, lostAt), FRAMES), 0);
  }
  await shard.runAll();
  for (const slot of slots) slot.deliverAll();
  return expected;
}

function isSame(a: HeardFrame, b: HeardFrame | undefined): boolean {
  return a.speech === b?.speech && a.pcm.every((sample, i) => sample === b.pcm[i]);
}

async function requireSurvival(t: Test, started: Started, held: Held, cause: RegExp) {
  const { pool, calls, losses, startMs } = started;
  t.equal(losses.length, 1);
  const [loss = { shard: 0, message: '', atMs: 0 }] = losses;
  t.match(loss.message, cause);
  const hit = calls.filter(({ shard }) => shard === loss.shard);
  const others = calls.filter(({ shard }) => shard !== loss.shard);
  t.equal(hit.length, CALLS_PER_SHARD);
  t.ok(
    calls.every(({ heard }) => heard.length === FRAMES),
    'every frame of every call is heard',
  );
  t.match(pool.counters(), {
    workerRestarts: 1,
    dropped: 0,
    processed: calls.length * FRAMES,
  });

  const backMs = Math.max(...hit.map(({ atMs, lostAt }) => atMs[lostAt] ?? Infinity)) - loss.atMs;
  t.ok(backMs < Math.max(REPLACED_MS, 2 * startMs), `replaced within ${backMs.toFixed(0)} ms`);
  t.ok(held.longestTickMs < 50, `a tick takes ${held.longestTickMs.toFixed(1)} ms at most`);
  t.ok(
    held.longestGapMs < LONGEST_GAP_MS,
    `ticks are ${held.longestGapMs.toFixed(0)} ms apart at most`,
  );
  const meanwhile = (ms: number): boolean => ms > loss.atMs && ms < loss.atMs + backMs;
  const arrived = others.flatMap(({ heard }) => heard.filter((f) => meanwhile(f.arrivedAtMs)));
  const onTime = others.flatMap(({ heard, atMs }) =>
    heard.filter((f, n) => meanwhile(f.arrivedAtMs) && (atMs[n] ?? 0) - f.arrivedAtMs < LATE_MS),
  );
  t.ok(arrived.length > CALLS_PER_SHARD, 'the others went on meanwhile');
  t.ok(onTime.length > 0.8 * arrived.length, `${onTime.length} of ${arrived.length} in time`);

  if (held.shed) return;
  for (const part of [hit, others]) {
    const expected = await expectedOf(part);
    const wrong = part.flatMap(({ heard, lostAt }, n) =>
      heard.slice(Math.max(0, lostAt)).filter((frame, i) => !isSame(frame, expected[n]?.[i])),
    );
    t.equal(wrong.length, 0, part === hit ? 'clean from the loss on' : 'nothing is noticed');
  }
}

t.test('a worker stopped in mid-run: its 50 calls go on, 50 others notice nothing', async (t) => {
  const started = await start(t);
  const held = await hold(started, () => started.pool.stopWorker(0));
  await requireSurvival(t, started, held, /shard 0 is replaced/);
});

t.test(
  'a thread terminated in mid-run: its 50 calls go on, 50 others notice nothing',
  async (t) => {
    const started = await start(t);
    const held = await hold(started, () => void started.pool.threads[0]?.terminate());
    await requireSurvival(t, started, held, /is replaced/);
  },
);

t.test('a kernel trap in mid-tick: its 50 calls go on, 50 others notice nothing', async (t) => {
  const started = await start(t);
  const held = await hold(started, () => started.trap(1));
  await requireSurvival(t, started, held, /shard 1 is replaced: memory access out of bounds/);
});
