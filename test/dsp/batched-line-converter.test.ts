import t from 'tap';
import { BatchedLineConverters } from '../../src/dsp/batched-line-converter.js';
import { ScalarLineConverter, type LineConverter } from '../../src/dsp/line-converter.js';
import { PCM_RING, ShardMemory } from '../../src/dsp/shard-memory.js';
import { wasm, WASM_PAGE_BYTES } from '../../src/dsp/wasm.js';
import { random, rms } from './signals.js';

const SLOTS = 2;
const AT = Math.ceil(ShardMemory.bytesFor(SLOTS) / 64) * 64;

function converters() {
  const pages = Math.ceil((AT + BatchedLineConverters.bytesFor(SLOTS)) / WASM_PAGE_BYTES);
  const memory = new wasm.Memory({ initial: pages, maximum: pages, shared: true });
  const shard = new ShardMemory(memory.buffer, 0, SLOTS);
  const batched = new BatchedLineConverters(memory, AT, SLOTS);
  batched.warmUp();
  const slot = shard.slots[0] as (typeof shard.slots)[number];
  const other = shard.slots[1] as (typeof shard.slots)[number];
  const next = random(7);
  for (let i = 0; i < PCM_RING; i++) slot.pcm[i] = Math.round((next() * 2 - 1) * 12000);
  // As loud as it gets, and turning with the filter's coefficients at its worst.
  for (let i = 0; i < PCM_RING; i++) other.pcm[i] = next() < 0.5 ? -32768 : 32767;
  return { batched, slot, other };
}

/** A passage in chunks of any length up to 20 ms, its rest drained. */
function convertAll(converter: LineConverter, rateHz: number, samples: number, seed: number) {
  const next = random(seed);
  const delay = converter.begin(rateHz);
  const out: number[] = [];
  const take = (made: number): void => {
    for (let i = 0; i < made; i++) out.push(converter.line[i] as number);
  };
  for (let at = 0; at < samples;) {
    const count = Math.min(samples - at, 1 + Math.floor(next() * (rateHz / 50)));
    take(converter.convert(at, count, 0));
    at += count;
  }
  take(converter.drain(Math.ceil(((delay + 1) * rateHz) / 8000), 0));
  return out;
}

for (const rateHz of [8000, 16000, 22050, 24000, 44100, 48000]) {
  t.test(`the kernel converts ${rateHz} Hz as the filter in floating point does`, (t) => {
    const { batched, slot } = converters();
    const expected = convertAll(new ScalarLineConverter(slot), rateHz, 16000, 1);
    const heard = convertAll(batched.forSlot(0, slot), rateHz, 16000, 1);
    t.equal(heard.length, expected.length);
    const error = expected.map((sample, i) => sample - (heard[i] as number));
    // White noise: most of it is filtered out. Mu-law leaves 38 dB.
    const snr =
      20 *
      Math.log10(rms(Float32Array.from(expected)) / Math.max(1e-9, rms(Float32Array.from(error))));
    t.ok(rateHz === 8000 ? snr > 200 : snr > 60, `${snr.toFixed(1)} dB`);
    t.end();
  });

  t.test(`how a passage at ${rateHz} Hz is cut makes no difference to the kernel`, (t) => {
    const { batched, slot } = converters();
    const converter = batched.forSlot(0, slot);
    const once = convertAll(converter, rateHz, 5000, 2);
    t.same(
      convertAll(converter, rateHz, 5000, 3),
      once,
      'and a new passage knows nothing of the last',
    );
    t.end();
  });

  t.test(`full-scale noise at ${rateHz} Hz does not wrap around`, (t) => {
    const { batched, other } = converters();
    const expected = convertAll(new ScalarLineConverter(other), rateHz, 8000, 4);
    const heard = convertAll(batched.forSlot(1, other), rateHz, 8000, 4);
    const worst = expected.reduce((most, e, i) => Math.max(most, Math.abs(e - (heard[i] ?? 0))), 0);
    t.ok(worst <= 60, `${worst} of 65536`);
    t.end();
  });
}

t.test('two slots convert side by side as each does alone', (t) => {
  const { batched, slot, other } = converters();
  const a = batched.forSlot(0, slot);
  const b = batched.forSlot(1, other);
  const alone = convertAll(a, 24000, 4800, 5);
  a.begin(24000);
  b.begin(48000);
  const mixed: number[] = [];
  for (let at = 0; at < 4800; at += 480) {
    const made = a.convert(at, 480, 0);
    b.convert(at * 2, 960, 0);
    for (let i = 0; i < made; i++) mixed.push(a.line[i] as number);
  }
  t.same(mixed, alone.slice(0, mixed.length));
  t.end();
});

t.test('a rate without a filter is refused', (t) => {
  const { batched, slot } = converters();
  t.throws(() => batched.forSlot(0, slot).begin(11025), { code: 'AUDIO_RATE_UNSUPPORTED' });
  t.end();
});
