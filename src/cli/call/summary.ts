// What `ringmaster call` says when the call is over. Control plane.

import { bargeInMs, responseMs, type CallOutcome, type CallReport } from '../../phone/index.js';
import { clockTime, seconds } from './screen.js';
import type { NodeRecord } from './transcript.js';

const OUTCOME: Record<CallOutcome, string> = {
  'caller-hung-up': 'the caller hung up',
  'caller-dropped': 'the line broke',
  'node-hung-up': 'the agent hung up',
  rejected: 'the call was rejected',
  transferred: 'the call was transferred',
  'time-limit': 'the time limit was reached',
};

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = NaN, high = low] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

function defined(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function range(values: readonly number[]): string {
  if (values.length === 1) return `after ${seconds(median(values))}`;
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return `after ${seconds(least)} to ${seconds(most)}, median ${seconds(median(values))}`;
}

function answers({ turns }: CallReport): string[] {
  if (turns.length === 0) return [];
  const times = defined(turns.map(responseMs));
  const unanswered = turns.length - times.length;
  const lines = times.length === 0 ? [] : [`${plural(times.length, 'answer')} ${range(times)}.`];
  if (unanswered > 0) lines.push(`${plural(unanswered, 'turn')} without an answer.`);
  const interruptions = defined(turns.map(bargeInMs));
  if (interruptions.length > 0) {
    lines.push(`${plural(interruptions.length, 'interruption')}: silent ${range(interruptions)}.`);
  }
  return lines;
}

/** Where the node itself says the time went. */
function breakdown(record: NodeRecord | undefined): string[] {
  const latencies = record?.latencies ?? [];
  if (latencies.length === 0) return [];
  const parts = (['endpointingMs', 'sttMs', 'agentMs', 'ttsMs'] as const).map((part) =>
    Math.round(median(latencies.map((latency) => latency[part]))),
  );
  const [endpointing, stt, agent, tts] = parts;
  return [
    `At the node, median: end of turn ${endpointing} ms, speech to text ${stt} ms, ` +
      `agent ${agent} ms, speech ${tts} ms.`,
  ];
}

function violations(report: CallReport): string[] {
  const [first] = report.violations;
  if (first === undefined) return [];
  const count = plural(report.violations.length, 'message');
  return [`Twilio would refuse ${count} of the node (${first.code}: ${first.reason}).`];
}

/** The lines of the summary, without the recording. */
export function summary(report: CallReport, record: NodeRecord | undefined): readonly string[] {
  const to = report.transferredTo === undefined ? '' : ` to ${report.transferredTo.join(', ')}`;
  const errorCode = record?.errorCode === undefined ? '' : ` (the node says ${record.errorCode})`;
  return [
    `Call over after ${clockTime(report.durationMs)}: ${OUTCOME[report.outcome]}${to}${errorCode}.`,
    ...answers(report),
    ...breakdown(record),
    ...violations(report),
  ];
}
