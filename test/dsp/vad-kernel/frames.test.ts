// What the kernel writes into a call's ring, and when it says that there is something to evaluate. Media plane.
import t from 'tap';
import { decodeMulaw } from '../harness/g711.js';
import { seededRandom } from '../harness/random.js';
import * as layout from '../../../src/dsp/kernels/vad/layout.js';
import { instantiateVadKernel, loadVadKernel } from '../../../src/dsp/vad/batched/kernel.js';
import { sharedMemoryFor } from '../../../src/dsp/wasm.js';

const CALL = 1024;
const FRAMES = CALL + layout.CALL_BYTES;
const READY = FRAMES + 64;
const PEEKS = READY + 64;
const SOURCE = PEEKS + 64;
const RING_SAMPLES = layout.RING_BYTES / 2;

function bareKernel() {
  const memory = sharedMemoryFor(SOURCE + 640);
  const { buffer } = memory;
  const kernel = instantiateVadKernel(loadVadKernel(), memory);
  new Uint32Array(buffer, FRAMES, 2).set([CALL, SOURCE]);
  return {
    buffer,
    ring: new Int16Array(buffer, CALL + layout.CALL_AUDIO, RING_SAMPLES),
    append: (format: number) => kernel.appendFrames(FRAMES, 1, format, READY, PEEKS),
  };
}

t.test('every mu-law byte becomes the sample of G.711', (t) => {
  const { buffer, ring, append } = bareKernel();
  const source = new Uint8Array(buffer, SOURCE, 160);
  source.set(Uint8Array.from({ length: 160 }, (_, i) => i));
  append(layout.FORMAT_MULAW);
  source.set(Uint8Array.from({ length: 160 }, (_, i) => 96 + i));
  append(layout.FORMAT_MULAW);
  const expected = Int16Array.from({ length: 320 }, (_, i) => decodeMulaw(i < 160 ? i : i - 64));
  t.same(ring.subarray(0, 320), expected);
  t.equal(Math.max(...expected), 32124);
  t.equal(Math.min(...expected), -32124);
  t.end();
});

t.test('the ring always holds the last 512 samples in order', (t) => {
  const { buffer, ring, append } = bareKernel();
  const source = new Int16Array(buffer, SOURCE, 160);
  const random = seededRandom(8);
  const all: number[] = Array.from({ length: RING_SAMPLES }, () => 0);
  for (let frame = 0; frame < 50; frame++) {
    for (const i of source.keys()) source[i] = random() * 65536 - 32768;
    all.push(...source);
    append(layout.FORMAT_PCM16);
    const next = ((frame + 1) * 160) % RING_SAMPLES;
    const held = [...ring.subarray(next), ...ring.subarray(0, next)];
    t.same(held, all.slice(-RING_SAMPLES), `frame ${frame}`);
  }
  t.end();
});

t.test('five of eight frames complete a window, the others are listed only for a peek', (t) => {
  const { buffer, append } = bareKernel();
  const PEEKED = 0x10000;
  const plain = Array.from({ length: 8 }, () => append(layout.FORMAT_PCM16));
  t.same(plain, [0, 1, 0, 1, 1, 0, 1, 1]);
  new Uint32Array(buffer, CALL + layout.CALL_PEEK, 1)[0] = 1;
  const peeked = Array.from({ length: 8 }, () => append(layout.FORMAT_PCM16));
  t.same(peeked, [PEEKED, 1, PEEKED, 1, 1, PEEKED, 1, 1]);
  t.equal(new Uint32Array(buffer, READY, 1)[0], CALL);
  t.equal(new Uint32Array(buffer, PEEKS, 1)[0], CALL);
  t.end();
});
