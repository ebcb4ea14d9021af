// The measures that the benchmark of voice activity detection reports. Media plane.
import t from 'tap';
import {
  areaUnderCurve,
  onsetDelays,
  scoresOf,
  thresholdAt,
} from '../../../bench/quality/detection.js';
import { percentile } from '../../../bench/percentiles.js';
import { fitLogistic } from '../../../bench/quality/logistic.js';
import { seededRandom } from '../harness/random.js';

t.test('the area under the curve counts pairs in order, ties half', (t) => {
  const of = (speech: number[], silence: number[]): number =>
    areaUnderCurve(Float32Array.from(speech), Float32Array.from(silence));
  t.equal(of([3, 4], [1, 2]), 1);
  t.equal(of([1, 2], [3, 4]), 0);
  t.equal(of([1, 3], [2, 4]), 0.25);
  t.equal(of([2, 2], [2, 2]), 0.5);
  t.equal(of([-0.1], [-0.2, -0.1]), 0.75);
  t.end();
});

t.test('a threshold lets the given part of silence pass', (t) => {
  const random = seededRandom(4);
  const silence = Float32Array.from({ length: 1000 }, () => random());
  const threshold = thresholdAt(silence, 0.02);
  t.equal(silence.filter((score) => score > threshold).length, 20);
  t.end();
});

t.test('a delay runs from the onset to the end of the first frame above the threshold', (t) => {
  const scores = [Float32Array.of(0, 0, 0, 1, 1, 0, 0, 1)];
  const labels = new Uint8Array(8);
  const delays = (...onsets: number[]): number[] => onsetDelays(scores, [{ labels, onsets }], 0.5);
  t.same(delays(2 * 160), [40]);
  t.same(delays(2 * 160 + 80), [30]);
  t.same(delays(6 * 160), [40], 'the frame that begins with the onset may be below');
  t.same(delays(4 * 160), [], 'the score was on already');
  t.same(onsetDelays(scores, [{ labels, onsets: [0] }], 2), [2000]);
  t.end();
});

t.test('scores are picked by label over all calls', (t) => {
  const scores = [Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6)];
  const truths = [
    { labels: Uint8Array.of(0, 1, 2), onsets: [] },
    { labels: Uint8Array.of(1, 1, 0), onsets: [] },
  ];
  t.same(scoresOf(scores, truths, 1), Float32Array.of(2, 4, 5));
  t.end();
});

t.test('logistic regression finds the weights that made the labels', (t) => {
  const random = seededRandom(6);
  const inputs = Array.from({ length: 20000 }, () =>
    Float64Array.of(4 * random() - 2, 4 * random() - 2, 1),
  );
  const speech = Uint8Array.from(inputs, ([a = 0, b = 0]) =>
    random() < 1 / (1 + Math.exp(-(1.5 * a - 0.5 * b + 0.25))) ? 1 : 0,
  );
  const [a = 0, b = 0, offset = 0] = fitLogistic(inputs, speech);
  t.ok(Math.abs(a - 1.5) < 0.1 && Math.abs(b + 0.5) < 0.1 && Math.abs(offset - 0.25) < 0.1);
  t.end();
});

t.test('a percentile is a value of the list', (t) => {
  t.equal(percentile([5, 1, 3, 2, 4], 0.5), 3);
  t.equal(percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9), 9);
  t.end();
});
