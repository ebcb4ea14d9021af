import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { TurnModel as TurnModelPort } from '../../../src/actors/ports.js';
import { TurnModel, type TurnModelOptions } from '../../../src/dsp/turn-model/turn-model.js';
import type { RingmasterError } from '../../../src/errors.js';
import { loudness, slow, weighted, WRONG_MODELS } from './models.js';

const SECOND = 8000;
const never = new AbortController().signal;

/** A tone of the telephone band, `seconds` long. */
const tone = (seconds: number, amplitude: number, hertz = 500): Int16Array =>
  Int16Array.from({ length: seconds * SECOND }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hertz * i) / SECOND)),
  );

const options = (modelPath: string): TurnModelOptions => ({
  modelPath,
  output: 'probability',
  windowMs: 1000,
  timeoutMs: 60_000,
  maxQueue: 4,
});

function modelIn(t: Test, file: Uint8Array, change: Partial<TurnModelOptions> = {}): TurnModel {
  const path = join(t.testdir(), 'model.onnx');
  writeFileSync(path, file);
  const model = new TurnModel({ ...options(path), ...change });
  t.teardown(() => model.close());
  return model;
}

t.test('a model of probabilities answers with them', async (t) => {
  const model: TurnModelPort & TurnModel = modelIn(t, loudness(-40, true));
  await model.warmUp();
  const loud = await model.completeProbability(tone(1, 16_384), never);
  const quiet = await model.completeProbability(tone(1, 164), never);
  // The mean magnitude of a sine is 2/pi of its amplitude.
  t.ok(Math.abs((loud ?? 0) - 1 / (1 + Math.exp(40 * 0.5 * (2 / Math.PI)))) < 1e-4);
  t.ok(quiet !== undefined && quiet > 0.4 && quiet < 0.5);
  t.equal(await model.completeProbability(new Int16Array(0), never), 0.5, 'no audio is silence');
  t.match(model.counters, { answered: 3, faults: 0, timeouts: 0, refused: 0 });
});

t.test(
  'a model of logits answers the same with that setting, and is refused without it',
  async (t) => {
    const file = loudness(-40, false);
    const model = modelIn(t, file, { output: 'logit' });
    const loud = await model.completeProbability(tone(1, 16_384), never);
    t.ok(Math.abs((loud ?? 0) - 1 / (1 + Math.exp(40 * 0.5 * (2 / Math.PI)))) < 1e-4);
    const faults: RingmasterError[] = [];
    const wrong = modelIn(t, file, { onFault: (fault) => faults.push(fault) });
    t.equal(await wrong.completeProbability(tone(1, 16_384), never), undefined);
    t.equal(await wrong.completeProbability(tone(1, 16_384), never), undefined);
    t.equal(wrong.counters.faults, 2);
    t.equal(faults.length, 1, 'told once');
    t.match(faults[0], { code: 'DSP_MODEL_INVALID', message: /is it a logit/ });
    t.equal(await wrong.completeProbability(new Int16Array(0), never), 0, 'and goes on');
  },
);

t.test('the newest audio ends the window, and zeros fill its beginning', async (t) => {
  // 1 s at 16 kHz, looked at in four places: each adds its own weight where it holds half of full scale.
  const weights = new Float32Array(16_000);
  for (const [place, weight] of [
    [15_900, 1],
    [8100, 0.5],
    [7800, 0.25],
    [200, 0.125],
  ] as const) {
    weights[place] = weight;
  }
  const model = modelIn(t, weighted(weights), { windowMs: 8000 });
  const probe = async (pcm: Int16Array): Promise<number> =>
    2 * ((await model.completeProbability(pcm, never)) ?? Number.NaN);
  const half = new Int16Array(SECOND / 2).fill(16_384);
  t.ok(Math.abs((await probe(half)) - 1.5) < 0.02, 'in the second half alone');
  const long = new Int16Array(3 * SECOND).fill(16_384, 2 * SECOND + 10);
  t.ok(Math.abs((await probe(long)) - 1.875) < 0.02, 'of more audio the newest second');
  const before = new Int16Array(3 * SECOND).fill(16_384, 0, 2 * SECOND);
  t.ok(Math.abs(await probe(before)) < 0.02, 'and nothing before it');
});

t.test('files that are no turn model are told by code and reason', async (t) => {
  for (const [name, file, message] of WRONG_MODELS) {
    const model = modelIn(t, file);
    await t.rejects(model.warmUp(), { code: 'DSP_MODEL_INVALID', message }, name);
    t.equal(
      await model.completeProbability(tone(1, 1000), never),
      undefined,
      'and answers nothing',
    );
    await model.close();
  }
  const noise = modelIn(t, Buffer.from('this is no protocol buffer'));
  await t.rejects(noise.warmUp(), { code: 'DSP_MODEL_INVALID' });
  const nowhere = new TurnModel(options(join(t.testdir(), 'nowhere.onnx')));
  await t.rejects(nowhere.warmUp(), { code: 'DSP_MODEL_NOT_FOUND' });
  await nowhere.close();
});

t.test('a slow model is not waited for, and its late answer counts for nothing', async (t) => {
  const patient = modelIn(t, slow(20));
  await patient.warmUp();
  const startedMs = performance.now();
  const first = await patient.completeProbability(tone(1, 16_384), never);
  const runMs = performance.now() - startedMs;
  t.ok(first !== undefined && Math.abs(first - 1 / Math.PI) < 0.01);
  await patient.close();

  const hasty = modelIn(t, slow(20), { maxQueue: 1, timeoutMs: runMs / 4 });
  await hasty.warmUp();
  const order: string[] = [];
  const ask = async (name: string): Promise<number | undefined> => {
    const answer = await hasty.completeProbability(tone(1, 16_384), never);
    order.push(name);
    return answer;
  };
  const asked = [ask('running'), ask('waiting'), ask('refused')];
  // Behind the run, on the same thread.
  const returned = hasty.warmUp().then(() => order.push('returned'));
  t.strictSame(await Promise.all(asked), [undefined, undefined, undefined]);
  await returned;
  t.strictSame(order, ['refused', 'running', 'waiting', 'returned']);
  t.match(hasty.counters, { answered: 0, timeouts: 2, refused: 1, faults: 0 });
});

t.test('a question that was given up is answered with undefined and never asked', async (t) => {
  const model = modelIn(t, loudness(1, true));
  t.equal(await model.completeProbability(tone(1, 1), AbortSignal.abort()), undefined);
  const stop = new AbortController();
  const running = model.completeProbability(tone(1, 16_384), never);
  const waiting = model.completeProbability(tone(1, 16_384), stop.signal);
  stop.abort();
  t.equal(await waiting, undefined);
  t.type(await running, 'number');
  t.equal(model.counters.answered, 1);
});

t.test('the audio is copied before the question waits', async (t) => {
  const model = modelIn(t, loudness(-40, true));
  const pcm = tone(1, 16_384);
  const answer = model.completeProbability(pcm, never);
  pcm.fill(0);
  const loud = await answer;
  t.ok(loud !== undefined && loud < 0.1);
});

t.test('a model that is closed answers nothing, also what was being asked', async (t) => {
  const model = modelIn(t, slow(10));
  const asked = [1, 2, 3].map(() => model.completeProbability(tone(1, 16_384), never));
  const closing = model.close();
  t.strictSame(await Promise.all(asked), [undefined, undefined, undefined]);
  await closing;
  await model.close();
  t.equal(await model.completeProbability(tone(1, 16_384), never), undefined);
});
