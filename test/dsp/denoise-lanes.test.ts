// What a call hears is its own affair: not of its place, of the other calls, or of when its packets come.

import t from 'tap';
import { DenoiseCalls, type Samples } from './harness/denoise-calls.js';
import { throughMulaw } from './harness/g711.js';
import { seededRandom } from './harness/random.js';
import { loadVoice, VOICES } from './harness/voices.js';

const PACKET = 160;
const PACKETS = 40;

/** Twelve callers with 0.8 s of different speech. */
const callers = VOICES.map((voice) => throughMulaw(loadVoice(voice).subarray(0, PACKETS * PACKET)));

function packetOf(caller: number, packet: number): Float32Array {
  const samples = callers[caller % callers.length] ?? new Float32Array();
  return samples.subarray(packet * PACKET, (packet + 1) * PACKET);
}

/** Each caller alone in an engine: what must come out, bit for bit. */
const expected = callers.map((samples) => {
  const calls = new DenoiseCalls({ lanes: 1, framesPerPacket: 2 });
  calls.engine.open(0);
  return calls.denoise(0, samples);
});

function expectedPacket(caller: number, packet: number): Float32Array {
  const samples = expected[caller % expected.length] ?? new Float32Array();
  return samples.subarray(packet * PACKET, (packet + 1) * PACKET);
}

function bits(samples: Samples): Buffer {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}

function sameBits(a: Samples, b: Samples): boolean {
  return bits(a).equals(bits(b));
}

t.test('a held call comes out as if it had never waited', (t) => {
  const calls = new DenoiseCalls({ lanes: 8, framesPerPacket: 2 });
  for (let lane = 0; lane < 8; lane++) calls.engine.open(lane);
  const random = seededRandom(1);
  const done = new Int32Array(8);
  let differences = 0;
  while (done.some((packets) => packets < PACKETS)) {
    const ready = [...done.keys()].filter((l) => (done[l] ?? 0) < PACKETS && random() < 0.7);
    for (const lane of ready) calls.submit(lane, packetOf(lane, done[lane] ?? 0));
    calls.engine.run();
    for (const lane of ready) {
      const packet = done[lane] ?? 0;
      if (!sameBits(calls.output(lane), expectedPacket(lane, packet))) differences++;
      done[lane] = packet + 1;
    }
  }
  t.equal(differences, 0);
  t.ok(calls.engine.counters.holds > 20, `${calls.engine.counters.holds} holds`);
  t.equal(calls.engine.counters.swaps, 0);
  t.end();
});

t.test('calls that are moved between octets every tick come out as if they had stayed', (t) => {
  const lanes = 29;
  const calls = new DenoiseCalls({ lanes, framesPerPacket: 2 });
  for (let lane = 0; lane < lanes; lane++) calls.engine.open(lane);
  const random = seededRandom(2);
  const done = new Int32Array(lanes);
  let differences = 0;
  for (let tick = 0; tick < 120; tick++) {
    const share = random();
    const ready = [...done.keys()].filter((l) => (done[l] ?? 0) < PACKETS && random() < share);
    for (const lane of ready) calls.submit(lane, packetOf(lane, done[lane] ?? 0));
    t.equal(calls.engine.run(), ready.length);
    for (const lane of ready) {
      const packet = done[lane] ?? 0;
      if (!sameBits(calls.output(lane), expectedPacket(lane, packet))) differences++;
      done[lane] = packet + 1;
    }
  }
  t.equal(differences, 0);
  t.ok(calls.engine.counters.swaps > 50, `${calls.engine.counters.swaps} swaps`);
  t.end();
});

t.test('two packets of a call in one run come out as in two runs', (t) => {
  const calls = new DenoiseCalls({ lanes: 9, framesPerPacket: 2 });
  for (let lane = 0; lane < 9; lane++) calls.engine.open(lane);
  let differences = 0;
  for (let packet = 0; packet < PACKETS; packet += 2) {
    for (let lane = 0; lane < 9; lane++) {
      calls.submit(lane, packetOf(lane, packet), 0);
      if (lane % 2 === 0) calls.submit(lane, packetOf(lane, packet + 1), 1);
    }
    calls.engine.run();
    for (let lane = 0; lane < 9; lane++) {
      if (!sameBits(calls.output(lane, 0), expectedPacket(lane, packet))) differences++;
      if (lane % 2 === 0) {
        if (!sameBits(calls.output(lane, 1), expectedPacket(lane, packet + 1))) differences++;
      } else {
        calls.submit(lane, packetOf(lane, packet + 1), 1);
      }
    }
    calls.engine.run();
  }
  t.equal(differences, 0);
  t.end();
});

t.test('calls that end and begin leave the others as they were', (t) => {
  const lanes = 20;
  const calls = new DenoiseCalls({ lanes, framesPerPacket: 2 });
  const random = seededRandom(3);
  const done = new Int32Array(lanes).fill(-1);
  let differences = 0;
  for (let tick = 0; tick < 150; tick++) {
    for (const lane of done.keys()) {
      if (done[lane] === -1 && random() < 0.1) {
        calls.engine.open(lane);
        done[lane] = 0;
      } else if (done[lane] === PACKETS || ((done[lane] ?? -1) >= 0 && random() < 0.02)) {
        calls.engine.close(lane);
        done[lane] = -1;
      }
    }
    const open = [...done.keys()].filter((lane) => (done[lane] ?? -1) >= 0);
    t.equal(calls.engine.openLanes, open.length);
    for (const lane of open) calls.submit(lane, packetOf(lane, done[lane] ?? 0));
    calls.engine.run();
    for (const lane of open) {
      const packet = done[lane] ?? 0;
      if (!sameBits(calls.output(lane), expectedPacket(lane, packet))) differences++;
      done[lane] = packet + 1;
    }
  }
  t.equal(differences, 0);
  t.end();
});

t.test('a lane knows nothing of the caller before', (t) => {
  const calls = new DenoiseCalls({ lanes: 3, framesPerPacket: 2 });
  for (const lane of [0, 1, 2]) calls.engine.open(lane);
  for (const lane of [0, 1, 2]) calls.denoise(lane, callers[0] ?? new Float32Array());
  calls.engine.close(1);
  calls.engine.open(1);
  const afterClose = calls.denoise(1, callers[5] ?? new Float32Array());
  t.ok(sameBits(afterClose, expected[5] ?? new Float32Array()), 'after close and open');
  calls.engine.open(2);
  const afterOpen = calls.denoise(2, callers[7] ?? new Float32Array());
  t.ok(sameBits(afterOpen, expected[7] ?? new Float32Array()), 'after a second open');
  t.notOk(
    sameBits(calls.denoise(0, callers[5] ?? new Float32Array()), expected[5] ?? new Float32Array()),
    'while a lane that goes on remembers',
  );
  t.end();
});

t.test('ready calls of half-idle octets run together, and then stay together', (t) => {
  const calls = new DenoiseCalls({ lanes: 16, framesPerPacket: 2 });
  for (let lane = 0; lane < 16; lane++) calls.engine.open(lane);
  const even = [0, 2, 4, 6, 8, 10, 12, 14];
  for (let tick = 0; tick < 3; tick++) {
    for (const lane of even) calls.submit(lane, packetOf(lane, tick));
    calls.engine.run();
  }
  t.equal(calls.engine.counters.octetRuns, 3, 'one run of one octet a tick');
  t.equal(calls.engine.counters.swaps, 4, 'four calls changed places, once');
  t.equal(calls.engine.counters.holds, 0);
  t.end();
});

t.test('packets of lanes that are not open, and too many packets, are refused', (t) => {
  const calls = new DenoiseCalls({ lanes: 2, framesPerPacket: 2 });
  t.notOk(calls.submit(0, packetOf(0, 0)), 'not open');
  calls.engine.open(0);
  let taken = 0;
  while (taken < 1000 && calls.submit(0, packetOf(0, 0))) taken++;
  t.equal(taken, 16, 'eight packets for each lane there is');
  t.equal(calls.engine.run(), 16);
  t.ok(calls.submit(0, packetOf(0, 0)), 'room again');
  calls.engine.close(0);
  t.equal(calls.engine.run(), 0, 'a closed lane takes its packets with it');
  calls.engine.close(0);
  t.equal(calls.engine.openLanes, 0, 'closing is idempotent');
  t.throws(() => calls.engine.open(2), RangeError);
  t.end();
});

t.test('engines in two parts of one memory do not touch each other', (t) => {
  const calls = new DenoiseCalls({ lanes: 8, framesPerPacket: 2, byteOffset: 1 << 20 });
  const before = Buffer.from(new Uint8Array(calls.memory.buffer, 0, 1 << 20)).toString('latin1');
  calls.engine.open(0);
  const clean = calls.denoise(0, callers[3] ?? new Float32Array());
  t.ok(sameBits(clean, expected[3] ?? new Float32Array()));
  const after = Buffer.from(new Uint8Array(calls.memory.buffer, 0, 1 << 20)).toString('latin1');
  t.ok(before === after, 'nothing is written below the region');
  t.end();
});
