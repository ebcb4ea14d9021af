// Fits and judges the fusion of Silero's and RNNoise's voice activity on labelled noisy calls. Media plane.
//
//   node dist/bench/quality/vad-fusion.js [folder of sounds] [calls a voice] [seconds a call]
//
// Each call is judged with weights fitted to the calls of the other speakers. The last lines are the
// weights fitted to all: what src/dsp/vad/fusion.ts holds. 20 calls of a minute take some ten minutes,
// nearly all of it in the stock RNNoise.
import { FUSED, SILERO_ALONE, type FusionWeights } from '../../src/dsp/vad/fusion.js';
import {
  areaUnderCurve,
  onsetDelays,
  percentile,
  rateAbove,
  scoresOf,
  thresholdAt,
} from './detection.js';
import {
  fit,
  fuse,
  hear,
  only,
  type All,
  type Heard,
  type PeekPolicy,
  type Term,
} from './fusion-runs.js';
import {
  buildVadData,
  CONDITIONS,
  DEFAULT_SOUNDS,
  SILENCE,
  SPEECH,
  type Condition,
  type LabelledCall,
} from './vad-data.js';

const FALSE_RATE = 0.02;

interface Method {
  readonly name: string;
  readonly policy: PeekPolicy;
  readonly weights: (call: LabelledCall) => FusionWeights;
}

/** Weights for each call from the calls of the other speakers. */
function heldOut(
  all: All,
  calls: readonly LabelledCall[],
  terms: readonly Term[],
  policy: PeekPolicy,
): (call: LabelledCall) => FusionWeights {
  const speakers = new Set(calls.map((call) => call.voice.speaker));
  const bySpeaker = new Map<string, FusionWeights>();
  for (const speaker of speakers) {
    const others = (call: LabelledCall): boolean => call.voice.speaker !== speaker;
    bySpeaker.set(speaker, fit(all, calls, others, terms, policy));
  }
  return (call) => bySpeaker.get(call.voice.speaker) ?? FUSED;
}

/** Conditions that one column of the tables sums up. */
const COLUMNS: [string, (condition: Condition) => boolean][] = [
  ['clean', ({ noise }) => noise === 'none'],
  ...[20, 10, 5, 0].map((ratio): [string, (condition: Condition) => boolean] => [
    `noise ${ratio}`,
    ({ noise, ratioDb }) => noise !== 'none' && noise !== 'babble' && ratioDb === ratio,
  ]),
  ...[20, 10, 5, 0].map((ratio): [string, (condition: Condition) => boolean] => [
    `babble ${ratio}`,
    ({ noise, ratioDb }) => noise === 'babble' && ratioDb === ratio,
  ]),
];

interface Figures {
  auc: number;
  /** At the threshold of 2 % false frames of this condition. */
  delays: number[];
  found: number;
  /** At 0.5. */
  fixedDelays: number[];
  fixedFound: number;
  fixedFalse: number;
  peeks: number;
}

function judge(heard: readonly Heard[], calls: readonly LabelledCall[], method: Method): Figures {
  const runs = calls.map((call, i) => {
    const one = heard[i];
    if (!one) throw new RangeError(`call ${i} was not heard`);
    return fuse(one, method.weights(call), method.policy);
  });
  const scores = runs.map((run) => run.scores);
  const speech = scoresOf(scores, calls, SPEECH);
  const silence = scoresOf(scores, calls, SILENCE);
  const threshold = thresholdAt(silence, FALSE_RATE);
  const frames = scores.reduce((sum, row) => sum + row.length, 0);
  return {
    auc: areaUnderCurve(speech, silence),
    delays: onsetDelays(scores, calls, threshold),
    found: rateAbove(speech, threshold),
    fixedDelays: onsetDelays(scores, calls, 0),
    fixedFound: rateAbove(speech, 0),
    fixedFalse: rateAbove(silence, 0),
    peeks: runs.reduce((sum, run) => sum + run.peeks, 0) / frames,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function printRow(name: string, cells: readonly string[]): void {
  console.log(name.padEnd(22) + cells.map((cell) => cell.padStart(15)).join(''));
}

/** One line a method; each column sums up its conditions by `cell`. */
function printTable(
  title: string,
  results: ReadonlyMap<Method, readonly Figures[]>,
  cell: (figures: readonly Figures[]) => string,
): void {
  console.log(`\n${title}`);
  printRow(
    '',
    COLUMNS.map(([name]) => name),
  );
  for (const [method, figures] of results) {
    const columns = COLUMNS.map(([, belongs]) =>
      cell(figures.filter((_, i) => belongs(CONDITIONS[i] ?? { noise: 'none', ratioDb: 0 }))),
    );
    printRow(method.name, columns);
  }
}

function delayCell(delays: readonly number[]): string {
  if (delays.length === 0) return '-';
  return `${percentile(delays, 0.5).toFixed(0)}/${percentile(delays, 0.9).toFixed(0)}`;
}

function percent(part: number): string {
  return (100 * part).toFixed(1);
}

function describe({ silero, rnnoise, floor, offset }: FusionWeights): string {
  return `silero ${silero.toFixed(3)}, rnnoise ${rnnoise.toFixed(3)}, floor ${floor.toFixed(3)}, offset ${offset.toFixed(3)}`;
}

const [sounds = DEFAULT_SOUNDS, callsPerVoice = '4', seconds = '60'] = process.argv.slice(2);
const data = buildVadData(sounds, Number(callsPerVoice), Number(seconds));
const { calls } = data;
const onsetCount = calls.reduce((sum, call) => sum + call.onsets.length, 0);
console.log(
  `${calls.length} calls of ${seconds} s, ${onsetCount} onsets, ${CONDITIONS.length} conditions`,
);
const all: Heard[][] = [];
for (const condition of CONDITIONS) {
  all.push(hear(calls.map((_, i) => data.line(i, condition))));
  process.stderr.write('.');
}

const same = (weights: FusionWeights) => (): FusionWeights => weights;
const BOTH: readonly Term[] = ['silero', 'rnnoise'];
const DEAF: readonly Term[] = ['silero', 'floor'];
const ALL: readonly Term[] = ['silero', 'rnnoise', 'floor'];
const linear = heldOut(all, calls, BOTH, 'never');
const linearPeek = heldOut(all, calls, BOTH, 'always');
const deaf = heldOut(all, calls, DEAF, 'never');
const withFloor = heldOut(all, calls, ALL, 'always');
const methods: Method[] = [
  { name: 'Silero', policy: 'never', weights: same(SILERO_ALONE) },
  { name: 'Silero, peek', policy: 'always', weights: same(SILERO_ALONE) },
  { name: 'Silero and floor', policy: 'never', weights: deaf },
  { name: 'RNNoise', policy: 'never', weights: same(only('rnnoise')) },
  { name: 'fused', policy: 'never', weights: linear },
  { name: 'fused, peek', policy: 'always', weights: linearPeek },
  { name: 'floor', policy: 'never', weights: withFloor },
  { name: 'floor, peek', policy: 'always', weights: withFloor },
  { name: 'floor, peek if heard', policy: 'suspicion', weights: withFloor },
  { name: 'FUSED', policy: 'suspicion', weights: same(FUSED) },
];
const results = new Map(
  methods.map((method) => [method, all.map((heard) => judge(heard, calls, method))] as const),
);

printTable('AUC', results, (figures) => mean(figures.map(({ auc }) => auc)).toFixed(4));
printTable('Onset to decision at 2 % false frames a condition, ms median/p90', results, (figures) =>
  delayCell(figures.flatMap(({ delays }) => delays)),
);
printTable('Frames of speech found there, %', results, (figures) =>
  percent(mean(figures.map(({ found }) => found))),
);
printTable('Onset to decision at probability 0.5, ms median/p90', results, (figures) =>
  delayCell(figures.flatMap(({ fixedDelays }) => fixedDelays)),
);
printTable('Frames of speech found / of silence taken for it at 0.5, %', results, (figures) => {
  const found = percent(mean(figures.map(({ fixedFound }) => fixedFound)));
  return `${found}/${percent(mean(figures.map(({ fixedFalse }) => fixedFalse)))}`;
});
printTable('Peeks, % of frames (windows are 62.5 %)', results, (figures) =>
  percent(mean(figures.map(({ peeks }) => peeks))),
);

const everyone = (): boolean => true;
console.log('\nFitted to all calls:');
const fits: [string, readonly Term[], PeekPolicy][] = [
  ['fused', BOTH, 'never'],
  ['fused, peek', BOTH, 'always'],
  ['Silero and floor', DEAF, 'never'],
  ['floor, peek', ALL, 'always'],
];
for (const [name, terms, policy] of fits) {
  console.log(`  ${name.padEnd(18)}${describe(fit(all, calls, everyone, terms, policy))}`);
}
