// The int32 sums of the LSTMs cannot wrap: proven for the weights, and measured on the worst audio there is. Media plane.
import t from 'tap';
import { noisyLine, whiteNoise } from '../harness/noise.js';
import { seededRandom } from '../harness/random.js';
import { packLstm, type PackedLstm } from '../../../src/dsp/vad/batched/pack.js';
import { loadSileroWeights } from '../../../src/dsp/vad/batched/silero-model.js';
import { SileroReference } from '../reference/silero-reference.js';
import { amplified, extremes, voices } from './signals.js';

const WEIGHTS = loadSileroWeights();
const NEURONS = 64;
const ROWS = 4 * NEURONS;
const LIMIT = 2 ** 31;

/** Packed weight of a row (neuron and gate) for a channel of the input (0) or the recurrent part (1). */
function weightOf(layer: PackedLstm, part: number, row: number, channel: number): number {
  const pair = (part * NEURONS + (row >> 2)) * (NEURONS / 2) + (channel >> 1);
  return layer.weights[(pair * 4 + (row & 3)) * 2 + (channel & 1)] ?? NaN;
}

/** The largest magnitude of any row's sum over `values`, which the kernel has as integers. */
function largestSum(layer: PackedLstm, part: number, values: ArrayLike<number>): number {
  let largest = 0;
  for (let row = 0; row < ROWS; row++) {
    let sum = part === 1 ? (layer.bias[row] ?? NaN) : 0;
    for (let i = 0; i < NEURONS; i++) sum += weightOf(layer, part, row, i) * (values[i] ?? NaN);
    largest = Math.max(largest, Math.abs(sum));
  }
  return largest;
}

/** x as the kernel has it: its largest channel between 2^12 and 2^13. */
function quantisedInput(x: Float64Array): Float64Array {
  const power = 2 ** Math.floor(Math.log2(Math.max(2 ** -20, ...x)));
  return x.map((value) => Math.round((value * 2 ** 12) / power));
}

function quantisedOutput(h: Float64Array): Float64Array {
  return h.map((value) => Math.round(value * 2 ** 13));
}

interface Worst {
  sum: number;
  integer: number;
}

/** The largest sum and the largest integer input of both layers while a signal is heard. */
function worstOf(signal: Int16Array): Worst {
  const layers = [packLstm(WEIGHTS.lstm1), packLstm(WEIGHTS.lstm2)] as const;
  const reference = new SileroReference(WEIGHTS);
  const worst: Worst = { sum: 0, integer: 0 };
  const see = (layer: PackedLstm, part: number, values: Float64Array): void => {
    worst.sum = Math.max(worst.sum, largestSum(layer, part, values));
    worst.integer = Math.max(worst.integer, ...values.map(Math.abs));
  };
  for (let start = 0; start + 256 <= signal.length; start += 256) {
    const h1 = quantisedOutput(reference.lstm1.output);
    const h2 = quantisedOutput(reference.lstm2.output);
    reference.process(Float64Array.from(signal.subarray(start, start + 256), (s) => s / 32768));
    see(layers[0], 0, quantisedInput(reference.encoded));
    see(layers[0], 1, h1);
    see(layers[1], 0, quantisedOutput(reference.lstm1.output));
    see(layers[1], 1, h2);
  }
  return worst;
}

t.test('no row of the packed weights can reach 2^31, whatever its inputs within 2^13 are', (t) => {
  for (const layer of [packLstm(WEIGHTS.lstm1), packLstm(WEIGHTS.lstm2)]) {
    for (const part of [0, 1]) {
      let largest = 0;
      for (let row = 0; row < ROWS; row++) {
        let bound = part === 1 ? Math.abs(layer.bias[row] ?? NaN) : 0;
        for (let i = 0; i < NEURONS; i++)
          bound += Math.abs(weightOf(layer, part, row, i)) * 2 ** 13;
        largest = Math.max(largest, bound);
      }
      t.ok(largest < 0.65 * LIMIT, `${(largest / LIMIT).toFixed(3)} of the limit`);
      t.ok(largest > 0.4 * LIMIT, 'the scales leave little unused');
    }
  }
  t.end();
});

t.test(
  'the worst sums of clipped and noisy speech and of full-scale signals stay far below',
  (t) => {
    const speech = [...voices()].flatMap(([name, voice]) => {
      const part = voice.subarray(8000, 24000);
      const noise = whiteNoise(part.length, seededRandom(1));
      return [
        [`${name} clipped`, amplified(part, 20)],
        [`${name} in noise`, noisyLine(part, noise, 0)],
      ] as const;
    });
    let largest = 0;
    for (const [name, signal] of [...speech, ...extremes(1)]) {
      const { sum, integer } = worstOf(signal);
      t.ok(integer <= 2 ** 13, `${name}: inputs up to ${integer}`);
      t.ok(sum < 0.5 * LIMIT, `${name}: ${(sum / LIMIT).toFixed(3)} of the limit`);
      largest = Math.max(largest, sum);
    }
    t.ok(largest > 0.1 * LIMIT, `the worst is ${(largest / LIMIT).toFixed(3)} of the limit`);
    t.end();
  },
);

t.test('weights with which a sum could wrap are refused', (t) => {
  const { lstm1 } = WEIGHTS;
  const louder = { ...lstm1, recurrent: lstm1.recurrent.map((weight) => 2 * weight) };
  t.throws(() => packLstm(louder), { code: 'DSP_MODEL_INVALID' });
  const wide = { ...lstm1, input: lstm1.input.map((weight, i) => (i === 5 ? 4.5 : weight / 8)) };
  t.throws(() => packLstm(wide), { code: 'DSP_MODEL_INVALID' });
  t.end();
});
