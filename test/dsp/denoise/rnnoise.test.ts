import t from 'tap';
import { RnnoiseDenoiser } from '../../../src/dsp/denoise/rnnoise.js';
import { compileRnnoise } from '../../../src/dsp/denoise/rnnoise-module.js';
import { createFrameBatch } from '../../../src/dsp/frame-batch.js';
import { noise, rms, speechClip, sameSamples } from '../signals.js';
import { FRAME, runLane, runLanes } from './run.js';

const module = await compileRnnoise();

function denoiser(lanes: number, open: readonly number[]): RnnoiseDenoiser {
  const made = new RnnoiseDenoiser(module, lanes);
  for (const lane of open) made.open(lane);
  return made;
}

function correlation(a: Int16Array, b: Float32Array, lag: number): number {
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i + lag < b.length; i++) {
    ab += (a[i] as number) * (b[i + lag] as number);
    aa += (a[i] as number) ** 2;
    bb += (b[i + lag] as number) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

t.test('clean speech passes, late by the delay stated', async (t) => {
  const engine = denoiser(1, [0]);
  const speech = speechClip('queue-thankyou');
  const output = runLane(engine, 0, speech);
  let best = 0;
  for (let lag = 0; lag < 400; lag++) {
    if (correlation(speech, output, lag) > correlation(speech, output, best)) best = lag;
  }
  t.equal(best, engine.delaySamples);
  t.ok(correlation(speech, output, best) > 0.95, `${correlation(speech, output, best)}`);
});

t.test('noise alone is brought down by more than 15 dB', async (t) => {
  const hiss = noise(8000 * 4, 1500, 5);
  const output = runLane(denoiser(1, [0]), 0, hiss);
  const reduction = 20 * Math.log10(rms(hiss) / rms(output.subarray(8000)));
  t.ok(reduction > 15, `${reduction.toFixed(1)} dB`);
});

t.test('a lane gives the same alone and among others', async (t) => {
  const speech = speechClip('hours');
  const alone = runLane(denoiser(1, [0]), 0, speech);
  const engine = denoiser(5, [1, 3, 4]);
  const among = runLanes(
    engine,
    new Map([
      [4, noise(speech.length, 20000, 1)],
      [1, speech],
      [3, noise(speech.length, 300, 2)],
    ]),
  );
  sameSamples(t, among.get(1), alone);
});

t.test('a lane that is opened again inherits nothing', async (t) => {
  const speech = speechClip('hours');
  const fresh = runLane(denoiser(1, [0]), 0, speech);
  const engine = denoiser(1, [0]);
  runLane(engine, 0, noise(8000, 20000, 9));
  engine.close(0);
  engine.close(0);
  engine.open(0);
  sameSamples(t, runLane(engine, 0, speech), fresh);
});

t.test('states are freed: opening 20000 lanes in turn costs no memory', async (t) => {
  const engine = denoiser(8, []);
  const before = process.memoryUsage.rss();
  for (let i = 0; i < 20_000; i++) {
    engine.open(i % 8);
    if (i % 3 === 0) engine.close(i % 8);
  }
  // Kept, the states of 19 KB would be 380 MB.
  const grown = process.memoryUsage.rss() - before;
  t.ok(grown < 60_000_000, `${grown} bytes`);
});

t.test('memory that grows under way hurts no lane', async (t) => {
  const speech = speechClip('hours');
  const alone = runLane(denoiser(1, [0]), 0, speech);
  // 16 MB hold about 850 states, so that opening 1200 more makes the memory grow twice over.
  const engine = denoiser(1300, [0]);
  const half = Math.floor(speech.length / 320) * 160;
  const first = runLane(engine, 0, speech.subarray(0, half));
  for (let lane = 1; lane < 1300; lane++) engine.open(lane);
  const second = runLane(engine, 0, speech.subarray(half));
  sameSamples(t, [...first, ...second], alone);
});

t.test('loud, silent and random frames come out finite and in range', async (t) => {
  const square = Int16Array.from({ length: 16000 }, (_, i) => (i % 40 < 20 ? 32767 : -32768));
  const signals = [square, new Int16Array(16000), noise(16000, 32767, 4)];
  for (const signal of signals) {
    const engine = denoiser(1, [0]);
    const output = runLane(engine, 0, signal);
    t.ok(output.every((sample) => Math.abs(sample) < 200_000));
    t.equal(engine.faults, 0);
  }
});

t.test('a frame that is not finite costs its lane its state and others nothing', async (t) => {
  const engine = denoiser(2, [0, 1]);
  const speech = speechClip('hours').subarray(0, 1600);
  const alone = runLane(denoiser(1, [0]), 0, speech);
  const batch = createFrameBatch(2);
  const result: number[] = [];
  for (let at = 0; at < speech.length; at += FRAME) {
    batch.count = 2;
    batch.lanes.set([0, 1]);
    batch.samples.set(speech.subarray(at, at + FRAME), FRAME);
    batch.samples.fill(at === 800 ? Number.NaN : 100, 0, FRAME);
    engine.process(batch);
    result.push(...batch.samples.subarray(FRAME));
    if (at > 800) t.ok(batch.samples.subarray(0, FRAME).every(Number.isFinite));
  }
  t.equal(engine.faults, 1);
  sameSamples(t, result, alone);
});
