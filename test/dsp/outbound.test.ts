import t from 'tap';
import { MULAW_TO_LINEAR } from '../../src/dsp/g711.js';
import { COMMAND_RING, MULAW_RING, PCM_RING } from '../../src/dsp/shard-memory.js';
import type { DspSlot } from '../../src/dsp/pool.js';
import { ShardHarness, type HarnessSlot } from './shard-harness.js';
import { random, rms, sine } from './signals.js';

const FRAME = 160;

/** All frames that are ready, as linear PCM. */
function readAll(slot: DspSlot): number[] {
  const frame = new Uint8Array(FRAME);
  const pcm: number[] = [];
  while (slot.readOutbound(frame)) {
    pcm.push(...Array.from(frame, (byte) => MULAW_TO_LINEAR[byte] as number));
  }
  return pcm;
}

/** Write everything, in chunks of any length, run and read until all has come out. */
async function play(
  shard: ShardHarness,
  slot: HarnessSlot,
  pcm: Int16Array,
  rateHz: number,
  seed = 1,
): Promise<number[]> {
  const next = random(seed);
  const result: number[] = [];
  for (let at = 0; at < pcm.length;) {
    const length = 1 + Math.floor(next() * 3000);
    // From within a longer buffer, and from the beginning of one of its own.
    at +=
      seed % 2 === 0
        ? slot.writeOutbound(pcm.subarray(0, at + length), rateHz, at)
        : slot.writeOutbound(pcm.subarray(at, at + length), rateHz);
    if (at === pcm.length) slot.flushOutbound();
    await shard.runAll();
    result.push(...readAll(slot));
  }
  while (slot.outboundPending) {
    await shard.runAll();
    result.push(...readAll(slot));
  }
  return result;
}

for (const rateHz of [8000, 16000, 22050, 24000, 44100, 48000]) {
  t.test(`a passage at ${rateHz} Hz comes out undelayed, as long as it was`, async (t) => {
    const shard = new ShardHarness(1);
    const slot = shard.open(0);
    const seconds = 3.3;
    const heard = await play(shard, slot, sine(1000, rateHz, rateHz * seconds, 12000), rateHz);
    t.equal(heard.length, Math.ceil((seconds * 8000) / FRAME) * FRAME);
    const expected = sine(1000, 8000, seconds * 8000, 12000);
    // The ends ring where the tone is cut off.
    const error = expected.map((sample, i) => sample - (heard[i] as number)).subarray(40, -40);
    const snr = 20 * Math.log10(rms(expected) / rms(error));
    t.ok(snr > 33, `${snr.toFixed(1)} dB: what mu-law leaves`);
    t.ok(heard.slice(expected.length + 2).every((sample) => sample === 0));
  });
}

t.test('passages of any length come out as whole frames, none lost, none added', async (t) => {
  const next = random(17);
  for (let trial = 0; trial < 80; trial++) {
    const rateHz = [8000, 16000, 22050, 24000, 48000][trial % 5] as number;
    const shard = new ShardHarness(1);
    const slot = shard.open(0);
    const samples = 1 + Math.floor(next() * 3000);
    const heard = await play(shard, slot, new Int16Array(samples).fill(4000), rateHz, trial);
    const expected = Math.ceil(Math.ceil((samples * 8000) / rateHz) / FRAME) * FRAME;
    if (heard.length !== expected) t.fail(`${samples} at ${rateHz} Hz: ${heard.length}`);
  }
});

t.test('without a flush the last part of a frame waits', async (t) => {
  const shard = new ShardHarness(1);
  const slot = shard.open(0);
  t.equal(slot.writeOutbound(new Int16Array(200), 8000), 200);
  t.ok(slot.outboundPending);
  await shard.runAll();
  t.equal(slot.outboundReady, 1);
  t.equal(readAll(slot).length, FRAME);
  t.ok(slot.outboundPending, '40 samples are in the worker');
  await shard.runAll();
  t.equal(slot.outboundReady, 0);
  slot.flushOutbound();
  t.ok(slot.outboundPending);
  await shard.runAll();
  t.equal(readAll(slot).length, FRAME);
  t.notOk(slot.outboundPending);
});

t.test('a flush of nothing makes no frame', async (t) => {
  const shard = new ShardHarness(1);
  const slot = shard.open(0);
  for (let i = 0; i < 500; i++) slot.flushOutbound();
  t.notOk(slot.outboundPending);
  await shard.runAll();
  t.equal(slot.outboundReady, 0);
  slot.writeOutbound(new Int16Array(FRAME), 8000);
  for (let i = 0; i < 500; i++) slot.flushOutbound();
  await shard.runAll();
  t.equal(readAll(slot).length, FRAME);
  t.notOk(slot.outboundPending);
});

t.test('the rate may change within a passage: all of both comes out', async (t) => {
  const shard = new ShardHarness(1);
  const slot = shard.open(0);
  slot.writeOutbound(new Int16Array(24000 * 0.1).fill(8000), 24000);
  slot.writeOutbound(new Int16Array(8000 * 0.1).fill(-8000), 8000);
  slot.writeOutbound(new Int16Array(16000 * 0.1).fill(8000), 16000);
  slot.flushOutbound();
  await shard.runAll();
  const heard = readAll(slot);
  t.equal(heard.length, 2400);
  t.ok(heard.slice(40, 760).every((sample) => Math.abs(sample - 8000) < 300));
  t.ok(heard.slice(840, 1560).every((sample) => Math.abs(sample + 8000) < 300));
  t.ok(heard.slice(1640, 2360).every((sample) => Math.abs(sample - 8000) < 300));
});

t.test('a full ring takes no more, and takes on once frames are read', async (t) => {
  const shard = new ShardHarness(1);
  const slot = shard.open(0);
  const pcm = new Int16Array(40_000).fill(1000);
  t.equal(slot.writeOutbound(pcm, 24000), PCM_RING);
  t.equal(slot.writeOutbound(pcm, 24000), 0);
  await shard.runAll();
  t.equal(slot.writeOutbound(pcm, 24000), PCM_RING, 'what was encoded made room');
  await shard.runAll();
  // At least 63 of 64 frames: a step may make two.
  t.ok(slot.outboundReady >= MULAW_RING - 1);
  const room = slot.writeOutbound(pcm, 24000);
  t.ok(room > 0.8 * ((MULAW_RING - 1) * 480 - PCM_RING), `${room} samples`);
  readAll(slot);
  await shard.runAll();
  t.ok(slot.outboundReady > 0);
  t.ok(slot.writeOutbound(pcm, 24000) > 0);
});

t.test('a rate without a filter is refused', async (t) => {
  const slot = new ShardHarness(1).open(0);
  for (const rateHz of [0, 11025, 96000, Number.NaN]) {
    t.throws(() => slot.writeOutbound(new Int16Array(10), rateHz), {
      code: 'AUDIO_RATE_UNSUPPORTED',
    });
  }
  t.notOk(slot.outboundPending);
});

t.test('more flushes than the ring of commands holds are not lost', async (t) => {
  const shard = new ShardHarness(1);
  const slot = shard.open(0);
  let written = 0;
  for (let i = 0; i < COMMAND_RING + 5; i++) {
    if (slot.writeOutbound(new Int16Array(10).fill(500), 8000) === 10) written++;
    slot.flushOutbound();
  }
  t.ok(written >= COMMAND_RING - 1, `${written} passages`);
  const heard: number[] = [];
  while (slot.outboundPending) {
    slot.hasWork();
    await shard.runAll();
    heard.push(...readAll(slot));
  }
  t.equal(heard.length, written * FRAME);
});

t.test('a worker that takes over goes on at the rate told before', async (t) => {
  const shard = new ShardHarness(1);
  const slot = shard.open(0);
  slot.writeOutbound(new Int16Array(12000).fill(6000), 24000);
  slot.flushOutbound();
  shard.replaceWorker();
  await shard.runAll();
  const first = readAll(slot);
  slot.writeOutbound(new Int16Array(12000).fill(6000), 24000);
  shard.replaceWorker();
  slot.flushOutbound();
  await shard.runAll();
  const second = readAll(slot);
  t.equal(first.length, 4000);
  t.equal(second.length, 4000);
  t.ok(second.slice(40, 3960).every((sample) => Math.abs(sample - 6000) < 300));
  t.notOk(slot.outboundPending);
});

t.test('what a dead worker had in hand is lost, and nothing waits for it', async (t) => {
  const shard = new ShardHarness(1);
  const slot = shard.open(0);
  slot.writeOutbound(new Int16Array(250), 8000);
  await shard.runAll();
  shard.replaceWorker();
  await shard.runAll();
  slot.flushOutbound();
  await shard.runAll();
  t.equal(readAll(slot).length, FRAME);
  t.notOk(slot.outboundPending);
});

t.test('after a clear nothing written before is heard, at whatever moment', async (t) => {
  const next = random(31);
  const rates = [8000, 16000, 24000, 22050, 48000];
  for (let trial = 0; trial < 40; trial++) {
    const shard = new ShardHarness(1);
    let slot = shard.open(0);
    let level = 0;
    let writtenMs = 0;
    let heardSamples = 0;
    const renew = (): void => {
      level = level === 0 ? 1000 : -Math.sign(level) * (1000 + Math.floor(next() * 20) * 1000);
      writtenMs = 0;
      heardSamples = 0;
    };
    const listen = (): void => {
      for (const sample of readAll(slot)) {
        heardSamples++;
        // Ringing at an end stays on the side of its own passage, or near zero.
        if (sample * Math.sign(level) < -0.2 * Math.abs(level)) {
          throw new Error(`trial ${trial}: ${sample} of an earlier passage, level is ${level}`);
        }
      }
    };
    renew();
    for (let step = 0; step < 60; step++) {
      const choice = next();
      if (choice < 0.35) {
        const rateHz = rates[Math.floor(next() * rates.length)] as number;
        const count = Math.floor(next() * rateHz * 0.3);
        writtenMs +=
          (slot.writeOutbound(new Int16Array(count).fill(level), rateHz) / rateHz) * 1000;
      } else if (choice < 0.45) {
        slot.flushOutbound();
      } else if (choice < 0.75) {
        await shard.runAll();
      } else if (choice < 0.9) {
        listen();
      } else if (choice < 0.96) {
        // Now and then while the worker is in the middle of a task.
        const running = next() < 0.5 ? shard.runAll() : undefined;
        slot.clearOutbound();
        t.notOk(slot.outboundPending);
        t.equal(slot.outboundReady, 0);
        renew();
        await running;
      } else {
        slot.close();
        slot = shard.open(0);
        t.notOk(slot.outboundPending);
        renew();
      }
    }
    slot.flushOutbound();
    for (let i = 0; slot.outboundPending && i < 100; i++) {
      slot.hasWork();
      await shard.runAll();
      listen();
    }
    t.notOk(slot.outboundPending, `trial ${trial}`);
    // Each flush pads less than a frame; at most one a step.
    t.ok(heardSamples >= writtenMs * 8 - 1 && heardSamples < writtenMs * 8 + 61 * FRAME);
  }
});

t.test('a closed slot takes and gives nothing', async (t) => {
  const shard = new ShardHarness(1);
  const slot = shard.open(0);
  slot.writeOutbound(new Int16Array(1600), 8000);
  await shard.runAll();
  slot.close();
  t.equal(slot.writeOutbound(new Int16Array(1600), 8000), 1600);
  slot.flushOutbound();
  slot.clearOutbound();
  t.equal(slot.outboundReady, 0);
  t.notOk(slot.outboundPending);
  t.notOk(slot.readOutbound(new Uint8Array(FRAME)));
  t.equal(slot.writeInbound(new Uint8Array(1600), 0), 0);
  t.equal(slot.writeInboundBase64('AAAA', 0), 0);
  t.equal(slot.writeSilence(3, 0), 0);
});
