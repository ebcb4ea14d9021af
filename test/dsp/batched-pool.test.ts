import t from 'tap';
import { linearToMulaw, MULAW_TO_LINEAR } from '../../src/dsp/g711.js';
import { createDspPool, type DspPool } from '../../src/dsp/pool.js';
import { seededRandom } from './harness/random.js';
import { uglyLine } from './harness/ugly-lines.js';
import { listenTo, tickUntil } from './pool-harness.js';
import type { HeardFrame } from './shard-harness.js';
import { lineNoise, rms, sameSamples, speechClip, throughMulaw } from './signals.js';

const FRAME = 160;
const POOL = { shards: 1, callsPerShard: 9, denoise: 'rnnoise', vad: 'silero' } as const;

const encode = (pcm: Int16Array): Uint8Array => Uint8Array.from(pcm, linearToMulaw);
const pcmOf = (heard: readonly HeardFrame[]): Int16Array =>
  Int16Array.from(heard.flatMap(({ pcm }) => [...pcm]));

/** One call's line through the pool, in pieces; the slot is closed afterwards. */
async function hear(pool: DspPool, line: Int16Array): Promise<HeardFrame[]> {
  const heard: HeardFrame[] = [];
  const slot = pool.open(listenTo(heard));
  const frames = Math.floor(line.length / FRAME);
  const mulaw = encode(line);
  for (let frame = 0; frame < frames; frame += 50) {
    const end = Math.min(frames, frame + 50);
    slot.writeInbound(mulaw.subarray(frame * FRAME, end * FRAME), performance.now());
    await tickUntil(pool, () => heard.length === end);
  }
  slot.close();
  return heard;
}

t.test('the batched engine runs where SIMD and shared memory are', async (t) => {
  const pool = await createDspPool(POOL);
  t.teardown(() => pool.close());
  t.equal(pool.engine, 'batched');
  t.equal(pool.cleanDelayMs, 10);
});

t.test('stock is taken where it is configured, and says so', async (t) => {
  const pool = await createDspPool({ ...POOL, engine: 'stock' });
  t.teardown(() => pool.close());
  t.match(pool, { engine: 'stock', engineReason: 'stock is configured' });
});

t.test('speech passes and is told from noise; noise is suppressed', async (t) => {
  const pool = await createDspPool(POOL);
  t.teardown(() => pool.close());
  const speech = throughMulaw(speechClip('dir-instr'));
  const clean = await hear(pool, speech);
  const part = rms(pcmOf(clean)) / rms(speech);
  t.ok(part > 0.85 && part < 1.1, `speech keeps its level: ${part}`);
  const voiced = clean.filter(({ speech }) => speech > 0.5).length / clean.length;
  t.ok(voiced > 0.5, `${voiced} of the frames are speech`);

  const noise = throughMulaw(lineNoise(5 * 8000, 400, 7));
  const quiet = await hear(pool, noise);
  const attenuation = 20 * Math.log10(rms(noise) / rms(pcmOf(quiet.slice(100))));
  t.ok(attenuation > 12, `noise is ${attenuation} dB down`);
  t.ok(quiet.slice(25).every(({ speech }) => speech < 0.5));
});

t.test('a slot that had another caller gives its next one the same as a fresh slot', async (t) => {
  const line = throughMulaw(speechClip('hours'));
  const fresh = await createDspPool(POOL);
  t.teardown(() => fresh.close());
  const expected = await hear(fresh, line);
  const used = await createDspPool(POOL);
  t.teardown(() => used.close());
  await hear(used, throughMulaw(speechClip('demo-thanks')));
  const heard = await hear(used, line);
  sameSamples(t, pcmOf(heard), pcmOf(expected));
  t.same(
    heard.map(({ speech }) => speech),
    expected.map(({ speech }) => speech),
  );
});

t.test('what a caller hears does not depend on who else is on the node', async (t) => {
  const line = throughMulaw(speechClip('location'));
  const alone = await createDspPool(POOL);
  t.teardown(() => alone.close());
  const expected = await hear(alone, line);
  const pool = await createDspPool(POOL);
  t.teardown(() => pool.close());
  const others = [
    'hours',
    'demo-thanks',
    'dir-welcome',
    'queue-youarenext',
    'invalid',
    'time',
    'hello',
  ];
  const [heard] = await Promise.all([
    hear(pool, line),
    ...others.map((name) => hear(pool, throughMulaw(speechClip(name)))),
  ]);
  sameSamples(t, pcmOf(heard), pcmOf(expected));
});

t.test('seven callers who send whatever bytes change nothing for the eighth', async (t) => {
  const line = throughMulaw(speechClip('location'));
  const alone = await createDspPool(POOL);
  t.teardown(() => alone.close());
  const expected = await hear(alone, line);
  const pool = await createDspPool(POOL);
  t.teardown(() => pool.close());
  const [heard, ...uglyOnes] = await Promise.all([
    hear(pool, line),
    ...Array.from({ length: 7 }, (_, seed) => {
      const bytes = uglyLine(expected.length, seededRandom(seed));
      return hear(
        pool,
        Int16Array.from(bytes, (code) => MULAW_TO_LINEAR[code] as number),
      );
    }),
  ]);
  sameSamples(t, pcmOf(heard), pcmOf(expected));
  t.same(
    heard.map(({ speech }) => speech),
    expected.map(({ speech }) => speech),
  );
  t.ok(uglyOnes.flat().every(({ speech }) => speech >= 0 && speech <= 1));
  t.match(pool.counters(), { dropped: 0, faults: 0, shedCalls: 0, workerRestarts: 0 });
});
