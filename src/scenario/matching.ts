// How what happened is compared with what was expected, and how both are told. Pure. Control plane.

import type { RecordTurn } from './evidence.js';
import type { ExpectedTurn, Range } from './schema.js';
import { plainWords } from './sounds.js';

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

export function matchesTurn(expected: ExpectedTurn, turn: { role: string; text: string }): boolean {
  if ('caller' in expected) {
    return turn.role === 'caller' && matchesText(expected.caller, turn.text);
  }
  if (turn.role !== 'agent' || !matchesText(expected.agent, turn.text)) return false;
  if (expected.interrupted === undefined) return true;
  return ((turn as RecordTurn).interrupted ?? false) === expected.interrupted;
}

export function tellExpected(turn: ExpectedTurn): string {
  if ('caller' in turn) return `caller "${turn.caller}"`;
  const { interrupted } = turn;
  const flag = interrupted === undefined ? '' : interrupted ? ', interrupted' : ', not interrupted';
  return `agent "${turn.agent}"${flag}`;
}

export const tellTurn = ({
  role,
  text,
  interrupted,
}: Omit<RecordTurn, 'startMs' | 'endMs'>): string =>
  `${role} "${text}"${interrupted === true ? ', interrupted' : ''}`;

export const inRange = (value: number, range: Range): boolean =>
  typeof range === 'number'
    ? value === range
    : value >= (range.atLeast ?? -Infinity) && value <= (range.atMost ?? Infinity);

export function tellRange(range: Range): string {
  if (typeof range === 'number') return String(range);
  const { atLeast, atMost } = range;
  return [
    ...(atLeast === undefined ? [] : [`at least ${atLeast}`]),
    ...(atMost === undefined ? [] : [`at most ${atMost}`]),
  ].join(' and ');
}

/** Both lists in order, up to the first difference. */
export function compareLists<E, H>(
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
