// The figures of the benchmark of turns, for people and for programs: the same ones. Pure.

import type { Machine } from '../machine.js';
import { rounded } from '../percentiles.js';
import { atMost, table, targetTable, type Target } from '../table.js';
import type { CampaignResult } from './campaign.js';
import type { CollectOptions, FalseSoundOutcome, Samples } from './collect.js';
import { distribution, type Distribution } from './distribution.js';
import type { VoiceOverAgent } from './measures.js';

/** Words that come later leave too little of the 400 ms to judge them. */
const IN_TIME_MS = 350;
const WORDS_SHARE = 95;

export interface TurnsBenchmark extends Machine, CollectOptions {
  readonly distributions: Readonly<Record<string, Distribution>>;
  readonly targets: readonly Target[];
  readonly counts: Readonly<Record<string, number>>;
  readonly events: {
    readonly byKind: Readonly<Record<string, number>>;
    readonly binary: readonly string[];
  };
  readonly campaigns: Samples['campaigns'];
}

const percentOf = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.round((10_000 * part) / whole) / 100;

const known = (values: readonly (number | undefined)[]): number[] =>
  values.filter((value) => value !== undefined);

function yields(interruptions: readonly VoiceOverAgent[]) {
  const inTime = interruptions.filter(({ wordsMs }) => (wordsMs ?? Infinity) <= IN_TIME_MS);
  const afterWords = interruptions.flatMap(({ wordsMs, interruptionMs }) =>
    wordsMs === undefined || interruptionMs === undefined || wordsMs > interruptionMs
      ? []
      : [interruptionMs - wordsMs],
  );
  return {
    distributions: {
      'onset to hold (clear at the phone), ms': known(interruptions.map(({ holdMs }) => holdMs)),
      'onset to decision, words in time, ms': known(
        inTime.map(({ interruptionMs }) => interruptionMs),
      ),
      'onset to decision, all, ms': known(
        interruptions.map(({ interruptionMs }) => interruptionMs),
      ),
      'onset to first words at the node, ms': known(interruptions.map(({ wordsMs }) => wordsMs)),
      'first words to decision, ms': afterWords,
    },
    counts: {
      interruptions: interruptions.length,
      'interruptions never held': interruptions.filter(({ holdMs }) => holdMs === undefined).length,
      'interruptions not taken as such': interruptions.filter(
        ({ interruptionMs }) => interruptionMs === undefined,
      ).length,
    },
  };
}

function resumes(sounds: readonly FalseSoundOutcome[]) {
  const held = sounds.filter(({ holdMs }) => holdMs !== undefined);
  const resumed = known(sounds.map(({ resume }) => resume?.silentMs));
  const counts: Record<string, number> = {
    'short sounds': sounds.length,
    'short sounds that held the agent': held.length,
    'of them resumed': held.filter(({ falseMs }) => falseMs !== undefined).length,
    'of them taken for an interruption': held.filter(
      ({ interruptionMs }) => interruptionMs !== undefined,
    ).length,
  };
  return {
    distributions: {
      'audio lost by a hold, ms': known(sounds.map(({ resume }) => resume?.lostMs)),
      'audio repeated by a hold, ms': known(sounds.map(({ resume }) => resume?.repeatedMs)),
      'onset to resume, ms': known(held.map(({ falseMs }) => falseMs)),
      'silence of a hold, ms': resumed,
    },
    counts,
  };
}

/** Targets and what they were held against. */
export function summarise(
  samples: Samples,
  options: CollectOptions,
  machine: Machine,
): TurnsBenchmark {
  const { interruptions, sounds, heard, turns, recorded, answers, campaigns } = samples;
  const yielded = yields(interruptions);
  const resumed = resumes(sounds);
  const raw: Record<string, readonly number[]> = {
    ...yielded.distributions,
    ...resumed.distributions,
  };
  const counts: Record<string, number> = { ...yielded.counts, ...resumed.counts };
  const heardTargets: Target[] = [];
  for (const [name, errors] of Object.entries(heard)) {
    const title = `words heard, voice ${name === 'timed' ? 'with' : 'without'} word times`;
    const off = errors.map(({ words }) => Math.abs(words));
    raw[`${title}: error, words`] = off;
    const right = off.filter((words) => words <= 1).length;
    heardTargets.push({
      name: `${title}: within 1 word`,
      measured: percentOf(right, off.length),
      limit: WORDS_SHARE,
      unit: '%',
      met: percentOf(right, off.length) >= WORDS_SHARE,
    });
  }
  const endTargets: Target[] = [];
  for (const [name, ends] of Object.entries(turns)) {
    const commits = known(ends.map(({ commitMs }) => commitMs));
    raw[`end of voice to commit, ${name}, ms`] = commits;
    raw[`the same in the record, ${name}, ms`] = recorded[name] ?? [];
    counts[`turns, ${name}`] = ends.length;
    counts[`turns, ${name}, agent heard before the end`] = ends.filter(({ cutIn }) => cutIn).length;
    const premature = ends.filter((end) => end.premature).length;
    endTargets.push(
      atMost(`premature ends, ${name}`, percentOf(premature, ends.length), 2, '%'),
      atMost(`end of voice to commit p50, ${name}`, distribution(commits).p50, 600, 'ms'),
    );
  }
  for (const [name, answersMs] of Object.entries(answers)) {
    raw[`end of voice to answer, ${name}, ms`] = answersMs;
  }
  const distributions = Object.fromEntries(
    Object.entries(raw).map(([name, values]) => [name, distribution(values)]),
  );
  const p95 = (name: string): number => distributions[name]?.p95 ?? 0;
  const { load } = campaigns['inspected'] as CampaignResult;
  const { total, byKind, binary } = load.events;
  const perSecond = (count: number): number => Math.round((100 * count) / load.callSeconds) / 100;
  return {
    ...machine,
    ...options,
    distributions,
    targets: [
      atMost('onset to hold p95', p95('onset to hold (clear at the phone), ms'), 200, 'ms'),
      atMost(
        'onset to decision p95, words in time',
        p95('onset to decision, words in time, ms'),
        400,
        'ms',
      ),
      atMost(
        'audio lost by a hold, most',
        distributions['audio lost by a hold, ms']?.max ?? 0,
        60,
        'ms',
      ),
      atMost(
        'audio repeated by a hold, most',
        distributions['audio repeated by a hold, ms']?.max ?? 0,
        60,
        'ms',
      ),
      ...heardTargets,
      ...endTargets,
      atMost('end of voice to answer p95', p95('end of voice to answer, drafts, ms'), 1500, 'ms'),
      atMost('events a call and second', perSecond(total), 20, ''),
      atMost('kinds of events with audio in them', binary.length, 0, ''),
    ],
    counts,
    events: {
      byKind: Object.fromEntries(
        Object.entries(byKind)
          .toSorted(([, one], [, other]) => other - one)
          .map(([kind, count]) => [kind, perSecond(count)]),
      ),
      binary,
    },
    campaigns,
  };
}

const number = (value: number): string => `${rounded(value)}`;

function loadTable(campaigns: Samples['campaigns']): string {
  return table([
    [
      'load',
      'seconds',
      'cores',
      'loop p99',
      'loop max',
      'late frames',
      'failed',
      'phones late p99',
    ],
    ...Object.entries(campaigns).map(([name, { load, failures, lateness, seconds }]) => [
      name,
      seconds.toFixed(0),
      load.cpuCores.toFixed(2),
      `${number(load.eventLoop.p99Ms)} ms`,
      `${number(load.eventLoop.maxMs)} ms`,
      `${load.lateFrames} of ${load.frames}`,
      `${Object.values(failures).reduce((sum, count) => sum + count, load.failedCalls)}`,
      `${number(lateness.p99Ms)} ms`,
    ]),
  ]);
}

/** Tables for people; the same figures as the JSON. */
export function turnsTable(benchmark: TurnsBenchmark): string {
  const { cores, machine, node, commit, calls, seed, campaigns } = benchmark;
  const { load } = Object.values(campaigns)[0] as CampaignResult;
  const rows = Object.entries(benchmark.distributions).map(([name, spread]) => {
    const { n, p50, p90, p95, p99, max } = spread;
    return [name, ...[p50, p90, p95, p99, max].map(number), `${n}`];
  });
  return [
    `${cores} x ${machine}, Node ${node}, commit ${commit}, ${load.mediaServer}, ${load.engine}`,
    `${calls} calls at once, seed ${seed}`,
    '',
    targetTable(benchmark.targets, 1),
    '',
    table([['samples', 'p50', 'p90', 'p95', 'p99', 'max', 'n'], ...rows]),
    '',
    table([
      ['count', ''],
      ...Object.entries(benchmark.counts).map(([name, count]) => [name, `${count}`]),
    ]),
    '',
    table([
      ['events a call and second', ''],
      ...Object.entries(benchmark.events.byKind).map(([kind, rate]) => [kind, rate.toFixed(2)]),
      ...benchmark.events.binary.map((what) => [`AUDIO in ${what}`, '']),
    ]),
    '',
    loadTable(campaigns),
  ].join('\n');
}
