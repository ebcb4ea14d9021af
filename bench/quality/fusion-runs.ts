// What Silero and RNNoise say of labelled calls, fused with given weights, and the fit of such weights. Media plane.
import { SpeechFusion, type FusionWeights } from '../../src/dsp/vad/fusion.js';
import { denoiseByStock, loadStockRnnoise } from '../../test/dsp/reference/stock-rnnoise.js';
import type { Scores } from './detection.js';
import { fitLogistic } from './logistic.js';
import { endsWindow, sileroLogits } from './silero-run.js';
import { SPEECH, UNSURE, type LabelledCall } from './vad-data.js';

/** What was heard of one call on one line, by frame. */
export interface Heard {
  /** Silero's logit of the last whole window. */
  readonly committed: Float32Array;
  /** The same, or of a peek where no window ended. */
  readonly peeked: Float32Array;
  /** 1 where a window ended. */
  readonly ends: Uint8Array;
  /** RNNoise's probability of each 10 ms. */
  readonly rnnoise: Float32Array;
}

const stock = loadStockRnnoise('simd');

/** What both detectors say of each line. */
export function hear(lines: readonly Int16Array[]): Heard[] {
  const committed = sileroLogits(lines, false);
  const peeked = sileroLogits(lines, true);
  return lines.map((line, call) => ({
    committed: committed[call] ?? new Float32Array(0),
    peeked: peeked[call] ?? new Float32Array(0),
    ends: Uint8Array.from(committed[call] ?? [], (_, frame) => (endsWindow(frame) ? 1 : 0)),
    rnnoise: denoiseByStock(stock, Float32Array.from(line)).speech,
  }));
}

/** At which frames that end no window Silero is asked all the same. */
export type PeekPolicy = 'never' | 'always' | 'suspicion';

/** The fusion's logit of every frame of a call, with the evaluations that a policy of peeking gives it. */
export function fuse(heard: Heard, weights: FusionWeights, policy: PeekPolicy): Scores {
  const fusion = new SpeechFusion(1, weights, weights);
  const scores = new Float32Array(heard.committed.length);
  let silero = 0;
  for (const frame of scores.keys()) {
    const [first, second] = heard.rnnoise.subarray(2 * frame, 2 * frame + 2);
    let suspicious = false;
    if (weights.rnnoise === 0) fusion.unheard(0);
    else suspicious = fusion.hear(0, first ?? 0, second ?? 0);
    const ends = heard.ends[frame] === 1;
    if (ends) {
      silero = heard.committed[frame] ?? 0;
    } else if (policy === 'always' || (policy === 'suspicion' && suspicious)) {
      silero = heard.peeked[frame] ?? 0;
    }
    fusion.decide(0, silero);
    scores[frame] = fusion.logit(0);
  }
  return scores;
}

/** What the sum is made of, beside an offset. */
export type Term = 'silero' | 'rnnoise' | 'floor';

const NOTHING: FusionWeights = { silero: 0, rnnoise: 0, floor: 0, offset: 0 };

/** The sum of one term alone. */
function only(term: Term): FusionWeights {
  return { ...NOTHING, [term]: 1 };
}

/** Inputs of the regression, [frames][terms, 1] of the frames whose label is sure. */
function inputsOf(
  heard: Heard,
  labels: Uint8Array,
  terms: readonly Term[],
  policy: PeekPolicy,
): Float64Array[] {
  const columns = terms.map((term) => fuse(heard, only(term), policy));
  const inputs: Float64Array[] = [];
  for (const [frame, label] of labels.entries()) {
    if (label === UNSURE) continue;
    inputs.push(Float64Array.from([...columns.map((column) => column[frame] ?? 0), 1]));
  }
  return inputs;
}

/** [condition][call] */
export type All = readonly (readonly Heard[])[];

/** Weights of the terms, fitted to the chosen calls under all conditions. */
export function fit(
  all: All,
  calls: readonly LabelledCall[],
  chosen: (call: LabelledCall) => boolean,
  terms: readonly Term[],
  policy: PeekPolicy,
): FusionWeights {
  const inputs: Float64Array[] = [];
  const speech: number[] = [];
  for (const heard of all) {
    for (const [i, call] of calls.entries()) {
      const one = heard[i];
      if (!one || !chosen(call)) continue;
      for (const row of inputsOf(one, call.labels, terms, policy)) inputs.push(row);
      for (const label of call.labels) if (label !== UNSURE) speech.push(label === SPEECH ? 1 : 0);
    }
  }
  const weights = fitLogistic(inputs, Uint8Array.from(speech));
  const named = terms.map((term, i) => [term, weights[i] ?? 0] as const);
  return { ...NOTHING, ...Object.fromEntries(named), offset: weights[terms.length] ?? 0 };
}
