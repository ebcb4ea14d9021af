import t from 'tap';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDspPool, type DspSlot } from '../../src/dsp/pool.js';
import { RnnoiseDenoiser } from '../../src/dsp/denoise/rnnoise.js';
import { compileRnnoise } from '../../src/dsp/denoise/rnnoise-module.js';
import { linearToMulaw, MULAW_TO_LINEAR } from '../../src/dsp/g711.js';
import { runLane } from './denoise/run.js';
import { listenTo, OPTIONS, tickUntil } from './pool-harness.js';
import type { HeardFrame } from './shard-harness.js';
import { random, speechClip, throughMulaw, sameSamples } from './signals.js';

const FRAME = 160;

const encode = (pcm: Int16Array): Uint8Array => Uint8Array.from(pcm, linearToMulaw);
const pcmOf = (heard: readonly HeardFrame[]): number[] => heard.flatMap(({ pcm }) => [...pcm]);

t.test('every frame of every call comes out once, in order, with a probability', async (t) => {
  const pool = await createDspPool(OPTIONS);
  t.teardown(() => pool.close());
  t.equal(pool.shards, 2);
  t.equal(pool.capacity, 8);
  t.equal(pool.cleanDelayMs, 0);
  const speech = throughMulaw(speechClip('hours'));
  const heard: HeardFrame[][] = Array.from({ length: 6 }, () => []);
  const slots = heard.map((frames) => pool.open(listenTo(frames)));
  t.equal(pool.openSlots, 6);
  const shards = slots.map((slot) => slot.shard);
  t.same(
    shards.sort((a, b) => a - b),
    [0, 0, 0, 1, 1, 1],
  );
  const frames = Math.floor(speech.length / FRAME);
  const line = encode(speech.subarray(0, frames * FRAME));
  for (let frame = 0; frame < frames; frame++) {
    const now = performance.now();
    for (const slot of slots) {
      slot.writeInbound(line.subarray(frame * FRAME, (frame + 1) * FRAME), now);
    }
    pool.tick();
    if (frame % 3 === 0) await sleep(1);
  }
  await tickUntil(pool, () => heard.every((one) => one.length === frames));
  for (const one of heard) {
    sameSamples(t, pcmOf(one), speech.subarray(0, frames * FRAME));
    t.ok(one.filter(({ speech }) => speech > 0.5).length > frames / 3);
    t.ok(one.every(({ speech }) => speech >= 0 && speech <= 1));
  }
  const counters = pool.counters();
  t.match(counters, {
    received: 6 * frames,
    processed: 6 * frames,
    dropped: 0,
    repaired: 0,
    workerRestarts: 0,
    faults: 0,
    windows: 6 * Math.floor((frames * FRAME) / 256),
  });
  t.ok(counters.busyMs > 0);
  const { p50, p99, max } = pool.latencyPercentiles();
  t.ok(p50 > 0 && p50 <= p99 && p99 <= max, `${p50} ${p99} ${max}`);
});

t.test('with noise suppression clean PCM is what RNNoise makes of the line', async (t) => {
  const pool = await createDspPool({
    ...OPTIONS,
    shards: 1,
    denoise: 'rnnoise',
    engine: 'stock',
    gate: false,
  });
  t.teardown(() => pool.close());
  const speech = throughMulaw(speechClip('hours').subarray(0, 40 * FRAME));
  const engine = new RnnoiseDenoiser(await compileRnnoise(), 1);
  engine.open(0);
  t.equal(pool.cleanDelayMs, engine.delaySamples / 8);
  const expected = Int16Array.from(runLane(engine, 0, speech), Math.round);
  const heard: HeardFrame[] = [];
  pool.open(listenTo(heard)).writeInbound(encode(speech), 0);
  await tickUntil(pool, () => heard.length === 40);
  sameSamples(t, pcmOf(heard), expected);
  t.equal(pool.counters().denoised, 40);
});

t.test('the gate spares the noise suppressor on a silent line', async (t) => {
  const pool = await createDspPool({ ...OPTIONS, shards: 1, denoise: 'rnnoise', engine: 'stock' });
  t.teardown(() => pool.close());
  t.equal(pool.cleanDelayMs, 53.75);
  const heard: HeardFrame[] = [];
  const slot = pool.open(listenTo(heard));
  slot.writeInbound(new Uint8Array(140 * FRAME).fill(0xff), 0);
  await tickUntil(pool, () => heard.length === 140);
  t.ok(pool.counters().denoised < 30, `${pool.counters().denoised} of 140`);
});

t.test('bursts of 2 s on all calls at once lose nothing', async (t) => {
  const pool = await createDspPool({ ...OPTIONS, denoise: 'rnnoise' });
  t.teardown(() => pool.close());
  const heard: HeardFrame[][] = Array.from({ length: 8 }, () => []);
  const line = encode(speechClip('basic-pbx-ivr-main').subarray(0, 100 * FRAME));
  for (const frames of heard) t.equal(pool.open(listenTo(frames)).writeInbound(line, 0), 0);
  await tickUntil(pool, () => heard.every((frames) => frames.length === 100), 20_000);
  t.match(pool.counters(), { received: 800, processed: 800, dropped: 0 });
});

t.test('agent audio of all calls comes out encoded', async (t) => {
  const pool = await createDspPool(OPTIONS);
  t.teardown(() => pool.close());
  const frame = new Uint8Array(FRAME);
  const levels = Array.from({ length: 8 }, (_, i) => (i + 1) * 1500);
  const slots = levels.map(() => pool.open(() => {}));
  slots.forEach((slot, i) => {
    slot.writeOutbound(new Int16Array(12_000).fill(levels[i] as number), 24000);
    slot.flushOutbound();
  });
  await tickUntil(pool, () => slots.every((slot) => slot.outboundReady === 25));
  slots.forEach((slot, i) => {
    for (let n = 0; n < 25; n++) {
      t.ok(slot.outboundPending);
      t.ok(slot.readOutbound(frame));
      const sample = MULAW_TO_LINEAR[frame[80] as number] as number;
      t.ok(Math.abs(sample - (levels[i] as number)) < 0.04 * (levels[i] as number));
    }
    t.notOk(slot.outboundPending);
    t.notOk(slot.readOutbound(frame));
  });
});

t.test('a full pool refuses, and takes a call again once one has gone', async (t) => {
  const pool = await createDspPool({ ...OPTIONS, shards: 1, callsPerShard: 2 });
  t.teardown(() => pool.close());
  const first = pool.open(() => {});
  pool.open(() => {});
  t.throws(() => pool.open(() => {}), { code: 'DSP_POOL_FULL', retryable: true });
  first.close();
  first.close();
  t.equal(pool.openSlots, 1);
  const heard: HeardFrame[] = [];
  pool.open(listenTo(heard)).writeInbound(new Uint8Array(FRAME), 0);
  t.equal(pool.openSlots, 2);
  await tickUntil(pool, () => heard.length === 1);
});

t.test('a listener that throws stops no other call, and is not hidden', async (t) => {
  const pool = await createDspPool({ ...OPTIONS, shards: 1 });
  t.teardown(() => pool.close());
  const thrown: unknown[] = [];
  const before = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => thrown.push(error));
  t.teardown(() => {
    process.removeAllListeners('uncaughtException');
    for (const listener of before) process.on('uncaughtException', listener);
  });
  const bad = pool.open(() => {
    throw new Error('listener');
  });
  const heard: HeardFrame[] = [];
  const good = pool.open(listenTo(heard));
  for (const slot of [bad, good]) slot.writeInbound(new Uint8Array(3 * FRAME), 0);
  await tickUntil(pool, () => heard.length === 3 && thrown.length === 3);
});

t.test('closing the pool is idempotent and silences its slots', async (t) => {
  const pool = await createDspPool(OPTIONS);
  const heard: HeardFrame[] = [];
  const slot = pool.open(listenTo(heard));
  slot.writeInbound(new Uint8Array(FRAME), 0);
  pool.tick();
  await Promise.all([pool.close(), pool.close()]);
  pool.tick();
  slot.writeInbound(new Uint8Array(FRAME), 0);
  t.equal(slot.writeOutbound(new Int16Array(160), 8000), 160);
  pool.tick();
  slot.close();
  t.ok(heard.length <= 1);
});

t.test(
  'calls come, clear, go and talk at random: none hears another or its own past',
  async (t) => {
    const pool = await createDspPool({ ...OPTIONS, callsPerShard: 3, denoise: 'off' });
    t.teardown(() => pool.close());
    const next = random(5);
    interface Call {
      readonly slot: DspSlot;
      readonly byte: number;
      /** Sign and size of the agent audio since the last clear. */
      level: number;
    }
    const calls: Call[] = [];
    const problems: string[] = [];
    const frame = new Uint8Array(FRAME);
    let heard = 0;
    let read = 0;
    for (let step = 0; step < 1500; step++) {
      if (calls.length < 6 && next() < 0.3) {
        const byte = Math.floor(next() * 256);
        const level = MULAW_TO_LINEAR[byte] as number;
        const slot = pool.open((pcm) => {
          heard++;
          if (pcm.some((sample) => sample !== level)) problems.push(`foreign frame at ${step}`);
        });
        calls.push({ slot, byte, level: 2000 });
      }
      for (const call of calls) {
        if (next() < 0.6) {
          call.slot.writeInbound(new Uint8Array(Math.floor(next() * 400)).fill(call.byte), 0);
        }
        if (next() < 0.3) call.slot.writeOutbound(new Int16Array(700).fill(call.level), 8000);
        if (next() < 0.1) call.slot.flushOutbound();
        if (next() < 0.05) {
          call.slot.clearOutbound();
          call.level = -call.level;
        }
        while (next() < 0.5 && call.slot.readOutbound(frame)) {
          read++;
          const sample = MULAW_TO_LINEAR[frame[0] as number] as number;
          if (sample * call.level <= 0) problems.push(`cleared audio at ${step}`);
        }
      }
      if (next() < 0.05) calls.splice(Math.floor(next() * calls.length), 1)[0]?.slot.close();
      pool.tick();
      if (step % 5 === 0) await sleep(1);
    }
    t.same(problems, []);
    t.ok(heard > 1000, `${heard} frames heard`);
    t.ok(read > 500, `${read} frames read`);
    t.match(pool.counters(), { workerRestarts: 0, faults: 0 });
  },
);
