import t from 'tap';
import type { DenoiseEngine } from '../../../src/dsp/denoise/denoiser.js';
import { EnergyGate } from '../../../src/dsp/denoise/energy-gate.js';
import { GatedDenoiser } from '../../../src/dsp/denoise/gated-denoiser.js';
import { RnnoiseDenoiser } from '../../../src/dsp/denoise/rnnoise.js';
import { compileRnnoise } from '../../../src/dsp/denoise/rnnoise-module.js';
import type { FrameBatch } from '../../../src/dsp/frame-batch.js';
import { lineNoise, noise, rms, speechClip, throughMulaw, sameSamples } from '../signals.js';
import { FRAME, runLane, runLanes } from './run.js';

const LOOK_AHEAD_SAMPLES = 320;

/** An engine that passes samples unchanged and notes what it was given. */
class Recorder implements DenoiseEngine {
  readonly delaySamples = 0;
  readonly faults = 0;
  denoised = 0;
  readonly frames: number[][] = [];
  open(): void {}
  close(): void {}
  process(batch: FrameBatch): void {
    for (let row = 0; row < batch.count; row++, this.denoised++) {
      this.frames.push([...batch.samples.subarray(row * FRAME, (row + 1) * FRAME)]);
    }
  }
}

function gatedDenoiser(engine: DenoiseEngine, lanes = 1): GatedDenoiser {
  return new GatedDenoiser(engine, lanes, new EnergyGate(lanes));
}

/** A second of silence, a tone of 100 ms, a second of silence; every frame differs. */
function burst(): Int16Array {
  const line = new Int16Array(FRAME * 105);
  for (let i = 0; i < line.length; i++) line[i] = (Math.trunc(i / FRAME) % 7) - 3;
  for (let i = FRAME * 50; i < FRAME * 55; i++) line[i] = 4000 * Math.sin(i);
  return line;
}

t.test('the engine rests while closed, and gets 100 ms before the frame that opens', async (t) => {
  const engine = new Recorder();
  const gated = gatedDenoiser(engine);
  gated.open(0);
  const line = burst();
  runLane(gated, 0, line);
  const frame = (n: number): number[] => [...line.subarray(n * FRAME, (n + 1) * FRAME)];
  const seen = engine.frames.findIndex((got) => got.every((x, i) => x === frame(50)[i]));
  t.same(engine.frames.slice(seen - 5, seen + 1), [45, 46, 47, 48, 49, 50].map(frame));
  t.ok(engine.denoised < 50, `${engine.denoised} of 105 frames`);
});

t.test('what comes out open is the line 40 ms late, the onset included', async (t) => {
  const gated = gatedDenoiser(new Recorder());
  gated.open(0);
  t.equal(gated.delaySamples, LOOK_AHEAD_SAMPLES);
  const line = burst();
  const output = runLane(gated, 0, line);
  const from = 49 * FRAME;
  const to = 60 * FRAME;
  sameSamples(
    t,
    output.subarray(from + LOOK_AHEAD_SAMPLES, to + LOOK_AHEAD_SAMPLES),
    line.subarray(from, to),
  );
});

t.test('what comes out closed is the line as late and 30 dB lower', async (t) => {
  const gated = gatedDenoiser(new Recorder());
  gated.open(0);
  const line = lineNoise(FRAME * 100, 20, 4);
  const output = runLane(gated, 0, line);
  const expected = line.subarray(60 * FRAME - LOOK_AHEAD_SAMPLES, 100 * FRAME - LOOK_AHEAD_SAMPLES);
  const error = Float32Array.from(
    expected,
    (sample, i) => sample * 10 ** (-30 / 20) - (output[60 * FRAME + i] as number),
  );
  t.ok(rms(error) < 1e-5, `error ${rms(error)}`);
  t.ok(rms(output.subarray(60 * FRAME)) > 0.5);
});

t.test('with RNNoise, speech after silence is what it is without the gate', async (t) => {
  const module = await compileRnnoise();
  const clean = Int16Array.from([
    ...new Int16Array(16000),
    ...speechClip('hours'),
    ...new Int16Array(16000),
    ...speechClip('queue-thankyou'),
  ]);
  const hiss = lineNoise(clean.length, 15, 2);
  const line = throughMulaw(clean.map((x, i) => x + (hiss[i] as number)));
  const plain = new RnnoiseDenoiser(module, 1);
  plain.open(0);
  const gated = gatedDenoiser(new RnnoiseDenoiser(module, 1));
  gated.open(0);
  const reference = runLane(plain, 0, line);
  const output = runLane(gated, 0, line).subarray(LOOK_AHEAD_SAMPLES);
  const saved = 1 - gated.denoised / (line.length / FRAME);
  t.ok(saved > 0.35, `${(saved * 100).toFixed(0)} % of the frames spared`);
  const error = output.map((x, i) => x - (reference[i] as number));
  const whole = 20 * Math.log10(rms(reference) / rms(error));
  t.ok(whole > 20, `${whole.toFixed(1)} dB over all`);
  const onset = 16000 + plain.delaySamples;
  const first =
    20 *
    Math.log10(
      rms(reference.subarray(onset, onset + 1600)) / rms(error.subarray(onset, onset + 1600)),
    );
  t.ok(first > 15, `${first.toFixed(1)} dB in the 200 ms of the onset`);
});

t.test('lanes of any state share a batch without touching each other', async (t) => {
  const module = await compileRnnoise();
  const speech = speechClip('hours');
  const padded = Int16Array.from([...new Int16Array(8000), ...speech]);
  const alone = gatedDenoiser(new RnnoiseDenoiser(module, 1));
  alone.open(0);
  const expected = runLane(alone, 0, padded);
  const shared = gatedDenoiser(new RnnoiseDenoiser(module, 4), 4);
  for (let lane = 0; lane < 4; lane++) shared.open(lane);
  const output = runLanes(
    shared,
    new Map([
      [3, new Int16Array(padded.length)],
      [2, padded],
      [0, noise(padded.length, 3000, 2)],
    ]),
  );
  sameSamples(t, output.get(2), expected);
});

t.test('a lane that is opened again inherits nothing', async (t) => {
  const speech = speechClip('hours');
  const gated = gatedDenoiser(new Recorder());
  gated.open(0);
  const fresh = runLane(gated, 0, speech);
  gated.close(0);
  gated.open(0);
  sameSamples(t, runLane(gated, 0, speech), fresh);
});

t.test(
  'a bypassed lane passes the line at full level, as late as ever, and costs nothing',
  async (t) => {
    const engine = new Recorder();
    const gated = gatedDenoiser(engine);
    gated.open(0);
    const line = noise(FRAME * 60, 6000, 3);
    const before = runLane(gated, 0, line.subarray(0, FRAME * 20));
    const ran = engine.denoised;
    gated.bypass(0, true);
    const during = runLane(gated, 0, line.subarray(FRAME * 20, FRAME * 40));
    t.equal(engine.denoised, ran + 1, 'one frame for the cross-fade');
    gated.bypass(0, false);
    const after = runLane(gated, 0, line.subarray(FRAME * 40));
    // The engine of this test changes nothing, so that no change may be heard at all.
    const whole = Int16Array.from([...before, ...during, ...after], Math.round);
    sameSamples(t, whole.subarray(LOOK_AHEAD_SAMPLES), line.subarray(0, -LOOK_AHEAD_SAMPLES));
  },
);

t.test('a bypassed lane is still attenuated where it is silent', async (t) => {
  const gated = gatedDenoiser(new Recorder());
  gated.open(0);
  gated.bypass(0, true);
  const line = lineNoise(FRAME * 100, 20, 4);
  const output = runLane(gated, 0, line).subarray(60 * FRAME);
  t.ok(Math.abs(rms(output) / rms(line.subarray(60 * FRAME)) - 10 ** (-30 / 20)) < 0.003);
});

t.test('without a gate the engine always runs, with its own delay alone', async (t) => {
  const engine = new Recorder();
  const gated = new GatedDenoiser(engine, 1, undefined);
  gated.open(0);
  t.equal(gated.delaySamples, 0);
  const line = new Int16Array(FRAME * 40).map((_, i) => i % 5);
  sameSamples(t, runLane(gated, 0, line), line);
  t.equal(engine.denoised, 40);
});

t.test('a lane that is opened again is not bypassed', async (t) => {
  const engine = new Recorder();
  const gated = gatedDenoiser(engine);
  gated.open(0);
  gated.bypass(0, true);
  gated.close(0);
  gated.open(0);
  runLane(gated, 0, noise(FRAME * 10, 6000, 3));
  t.equal(engine.denoised, 10);
});
