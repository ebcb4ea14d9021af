// Calls come and go in an engine, and frames come in any format, without one call touching another. Media plane.
import t from 'tap';
import { encodeMulaw } from '../harness/g711.js';
import { seededRandom } from '../harness/random.js';
import { BatchedSilero, type FrameFormat } from '../../../src/dsp/vad/batched/batched-silero.js';
import { loadVadKernel } from '../../../src/dsp/vad/batched/kernel.js';
import { loadSileroWeights } from '../../../src/dsp/vad/batched/silero-model.js';
import { sharedMemoryFor, wasm, WASM_PAGE_BYTES } from '../../../src/dsp/wasm.js';
import { Calls, frameOf, probabilitiesOf } from './calls.js';
import { fixtureVoice } from './signals.js';

const SIGNAL = fixtureVoice('es').subarray(0, 24000);

t.test('a call that is opened again inherits nothing', (t) => {
  const calls = new Calls(1);
  const first = probabilitiesOf(calls, [SIGNAL]);
  const call = calls.engine.open();
  calls.engine.peek(call, true);
  calls.push(call, frameOf(SIGNAL, 40));
  calls.engine.run();
  calls.engine.close(call);
  t.same(probabilitiesOf(calls, [SIGNAL]), first);
  t.end();
});

t.test('open on a full engine throws DSP_POOL_FULL, and close makes room', (t) => {
  const { engine } = new Calls(2);
  const first = engine.open();
  engine.open();
  t.throws(() => engine.open(), { code: 'DSP_POOL_FULL' });
  engine.close(first);
  t.equal(engine.open(), first);
  t.end();
});

t.test('a frame of a call that is closed before run is dropped, the others stay', (t) => {
  const calls = new Calls(3);
  const opened = [calls.engine.open(), calls.engine.open(), calls.engine.open()] as const;
  for (let frame = 0; frame < 2; frame++) {
    for (const call of opened) calls.push(call, frameOf(SIGNAL, 50 + frame));
    if (frame === 1) calls.engine.close(opened[0]);
    t.equal(calls.engine.run(), frame === 1 ? 2 : 0);
  }
  t.equal(calls.engine.probability(opened[0]), 0);
  t.ok(calls.engine.probability(opened[1]) > 0);
  t.equal(calls.engine.probability(opened[2]), calls.engine.probability(opened[1]));
  t.end();
});

t.test('two frames of a call without run between them are both taken in order', (t) => {
  const paired = new Calls(1);
  const call = paired.engine.open();
  for (let frame = 0; frame < 100; frame += 2) {
    paired.push(call, frameOf(SIGNAL, frame));
    const second = frameOf(SIGNAL, frame + 1);
    new Int16Array(paired.memory.buffer, paired.addressOf(call) + 320, 160).set(second);
    paired.engine.push(call, paired.addressOf(call) + 320);
    paired.engine.run();
  }
  t.equal(paired.engine.windows, Math.floor((100 * 160) / 256));
  const expected = probabilitiesOf(new Calls(1), [SIGNAL.subarray(0, 16000)]).at(-1)?.[0];
  t.equal(paired.engine.probability(call), expected);
  t.end();
});

t.test('int16, float and mu-law frames of the same audio give the same probabilities', (t) => {
  const found = (['pcm16', 'f32', 'mulaw'] as FrameFormat[]).map((format) => {
    const calls = new Calls(1, format);
    const call = calls.engine.open();
    return Array.from({ length: 120 }, (_, frame) => {
      const samples = frameOf(SIGNAL, frame);
      const bytes = Uint8Array.from(samples, (sample) => encodeMulaw(sample));
      calls.push(call, format === 'mulaw' ? bytes : samples);
      calls.engine.run();
      return calls.engine.probability(call);
    });
  });
  t.ok(Math.max(...(found[0] ?? [])) > 0.9, 'there is speech in it');
  t.same(found[1], found[0]);
  t.same(found[2], found[0]);
  t.end();
});

t.test('float samples are rounded and held to int16, and NaN is silence', (t) => {
  const odd = [1e9, -1e9, Infinity, -Infinity, NaN, 0.5, 1.5, -0.6];
  const even = [32767, -32768, 32767, -32768, 0, 0, 2, -1];
  const found = [odd, even].map((pattern, i) => {
    const calls = new Calls(1, i === 0 ? 'f32' : 'pcm16');
    const call = calls.engine.open();
    for (let frame = 0; frame < 8; frame++) {
      calls.push(
        call,
        Array.from({ length: 160 }, (_, n) => pattern[n % 8] ?? 0),
      );
      calls.engine.run();
    }
    return calls.engine.logit(call);
  });
  t.equal(found[0], found[1]);
  t.end();
});

t.test('engines in one memory leave each other and the bytes around them alone', (t) => {
  const bytes = BatchedSilero.bytesFor(2);
  const gap = 256;
  const pages = Math.ceil((3 * gap + 2 * bytes + 4096) / WASM_PAGE_BYTES);
  const memory = new wasm.Memory({ initial: pages, maximum: pages + 1, shared: true });
  new Uint8Array(memory.buffer).fill(0xa5);
  const kernel = loadVadKernel();
  const weights = loadSileroWeights();
  const offsets = [gap, 2 * gap + bytes] as const;
  const engines = offsets.map(
    (byteOffset) =>
      new BatchedSilero({ kernel, weights, memory, byteOffset, capacity: 2, format: 'pcm16' }),
  );
  const audio = 3 * gap + 2 * bytes;
  const alone = new Calls(1);
  const lonely = alone.engine.open();
  const opened = engines.map((engine) => engine.open());
  memory.grow(1);
  for (let frame = 0; frame < 60; frame++) {
    const samples = frameOf(SIGNAL, frame);
    new Int16Array(memory.buffer, audio, 160).set(samples);
    alone.push(lonely, samples);
    alone.engine.run();
    for (const [i, engine] of engines.entries()) {
      engine.push(opened[i] ?? 0, audio);
      engine.run();
    }
  }
  for (const [i, engine] of engines.entries()) {
    t.equal(engine.logit(opened[i] ?? 0), alone.engine.logit(lonely));
  }
  for (const start of [0, gap + bytes, 2 * gap + 2 * bytes]) {
    const around = new Uint8Array(memory.buffer, start, gap);
    t.ok(
      around.every((byte) => byte === 0xa5),
      `bytes from ${start} are untouched`,
    );
  }
  t.end();
});

t.test('a memory that is too small or an odd offset is refused', (t) => {
  const memory = sharedMemoryFor(8 * WASM_PAGE_BYTES);
  const options = {
    kernel: loadVadKernel(),
    weights: loadSileroWeights(),
    memory,
    byteOffset: 0,
    capacity: 4,
    format: 'pcm16',
  } as const;
  t.throws(() => new BatchedSilero({ ...options, capacity: 1000 }), {
    code: 'AUDIO_BUFFER_TOO_SMALL',
  });
  t.throws(() => new BatchedSilero({ ...options, byteOffset: 8 }), {
    code: 'AUDIO_BUFFER_TOO_SMALL',
  });
  t.end();
});

t.test('any byte stream gives a probability, whatever it is taken for', (t) => {
  const random = seededRandom(77);
  for (const format of ['pcm16', 'f32', 'mulaw'] as FrameFormat[]) {
    const calls = new Calls(8, format);
    const opened = Array.from({ length: 8 }, () => calls.engine.open());
    for (let frame = 0; frame < 300; frame++) {
      for (const call of opened) {
        const bytes = new Uint8Array(calls.memory.buffer, calls.addressOf(call), 640);
        for (let i = 0; i < bytes.length; i++) bytes[i] = random() * 256;
        calls.engine.peek(call, random() < 0.5);
        calls.engine.push(call, calls.addressOf(call));
      }
      calls.engine.run();
      for (const call of opened) {
        const probability = calls.engine.probability(call);
        if (!(probability >= 0 && probability <= 1)) t.fail(`${format}: ${probability}`);
        if (!Number.isFinite(calls.engine.logit(call))) t.fail(`${format}: logit`);
      }
    }
    t.equal(calls.engine.windows, 8 * Math.floor((300 * 160) / 256));
  }
  t.end();
});
