// Quality of voice activity detection on labelled noisy calls: onnxruntime, our Silero kernel, and the fused decision. Media plane.
//
// The kernel and onnxruntime are compared window by window. The fused decision is that of the batched engines as
// a worker runs them: Silero's and RNNoise's opinions made one.

import { createEngines } from '../../src/dsp/shard-engines.js';
import { createFrameRound } from '../../src/dsp/shard-engine.js';
import { ShardMemory, type SlotMemory } from '../../src/dsp/shard-memory.js';
import { ShardOwnership } from '../../src/dsp/shard-ownership.js';
import { linearToMulaw } from '../../src/dsp/g711.js';
import { FRAME_SAMPLES } from '../../src/dsp/frame.js';
import { createFrameBatch, type FrameBatch } from '../../src/dsp/frame-batch.js';
import { batchedPlace } from '../../src/dsp/shard-place.js';
import { findSileroModel } from '../../src/dsp/vad/silero-model.js';
import { SileroDetector } from '../../src/dsp/vad/silero.js';
import { atLeast, targetTable, type Target } from '../table.js';
import type { Scores } from './detection.js';
import { endsWindow, sileroLogits } from './silero-run.js';
import { START_RULES, startsOf, type StartRule, type Starts } from './starts.js';
import { buildVadData, CONDITIONS } from './vad-data.js';
import {
  columnsOf,
  figuresOf,
  figuresText,
  startColumns,
  startsText,
  type ColumnFigures,
  type ColumnStarts,
  type VadFigures,
} from './vad-figures.js';
import { repositoryVoices } from './vad-voices.js';

const SECONDS = 60;
/** Part of the windows that kernel and onnxruntime must decide alike. */
const AGREEMENT_PERCENT = 99.8;

const DETECTORS = ['Silero, onnxruntime', 'Silero, kernel', 'fused'] as const;

export interface Agreement {
  windows: number;
  /** Windows that one of them takes for speech (0.5) and the other does not. */
  different: number;
  /** Of the probabilities. */
  largestDifference: number;
  meanDifference: number;
}

export interface VadQuality {
  readonly voices: readonly string[];
  readonly seconds: number;
  readonly conditions: number;
  readonly onsets: number;
  readonly agreement: Agreement;
  readonly detectors: Readonly<Record<string, readonly ColumnFigures[]>>;
  /** Of the fused decision, by rule. */
  readonly starts: Readonly<Record<string, readonly ColumnStarts[]>>;
  readonly targets: readonly Target[];
}

/** Says of every frame of all lines how probable speech is: [line][frame]. */
type Detector = (lines: readonly Int16Array[]) => Promise<Scores[]>;

async function listen(
  lines: readonly Int16Array[],
  batch: FrameBatch,
  step: (batch: FrameBatch) => Promise<void>,
): Promise<Scores[]> {
  const frames = Math.floor((lines[0]?.length ?? 0) / FRAME_SAMPLES);
  const scores = lines.map(() => new Float32Array(frames));
  for (let frame = 0; frame < frames; frame++) {
    batch.count = lines.length;
    for (const [lane, line] of lines.entries()) {
      const samples = line.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES);
      batch.samples.set(samples, lane * FRAME_SAMPLES);
      batch.lanes[lane] = lane;
    }
    await step(batch);
    for (const [lane, row] of scores.entries()) row[frame] = batch.speech[lane] ?? NaN;
  }
  return scores;
}

async function onnxDetector(sileroPath: string, lanes: number): Promise<Detector> {
  const detector = await SileroDetector.create(sileroPath, lanes);
  const batch = createFrameBatch(lanes);
  return async (lines) => {
    for (const lane of lines.keys()) detector.open(lane);
    return listen(lines, batch, (frames) => detector.process(frames));
  };
}

async function fusedDetector(sileroPath: string, lanes: number): Promise<Detector> {
  const options = { denoises: true, rnnoise: undefined, gate: false, sileroPath };
  const place = batchedPlace(lanes);
  const memory = new ShardMemory(place.buffer, place.byteOffset, lanes);
  const ownership = new ShardOwnership(memory.header, 0);
  const { engine } = await createEngines(memory, place.memory, ownership, options);
  const round = createFrameRound(lanes);
  const batch = createFrameBatch(lanes);
  return async (lines) => {
    for (const lane of lines.keys()) engine.open(lane);
    return listen(lines, batch, async ({ count, samples, speech }) => {
      round.count = count;
      for (let row = 0; row < count; row++) {
        round.lanes[row] = row;
        const { mulawIn } = memory.slots[row] as SlotMemory;
        for (let i = 0; i < FRAME_SAMPLES; i++) {
          mulawIn[i] = linearToMulaw(samples[row * FRAME_SAMPLES + i] as number);
        }
      }
      await engine.process(round);
      for (let row = 0; row < count; row++) speech[row] = memory.slots[row]?.speech[0] ?? NaN;
    });
  };
}

function kernelScores(lines: readonly Int16Array[]): Scores[] {
  return sileroLogits(lines, false).map((row) => row.map((logit) => 1 / (1 + Math.exp(-logit))));
}

function compare(agreement: Agreement, theirs: readonly Scores[], ours: readonly Scores[]): void {
  for (const [line, row] of theirs.entries()) {
    for (const [frame, expected] of row.entries()) {
      if (!endsWindow(frame)) continue;
      const found = ours[line]?.[frame] ?? NaN;
      const difference = Math.abs(found - expected);
      agreement.windows++;
      if (found >= 0.5 !== expected >= 0.5) agreement.different++;
      agreement.largestDifference = Math.max(agreement.largestDifference, difference);
      agreement.meanDifference += (difference - agreement.meanDifference) / agreement.windows;
    }
  }
}

/** A call of every voice, clean and in 16 noises. */
export async function vadQuality(): Promise<VadQuality> {
  const voices = repositoryVoices();
  const data = buildVadData(voices, 1, SECONDS);
  const { calls } = data;
  const sileroPath = await findSileroModel();
  const onnx = await onnxDetector(sileroPath, calls.length);
  const fused = await fusedDetector(sileroPath, calls.length);
  const agreement = { windows: 0, different: 0, largestDifference: 0, meanDifference: 0 };
  const figures: VadFigures[][] = DETECTORS.map(() => []);
  const rules = Object.keys(START_RULES) as StartRule[];
  const starts: Starts[][] = rules.map(() => []);
  for (const condition of CONDITIONS) {
    const lines = calls.map((_, i) => data.line(i, condition));
    const scores = [await onnx(lines), kernelScores(lines), await fused(lines)] as const;
    compare(agreement, scores[0], scores[1]);
    for (const [i, all] of scores.entries()) figures[i]?.push(figuresOf(all, calls, 0.5));
    for (const [i, rule] of rules.entries()) starts[i]?.push(startsOf(scores[2], calls, rule));
  }
  const detectors = Object.fromEntries(
    DETECTORS.map((name, i) => [name, columnsOf(figures[i] ?? [])]),
  );
  const alikePercent = 100 * (1 - agreement.different / agreement.windows);
  return {
    voices: voices.map(({ name }) => name),
    seconds: SECONDS,
    conditions: CONDITIONS.length,
    onsets: calls.reduce((sum, call) => sum + call.onsets.length, 0),
    agreement,
    detectors,
    starts: Object.fromEntries(rules.map((name, i) => [name, startColumns(starts[i] ?? [])])),
    targets: [
      atLeast(
        'windows decided alike by kernel and onnxruntime',
        alikePercent,
        AGREEMENT_PERCENT,
        '%',
      ),
    ],
  };
}

export function vadQualityText(quality: VadQuality): string {
  const { voices, seconds, conditions, onsets, agreement, detectors, starts, targets } = quality;
  const { windows, different, largestDifference, meanDifference } = agreement;
  return [
    `Quality of voice activity detection: ${voices.length} calls of ${seconds} s under ${conditions} conditions, ${onsets} onsets each`,
    `(${voices.join('; ')})`,
    `\nKernel and onnxruntime: ${windows} windows, ${different} decided differently, probabilities ` +
      `${meanDifference.toExponential(1)} apart in the mean, ${largestDifference.toFixed(4)} at most`,
    `\n${figuresText(detectors)}`,
    `\n${startsText(starts)}`,
    `\n${targetTable(targets, 3)}`,
  ].join('\n');
}
