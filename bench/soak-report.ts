// What a soak run tells: memory's slope, what went wrong, and the lines for people.

import type { Lateness } from '../src/phone/lateness.js';
import type { ServerReport } from './calls-server.js';
import type { DriftReport, DriftRun } from './clock-drift.js';

/** One look at the node. Event loop and CPU are of the time since the look before. */
export interface SoakSample {
  /** Since all calls were up. */
  readonly atSeconds: number;
  readonly report: ServerReport;
}

/** A straight line through samples, by least squares. */
export interface Slope {
  readonly mbPerHour: number;
  /** Standard error of the slope. */
  readonly errorMbPerHour: number;
}

export interface SoakResult {
  readonly calls: number;
  readonly minutes: number;
  /** Calls that were held and ended as they should, and that were not. */
  readonly completedCalls: number;
  readonly failedCalls: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly violations: number;
  readonly unanswered: number;
  readonly frames: ServerReport['frames'];
  readonly latePercent: number;
  readonly droppedPercent: number;
  readonly workerRestarts: number;
  /** Longest time that the machine let nothing run: late frames are not the node's where this is long. */
  readonly standstillMs: number;
  /** How late the generator itself was. */
  readonly generatorLateness: Lateness;
  /** Over the second half of the run. */
  readonly slopes: {
    readonly rss: Slope;
    readonly heapUsed: Slope;
    readonly external: Slope;
  };
  /** Heap and external memory after a full collection, before the first and after the last call. */
  readonly heldMb: { readonly before: number; readonly after: number };
  /** After the last call; all should be 0. */
  readonly left: { readonly calls: number; readonly openSlots: number; readonly sockets: number };
  readonly drift: { readonly ppm: number; readonly run: DriftRun } | undefined;
  readonly samples: readonly SoakSample[];
}

const LATE_LIMIT_PERCENT = 1;
/** A machine that stops for longer makes frames late whatever the node does. */
const STANDSTILL_MS = 250;
/** An hour of simulated calls may hold so much more than its first minutes. */
const DRIFT_GROWTH_LIMIT_BYTES = 1024 * 1024;
const TICK_MS = 20;

/** Least squares over the second half of the samples; its error is infinite for fewer than three. */
export function slopeOf(
  samples: readonly SoakSample[],
  valueMb: (report: ServerReport) => number,
): Slope {
  const half = samples.slice(samples.length >> 1);
  const points = half.map(({ atSeconds, report }) => ({ x: atSeconds / 3600, y: valueMb(report) }));
  const count = points.length;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / count;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / count;
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  if (count < 3 || spread === 0) return { mbPerHour: 0, errorMbPerHour: Infinity };
  const slope = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const residual = points.reduce(
    (sum, { x, y }) => sum + (y - meanY - slope * (x - meanX)) ** 2,
    0,
  );
  return { mbPerHour: slope, errorMbPerHour: Math.sqrt(residual / (count - 2) / spread) };
}

/** Why the run is a failure; empty where it is none. */
export function problemsOf(result: SoakResult): readonly string[] {
  const { failedCalls, left, latePercent, droppedPercent, standstillMs, drift } = result;
  const problems: string[] = [];
  if (failedCalls > 0) problems.push(`${failedCalls} calls failed`);
  if (!(latePercent + droppedPercent <= LATE_LIMIT_PERCENT)) {
    const percent = (latePercent + droppedPercent).toFixed(2);
    const excuse = `; the machine stood still for ${standstillMs.toFixed(0)} ms, repeat it on an idle one`;
    problems.push(
      `${percent} % of the frames late or dropped${standstillMs > STANDSTILL_MS ? excuse : ''}`,
    );
  }
  for (const [what, count] of Object.entries(left)) {
    if (count > 0) problems.push(`${count} ${what} left after the last call`);
  }
  for (const report of drift?.run.callers ?? []) {
    if (!isWhole(report)) problems.push('frames were lost or late to clock drift');
  }
  if ((drift?.run.grownBytes ?? 0) > DRIFT_GROWTH_LIMIT_BYTES) {
    problems.push('memory grows with clock drift');
  }
  return problems;
}

/** Every frame that was sent was heard once and within a tick, and holes are as long as what was lost. */
function isWhole({ sent, lost, heard, repaired, refused, longestDelayMs }: DriftReport): boolean {
  const filled = repaired === lost || repaired === lost - 1;
  return filled && refused === 0 && heard === sent - lost + repaired && longestDelayMs <= TICK_MS;
}

const mb = (value: number): string => `${value.toFixed(1)} MB`;

/** One moment of the run, for people. */
export function sampleLine({ atSeconds, report }: SoakSample): string {
  const { frames, eventLoop } = report;
  return [
    `${(atSeconds / 60).toFixed(1).padStart(5)} min`,
    `${report.calls} calls of ${report.totalCalls}`,
    `RSS ${mb(report.rssMb)}`,
    `heap ${mb(report.heapUsedMb)}`,
    `external ${mb(report.externalMb)}`,
    `late ${frames.late} of ${frames.received}`,
    `dropped ${frames.dropped}`,
    `failed ${report.failedCalls}`,
    `restarts ${report.workerRestarts}`,
    `CPU ${report.cpuCores.toFixed(2)}`,
    `loop p99 ${eventLoop.p99Ms.toFixed(1)} ms`,
  ].join(', ');
}

const perHour = ({ mbPerHour, errorMbPerHour }: Slope): string =>
  `${mbPerHour.toFixed(1)} +- ${errorMbPerHour.toFixed(1)} MB an hour`;

export function soakTable(result: SoakResult): string {
  const { slopes, heldMb, left, frames, drift } = result;
  const rows: [string, string][] = [
    ['calls, minutes', `${result.calls}, ${result.minutes}`],
    ['calls completed', `${result.completedCalls}`],
    ['failed calls', `${result.failedCalls} ${reasons(result.failures)}`],
    ['frames received', `${frames.received}`],
    ['frames late', `${frames.late} (${result.latePercent.toFixed(3)} %)`],
    ['frames dropped', `${frames.dropped} (${result.droppedPercent.toFixed(3)} %)`],
    ['frame latency', `p50 ${frames.latencyMs.p50} p99 ${frames.latencyMs.p99} ms`],
    ['unanswered turns', `${result.unanswered}`],
    ['protocol violations', `${result.violations}`],
    ['worker restarts', `${result.workerRestarts}`],
    ['machine stood still', `${result.standstillMs.toFixed(0)} ms at most`],
    [
      'generator late by',
      `p99 ${result.generatorLateness.p99Ms} max ${result.generatorLateness.maxMs.toFixed(1)} ms`,
    ],
    ['RSS grows by', perHour(slopes.rss)],
    ['heap grows by', perHour(slopes.heapUsed)],
    ['external grows by', perHour(slopes.external)],
    ['held when idle', `${mb(heldMb.before)} before the calls, ${mb(heldMb.after)} after them`],
    ['left over', `${left.calls} calls, ${left.openSlots} slots, ${left.sockets} sockets`],
  ];
  if (drift) {
    for (const caller of drift.run.callers) rows.push(['an hour of drift', driftText(caller)]);
    rows.push(['memory of that hour', `${(drift.run.grownBytes / 1024).toFixed(0)} KB more`]);
  }
  return rows.map(([name, value]) => `${name.padEnd(21)} ${value.trimEnd()}`).join('\n');
}

function driftText({ sent, lost, heard, repaired, longestDelayMs }: DriftReport): string {
  const holes = `${lost} lost on the line, ${repaired} filled`;
  return `${sent} sent, ${holes}, ${heard} heard, ${longestDelayMs.toFixed(1)} ms late at most`;
}

function reasons(failures: Readonly<Record<string, number>>): string {
  return Object.entries(failures)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(', ');
}
