// Who was heard when, from the phone's facts: spans of voice of both sides, and what they make together. Pure. Control plane.

import type { PhoneEvent } from '../phone/index.js';

/** Milliseconds since the call was answered. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const EDGES = {
  agent: ['agent.started', 'agent.ended'],
  caller: ['caller.voiceStarted', 'caller.voiceEnded'],
} as const;

export function spansOf(who: keyof typeof EDGES, events: readonly PhoneEvent[]): Span[] {
  const [begin, end] = EDGES[who];
  const spans: Span[] = [];
  let fromMs: number | undefined;
  const endMs = events.findLast(({ type }) => type === 'call.ended')?.atMs ?? events.at(-1)?.atMs;
  for (const { type, atMs } of events) {
    if (type === begin) fromMs ??= atMs;
    if (type !== end || fromMs === undefined) continue;
    spans.push({ fromMs, toMs: atMs });
    fromMs = undefined;
  }
  if (fromMs !== undefined && endMs !== undefined) spans.push({ fromMs, toMs: endMs });
  return spans;
}

export function totalMs(spans: readonly Span[]): number {
  return spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
}

/** How long both were heard at once. */
export function overlapMs(some: readonly Span[], others: readonly Span[]): number {
  let sum = 0;
  for (const one of some) {
    for (const other of others) {
      sum += Math.max(0, Math.min(one.toMs, other.toMs) - Math.max(one.fromMs, other.fromMs));
    }
  }
  return sum;
}

/** The longest time between two sounds of anyone; before the first and after the last none is counted. */
export function longestSilenceMs(spans: readonly Span[]): number {
  const sorted = spans.toSorted((one, other) => one.fromMs - other.fromMs);
  let longest = 0;
  let quietSinceMs = sorted[0]?.toMs ?? 0;
  for (const { fromMs, toMs } of sorted.slice(1)) {
    longest = Math.max(longest, fromMs - quietSinceMs);
    quietSinceMs = Math.max(quietSinceMs, toMs);
  }
  return longest;
}
