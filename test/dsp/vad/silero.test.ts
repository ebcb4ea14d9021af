import { InferenceSession, Tensor } from 'onnxruntime-node';
import t from 'tap';
import { createFrameBatch } from '../../../src/dsp/frame-batch.js';
import { SileroDetector } from '../../../src/dsp/vad/silero.js';
import { findSileroModel } from '../../../src/dsp/vad/silero-model.js';
import { lineNoise, noise, speechClip, throughMulaw, sameSamples } from '../signals.js';

const FRAME = 160;
const model = await findSileroModel();

async function detector(lanes: number, open: readonly number[]): Promise<SileroDetector> {
  const made = await SileroDetector.create(model, lanes);
  for (const lane of open) made.open(lane);
  t.teardown(() => made.release());
  return made;
}

/** Probabilities of every frame of one lane. */
async function run(engine: SileroDetector, lane: number, signal: Int16Array): Promise<number[]> {
  const batch = createFrameBatch(1);
  const result: number[] = [];
  for (let at = 0; at + FRAME <= signal.length; at += FRAME) {
    batch.samples.set(signal.subarray(at, at + FRAME));
    batch.lanes[0] = lane;
    batch.count = 1;
    await engine.process(batch);
    result.push(batch.speech[0] as number);
  }
  return result;
}

/** The model run as its authors do: one stream, window by window. */
async function reference(signal: Int16Array): Promise<number[]> {
  const session = await InferenceSession.create(model);
  const zeros = (): Tensor => new Tensor('float32', new Float32Array(128), [2, 1, 64]);
  let [h, c] = [zeros(), zeros()];
  const result: number[] = [];
  for (let at = 0; at + 256 <= signal.length; at += 256) {
    const window = Float32Array.from(signal.subarray(at, at + 256), (x) => x / 32768);
    const sr = new Tensor('int64', BigInt64Array.of(8000n), []);
    const input = new Tensor('float32', window, [1, 256]);
    const { output, hn, cn } = await session.run({ input, sr, h, c });
    [h, c] = [hn as Tensor, cn as Tensor];
    result.push(((output as Tensor).data as Float32Array)[0] as number);
  }
  return result;
}

t.test('each frame has the probability of the last window that ended in it', async (t) => {
  const speech = speechClip('hours');
  const windows = await reference(speech);
  const frames = await run(await detector(1, [0]), 0, speech);
  let worst = 0;
  frames.forEach((probability, n) => {
    const ended = Math.floor(((n + 1) * FRAME) / 256);
    const expected = ended === 0 ? 0 : (windows[ended - 1] as number);
    worst = Math.max(worst, Math.abs(probability - expected));
  });
  t.ok(worst < 1e-5, `worst difference ${worst}`);
});

t.test('lanes out of phase in one batch give what each gives alone', async (t) => {
  const signals = new Map([
    [2, speechClip('hours')],
    [0, noise(6400, 3000, 3)],
    [1, speechClip('hello')],
  ]);
  const engine = await detector(3, [0, 1, 2]);
  const alone = new Map<number, number[]>();
  for (const [lane, signal] of signals) {
    alone.set(lane, await run(await detector(3, [lane]), lane, signal));
  }
  const batch = createFrameBatch(3);
  const together = new Map<number, number[]>([...signals.keys()].map((lane) => [lane, []]));
  // Lane 2 begins two frames late and lane 1 leaves every fifth frame out.
  const at = new Map<number, number>([...signals.keys()].map((lane) => [lane, 0]));
  for (let round = 0; round < 60; round++) {
    batch.count = 0;
    for (const [lane, signal] of signals) {
      const start = at.get(lane) as number;
      if ((lane === 2 && round < 2) || (lane === 1 && round % 5 === 0)) continue;
      if (start + FRAME > signal.length) continue;
      batch.samples.set(signal.subarray(start, start + FRAME), batch.count * FRAME);
      batch.lanes[batch.count++] = lane;
      at.set(lane, start + FRAME);
    }
    await engine.process(batch);
    for (let row = 0; row < batch.count; row++) {
      together.get(batch.lanes[row] as number)?.push(batch.speech[row] as number);
    }
  }
  for (const [lane, probabilities] of together) {
    t.ok(probabilities.length > 25);
    const worst = Math.max(
      ...probabilities.map((p, n) => Math.abs(p - (alone.get(lane)?.[n] as number))),
    );
    t.ok(worst < 1e-5, `lane ${lane}: worst difference ${worst}`);
  }
});

t.test('human speech on a telephone line is speech, its noise is none', async (t) => {
  const speech = speechClip('queue-thankyou');
  const padded = Int16Array.from([...new Int16Array(8000), ...speech, ...new Int16Array(8000)]);
  const hiss = lineNoise(padded.length, 20, 6);
  const line = throughMulaw(padded.map((x, i) => x + (hiss[i] as number)));
  const probabilities = await run(await detector(1, [0]), 0, line);
  const spoken = probabilities.slice(60, 50 + speech.length / FRAME - 10);
  const silent = [...probabilities.slice(5, 48), ...probabilities.slice(-30)];
  const share = spoken.filter((p) => p > 0.5).length / spoken.length;
  t.ok(share > 0.8, `${(share * 100).toFixed(0)} % of the frames in speech`);
  t.ok(Math.max(...silent) < 0.35, `highest in silence ${Math.max(...silent)}`);
});

t.test('a lane that is opened again inherits nothing', async (t) => {
  const speech = speechClip('hours').subarray(0, 4000);
  const engine = await detector(1, [0]);
  const fresh = await run(engine, 0, speech);
  await run(engine, 0, noise(4100, 20000, 1));
  engine.close(0);
  engine.close(0);
  engine.open(0);
  sameSamples(t, await run(engine, 0, speech), fresh);
});

t.test('extreme signals give probabilities', async (t) => {
  const square = Int16Array.from({ length: 8000 }, (_, i) => (i % 40 < 20 ? 32767 : -32768));
  for (const signal of [square, new Int16Array(8000), noise(8000, 32767, 4)]) {
    const engine = await detector(2, [0, 1]);
    const probabilities = await run(engine, 0, signal);
    t.ok(probabilities.every((p) => p >= 0 && p <= 1));
    t.equal(engine.faults, 0);
  }
});

t.test(
  'samples that are no numbers give probabilities, and other lanes do not notice',
  async (t) => {
    const speech = speechClip('hours').subarray(0, 3200);
    const alone = await run(await detector(2, [1]), 1, speech);
    const engine = await detector(2, [0, 1]);
    const batch = createFrameBatch(2);
    const others: number[] = [];
    const own: number[] = [];
    for (let at = 0; at < speech.length; at += FRAME) {
      batch.count = 2;
      batch.lanes.set([0, 1]);
      batch.samples.fill(at < 320 ? Number.NaN : 0, 0, FRAME);
      batch.samples.set(speech.subarray(at, at + FRAME), FRAME);
      await engine.process(batch);
      own.push(batch.speech[0] as number);
      others.push(batch.speech[1] as number);
    }
    t.ok(own.every((p) => p >= 0 && p <= 1));
    const worst = Math.max(...others.map((p, n) => Math.abs(p - (alone[n] as number))));
    t.ok(worst < 1e-5, `worst difference ${worst}`);
  },
);
