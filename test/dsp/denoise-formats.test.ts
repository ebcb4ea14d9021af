// Samples of any format go in and come out as they should, at any address.

import t from 'tap';
import { DenoiseCalls } from './harness/denoise-calls.js';
import { decodeMulaw, encodeMulaw } from './harness/g711.js';
import { seededRandom } from './harness/random.js';

const PACKET = 160;
const PACKETS = 30;

/** Every code equally often, in random order. */
const random = seededRandom(1);
const codes = Uint8Array.from({ length: PACKETS * PACKET }, (_, i) =>
  i < 256 ? i : Math.floor(random() * 256),
);
const linear = Float32Array.from(codes, decodeMulaw);

function bitsOf(samples: { buffer: ArrayBufferLike; byteOffset: number; byteLength: number }) {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString('hex');
}

t.test('mu-law and int16 in are the same as their values in floats', (t) => {
  const float = new DenoiseCalls({ lanes: 1, framesPerPacket: 2 });
  const mulaw = new DenoiseCalls({ lanes: 1, framesPerPacket: 2, inputFormat: 'mulaw' });
  const int16 = new DenoiseCalls({ lanes: 1, framesPerPacket: 2, inputFormat: 'int16' });
  for (const calls of [float, mulaw, int16]) calls.engine.open(0);
  for (let at = 0; at < codes.length; at += PACKET) {
    float.submit(0, linear.subarray(at, at + PACKET));
    mulaw.submit(0, codes.subarray(at, at + PACKET));
    int16.submit(0, Int16Array.from(linear.subarray(at, at + PACKET)));
    for (const calls of [float, mulaw, int16]) calls.engine.run();
    const expected = bitsOf(float.output(0));
    if (bitsOf(mulaw.output(0)) !== expected) t.fail(`mu-law, packet ${at / PACKET}`);
    if (bitsOf(int16.output(0)) !== expected) t.fail(`int16, packet ${at / PACKET}`);
  }
  t.pass('all packets');
  t.end();
});

t.test('int16 out is the float rounded and saturated, mu-law out is its G.711 code', (t) => {
  const float = new DenoiseCalls({ lanes: 1, framesPerPacket: 2 });
  const int16 = new DenoiseCalls({ lanes: 1, framesPerPacket: 2, outputFormat: 'int16' });
  const mulaw = new DenoiseCalls({ lanes: 1, framesPerPacket: 2, outputFormat: 'mulaw' });
  for (const calls of [float, int16, mulaw]) calls.engine.open(0);
  let saturated = 0;
  for (let packet = 0; packet < 200; packet++) {
    // From whispers to square waves whose filtered form exceeds int16.
    const level = 32767 * 10 ** -(packet % 5);
    const wave = Float32Array.from({ length: PACKET }, (_, i) =>
      Math.floor(i / (2 + (packet % 17))) % 2 === 0 ? level : -level,
    );
    for (const calls of [float, int16, mulaw]) {
      calls.submit(0, wave);
      calls.engine.run();
    }
    const integers = Int16Array.from(float.output(0), (sample) => {
      if (Math.abs(sample) > 32768) saturated++;
      return Math.max(-32768, Math.min(32767, roundHalfToEven(sample)));
    });
    t.same(int16.output(0), integers, 'int16');
    // The sign of a zero is kept: -0.4 is negative zero in mu-law.
    const expected = Uint8Array.from(float.output(0), (sample, i) =>
      encodeMulaw(integers[i] === 0 && sample < 0 ? -0 : (integers[i] ?? 0)),
    );
    t.same(mulaw.output(0), expected, 'mu-law');
  }
  t.ok(saturated > 0, `${saturated} samples beyond int16`);
  t.end();
});

function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

t.test('the clean packet may replace the noisy one, at odd addresses too', (t) => {
  const calls = new DenoiseCalls({
    lanes: 2,
    framesPerPacket: 2,
    inputFormat: 'mulaw',
    outputFormat: 'mulaw',
  });
  calls.engine.open(0);
  calls.engine.open(1);
  const bytes = new Uint8Array(calls.memory.buffer);
  const odd = bytes.length - 1001;
  const speech = bytes.length - 64;
  for (let at = 0; at < codes.length; at += PACKET) {
    const packet = codes.subarray(at, at + PACKET);
    calls.submit(0, packet);
    bytes.set(packet, odd);
    calls.engine.submit(1, odd, odd, speech);
    calls.engine.run();
    t.same(bytes.slice(odd, odd + PACKET), calls.output(0));
  }
  t.end();
});

t.test('packets of 10 ms come out as packets of 20 ms do', (t) => {
  const long = new DenoiseCalls({ lanes: 1, framesPerPacket: 2 });
  const short = new DenoiseCalls({ lanes: 1, framesPerPacket: 1 });
  long.engine.open(0);
  short.engine.open(0);
  const fromLong = long.denoise(0, linear);
  const fromShort = short.denoise(0, linear);
  t.equal(bitsOf(fromShort), bitsOf(fromLong));
  t.end();
});
