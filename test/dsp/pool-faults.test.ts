import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { MULAW_TO_LINEAR } from '../../src/dsp/g711.js';
import { Fault, STALL_MS } from './faulty-worker.js';
import { faultyPool, listenTo, tickUntil, type FaultyPool } from './pool-harness.js';
import type { HeardFrame } from './shard-harness.js';

const FRAME = 160;
const POOL_URL = new URL('../../src/dsp/pool.js', import.meta.url).href;
/** A worker is replaced within a second, or in twice its time to start where that is longer. */
const REPLACED_MS = 1000;

interface Running {
  readonly calls: readonly { readonly heard: HeardFrame[]; readonly shard: number }[];
  /** One more frame on every line; frame n is full of the byte n mod 256. */
  readonly feed: () => void;
  fed: number;
  /** True when everything fed was heard. */
  readonly complete: () => boolean;
}

/** Six calls on two shards. */
function start({ pool }: FaultyPool): Running {
  const slots = Array.from({ length: 6 }, () => {
    const heard: HeardFrame[] = [];
    return { heard, slot: pool.open(listenTo(heard)) };
  });
  const running: Running = {
    calls: slots.map(({ heard, slot }) => ({ heard, shard: slot.shard })),
    fed: 0,
    feed: () => {
      const frame = new Uint8Array(FRAME).fill(running.fed++ % 256);
      for (const { slot } of slots) slot.writeInbound(frame, performance.now());
    },
    complete: () => slots.every(({ heard }) => heard.length === running.fed),
  };
  return running;
}

function requireInOrder(test: Test, { calls }: Running): void {
  for (const { heard } of calls) {
    const wrong = heard.findIndex(({ pcm }, n) => pcm[0] !== MULAW_TO_LINEAR[n % 256]);
    test.equal(wrong, -1, 'every frame once and in order');
    test.ok(heard.every(({ speech }) => speech >= 0 && speech <= 1));
  }
}

/** Feed and tick until the worker of shard 0 was replaced and all that was fed was heard. */
async function surviveLoss(test: Test, faulty: FaultyPool, lose: () => void): Promise<void> {
  const { pool, startMs } = faulty;
  const limitMs = Math.max(REPLACED_MS, 2 * startMs);
  const running = start(faulty);
  for (let i = 0; i < 10; i++) running.feed();
  await tickUntil(pool, running.complete);
  const restartsBefore = pool.counters().workerRestarts;
  lose();
  running.feed();
  const lostAtMs = performance.now();
  await tickUntil(pool, () => {
    if (running.fed < 60) running.feed();
    return pool.counters().workerRestarts > restartsBefore;
  });
  const othersAtLoss = running.calls.filter(({ shard }) => shard === 1)[0]?.heard.length ?? 0;
  await tickUntil(pool, () => {
    if (running.fed < 60) running.feed();
    return running.fed === 60 && running.complete();
  });
  const tookMs = performance.now() - lostAtMs;
  test.ok(
    tookMs < limitMs,
    `all frames heard ${tookMs.toFixed(0)} ms after the loss, start took ${startMs.toFixed(0)} ms`,
  );
  test.ok(othersAtLoss >= 10);
  requireInOrder(test, running);
  test.match(pool.counters(), {
    workerRestarts: restartsBefore + 1,
    dropped: 0,
    processed: 6 * 60,
  });
}

t.test('a worker that is killed between tasks is replaced, its calls go on', async (t) => {
  const faulty = await faultyPool();
  t.teardown(() => faulty.pool.close());
  await surviveLoss(t, faulty, () => void faulty.pool.threads[0]?.terminate());
});

t.test('a worker that dies in a task, its frames done, is replaced, its calls go on', async (t) => {
  const faulty = await faultyPool();
  t.teardown(() => faulty.pool.close());
  await surviveLoss(t, faulty, () => faulty.fail(Fault.EXIT_AFTER, 0));
});

t.test('a worker that is terminated in mid-run is replaced, its calls go on', async (t) => {
  const faulty = await faultyPool({ denoise: 'rnnoise', gate: false });
  const { pool } = faulty;
  t.teardown(() => pool.close());
  const running = start(faulty);
  for (let round = 1; round <= 3; round++) {
    // Who works on this is there to be stopped: the one before may have ended with all its frames done.
    running.feed();
    await tickUntil(pool, running.complete);
    for (let i = 0; i < 30; i++) running.feed();
    pool.tick();
    await sleep(3);
    pool.stopWorker(0);
    await tickUntil(pool, () => pool.counters().workerRestarts === round);
    await tickUntil(pool, running.complete);
  }
  t.equal(pool.counters().dropped, 0);
  t.equal(pool.counters().processed, 6 * 93);
});

t.test('a worker that throws is replaced, its calls go on', async (t) => {
  const faulty = await faultyPool();
  t.teardown(() => faulty.pool.close());
  await surviveLoss(t, faulty, () => faulty.fail(Fault.THROW, 0));
});

t.test('a worker that dies of an uncaught error is replaced, its calls go on', async (t) => {
  const faulty = await faultyPool();
  t.teardown(() => faulty.pool.close());
  await surviveLoss(t, faulty, () => faulty.fail(Fault.UNCAUGHT, 0));
});

t.test('a worker that hangs is replaced, its calls go on', async (t) => {
  const faulty = await faultyPool({ taskLimitMs: 150 });
  t.teardown(() => faulty.pool.close());
  await surviveLoss(t, faulty, () => faulty.fail(Fault.HANG, 0));
});

t.test('after a standstill of the whole machine no worker is replaced', async (t) => {
  const faulty = await faultyPool({ taskLimitMs: STALL_MS / 2 });
  const { pool } = faulty;
  t.teardown(() => pool.close());
  const running = start(faulty);
  faulty.fail(Fault.STALL, 0);
  running.feed();
  pool.tick();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STALL_MS);
  await tickUntil(pool, running.complete);
  t.equal(pool.counters().workerRestarts, 0);
  requireInOrder(t, running);
});

t.test('the other shard goes on while one has no worker', async (t) => {
  const faulty = await faultyPool({ taskLimitMs: 400 });
  const { pool } = faulty;
  t.teardown(() => pool.close());
  const running = start(faulty);
  faulty.fail(Fault.HANG, 0);
  for (let i = 0; i < 5; i++) running.feed();
  const others = running.calls.filter(({ shard }) => shard === 1);
  await tickUntil(pool, () => others.every(({ heard }) => heard.length === 5));
  t.ok(running.calls.every(({ shard, heard }) => shard === 1 || heard.length === 0));
  t.equal(pool.counters().workerRestarts, 0, 'while shard 0 hangs');
  await tickUntil(pool, running.complete);
  t.equal(pool.counters().workerRestarts, 1);
  requireInOrder(t, running);
});

t.test('workers killed over and over, all at once, come back', async (t) => {
  const faulty = await faultyPool();
  const { pool } = faulty;
  t.teardown(() => pool.close());
  const running = start(faulty);
  for (let round = 0; round < 3; round++) {
    for (const thread of pool.threads) void thread.terminate();
    const restarts = pool.counters().workerRestarts;
    running.feed();
    await tickUntil(pool, () => pool.counters().workerRestarts >= restarts + 2);
    await tickUntil(pool, running.complete);
  }
  requireInOrder(t, running);
  t.equal(pool.counters().workerRestarts, 6);
  t.equal(pool.threads.length, 2);
});

t.test('a worker that dies while it starts is replaced as well', async (t) => {
  const faulty = await faultyPool();
  const { pool } = faulty;
  t.teardown(() => pool.close());
  const running = start(faulty);
  faulty.fail(Fault.EXIT_IN_WARM_UP, 0);
  void pool.threads[0]?.terminate();
  running.feed();
  await tickUntil(pool, () => pool.counters().workerRestarts === 2);
  running.feed();
  await tickUntil(pool, () => running.calls.every(({ heard }) => heard.length > 0));
  t.equal(pool.threads.length, 2);
});

t.test('a worker killed before it has started is replaced as well', async (t) => {
  const faulty = await faultyPool();
  const { pool } = faulty;
  t.teardown(() => pool.close());
  const running = start(faulty);
  void pool.threads[0]?.terminate();
  await tickUntil(pool, () => pool.counters().workerRestarts === 1);
  pool.stopWorker(0);
  pool.stopWorker(1);
  running.feed();
  await tickUntil(pool, () => pool.counters().workerRestarts >= 2 && pool.threads.length === 2);
  running.feed();
  await tickUntil(pool, () => running.calls.every(({ heard }) => heard.length > 0));
  t.equal(pool.threads.length, 2);
});

t.test('frames that two workers in a row failed on are dropped and counted', async (t) => {
  const faulty = await faultyPool();
  const { pool } = faulty;
  t.teardown(() => pool.close());
  const running = start(faulty);
  faulty.fail(Fault.ALWAYS_THROW, 0);
  running.feed();
  await tickUntil(pool, () => pool.counters().dropped === 3);
  faulty.fail(Fault.NONE, 0);
  running.feed();
  await tickUntil(pool, () => running.calls.every(({ heard }) => heard.length > 0));
  const { received, processed, dropped } = pool.counters();
  t.equal(received, processed + dropped);
});

t.test('a lane whose worker was replaced does not inherit its state', async (t) => {
  const faulty = await faultyPool({ shards: 1, denoise: 'rnnoise', engine: 'stock' });
  const { pool } = faulty;
  t.teardown(() => pool.close());
  const heard: HeardFrame[] = [];
  const slot = pool.open(listenTo(heard));
  slot.writeInbound(new Uint8Array(20 * FRAME).fill(0x90), 0);
  await tickUntil(pool, () => heard.length === 20);
  void pool.threads[0]?.terminate();
  await tickUntil(pool, () => pool.counters().workerRestarts === 1);
  slot.writeInbound(new Uint8Array(2 * FRAME).fill(0x90), 0);
  await tickUntil(pool, () => heard.length === 22);
  // The look-ahead of a fresh lane is empty: its first frames are silent.
  t.ok(heard[20]?.pcm.every((sample) => sample === 0));
});

t.test('a pool whose worker dies while it starts is not made', async (t) => {
  await t.rejects(faultyPool({}, Fault.EXIT_IN_WARM_UP), { code: 'DSP_WORKER_FAILED' });
});

t.test('it is told why a worker is replaced', async (t) => {
  const losses: string[] = [];
  const faulty = await faultyPool({ onWorkerLost: ({ message }) => losses.push(message) });
  const { pool } = faulty;
  t.teardown(() => pool.close());
  const running = start(faulty);
  faulty.fail(Fault.THROW, 1);
  running.feed();
  await tickUntil(pool, running.complete);
  t.same(losses, ['the audio worker of shard 1 is replaced: made to throw']);
});

t.test('a process that exits while its workers are busy exits as it should', async (t) => {
  const script = `
    const { createDspPool } = await import(${JSON.stringify(POOL_URL)});
    const pool = await createDspPool({ shards: 2, callsPerShard: 8, denoise: 'off', vad: 'silero' });
    for (let i = 0; i < 16; i++) pool.open(() => {}).writeInbound(new Uint8Array(16000), 0);
    pool.tick();
    setTimeout(() => process.exit(7), 2 + 5 * Math.random());
  `;
  const codes = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
      const [code] = (await once(child, 'exit')) as [number | null];
      return code;
    }),
  );
  t.same(codes, [7, 7, 7, 7]);
});
