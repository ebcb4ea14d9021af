import t from 'tap';
import { passThrough } from '../../src/dsp/denoise/denoiser.js';
import { MULAW_TO_LINEAR } from '../../src/dsp/g711.js';
import { FRAME_RING, HeaderField, SLOT_BYTES } from '../../src/dsp/shard-memory.js';
import {
  LoudnessDetector,
  ShardHarness,
  type HarnessSlot,
  type HeardFrame,
} from './shard-harness.js';
import { random, sameSamples } from './signals.js';

const FRAME = 160;

function bytes(length: number, seed: number): Uint8Array {
  const next = random(seed);
  return Uint8Array.from({ length }, () => Math.floor(next() * 256));
}

const sameFrame = (a: Int16Array, b: Int16Array): boolean =>
  a.length === b.length && a.every((sample, i) => sample === b[i]);
const linear = (mulaw: Uint8Array): number[] =>
  Array.from(mulaw, (byte) => MULAW_TO_LINEAR[byte] as number);
const pcmOf = (heard: readonly HeardFrame[]): number[] => heard.flatMap(({ pcm }) => [...pcm]);

t.test('a slot takes at most 250 KB', async (t) => {
  t.ok(SLOT_BYTES < 250_000, `${SLOT_BYTES} bytes`);
});

t.test('a burst of 2 s comes out whole, in order, with its arrival times', async (t) => {
  const shard = new ShardHarness(1);
  const heard: HeardFrame[] = [];
  const slot = shard.open(0, heard);
  const line = bytes(100 * FRAME, 1);
  t.equal(slot.writeInbound(line.subarray(0, 60 * FRAME), 1000), 0);
  t.equal(slot.writeInbound(line.subarray(60 * FRAME), 1005), 0);
  await shard.runAll();
  slot.deliverAll();
  sameSamples(t, pcmOf(heard), linear(line));
  t.same(
    heard.map(({ arrivedAtMs }) => arrivedAtMs),
    Array.from({ length: 100 }, (_, n) => (n < 60 ? 1000 : 1005)),
  );
  t.match(shard.counts, { received: 100, processed: 100, dropped: 0, repaired: 0 });
});

t.test('chunks of any length make frames; a rest waits for the next chunk', async (t) => {
  const shard = new ShardHarness(1);
  const heard: HeardFrame[] = [];
  const slot = shard.open(0, heard);
  const line = bytes(FRAME * 700 + 33, 2);
  const next = random(3);
  for (let at = 0; at < line.length;) {
    const chunk = line.subarray(at, at + 1 + Math.floor(next() * 500));
    t.equal(slot.writeInbound(chunk, at), 0);
    at += chunk.length;
    await shard.runAll();
    slot.deliverAll();
    if (heard.length !== Math.floor(at / FRAME)) t.fail(`${heard.length} frames of ${at} bytes`);
  }
  sameSamples(t, pcmOf(heard), linear(line.subarray(0, 700 * FRAME)));
});

t.test('base64 of any chunking gives what the bytes give', async (t) => {
  const shard = new ShardHarness(1);
  const heard: HeardFrame[] = [];
  const slot = shard.open(0, heard);
  const line = bytes(FRAME * 600, 4);
  const next = random(5);
  for (let at = 0; at < line.length;) {
    const chunk = line.subarray(at, at + 1 + Math.floor(next() * 700));
    t.equal(slot.writeInboundBase64(Buffer.from(chunk).toString('base64'), 0), 0);
    at += chunk.length;
    await shard.runAll();
    slot.deliverAll();
  }
  sameSamples(t, pcmOf(heard), linear(line));
});

t.test('what is not base64 is refused and leaves no trace', async (t) => {
  const shard = new ShardHarness(1);
  const heard: HeardFrame[] = [];
  const slot = shard.open(0, heard);
  const line = bytes(FRAME, 6);
  slot.writeInbound(line.subarray(0, 100), 0);
  const bad = `${Buffer.from(bytes(240, 7)).toString('base64').slice(0, 300)}*${'A'.repeat(19)}`;
  t.equal(slot.writeInboundBase64(bad, 0), -1);
  slot.writeInbound(line.subarray(100), 0);
  await shard.runAll();
  slot.deliverAll();
  sameSamples(t, pcmOf(heard), linear(line));
  t.equal(shard.counts.received, 1);
});

t.test('a full ring drops what comes last, counts it, and takes more once read', async (t) => {
  const shard = new ShardHarness(1);
  const heard: HeardFrame[] = [];
  const slot = shard.open(0, heard);
  const line = bytes((FRAME_RING + 10) * FRAME, 8);
  t.equal(slot.writeInbound(line.subarray(0, 50), 0), 0);
  t.equal(slot.writeInbound(line.subarray(50), 0), 10);
  t.equal(slot.writeInboundBase64(Buffer.from(line.subarray(0, 320)).toString('base64'), 0), 2);
  t.equal(slot.writeSilence(3, 0), 3);
  t.match(shard.counts, { received: FRAME_RING + 12, dropped: 15, repaired: 3 });
  await shard.runAll();
  slot.deliverAll();
  t.equal(slot.writeInbound(line.subarray(0, FRAME), 0), 0);
});

t.test('of more than 3 s that wait all but 2 s are passed over, and counted', async (t) => {
  const shard = new ShardHarness(2);
  const heard: HeardFrame[] = [];
  const slot = shard.open(0, heard);
  const line = bytes(200 * FRAME, 9);
  slot.writeInbound(line.subarray(0, 150 * FRAME), 0);
  await shard.runAll();
  slot.deliverAll();
  t.equal(heard.length, 150, '3 s are all heard');
  heard.length = 0;
  slot.writeInbound(line.subarray(0, 151 * FRAME), 0);
  await shard.runAll();
  slot.deliverAll();
  sameSamples(t, pcmOf(heard), linear(line.subarray(51 * FRAME, 151 * FRAME)));
  t.match(shard.counts, { received: 301, processed: 250, dropped: 51 });
});

t.test('repaired silence is digital silence and is counted apart', async (t) => {
  const shard = new ShardHarness(1);
  const heard: HeardFrame[] = [];
  const slot = shard.open(0, heard);
  t.equal(slot.writeSilence(3, 7), 0);
  await shard.runAll();
  slot.deliverAll();
  t.ok(pcmOf(heard).every((sample) => sample === 0));
  t.match(shard.counts, { received: 0, repaired: 3, processed: 3 });
});

t.test('each call gets its own frames and probabilities', async (t) => {
  const shard = new ShardHarness(3);
  const heard: HeardFrame[][] = [[], [], []];
  const lines = [0x80, 0xff, 0xa0].map((byte) => new Uint8Array(FRAME * 4).fill(byte));
  const slots = heard.map((frames, slot) => shard.open(slot, frames));
  slots[0]?.writeInbound(lines[0] as Uint8Array, 0);
  slots[2]?.writeInbound((lines[2] as Uint8Array).subarray(0, FRAME), 0);
  await shard.runAll();
  slots[1]?.writeInbound(lines[1] as Uint8Array, 0);
  await shard.runAll();
  slots.forEach((slot) => slot.deliverAll());
  t.same(
    heard.map((frames) => frames.length),
    [4, 4, 1],
  );
  heard.forEach((frames, slot) => {
    const level = MULAW_TO_LINEAR[(lines[slot] as Uint8Array)[0] as number] as number;
    t.ok(frames.every(({ pcm }) => pcm.every((sample) => sample === level)));
    t.ok(frames.every(({ speech }) => Math.abs(speech - level / 32768) < 1e-6));
  });
});

t.test('a reused slot inherits no frames, at whatever moment it changed hands', async (t) => {
  const next = random(99);
  for (let trial = 0; trial < 60; trial++) {
    const shard = new ShardHarness(1);
    const heardBefore: HeardFrame[] = [];
    const before = shard.open(0, heardBefore);
    if (next() < 0.8) await shard.runAll();
    before.writeInbound(new Uint8Array(Math.floor(next() * 2000)).fill(0x80), 0);
    if (next() < 0.5) await shard.runAll();
    if (next() < 0.5) before.deliverAll();
    before.writeInbound(new Uint8Array(Math.floor(next() * 700)).fill(0x80), 0);
    const running = next() < 0.5 ? shard.runAll() : undefined;
    before.close();
    before.close();
    const heard: HeardFrame[] = [];
    const after = shard.open(0, heard);
    after.writeInbound(new Uint8Array(5 * FRAME).fill(0xa0), 1);
    before.writeInbound(new Uint8Array(5 * FRAME).fill(0x80), 0);
    await running;
    await shard.runAll();
    after.deliverAll();
    before.deliverAll();
    const level = MULAW_TO_LINEAR[0xa0] as number;
    if (heard.length !== 5) t.fail(`trial ${trial}: ${heard.length} frames`);
    if (pcmOf(heard).some((sample) => sample !== level)) t.fail(`trial ${trial}: foreign audio`);
  }
});

t.test('a worker that takes over processes each waiting frame once', async (t) => {
  const shard = new ShardHarness(1);
  const heard: HeardFrame[] = [];
  const slot = shard.open(0, heard);
  const line = bytes(30 * FRAME, 12);
  for (let frame = 0; frame < 30; frame++) {
    slot.writeInbound(line.subarray(frame * FRAME, (frame + 1) * FRAME), frame);
    if (frame % 4 === 0) await shard.runAll();
    if (frame % 7 === 3) shard.replaceWorker();
    if (frame % 3 === 0) slot.deliverAll();
  }
  await shard.runAll();
  slot.deliverAll();
  sameSamples(t, pcmOf(heard), linear(line));
});

t.test('a worker given up for dead writes nothing any more', async (t) => {
  const shard = new ShardHarness(1);
  const heard: HeardFrame[] = [];
  const slot = shard.open(0, heard);
  const zombie = shard.pipeline;
  slot.writeInbound(bytes(FRAME, 1), 0);
  await zombie.run();
  slot.writeInbound(bytes(FRAME, 2), 0);
  shard.replaceWorker();
  await t.rejects(zombie.run(), { code: 'DSP_WORKER_FAILED' });
  slot.deliverAll();
  t.equal(heard.length, 1);
});

t.test('a worker that loses its shard while it judges a frame does not publish it', async (t) => {
  const detector = new LoudnessDetector();
  const shard = new ShardHarness(1, { denoiser: passThrough, detector });
  const heard: HeardFrame[] = [];
  const slot = shard.open(0, heard);
  slot.writeInbound(bytes(FRAME, 1), 0);
  const running = shard.pipeline.run();
  shard.replaceWorker();
  await t.rejects(running, { code: 'DSP_WORKER_FAILED' });
  slot.deliverAll();
  t.equal(heard.length, 0);
});

t.test('frames given up after failures are dropped and counted, later ones come out', async (t) => {
  const shard = new ShardHarness(1);
  const heard: HeardFrame[] = [];
  const slot = shard.open(0, heard);
  slot.writeInbound(bytes(4 * FRAME, 1), 0);
  slot.dropWaiting();
  shard.replaceWorker();
  const line = bytes(FRAME, 2);
  slot.writeInbound(line, 0);
  await shard.runAll();
  slot.deliverAll();
  sameSamples(t, pcmOf(heard), linear(line));
  t.match(shard.counts, { received: 5, dropped: 4, processed: 1 });
});

t.test('frames are late when they are ready more than 60 ms after arrival', async (t) => {
  const shard = new ShardHarness(1);
  const slot = shard.open(0, [], () => 1000);
  for (const arrivedAtMs of [900, 939.9, 940, 990]) slot.writeInbound(bytes(FRAME, 1), arrivedAtMs);
  await shard.runAll();
  slot.deliverAll();
  t.equal(shard.counts.late, 2);
  t.equal(shard.latencies.max, 100);
});

t.test('a listener may close its slot: it hears no more', async (t) => {
  const shard = new ShardHarness(1);
  const heard: HeardFrame[] = [];
  const slot = shard.open(0, heard);
  heard.push = (frame) => {
    slot.close();
    return Array.prototype.push.call(heard, frame);
  };
  slot.writeInbound(bytes(5 * FRAME, 1), 0);
  await shard.runAll();
  slot.deliverAll();
  t.equal(heard.length, 1);
});

t.test('clean frames can be told again while the ring still holds them', async (t) => {
  const shard = new ShardHarness(1);
  const next = random(7);
  const heard: HeardFrame[] = [];
  const slot = shard.open(0, heard);
  t.equal(slot.recallable, 0);
  let fewest = FRAME_RING;
  for (let step = 0; step < 400; step++) {
    slot.writeInbound(bytes(FRAME * Math.floor(next() * 12), step), 0);
    // Sometimes frames wait, and sometimes clean ones do.
    if (next() < 0.7) await shard.runAll();
    if (next() < 0.7) slot.deliverAll();
    if (heard.length > FRAME_RING) fewest = Math.min(fewest, slot.recallable);
    for (let ago = 0; ago < slot.recallable; ago++) {
      const told = heard[heard.length - 1 - ago]?.pcm ?? new Int16Array(0);
      if (!sameFrame(slot.recall(ago), told)) {
        return t.fail(`step ${step}, ${ago} frames ago`);
      }
    }
  }
  t.ok(fewest > 150, `${fewest} frames with a backlog`);
  await shard.runAll();
  slot.deliverAll();
  t.equal(slot.recallable, FRAME_RING, 'all of the ring when nothing waits');
  slot.close();
  return t.equal(slot.recallable, 0);
});

t.test('what was passed over parts what can be told again', async (t) => {
  const shard = new ShardHarness(1);
  const slot = shard.open(0);
  slot.writeInbound(bytes(50 * FRAME, 1), 0);
  await shard.runAll();
  slot.deliverAll();
  t.equal(slot.recallable, 50);
  slot.writeInbound(bytes(200 * FRAME, 2), 0);
  await shard.runAll();
  slot.deliverAll();
  t.equal(slot.recallable, 100);
});

t.test('a listener finds the frame that it is told as the newest', async (t) => {
  const shard = new ShardHarness(1);
  let checked = 0;
  const slot = shard.listen(0, (pcm) => {
    if (sameFrame(slot.recall(0), pcm)) checked++;
  });
  slot.writeInbound(bytes(20 * FRAME, 5), 0);
  await shard.runAll();
  slot.deliverAll();
  t.equal(checked, 20);
});

t.test('out-of-range samples of an engine are clipped', async (t) => {
  const denoiser = {
    ...passThrough,
    process: (batch: { samples: Float32Array }) => {
      batch.samples.set([40000, -40000, 1.4, -1.6]);
    },
  };
  const shard = new ShardHarness(1, { denoiser, detector: new LoudnessDetector() });
  const heard: HeardFrame[] = [];
  const slot = shard.open(0, heard);
  slot.writeInbound(bytes(FRAME, 1), 0);
  await shard.runAll();
  slot.deliverAll();
  t.same([...(heard[0]?.pcm.subarray(0, 4) ?? [])], [32767, -32768, 1, -2]);
});

t.test('in steady state the main thread allocates next to nothing', async (t) => {
  const shard = new ShardHarness(1);
  const memory = shard.memory.slots[0];
  if (memory === undefined) throw new Error('no slot');
  const payload = Buffer.from(bytes(FRAME, 1)).toString('base64');
  const { FrameRoom, InboundRing } = await import('../../src/dsp/inbound-ring.js');
  const { MainField, WorkerField } = await import('../../src/dsp/shard-memory.js');
  const ring = new InboundRing(memory, new FrameRoom(), shard.counts);
  let heard = 0;
  const listener = (pcm: Int16Array): void => {
    heard += pcm.length;
  };
  const frames = (count: number): void => {
    for (let i = 0; i < count; i++) {
      ring.writeBase64(payload, i);
      memory.store(WorkerField.FRAMES_PROCESSED, memory.load(MainField.FRAMES_WRITTEN));
      ring.deliver(listener, i, shard.latencies);
    }
  };
  frames(30_000);
  const before = process.memoryUsage().heapUsed;
  frames(10_000);
  const each = (process.memoryUsage().heapUsed - before) / 10_000;
  t.equal(heard, 40_000 * FRAME);
  t.ok(each < 64, `${each.toFixed(1)} bytes a frame`);
});

t.test('a shard that cannot keep up does without, call by call, and comes back', async (t) => {
  const bypassed = new Set<number>();
  const detector = new LoudnessDetector();
  const judge = detector.process.bind(detector);
  let nowMs = 0;
  let roundMs = 50;
  detector.process = async (batch) => {
    nowMs += roundMs;
    await judge(batch);
  };
  const denoiser = {
    ...passThrough,
    bypass: (lane: number, on: boolean) => void (on ? bypassed.add(lane) : bypassed.delete(lane)),
  };
  const shard = new ShardHarness(4, { denoiser, detector });
  shard.nowMs = () => nowMs;
  shard.replaceWorker();
  // Slot 1 is opened last.
  const slots: HarnessSlot[] = [];
  for (const slot of [2, 0, 3, 1]) {
    slots.push(shard.open(slot));
    await shard.runAll();
  }
  const tick = async (frames: number): Promise<void> => {
    for (const slot of slots) slot.writeInbound(new Uint8Array(FRAME * frames), nowMs);
    await shard.pipeline.run();
    for (const slot of slots) slot.deliverAll();
  };
  const step = (): number => Atomics.load(shard.memory.header, HeaderField.STEP);
  for (let i = 0; i < 11; i++) await tick(6);
  t.same([...bypassed], [1]);
  t.equal(Atomics.load(shard.memory.header, HeaderField.SHED), 1);
  t.equal(step(), 1);
  for (let i = 0; i < 10; i++) await tick(6);
  t.same([...bypassed], [1, 3]);
  roundMs = 2;
  await shard.runAll();
  for (let i = 0; i < 400; i++) {
    nowMs += 18;
    await tick(1);
  }
  t.same([...bypassed], []);
  t.equal(step(), 0);
});
