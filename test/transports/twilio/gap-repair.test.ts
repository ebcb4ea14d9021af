import t from 'tap';
import { FRAME_MS } from '../../../src/dsp/frame.js';
import { GapRepair, MAX_GAP_MS } from '../../../src/transports/twilio/gap-repair.js';
import { seededRandom } from './random.js';

interface Packet {
  readonly sequence: number;
  readonly timestampMs: number;
  readonly durationMs: number;
}

/** Regular 20 ms packets; `ppm` is how much faster the far end's clock runs than its samples. */
function packets(count: number, { firstMs = 20, firstSequence = 2, ppm = 0 } = {}): Packet[] {
  return Array.from({ length: count }, (_, index) => ({
    sequence: firstSequence + index,
    timestampMs: firstMs + Math.floor(index * FRAME_MS * (1 + ppm / 1e6)),
    durationMs: FRAME_MS,
  }));
}

/** Milliseconds of audio passed on, of silence put in, and packets dropped. */
function run(repair: GapRepair, stream: readonly Packet[]) {
  let audioMs = 0;
  let silenceMs = 0;
  let dropped = 0;
  for (const packet of stream) {
    const frames = repair.media(packet.sequence, packet.timestampMs, packet.durationMs);
    if (frames < 0) dropped += 1;
    else {
      silenceMs += frames * FRAME_MS;
      audioMs += packet.durationMs;
    }
  }
  return { audioMs, silenceMs, dropped };
}

t.test('a stream without loss is left alone, wherever its clock begins', async (t) => {
  for (const firstMs of [0, 20, 57, 123456]) {
    const repair = new GapRepair();
    t.same(run(repair, packets(500, { firstMs })), { audioMs: 10_000, silenceMs: 0, dropped: 0 });
    t.same(repair.counts, { lost: 0, outOfOrder: 0, duplicates: 0, silenceFrames: 0, restarts: 0 });
  }
});

t.test('a hole of n packets is n frames of silence, in its place', async (t) => {
  for (const hole of [1, 2, 5, 50, 100]) {
    const repair = new GapRepair();
    const stream = packets(300).filter((_, index) => index < 100 || index >= 100 + hole);
    const frames = stream.map((p) => repair.media(p.sequence, p.timestampMs, p.durationMs));
    t.equal(frames[100], hole);
    t.equal(
      frames.reduce((sum, each) => sum + each, 0),
      hole,
    );
    t.equal(repair.counts.lost, hole);
    t.equal(repair.counts.silenceFrames, hole);
  }
});

t.test('a hole that the far end did not number is filled too', async (t) => {
  const repair = new GapRepair();
  repair.media(2, 20, 20);
  t.equal(repair.media(3, 100, 20), 3);
  t.equal(repair.counts.lost, 0);
});

t.test(
  'a hole beyond the limit is filled to the limit, and then all is regular again',
  async (t) => {
    const repair = new GapRepair();
    repair.media(2, 20, 20);
    t.equal(repair.media(900, 60_000, 20), MAX_GAP_MS / FRAME_MS);
    t.same(run(repair, packets(100, { firstMs: 60_020, firstSequence: 901 })), {
      audioMs: 2000,
      silenceMs: 0,
      dropped: 0,
    });
  },
);

t.test('other messages take numbers of the same count', async (t) => {
  const repair = new GapRepair();
  t.ok(repair.sequence(1));
  t.equal(repair.media(2, 20, 20), 0);
  t.ok(repair.sequence(3));
  t.notOk(repair.sequence(3), 'the same again');
  t.equal(repair.media(4, 40, 20), 0);
  t.same(repair.counts, { lost: 0, outOfOrder: 0, duplicates: 1, silenceFrames: 0, restarts: 0 });
});

t.test('a repeat is dropped', async (t) => {
  const repair = new GapRepair();
  const stream = packets(100).flatMap((packet) => [packet, packet]);
  t.same(run(repair, stream), { audioMs: 2000, silenceMs: 0, dropped: 100 });
  t.equal(repair.counts.duplicates, 100);
  t.equal(repair.counts.lost, 0);
});

t.test('a packet that comes after its place was filled is dropped and not lost', async (t) => {
  const repair = new GapRepair();
  t.equal(repair.media(2, 20, 20), 0);
  t.equal(repair.media(4, 60, 20), 1);
  t.equal(repair.media(3, 40, 20), -1);
  t.equal(repair.media(5, 80, 20), 0);
  t.match(repair.counts, { lost: 0, outOfOrder: 1, duplicates: 0 });
});

t.test('chunks of any length are followed', async (t) => {
  const repair = new GapRepair();
  const random = seededRandom(3);
  let timestampMs = 0;
  let sequence = 1;
  for (let index = 0; index < 2000; index += 1) {
    const durationMs = 1 + Math.floor(random() * 300);
    t.equal(repair.media((sequence += 1), timestampMs, durationMs), 0);
    timestampMs += durationMs;
  }
});

t.test('both counters may wrap at 32 bits', async (t) => {
  const stream = packets(200).map((packet) => ({
    ...packet,
    sequence: (packet.sequence + 2 ** 32 - 100) % 2 ** 32,
    timestampMs: (packet.timestampMs + 2 ** 32 - 1500) % 2 ** 32,
  }));
  const repair = new GapRepair();
  stream.splice(150, 2);
  t.same(run(repair, stream), { audioMs: 3960, silenceMs: 40, dropped: 0 });
  t.match(repair.counts, { lost: 2, restarts: 0 });
});

t.test('counters that begin anew are followed at once', async (t) => {
  const repair = new GapRepair();
  run(repair, packets(1000));
  t.same(run(repair, packets(1000)), { audioMs: 20_000, silenceMs: 0, dropped: 0 });
  t.equal(repair.counts.lost, 0);
  t.ok(repair.counts.restarts > 0);
});

t.test('a far end that does not count is heard', async (t) => {
  const sameSequence = packets(500).map((packet) => ({ ...packet, sequence: 1 }));
  t.match(run(new GapRepair(), sameSequence), { audioMs: 10_000, silenceMs: 0, dropped: 0 });
  const sameTime = packets(500).map((packet) => ({ ...packet, timestampMs: 0 }));
  t.match(run(new GapRepair(), sameTime), { audioMs: 10_000, silenceMs: 0, dropped: 0 });
});

t.test(
  'an hour of clock drift neither adds nor drops anything, and losses are still seen',
  async (t) => {
    for (const ppm of [-200, -50, 50, 200]) {
      const repair = new GapRepair();
      const stream = packets(180_000, { ppm });
      t.same(run(repair, stream), { audioMs: 3_600_000, silenceMs: 0, dropped: 0 }, `${ppm} ppm`);
      const last = stream.at(-1) as Packet;
      const next = repair.media(last.sequence + 4, last.timestampMs + 4 * FRAME_MS, FRAME_MS);
      t.equal(next, 3, 'after the hour');
    }
  },
);

t.test('timestamps that jitter by some milliseconds add nothing in an hour', async (t) => {
  const random = seededRandom(4);
  const stream = packets(180_000).map((packet) => ({
    ...packet,
    timestampMs: packet.timestampMs + 100 + Math.round((random() - 0.5) * 14),
  }));
  t.same(run(new GapRepair(), stream), { audioMs: 3_600_000, silenceMs: 0, dropped: 0 });
});

t.test('timestamps that jitter by more than a frame do not add up', async (t) => {
  const random = seededRandom(5);
  const stream = packets(180_000).map((packet) => ({
    ...packet,
    timestampMs: packet.timestampMs + 100 + Math.round((random() - 0.5) * 60),
  }));
  const { audioMs, silenceMs, dropped } = run(new GapRepair(), stream);
  t.equal(audioMs, 3_600_000);
  t.equal(dropped, 0);
  t.ok(silenceMs < 4000, `an hour got ${silenceMs} ms longer`);
});

t.test('property: whatever is lost, the sum stays within a frame of the clock', async (t) => {
  for (let seed = 10; seed < 60; seed += 1) {
    const random = seededRandom(seed);
    const ppm = Math.floor(random() * 400) - 200;
    const lossRate = random() * 0.3;
    const longest = 1 + Math.floor(random() * 90);
    const stream: Packet[] = [];
    const all = packets(5000, { ppm });
    for (let index = 0; index < all.length;) {
      // No two holes in a row: one alone is never above the limit.
      const lose = index < 4800 && stream.at(-1) === all[index - 1] && random() < lossRate;
      if (lose && index > 0) index += Math.ceil(random() * longest);
      else {
        stream.push(all[index] as Packet);
        // Now and then a packet comes twice.
        if (random() < 0.02) stream.push(all[index] as Packet);
        index += 1;
      }
    }
    const repair = new GapRepair();
    const { audioMs, silenceMs } = run(repair, stream);
    const first = stream[0] as Packet;
    const last = stream.at(-1) as Packet;
    const clockMs = last.timestampMs + FRAME_MS - first.timestampMs;
    // What drift amounts to is forgiven rather than filled.
    const driftMs = Math.abs(ppm) * 1e-6 * clockMs;
    const errorMs = Math.abs(audioMs + silenceMs - clockMs);
    t.ok(errorMs <= FRAME_MS + driftMs, `seed ${seed}: ${errorMs} ms`);
    t.equal(repair.counts.lost, 5000 - new Set(stream).size, `seed ${seed}: losses`);
  }
});

t.test('property: never more silence than the limit, never an exception, never NaN', async (t) => {
  for (let seed = 100; seed < 120; seed += 1) {
    const random = seededRandom(seed);
    const repair = new GapRepair();
    for (let index = 0; index < 3000; index += 1) {
      const wild = () => Math.floor(random() * 10 ** Math.floor(random() * 15));
      const frames = repair.media(wild(), wild(), Math.floor(random() * 500));
      if (!(frames >= -1 && frames <= MAX_GAP_MS / FRAME_MS && Number.isInteger(frames))) {
        t.fail(`seed ${seed}: ${frames} frames`);
      }
    }
    t.pass(`seed ${seed}`);
  }
});
