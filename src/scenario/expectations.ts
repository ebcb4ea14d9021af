// Was it as expected? Every expectation of a scenario against the evidence of its call. Pure. Control plane.

import { checkRequests, withdrawnDrafts } from './check-requests.js';
import type { Evidence, RecordTurn } from './evidence.js';
import { heardErrorWords } from './heard-words.js';
import {
  compareLists,
  inRange,
  matchesTurn,
  tellExpected,
  tellRange,
  tellTurn,
  type Unmet,
} from './matching.js';
import { findMoment } from './moments.js';
import type { ExpectedTiming, Expectations, Range } from './schema.js';
import { longestSilenceMs, overlapMs, spansOf, totalMs } from './spans.js';

/** What only a call record can tell. */
const OF_THE_RECORD = [
  'record',
  'recordHas',
  'recordLacks',
  'endReason',
  'errorCode',
  'interruptions',
  'falseInterruptions',
  'restarts',
] as const;

function checkRecord(expect: Expectations, { record, letterMs }: Evidence): Unmet[] {
  const { record: exact, recordHas = [], recordLacks = [] } = expect;
  if (record === undefined) {
    // Servers of somebody else keep none; those of a scenario's own always do.
    const isWanted = OF_THE_RECORD.some((key) => expect[key] !== undefined);
    if (!isWanted && letterMs === undefined) return [];
    return [{ expected: 'a call record', happened: 'the node gave none' }];
  }
  const { turns } = record;
  const start = ({ startMs }: RecordTurn): number => startMs;
  const unmet =
    exact === undefined
      ? []
      : compareLists('record turn', exact, turns, matchesTurn, tellExpected, tellTurn, start);
  for (const wanted of recordHas) {
    if (turns.some((turn) => matchesTurn(wanted, turn))) continue;
    const happened = turns.map(tellTurn).join('; ') || 'an empty record';
    unmet.push({ expected: `somewhere in the record: ${tellExpected(wanted)}`, happened });
  }
  for (const unwanted of recordLacks) {
    const found = turns.find((turn) => matchesTurn(unwanted, turn));
    if (found === undefined) continue;
    const expected = `nowhere in the record: ${tellExpected(unwanted)}`;
    unmet.push({ expected, happened: tellTurn(found), atMs: found.startMs });
  }
  if (record.state !== 'ended') {
    unmet.push({ expected: 'the call ended at the node', happened: 'its record is still active' });
  }
  return unmet;
}

function checkTools(expect: Expectations, { tools }: Evidence): Unmet[] {
  const uncommitted = tools.filter(({ committed }) => !committed);
  if (expect.tools === undefined) return [];
  const unmet = compareLists(
    'tool run',
    expect.tools,
    tools,
    (wanted, run) =>
      wanted.name === run.name &&
      (!('turn' in wanted) || wanted.turn === undefined || wanted.turn === run.turn),
    (wanted) => wanted.name,
    (run) => `${run.name} for turn ${run.turn}`,
    ({ atMs }) => atMs,
  );
  const keys = new Set(tools.map(({ key }) => key));
  if (keys.size < tools.length && uncommitted.length === 0) {
    unmet.push({ expected: 'one run for each idempotency key', happened: 'a key ran twice' });
  }
  return unmet;
}

function checkTiming(
  { from, to, withinMs, atLeastMs }: ExpectedTiming,
  evidence: Evidence,
): Unmet[] {
  const begin = findMoment(from, evidence);
  const limits = tellRange({ atLeast: atLeastMs, atMost: withinMs });
  const expected = `${from} → ${to}: ${limits} ms`;
  if (begin === undefined) return [{ expected, happened: `${from} never happened` }];
  const end = findMoment(to, evidence, begin);
  if (end === undefined) return [{ expected, happened: `${to} never happened`, atMs: begin }];
  const ms = Math.round(end - begin);
  if (inRange(ms, { atLeast: atLeastMs, atMost: withinMs })) return [];
  return [{ expected, happened: `${ms} ms`, atMs: end }];
}

/** Expectations of one number each, and where it comes from. */
function numbers(expect: Expectations, evidence: Evidence): [string, Range | undefined, number][] {
  const { events, record, report } = evidence;
  const agent = spansOf('agent', events);
  const caller = spansOf('caller', events);
  const underruns = (report?.streams ?? []).reduce((sum, stream) => sum + stream.underruns, 0);
  return [
    ['interruptions', expect.interruptions, record?.interruptions ?? 0],
    ['falseInterruptions', expect.falseInterruptions, record?.falseInterruptions ?? 0],
    ['agentMs', expect.agentMs, Math.round(totalMs(agent))],
    ['agentSpurts', expect.agentSpurts, agent.length],
    ['talkOverMs', expect.talkOverMs, Math.round(overlapMs(agent, caller))],
    [
      'longestSilenceMs',
      expect.longestSilenceMs,
      Math.round(longestSilenceMs([...agent, ...caller])),
    ],
    ['underruns', expect.underruns, underruns],
    ['withdrawnDrafts', expect.withdrawnDrafts, withdrawnDrafts(evidence).size],
    ...Object.entries(expect.restarts ?? {}).map(([child, range]): [string, Range, number] => [
      `restarts.${child}`,
      range,
      record?.restarts[child] ?? 0,
    ]),
  ];
}

function checkEnd(expect: Expectations, { report, record }: Evidence): Unmet[] {
  const pairs = [
    ['outcome', expect.outcome, report?.outcome],
    ['endReason', expect.endReason, record?.endReason],
    ['errorCode', expect.errorCode, record?.errorCode],
  ] as const;
  return pairs.flatMap(([what, wanted, got]) =>
    wanted === undefined || wanted === got
      ? []
      : [{ expected: `${what}: ${wanted}`, happened: got ?? 'none' }],
  );
}

/** @returns everything that was not as expected; empty: the scenario has passed */
export function checkExpectations(expect: Expectations, evidence: Evidence): Unmet[] {
  const { failure, report } = evidence;
  const unmet: Unmet[] = [];
  if (failure !== undefined) {
    unmet.push({
      expected: 'the call is held as the scenario says',
      happened: `${failure.code}: ${failure.message}`,
    });
  }
  for (const { code, reason, atMs } of report?.violations ?? []) {
    unmet.push({ expected: 'no breach of protocol', happened: `${code}: ${reason}`, atMs });
  }
  unmet.push(...checkRecord(expect, evidence));
  unmet.push(...checkRequests(expect, evidence));
  unmet.push(...checkTools(expect, evidence));
  for (const timing of expect.timings) unmet.push(...checkTiming(timing, evidence));
  for (const [what, range, value] of numbers(expect, evidence)) {
    if (range === undefined || inRange(value, range)) continue;
    unmet.push({ expected: `${what}: ${tellRange(range)}`, happened: String(value) });
  }
  unmet.push(...checkEnd(expect, evidence));
  const { heardWithinWords } = expect;
  if (heardWithinWords !== undefined) {
    for (const { turn, words } of heardErrorWords(evidence)) {
      if (Math.abs(words) <= heardWithinWords) continue;
      const expected = `the record within ${heardWithinWords} word(s) of what was heard`;
      const happened = `${Math.abs(words)} words too ${words > 0 ? 'many' : 'few'}: ${tellTurn(turn)}`;
      unmet.push({ expected, happened, atMs: turn.startMs });
    }
  }
  return unmet;
}
