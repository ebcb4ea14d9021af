// The recurrent network of RNNoise (Valin 2018, "deep learning architecture") on an octet. Media plane.
//
//   features 42 -> dense 24 -+-> VAD GRU 24 ----+--------------> speech probability
//              |             |                  |
//              +-------------+---> noise GRU 48 | --+
//              +--------------------------------+---+-> denoise GRU 96 -> band gains

import { ROW, keep, loadRow, storeRow } from '../simd';
import {
  ACCUMULATORS,
  BANDS,
  DENOISE_GATE_BIAS,
  DENOISE_GATE_WEIGHTS,
  DENOISE_NEW_BIAS,
  DENOISE_NEW_WEIGHTS,
  DENOISE_PAIR,
  DENOISE_PAIRS,
  DENOISE_UNITS,
  DENSE_BIAS,
  DENSE_PAIR,
  DENSE_PAIRS,
  DENSE_TILES,
  DENSE_UNITS,
  DENSE_WEIGHTS,
  FEATURES,
  FEATURE_PAIR,
  FEATURE_ROWS,
  GAINS,
  GAIN_BIAS,
  GAIN_PAIRS,
  GAIN_TILES,
  GAIN_WEIGHTS,
  GROUPS,
  GROUP_BYTES,
  GROUP_FRAMES,
  GROUP_FRAME_BYTES,
  NETWORK_INPUT,
  NOISE_GATE_BIAS,
  NOISE_GATE_WEIGHTS,
  NOISE_NEW_BIAS,
  NOISE_NEW_WEIGHTS,
  NOISE_PAIR,
  NOISE_PAIRS,
  NOISE_UNITS,
  OCTET_ROW,
  RECURRENT,
  SILENT,
  SPEECH,
  SPEECH_BIAS,
  SPEECH_PAIRS,
  SPEECH_TILES,
  SPEECH_WEIGHTS,
  VAD_GATE_BIAS,
  VAD_GATE_WEIGHTS,
  VAD_NEW_BIAS,
  VAD_NEW_WEIGHTS,
  VAD_PAIR,
  VAD_PAIRS,
  VAD_UNITS,
} from './layout';
import { quantisePair, sigmoid, tanh } from './activation';
import { multiply } from './dense';
import { stepGru } from './gru';
import { workspace } from './workspace';

/** Put the int16 form of a group's features among the network's inputs. */
export function quantiseFeatures(group: i32): void {
  quantiseRows(workspace + FEATURE_ROWS, FEATURES, FEATURE_PAIR, group);
}

/** From the features of an octet to `GAINS` and `SPEECH` of its two groups. */
export function runNetwork(octet: usize): void {
  let group = 0;
  do {
    const recurrent = octet + group * GROUP_BYTES + RECURRENT;
    quantiseRows(recurrent, VAD_UNITS, VAD_PAIR, group);
    quantiseRows(recurrent + VAD_UNITS * ROW, NOISE_UNITS, NOISE_PAIR, group);
    quantiseRows(recurrent + (VAD_UNITS + NOISE_UNITS) * ROW, DENOISE_UNITS, DENOISE_PAIR, group);
    group++;
  } while (group < GROUPS);
  runDense();
  // prettier-ignore
  stepGru(octet, VAD_GATE_WEIGHTS, VAD_GATE_BIAS, VAD_NEW_WEIGHTS, VAD_NEW_BIAS,
    VAD_PAIRS, DENSE_PAIR, VAD_PAIR, VAD_UNITS, 0);
  // prettier-ignore
  stepGru(octet, NOISE_GATE_WEIGHTS, NOISE_GATE_BIAS, NOISE_NEW_WEIGHTS, NOISE_NEW_BIAS,
    NOISE_PAIRS, DENSE_PAIR, NOISE_PAIR, NOISE_UNITS, VAD_UNITS);
  // prettier-ignore
  stepGru(octet, DENOISE_GATE_WEIGHTS, DENOISE_GATE_BIAS, DENOISE_NEW_WEIGHTS, DENOISE_NEW_BIAS,
    DENOISE_PAIRS, VAD_PAIR, DENOISE_PAIR, DENOISE_UNITS, VAD_UNITS + NOISE_UNITS);
  writeGains();
  writeSpeech();
}

function quantiseRows(rows: usize, count: i32, firstPair: i32, group: i32): void {
  let pair = workspace + NETWORK_INPUT + firstPair * OCTET_ROW + group * ROW;
  const end = rows + count * ROW;
  do {
    storeRow(pair, quantisePair(loadRow(rows), loadRow(rows + ROW)));
    rows += 2 * ROW;
    pair += OCTET_ROW;
  } while (rows < end);
}

function runDense(): void {
  const sums = workspace + ACCUMULATORS;
  multiplyLayer(DENSE_WEIGHTS, DENSE_BIAS, DENSE_PAIRS, DENSE_TILES, FEATURE_PAIR);
  let pair = workspace + NETWORK_INPUT + DENSE_PAIR * OCTET_ROW;
  let row = 0;
  do {
    let half = 0;
    do {
      const even = tanh(sums + row + half);
      const odd = tanh(sums + row + half + OCTET_ROW);
      storeRow(pair + half, quantisePair(even, odd));
      half += ROW;
    } while (half < OCTET_ROW);
    pair += OCTET_ROW;
    row += 2 * OCTET_ROW;
  } while (row < DENSE_UNITS * OCTET_ROW);
}

/** The gains of the 14 bands that a telephone line has; the model's eight others are not computed. */
function writeGains(): void {
  multiplyLayer(GAIN_WEIGHTS, GAIN_BIAS, GAIN_PAIRS, GAIN_TILES, DENOISE_PAIR);
  let group = 0;
  do {
    const gains = groupFrame(group) + GAINS;
    const sums = workspace + ACCUMULATORS + group * ROW;
    let band = 0;
    do {
      storeRow(gains + band * ROW, sigmoid(sums + band * OCTET_ROW));
      band++;
    } while (band < BANDS);
    group++;
  } while (group < GROUPS);
}

/** The speech probability; of a silent frame zero. */
function writeSpeech(): void {
  multiplyLayer(SPEECH_WEIGHTS, SPEECH_BIAS, SPEECH_PAIRS, SPEECH_TILES, VAD_PAIR);
  let group = 0;
  do {
    const frame = groupFrame(group);
    const speech = sigmoid(workspace + ACCUMULATORS + group * ROW);
    storeRow(frame + SPEECH, keep(v128.not(loadRow(frame + SILENT)), speech));
    group++;
  } while (group < GROUPS);
}

function multiplyLayer(weights: usize, bias: usize, pairs: i32, tiles: i32, firstPair: i32): void {
  const inputs = workspace + NETWORK_INPUT + firstPair * OCTET_ROW;
  multiply(workspace + weights, workspace + bias, pairs, tiles, inputs, workspace + ACCUMULATORS);
}

function groupFrame(group: i32): usize {
  return workspace + GROUP_FRAMES + group * GROUP_FRAME_BYTES;
}
