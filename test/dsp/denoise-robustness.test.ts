// No input can break a call: never a trap, never anything but finite numbers, and no denormals to slow it down.

import t from 'tap';
import * as layout from '../../src/dsp/kernels/denoise/layout.js';
import { DenoiseCalls, type Samples } from './harness/denoise-calls.js';
import { seededRandom } from './harness/random.js';
import { loadVoice } from './harness/voices.js';

const PACKET = 160;
/** Smallest normal float32. */
const SMALLEST_NORMAL = 2 ** -126;

/** All floats of the first octet's state. */
function octetState(calls: DenoiseCalls): Float32Array {
  const count = layout.OCTET_BYTES / 4;
  return new Float32Array(calls.memory.buffer, layout.WORKSPACE_BYTES, count).slice();
}

/** Run packets through lane 0 and look at everything that comes out of it. */
function outputsAreSane(
  calls: DenoiseCalls,
  packets: number,
  packet: (n: number) => Samples,
): boolean {
  let sane = true;
  for (let n = 0; n < packets; n++) {
    calls.submit(0, packet(n));
    calls.engine.run();
    const output = calls.output(0);
    for (let i = 0; i < output.length; i++) {
      if (!(Math.abs(output[i] ?? Number.NaN) < 2e5)) sane = false;
    }
    for (const speech of calls.speech(0)) if (!(speech >= 0 && speech <= 1)) sane = false;
  }
  return sane && octetState(calls).every((value) => Number.isFinite(value));
}

function floatCalls(): DenoiseCalls {
  const calls = new DenoiseCalls({ lanes: 8, framesPerPacket: 2 });
  calls.engine.open(0);
  return calls;
}

for (const halfPeriod of [1, 2, 3, 7, 20, 80, 400]) {
  t.test(`a full-scale square wave of ${4000 / halfPeriod} Hz stays finite`, (t) => {
    const wave = (n: number) =>
      Float32Array.from({ length: PACKET }, (_, i) =>
        Math.floor((n * PACKET + i) / halfPeriod) % 2 === 0 ? 32767 : -32768,
      );
    t.ok(outputsAreSane(floatCalls(), 300, wave));
    t.end();
  });
}

t.test('direct current at full scale stays finite and is removed', (t) => {
  const calls = floatCalls();
  t.ok(outputsAreSane(calls, 300, () => new Float32Array(PACKET).fill(-32768)));
  t.ok(calls.output(0).every((sample) => Math.abs(sample) < 1));
  t.end();
});

t.test('clicks of one sample stay finite', (t) => {
  const random = seededRandom(5);
  const click = () => {
    const packet = new Float32Array(PACKET);
    packet[Math.floor(random() * PACKET)] = random() < 0.5 ? 32767 : -32768;
    return packet;
  };
  t.ok(outputsAreSane(floatCalls(), 300, click));
  t.end();
});

t.test('any bytes are telephone audio', (t) => {
  const calls = new DenoiseCalls({ lanes: 8, framesPerPacket: 2, inputFormat: 'mulaw' });
  calls.engine.open(0);
  const random = seededRandom(6);
  // Random bytes, runs of one byte, and a few values only, in random order.
  const bytes = () => {
    const kind = Math.floor(random() * 3);
    const one = Math.floor(random() * 256);
    return Uint8Array.from({ length: PACKET }, () => {
      if (kind === 0) return Math.floor(random() * 256);
      if (kind === 1) return one;
      return random() < 0.5 ? 0x00 : 0x80 | (one & 0x7f);
    });
  };
  t.ok(outputsAreSane(calls, 2000, bytes));
  t.end();
});

t.test('any int16 numbers are audio', (t) => {
  const calls = new DenoiseCalls({
    lanes: 8,
    framesPerPacket: 2,
    inputFormat: 'int16',
    outputFormat: 'int16',
  });
  calls.engine.open(0);
  const random = seededRandom(7);
  const numbers = () => {
    const limit = 2 ** Math.ceil(random() * 16);
    return Int16Array.from({ length: PACKET }, () => Math.floor((random() - 0.5) * limit));
  };
  t.ok(outputsAreSane(calls, 1000, numbers));
  t.end();
});

t.test('floats beyond int16, infinities and NaN do not spoil the call', (t) => {
  const calls = floatCalls();
  const voice = loadVoice('fr-june-1');
  const poisons = [Number.NaN, Infinity, -Infinity, 3e38, -3e38, 1e-40];
  const poisoned = (n: number) => {
    const packet = voice.slice((n % 100) * PACKET, (n % 100) * PACKET + PACKET);
    if (n < 50) packet[n] = poisons[n % poisons.length] ?? 0;
    return packet;
  };
  t.ok(outputsAreSane(calls, 100, poisoned));
  const speaking = calls.output(0).some((sample) => Math.abs(sample) > 100);
  t.ok(speaking, 'and the caller is heard again');
  t.end();
});

t.test('three minutes of digital silence leave no denormals and change nothing', (t) => {
  const calls = new DenoiseCalls({ lanes: 8, framesPerPacket: 2, inputFormat: 'mulaw' });
  for (let lane = 0; lane < 8; lane++) calls.engine.open(lane);
  const random = seededRandom(8);
  const speak = () => Uint8Array.from({ length: PACKET }, () => Math.floor(random() * 256));
  const silence = new Uint8Array(PACKET).fill(0xff);
  const runAll = (packet: () => Uint8Array) => {
    for (let lane = 0; lane < 8; lane++) calls.submit(lane, packet());
    calls.engine.run();
  };
  for (let n = 0; n < 50; n++) runAll(speak);
  let denormals = 0;
  for (let n = 0; n < 9000; n++) {
    runAll(() => silence);
    if (n % 10 === 0) {
      const state = octetState(calls);
      denormals += state.filter((v) => v !== 0 && Math.abs(v) < SMALLEST_NORMAL).length;
    }
  }
  t.equal(denormals, 0);
  t.ok(
    calls.output(0).every((sample) => sample === 0),
    'silence comes out',
  );
  t.same([...calls.speech(0)], [0, 0], 'and no speech');
  const recurrent = octetState(calls).some((value) => value !== 0);
  t.ok(recurrent, 'the network still remembers what it heard before');
  t.end();
});

t.test('noise that the network fades out leaves no denormals', (t) => {
  const calls = floatCalls();
  const random = seededRandom(9);
  let denormals = 0;
  for (let n = 0; n < 1500; n++) {
    const level = 10 ** (3 * Math.sin(n / 40));
    calls.submit(
      0,
      Float32Array.from({ length: PACKET }, () => level * (random() - 0.5)),
    );
    calls.engine.run();
    denormals += octetState(calls).filter((v) => v !== 0 && Math.abs(v) < SMALLEST_NORMAL).length;
  }
  t.equal(denormals, 0);
  t.end();
});
