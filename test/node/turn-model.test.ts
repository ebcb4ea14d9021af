import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loudness } from '../dsp/turn-model/models.js';
import { callNode, clip, startTestNode } from './support.js';

t.jobs = 3;

function modelFile(t: Test, file: Uint8Array): string {
  const path = join(t.testdir(), 'model.onnx');
  writeFileSync(path, file);
  return path;
}

const SILENCE = {
  RINGMASTER_ENDPOINTING: 'fixed',
  RINGMASTER_ENDPOINT_SILENCE_MS: '1000',
  RINGMASTER_ENDPOINT_MIN_MS: '300',
  RINGMASTER_ENDPOINT_MAX_MS: '3000',
};

/** Milliseconds from the end of the voice to the end of the turn, of one real call, and what the model was asked. */
async function endpointing(t: Test, environment: Record<string, string>) {
  const node = await startTestNode(t, { ...SILENCE, ...environment });
  const hours = await clip('hours');
  const report = await callNode(node, async (caller) => {
    await caller.waitForAgent();
    await caller.say(hours);
    await caller.waitForAgent();
  }).finished;
  t.ok(report.scriptCompleted);
  const [latency] = (await node.store.get(report.callSid))?.latencies ?? [];
  return { ms: latency?.endpointingMs ?? Number.NaN, model: node.stats().turnModel };
}

// Speech has some loudness: with a gain above 0 it sounds complete to this model, with one below it does not.
for (const [how, gain, output, expectedMs] of [
  ['sooner', 10_000, 'probability', 700],
  ['later', -10_000, 'logit', 2500],
] as const) {
  t.test(`a turn that the model is sure of ends ${how}`, async (t) => {
    const path = modelFile(t, loudness(gain, output === 'probability'));
    const { ms, model } = await endpointing(t, {
      RINGMASTER_TURN_MODEL: path,
      RINGMASTER_TURN_MODEL_OUTPUT: output,
      RINGMASTER_TURN_MODEL_TIMEOUT_MS: '400',
    });
    t.ok(Math.abs(ms - expectedMs) < 150, `${ms} ms`);
    t.ok((model?.answered ?? 0) >= 1 && model?.faults === 0, JSON.stringify(model));
  });
}

t.test('without a model the silence decides, and nobody is asked', async (t) => {
  const { ms, model } = await endpointing(t, {});
  t.ok(Math.abs(ms - 1000) < 150, `${ms} ms`);
  t.equal(model, undefined);
});

t.test('a model that is missing or none stops the start with its code', async (t) => {
  const wrong = modelFile(t, Buffer.from('this is no protocol buffer'));
  await t.rejects(startTestNode(t, { RINGMASTER_TURN_MODEL: wrong }), {
    code: 'DSP_MODEL_INVALID',
  });
  await t.rejects(startTestNode(t, { RINGMASTER_TURN_MODEL: join(t.testdir(), 'nowhere.onnx') }), {
    code: 'DSP_MODEL_NOT_FOUND',
  });
});
