// What is told of a voice activity detector, condition by condition, and how conditions are summed up. Media plane.

import { percentile } from '../percentiles.js';
import { table } from '../table.js';
import {
  areaUnderCurve,
  onsetDelays,
  rateAbove,
  scoresOf,
  thresholdAt,
  type Scores,
} from './detection.js';
import { joinStarts, type Starts } from './starts.js';
import { CONDITIONS, SILENCE, SPEECH, type Condition, type LabelledCall } from './vad-data.js';

const FALSE_RATE = 0.02;

/** Of one detector under one condition. */
export interface VadFigures {
  readonly auc: number;
  /** Part of the frames of speech found at the threshold of 2 % false frames of this condition; delays in ms. */
  readonly found: number;
  readonly delays: readonly number[];
  /** At the detector's own threshold. */
  readonly fixedFound: number;
  readonly fixedFalse: number;
  readonly fixedDelays: readonly number[];
}

/** @param scores of each call @param fixed the detector's own threshold, in the unit of its scores */
export function figuresOf(
  scores: readonly Scores[],
  calls: readonly LabelledCall[],
  fixed: number,
): VadFigures {
  const speech = scoresOf(scores, calls, SPEECH);
  const silence = scoresOf(scores, calls, SILENCE);
  const threshold = thresholdAt(silence, FALSE_RATE);
  return {
    auc: areaUnderCurve(speech, silence),
    found: rateAbove(speech, threshold),
    delays: onsetDelays(scores, calls, threshold),
    fixedFound: rateAbove(speech, fixed),
    fixedFalse: rateAbove(silence, fixed),
    fixedDelays: onsetDelays(scores, calls, fixed),
  };
}

const RATIOS_DB = [20, 10, 5, 0] as const;
type Belongs = (condition: Condition) => boolean;

/** Conditions that one column of the tables sums up. */
const COLUMNS: readonly (readonly [name: string, belongs: Belongs])[] = [
  ['clean', ({ noise }) => noise === 'none'],
  ...RATIOS_DB.map((db): [string, Belongs] => [
    `noise ${db} dB`,
    ({ noise, ratioDb }) => noise !== 'none' && noise !== 'babble' && ratioDb === db,
  ]),
  ...RATIOS_DB.map((db): [string, Belongs] => [
    `babble ${db} dB`,
    ({ noise, ratioDb }) => noise === 'babble' && ratioDb === db,
  ]),
  ['all', () => true],
];

/** Conditions of each column by their place in `CONDITIONS`. */
const columnMembers = (belongs: Belongs): number[] =>
  CONDITIONS.flatMap((condition, i) => (belongs(condition) ? [i] : []));

export interface ColumnStarts {
  readonly column: string;
  readonly delayMs: { readonly median: number; readonly p90: number };
  readonly falsePerHour: number;
}

/** @param starts under each of `CONDITIONS`, in order */
export function startColumns(starts: readonly Starts[]): ColumnStarts[] {
  return COLUMNS.map(([column, belongs]) => {
    const members = columnMembers(belongs).flatMap((i) => starts[i] ?? []);
    const { delays, falseStarts, silenceHours } = joinStarts(members);
    return { column, delayMs: delaysMs(delays), falsePerHour: falseStarts / silenceHours };
  });
}

/** One line a rule. */
export function startsText(rules: Readonly<Record<string, readonly ColumnStarts[]>>): string {
  const rows = Object.entries(rules).map(([name, columns]) => [
    name,
    ...columns.map(({ delayMs, falsePerHour }) => `${delay(delayMs)} ${falsePerHour.toFixed(0)}`),
  ]);
  const title =
    'Onset to start of speech, ms median/p90, and false starts an hour of silence, fused';
  return `${title}\n${table([['', ...COLUMNS.map(([name]) => name)], ...rows])}`;
}

export interface ColumnFigures {
  readonly column: string;
  readonly auc: number;
  readonly found: number;
  readonly delayMs: { readonly median: number; readonly p90: number };
  readonly fixedFound: number;
  readonly fixedFalse: number;
  readonly fixedDelayMs: { readonly median: number; readonly p90: number };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function delaysMs(delays: readonly number[]): { median: number; p90: number } {
  return { median: percentile(delays, 0.5), p90: percentile(delays, 0.9) };
}

/** @param figures of each of `CONDITIONS`, in order */
export function columnsOf(figures: readonly VadFigures[]): ColumnFigures[] {
  return COLUMNS.map(([column, belongs]) => {
    const own = figures.filter((_, i) => {
      const condition = CONDITIONS[i];
      return condition !== undefined && belongs(condition);
    });
    return {
      column,
      auc: mean(own.map(({ auc }) => auc)),
      found: mean(own.map(({ found }) => found)),
      delayMs: delaysMs(own.flatMap(({ delays }) => delays)),
      fixedFound: mean(own.map(({ fixedFound }) => fixedFound)),
      fixedFalse: mean(own.map(({ fixedFalse }) => fixedFalse)),
      fixedDelayMs: delaysMs(own.flatMap(({ fixedDelays }) => fixedDelays)),
    };
  });
}

function percent(part: number): string {
  return (100 * part).toFixed(1);
}

function delay({ median, p90 }: { readonly median: number; readonly p90: number }): string {
  return `${median.toFixed(0)}/${p90.toFixed(0)}`;
}

const CELLS: readonly (readonly [title: string, cell: (figures: ColumnFigures) => string])[] = [
  ['AUC', ({ auc }) => auc.toFixed(4)],
  [
    'Onset to decision at 2 % false frames a condition, ms median/p90',
    ({ delayMs }) => delay(delayMs),
  ],
  ['Frames of speech found there, %', ({ found }) => percent(found)],
  ['Onset to decision at probability 0.5, ms median/p90', (f) => delay(f.fixedDelayMs)],
  [
    'Frames of speech found / of silence taken for it at 0.5, %',
    ({ fixedFound, fixedFalse }) => `${percent(fixedFound)}/${percent(fixedFalse)}`,
  ],
];

/** One table a figure, one line a detector. */
export function figuresText(detectors: Readonly<Record<string, readonly ColumnFigures[]>>): string {
  const tables = CELLS.map(([title, cell]) => {
    const rows = Object.entries(detectors).map(([name, columns]) => [name, ...columns.map(cell)]);
    return `${title}\n${table([['', ...COLUMNS.map(([name]) => name)], ...rows])}`;
  });
  return tables.join('\n\n');
}
