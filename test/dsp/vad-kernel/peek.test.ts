// A peek evaluates the last 256 samples from the state as it is, and leaves it so. Media plane.
import t from 'tap';
import { loadSileroWeights } from '../../../src/dsp/vad/batched/silero-model.js';
import { SileroReference } from '../reference/silero-reference.js';
import { Calls, frameOf } from './calls.js';
import { fixtureVoice } from './signals.js';

const SIGNAL = fixtureVoice('fr').subarray(0, 32000);
const FRAMES = SIGNAL.length / 160;

t.test('peeking changes no later probability of a window', (t) => {
  const calls = new Calls(2);
  const [peeked, plain] = [calls.engine.open(), calls.engine.open()];
  calls.engine.peek(peeked, true);
  let end = 0;
  for (let frame = 0; frame < FRAMES; frame++) {
    calls.push(peeked, frameOf(SIGNAL, frame));
    calls.push(plain, frameOf(SIGNAL, frame));
    calls.engine.run();
    end += 160;
    if (end < 256) continue;
    end -= 256;
    t.equal(calls.engine.logit(peeked), calls.engine.logit(plain), `frame ${frame}`);
  }
  t.equal(calls.engine.windows, 2 * Math.floor(SIGNAL.length / 256));
  t.equal(calls.engine.peeks, FRAMES - Math.floor(SIGNAL.length / 256));
  t.end();
});

t.test('a peek gives what the reference gives for the last 256 samples', (t) => {
  const calls = new Calls(1);
  const call = calls.engine.open();
  calls.engine.peek(call, true);
  const reference = new SileroReference(loadSileroWeights());
  const padded = new Int16Array(256 + SIGNAL.length);
  padded.set(SIGNAL, 256);
  const windowEndingAt = (samples: number): Float64Array =>
    Float64Array.from(padded.subarray(samples, samples + 256), (sample) => sample / 32768);

  let committed = 0;
  let highest = 0;
  for (let frame = 0; frame < 120; frame++) {
    calls.push(call, frameOf(SIGNAL, frame));
    calls.engine.run();
    const samples = (frame + 1) * 160;
    const complete = samples - committed >= 256;
    if (complete) committed += 256;
    const expected = complete
      ? reference.process(windowEndingAt(committed))
      : reference.clone().process(windowEndingAt(samples));
    highest = Math.max(highest, expected);
    t.ok(Math.abs(calls.engine.probability(call) - expected) < 0.001, `frame ${frame}`);
  }
  t.ok(highest > 0.9, 'there is speech in it');
  t.end();
});

t.test('without peek the last probability stands until the next window', (t) => {
  const calls = new Calls(1);
  const call = calls.engine.open();
  const evaluated: number[] = [];
  const probabilities: number[] = [];
  for (let frame = 0; frame < 16; frame++) {
    calls.push(call, frameOf(SIGNAL, 30 + frame));
    evaluated.push(calls.engine.run());
    probabilities.push(calls.engine.probability(call));
  }
  t.same(evaluated, [0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 1]);
  t.equal(probabilities[0], 0);
  t.equal(probabilities[2], probabilities[1]);
  t.not(probabilities[4], probabilities[3]);
  t.end();
});
