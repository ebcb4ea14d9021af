// What Silero and RNNoise say of labelled calls, fused with given weights, and the fit of such weights. Media plane.
import { FRAME_SAMPLES } from '../../src/dsp/frame.js';
import { BatchedSilero } from '../../src/dsp/vad/batched/batched-silero.js';
import { loadVadKernel } from '../../src/dsp/vad/batched/kernel.js';
import { loadSileroWeights } from '../../src/dsp/vad/batched/silero-model.js';
import { SpeechFusion, type FusionWeights } from '../../src/dsp/vad/fusion.js';
import { fitLogistic, type Scores } from './detection.js';
import { rnnoiseVad } from './rnnoise-vad.js';
import { SPEECH, UNSURE, type LabelledCall } from './vad-data.js';

const ENGINE_OFFSET = 64;

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

/** Silero's logits after every frame of all lines, with a peek at every frame or none. */
function sileroLogits(lines: readonly Int16Array[], peek: boolean): Float32Array[] {
  const capacity = lines.length;
  const audio = ENGINE_OFFSET + BatchedSilero.bytesFor(capacity);
  const pages = Math.ceil((audio + capacity * FRAME_SAMPLES * 2) / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const engine = new BatchedSilero({
    kernel: loadVadKernel(),
    weights: loadSileroWeights(),
    memory,
    byteOffset: ENGINE_OFFSET,
    capacity,
    format: 'pcm16',
  });
  const frames = Math.floor((lines[0]?.length ?? 0) / FRAME_SAMPLES);
  const logits = lines.map(() => new Float32Array(frames));
  for (const call of lines.keys()) engine.peek(call, peek);
  for (let frame = 0; frame < frames; frame++) {
    for (const [call, line] of lines.entries()) {
      const samples = line.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES);
      const address = audio + call * FRAME_SAMPLES * 2;
      new Int16Array(memory.buffer, address, FRAME_SAMPLES).set(samples);
      engine.push(call, address);
    }
    engine.run();
    for (const [call, row] of logits.entries()) row[frame] = engine.logit(call);
  }
  return logits;
}

/** What both detectors say of each line. */
export function hear(lines: readonly Int16Array[]): Heard[] {
  const committed = sileroLogits(lines, false);
  const peeked = sileroLogits(lines, true);
  return lines.map((line, call) => ({
    committed: committed[call] ?? new Float32Array(0),
    peeked: peeked[call] ?? new Float32Array(0),
    ends: Uint8Array.from(committed[call] ?? [], (_, frame) => {
      return Math.floor(((frame + 1) * FRAME_SAMPLES) / 256) >
        Math.floor((frame * FRAME_SAMPLES) / 256)
        ? 1
        : 0;
    }),
    rnnoise: rnnoiseVad(line),
  }));
}

/** At which frames that end no window Silero is asked all the same. */
export type PeekPolicy = 'never' | 'always' | 'suspicion';

export interface Run {
  readonly scores: Scores;
  readonly peeks: number;
}

/** The fusion's logit of every frame of a call, with the evaluations that a policy of peeking gives it. */
export function fuse(heard: Heard, weights: FusionWeights, policy: PeekPolicy): Run {
  const fusion = new SpeechFusion(1, weights, weights);
  const scores = new Float32Array(heard.committed.length);
  let silero = 0;
  let peeks = 0;
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
      peeks++;
    }
    fusion.decide(0, silero);
    scores[frame] = fusion.logit(0);
  }
  return { scores, peeks };
}

/** What the sum is made of, beside an offset. */
export type Term = 'silero' | 'rnnoise' | 'floor';

const NOTHING: FusionWeights = { silero: 0, rnnoise: 0, floor: 0, offset: 0 };

/** The sum of one term alone. */
export function only(term: Term): FusionWeights {
  return { ...NOTHING, [term]: 1 };
}

/** Inputs of the regression, [frames][terms, 1] of the frames whose label is sure. */
function inputsOf(
  heard: Heard,
  labels: Uint8Array,
  terms: readonly Term[],
  policy: PeekPolicy,
): Float64Array[] {
  const columns = terms.map((term) => fuse(heard, only(term), policy).scores);
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
