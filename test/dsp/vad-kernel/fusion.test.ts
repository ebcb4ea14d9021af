// The fused opinion: what each detector, the floor and the peek do to it. Media plane.
import t from 'tap';
import {
  FUSED,
  SILERO_ALONE,
  SILERO_AND_FLOOR,
  SpeechFusion,
} from '../../../src/dsp/vad/fusion.js';

/** One frame with the same RNNoise probability in both halves. */
function frame(fusion: SpeechFusion, call: number, silero: number, rnnoise: number): number {
  fusion.hear(call, rnnoise, rnnoise);
  return fusion.decide(call, silero);
}

/** `count` frames alike; the last probability. */
function frames(fusion: SpeechFusion, count: number, silero: number, rnnoise: number): number {
  let last = 0;
  for (let i = 0; i < count; i++) last = frame(fusion, 0, silero, rnnoise);
  return last;
}

t.test('both sure of speech gives speech, both sure of silence gives silence', (t) => {
  const fusion = new SpeechFusion(1);
  t.ok(frames(fusion, 50, -8, 0.01) < 0.001);
  t.ok(frames(fusion, 3, 5, 0.99) > 0.99);
  t.ok(frames(fusion, 3, -8, 0.01) < 0.001);
  t.end();
});

t.test('speech from the first frame on is speech', (t) => {
  t.ok(frames(new SpeechFusion(1), 3, 4, 0.95) > 0.95);
  t.end();
});

t.test('Silero alone passes its own probability on, up to its limit', (t) => {
  const fusion = new SpeechFusion(1, SILERO_ALONE);
  for (const logit of [-11, -2, 0, 0.5, 7]) {
    const probability = frame(fusion, 0, logit, 0.9);
    t.ok(Math.abs(probability - 1 / (1 + Math.exp(-logit))) < 1e-6, `${logit}`);
  }
  frame(fusion, 0, 40, 0.5);
  t.equal(fusion.logit(0), 12);
  t.end();
});

t.test('R is the logit of the mean of the last three halves', (t) => {
  const fusion = new SpeechFusion(1, { silero: 0, rnnoise: 1, floor: 0, offset: 0 });
  fusion.hear(0, 0.1, 0.3);
  fusion.decide(0, 0);
  fusion.hear(0, 0.6, 0.9);
  fusion.decide(0, 0);
  const mean = (0.3 + 0.6 + 0.9) / 3;
  t.ok(Math.abs(fusion.logit(0) - Math.log(mean / (1 - mean))) < 1e-6);
  t.end();
});

t.test('probabilities of exactly 0 and 1 give finite logits', (t) => {
  const fusion = new SpeechFusion(1);
  for (const value of [0, 1]) {
    frames(fusion, 3, value === 0 ? -Infinity : Infinity, value);
    t.ok(Number.isFinite(fusion.logit(0)), `${value}`);
  }
  t.end();
});

t.test('a line on which Silero is never sure of silence must be clearer about speech', (t) => {
  const quiet = new SpeechFusion(1);
  const noisy = new SpeechFusion(1);
  frames(quiet, 1000, -8, 0.02);
  frames(noisy, 1000, 0.5, 0.02);
  t.ok(frame(quiet, 0, 1.5, 0.5) > 0.9);
  t.ok(frame(noisy, 0, 1.5, 0.5) < 0.5);
  t.end();
});

t.test('the floor rises slowly and falls within a pause', (t) => {
  const fusion = new SpeechFusion(1, { silero: 0, rnnoise: 0, floor: 1, offset: 0 });
  frames(fusion, 100, -6, 0);
  t.ok(Math.abs(fusion.logit(0) + 6) < 0.01);
  frames(fusion, 100, 6, 0);
  t.ok(fusion.logit(0) < -3, `after 2 s of speech ${fusion.logit(0)}`);
  frames(fusion, 10, -6, 0);
  t.ok(fusion.logit(0) < -5.8, `after 200 ms of silence ${fusion.logit(0)}`);
  t.end();
});

t.test('twenty seconds of speech without a pause stay speech', (t) => {
  const fusion = new SpeechFusion(1);
  frames(fusion, 50, -8, 0.02);
  t.ok(frames(fusion, 1000, 5, 0.95) > 0.9);
  t.end();
});

t.test('a peek is asked for while nobody speaks and RNNoise suspects somebody', (t) => {
  const fusion = new SpeechFusion(1);
  frames(fusion, 20, -8, 0.02);
  t.notOk(fusion.hear(0, 0.05, 0.05), 'silence');
  fusion.decide(0, -8);
  t.ok(fusion.hear(0, 0.2, 0.6), 'suspicion');
  fusion.decide(0, 6);
  t.notOk(fusion.hear(0, 0.9, 0.9), 'speech is known already');
  t.end();
});

t.test('calls do not touch each other, and reset forgets', (t) => {
  const fusion = new SpeechFusion(2);
  const alone = new SpeechFusion(1);
  for (let i = 0; i < 60; i++) {
    frame(fusion, 0, 5, 0.9);
    t.equal(frame(fusion, 1, -4, 0.3), frame(alone, 0, -4, 0.3));
  }
  fusion.reset(0);
  const fresh = new SpeechFusion(1);
  t.equal(frame(fusion, 0, 1, 0.4), frame(fresh, 0, 1, 0.4));
  t.end();
});

t.test('the weights favour both detectors and count the floor against them', (t) => {
  t.ok(FUSED.silero > 0 && FUSED.rnnoise > 0 && FUSED.floor < 0);
  t.ok(FUSED.silero + FUSED.floor > 0, 'steady speech stays above its own floor');
  t.end();
});

t.test('where RNNoise rests, Silero decides by its own weights, and hears speech in noise', (t) => {
  const resting = new SpeechFusion(1);
  const told = new SpeechFusion(1);
  let alone = 0;
  let silenced = 0;
  for (let i = 0; i < 100; i++) {
    const silero = i < 97 ? -2 : 2.5;
    resting.unheard(0);
    alone = resting.decide(0, silero);
    silenced = frame(told, 0, silero, 0);
  }
  t.ok(alone > 0.9, `${alone}`);
  t.ok(silenced < alone - 0.2, 'an RNNoise that says 0 votes for silence');
  t.end();
});

t.test('without RNNoise the sum is that of Silero and its floor', (t) => {
  const fusion = new SpeechFusion(1);
  const floor = new SpeechFusion(1, { silero: 0, rnnoise: 0, floor: 1, offset: 0 });
  const { silero, floor: weight, offset } = SILERO_AND_FLOOR;
  for (const opinion of [-3, -5, 4, 2]) {
    fusion.unheard(0);
    fusion.decide(0, opinion);
    frame(floor, 0, opinion, 0);
    const expected = silero * opinion + weight * floor.logit(0) + offset;
    t.ok(Math.abs(fusion.logit(0) - expected) < 1e-4);
  }
  t.end();
});

t.test('RNNoise that comes back is heard again from its first frame', (t) => {
  const fusion = new SpeechFusion(1, { silero: 0, rnnoise: 1, floor: 0, offset: 0 });
  fusion.hear(0, 0.9, 0.9);
  fusion.unheard(0);
  fusion.decide(0, 1);
  fusion.hear(0, 0.3, 0.6);
  fusion.decide(0, 1);
  const mean = 0.9 / 3;
  t.ok(Math.abs(fusion.logit(0) - Math.log(mean / (1 - mean))) < 1e-6);
  t.end();
});
