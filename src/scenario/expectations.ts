// Was it as expected? Every expectation of a scenario against the evidence of its call. Pure. Control plane.

import type { Evidence, RecordTurn } from './evidence.js';
import { heardErrorWords } from './heard-words.js';
import { findMoment } from './moments.js';
import type {
  ExpectedRequest,
  ExpectedTiming,
  ExpectedTurn,
  Expectations,
  Range,
} from './schema.js';
import { plainWords } from './sounds.js';
import { longestSilenceMs, overlapMs, spansOf, totalMs } from './spans.js';

export interface Unmet {
  readonly expected: string;
  readonly happened: string;
  /** Milliseconds since the call was answered, where it has a moment. */
  readonly atMs?: number | undefined;
}

/** Compared as plain words; `*` stands for any. */
export function matchesText(pattern: string, text: string): boolean {
  const parts = pattern
    .split('*')
    .map((part) => plainWords(part).replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^\\s*${parts.join('.*')}\\s*$`, 'u').test(plainWords(text));
}

function matchesTurn(expected: ExpectedTurn, turn: { role: string; text: string }): boolean {
  if ('caller' in expected) {
    return turn.role === 'caller' && matchesText(expected.caller, turn.text);
  }
  if (turn.role !== 'agent' || !matchesText(expected.agent, turn.text)) return false;
  if (expected.interrupted === undefined) return true;
  return ((turn as RecordTurn).interrupted ?? false) === expected.interrupted;
}

function tellExpected(turn: ExpectedTurn): string {
  if ('caller' in turn) return `caller "${turn.caller}"`;
  const { interrupted } = turn;
  const flag = interrupted === undefined ? '' : interrupted ? ', interrupted' : ', not interrupted';
  return `agent "${turn.agent}"${flag}`;
}

const tellTurn = ({ role, text, interrupted }: Omit<RecordTurn, 'startMs' | 'endMs'>): string =>
  `${role} "${text}"${interrupted === true ? ', interrupted' : ''}`;

const inRange = (value: number, range: Range): boolean =>
  typeof range === 'number'
    ? value === range
    : value >= (range.atLeast ?? -Infinity) && value <= (range.atMost ?? Infinity);

function tellRange(range: Range): string {
  if (typeof range === 'number') return String(range);
  const { atLeast, atMost } = range;
  return [
    ...(atLeast === undefined ? [] : [`at least ${atLeast}`]),
    ...(atMost === undefined ? [] : [`at most ${atMost}`]),
  ].join(' and ');
}

/** Both lists in order, up to the first difference. */
function compareLists<E, H>(
  what: string,
  expected: readonly E[],
  happened: readonly H[],
  matches: (expected: E, happened: H) => boolean,
  tellE: (expected: E) => string,
  tellH: (happened: H) => string,
  atMs: (happened: H) => number | undefined,
): Unmet[] {
  for (let i = 0; i < Math.max(expected.length, happened.length); i += 1) {
    const wanted = expected[i];
    const got = happened[i];
    if (wanted !== undefined && got !== undefined && matches(wanted, got)) continue;
    return [
      {
        expected: `${what} ${i + 1}: ${wanted === undefined ? 'none' : tellE(wanted)}`,
        happened: got === undefined ? 'none' : tellH(got),
        atMs: got === undefined ? undefined : atMs(got),
      },
    ];
  }
  return [];
}

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

/** What the agent was asked, as a scenario names it. */
function inputText(input: { kind: string; text?: string; digits?: string }): string {
  return input.text ?? input.digits ?? input.kind;
}

function withdrawnDrafts({ notes }: Evidence): ReadonlySet<number> {
  const withdrawn = notes.filter((note) => note.type === 'agent.withdrawn');
  return new Set(withdrawn.filter(({ committed }) => !committed).map(({ reply }) => reply));
}

type Asked = Extract<Evidence['notes'][number], { type: 'agent.asked' }>;

const isAsked = (wanted: ExpectedRequest, { input }: Asked): boolean =>
  matchesText(wanted.input, inputText(input));

function checkHistory({ input, history }: ExpectedRequest, request: Asked): Unmet[] {
  if (history === undefined) return [];
  return compareLists(
    `history of the request "${input}", turn`,
    history,
    request.history,
    matchesTurn,
    tellExpected,
    tellTurn,
    () => request.atMs,
  );
}

function checkRequests({ requests, requestsHave = [] }: Expectations, evidence: Evidence): Unmet[] {
  const drafts = withdrawnDrafts(evidence);
  const asked = evidence.notes
    .filter((note) => note.type === 'agent.asked')
    .filter(({ reply }) => !drafts.has(reply));
  const unmet = requestsHave.flatMap((wanted) => {
    const found = asked.filter((request) => isAsked(wanted, request));
    const [first] = found;
    if (first === undefined) {
      return [{ expected: `a request "${wanted.input}"`, happened: 'none' }];
    }
    const fits = found.some((request) => checkHistory(wanted, request).length === 0);
    return fits ? [] : checkHistory(wanted, first);
  });
  if (requests === undefined) return unmet;
  const inOrder = compareLists(
    'request to the agent',
    requests,
    asked,
    isAsked,
    ({ input }) => `"${input}"`,
    ({ input }) => `"${inputText(input)}"`,
    ({ atMs }) => atMs,
  );
  if (inOrder.length > 0) return [...unmet, ...inOrder];
  const histories = requests.flatMap((wanted, i) => {
    const request = asked[i];
    return request === undefined ? [] : checkHistory(wanted, request);
  });
  return [...unmet, ...histories];
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
