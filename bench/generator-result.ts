// What a run of the call generator measured, put together from its calls. Control plane.

import type { Lateness } from '../src/phone/lateness.js';
import type { CallReport } from '../src/phone/call-options.js';
import { bargeInMs, responseMs, type CallerTurn } from '../src/phone/turn-timing.js';
import type { GeneratedCall } from './generated-call.js';

export interface GeneratorResult {
  readonly calls: {
    readonly planned: number;
    readonly ok: number;
    readonly failed: number;
    /** Failure to how often. */
    readonly reasons: Readonly<Record<string, number>>;
  };
  /** Turns that began between the end of the ramp and the end of the run. */
  readonly turns: {
    readonly spoken: number;
    readonly answered: number;
    /** The answer began before the caller's voice ended. */
    readonly answeredEarly: number;
    /** Spoken while the agent spoke. */
    readonly interrupting: number;
    readonly cleared: number;
    /** In the whole run: 30 s without a word of the agent. */
    readonly unanswered: number;
  };
  /** End of the caller's voice to the first media message of the answer, each turn; not early ones. */
  readonly responseMs: readonly number[];
  /** Onset of the caller's voice to `clear`, each interruption. */
  readonly bargeInMs: readonly number[];
  /** Share of the calls' time that callers talked. */
  readonly talkShare: number;
  readonly messagesOut: number;
  readonly messagesIn: number;
  readonly mediaOut: number;
  readonly mediaIn: number;
  /** Agent audio that ran dry within speech. */
  readonly underruns: number;
  readonly violations: {
    readonly total: number;
    readonly reasons: Readonly<Record<string, number>>;
  };
  /** What the generator itself took: where this is bad, the rest says little about the node. */
  readonly generator: {
    readonly cpuSeconds: number;
    readonly wallSeconds: number;
    /** How late its timer woke to send. */
    readonly lateness: Lateness;
    /** Most bytes that waited in one socket. */
    readonly maxBufferedBytes: number;
  };
  readonly seed: number;
}

/** A call that ends within this time of a turn says nothing about its answer. */
const TIME_TO_ANSWER_MS = 10_000;

/** What is known of the run beside its calls. */
export interface RunFacts {
  readonly planned: number;
  readonly seed: number;
  /** On `performance.now()`: all calls were up, and the first one hung up. */
  readonly steadyFromMs: number;
  readonly steadyUntilMs: number;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly lateness: Lateness;
}

function count(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function toTenths(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined).map((value) => Math.round(value * 10) / 10);
}

/** Turns of the steady part of the run; the last one not where the call ended too soon after it. */
function steadyTurns(call: GeneratedCall, facts: RunFacts): readonly CallerTurn[] {
  const { turns, durationMs } = call.report ?? { turns: [], durationMs: 0 };
  return turns.filter(({ voiceStartedAtMs, voiceEndedAtMs, answeredAtMs }) => {
    const beganAtMs = call.answeredAtMs + voiceStartedAtMs;
    if (beganAtMs < facts.steadyFromMs || beganAtMs >= facts.steadyUntilMs) return false;
    if (voiceEndedAtMs === undefined) return false;
    return answeredAtMs !== undefined || voiceEndedAtMs + TIME_TO_ANSWER_MS < durationMs;
  });
}

/** How long the caller talked; the last turn may be cut by the end of the call. */
function talkedMs({ turns, durationMs }: CallReport): number {
  return sum(
    turns.map(({ voiceStartedAtMs, voiceEndedAtMs = durationMs }) =>
      Math.max(0, voiceEndedAtMs - voiceStartedAtMs),
    ),
  );
}

export function summarise(calls: readonly GeneratedCall[], facts: RunFacts): GeneratorResult {
  const failures = calls.map(({ failure }) => failure).filter((failure) => failure !== undefined);
  const reports = calls.map(({ report }) => report).filter((report) => report !== undefined);
  const streams = reports.flatMap((report) => report.streams);
  const violations = reports.flatMap((report) => report.violations);
  const turns = calls.flatMap((call) => steadyTurns(call, facts));
  const responses = toTenths(turns.map(responseMs));
  const interruptions = toTenths(turns.map(bargeInMs));
  return {
    calls: {
      planned: facts.planned,
      ok: calls.length - failures.length,
      failed: failures.length,
      reasons: count(failures),
    },
    turns: {
      spoken: turns.length,
      answered: responses.length,
      answeredEarly: responses.filter((value) => value < 0).length,
      interrupting: turns.filter(({ interrupting }) => interrupting).length,
      cleared: interruptions.length,
      unanswered: sum(calls.map(({ unanswered }) => unanswered)),
    },
    responseMs: responses.filter((value) => value >= 0),
    bargeInMs: interruptions,
    talkShare:
      sum(reports.map(talkedMs)) / Math.max(1, sum(reports.map(({ durationMs }) => durationMs))),
    messagesOut: sum(streams.map(({ messagesSent }) => messagesSent)),
    messagesIn: sum(streams.map(({ messagesReceived }) => messagesReceived)),
    mediaOut: sum(streams.map(({ mediaSent }) => mediaSent)),
    mediaIn: sum(streams.map(({ mediaReceived }) => mediaReceived)),
    underruns: sum(streams.map(({ underruns }) => underruns)),
    violations: {
      total: violations.length,
      reasons: count(violations.map(({ code, reason }) => `${code} ${reason}`)),
    },
    generator: {
      cpuSeconds: facts.cpuSeconds,
      wallSeconds: facts.wallSeconds,
      lateness: facts.lateness,
      maxBufferedBytes: Math.max(0, ...streams.map(({ maxBufferedBytes }) => maxBufferedBytes)),
    },
    seed: facts.seed,
  };
}
