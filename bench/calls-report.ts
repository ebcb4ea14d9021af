// What the call benchmark tells: the shape of its JSON, and the table.

import type { Lateness } from '../src/phone/lateness.js';
import type { Machine } from './machine.js';

export interface CallsBenchmark extends Machine {
  readonly calls: number;
  readonly seconds: number;
  readonly mediaServer: string;
  readonly engine: string;
  /** `late`: clean PCM ready more than 60 ms after arrival. `latencyMs`: arrival to clean PCM. */
  readonly frames: {
    readonly received: number;
    readonly processed: number;
    readonly late: number;
    /** Of those while all calls were up: without the ramp, and without all of them hanging up at once. */
    readonly steady: { readonly received: number; readonly late: number };
    readonly dropped: number;
    readonly repaired: number;
    readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
  };
  /** End of the caller's voice to the first agent frame on the wire, at the phone. */
  readonly response: {
    readonly turns: number;
    readonly p50Ms: number;
    readonly p95Ms: number;
    readonly p99Ms: number;
    /** Configured silence that ends a turn, and configured delays of the scripted engines. */
    readonly endpointingMs: number;
    readonly scriptedMs: number;
    /** What is left without these two: the node's own share. */
    readonly addedMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  };
  /** Onset of the caller's voice to `clear`, at the phone. */
  readonly bargeIn: { readonly turns: number; readonly p50Ms: number; readonly p95Ms: number };
  /** Cores' worth of CPU time in the steady time. */
  readonly cpu: { readonly serverCores: number; readonly generatorCores: number };
  readonly memory: {
    readonly rssMb: number;
    readonly peakRssMb: number;
    /** Growth from the idle node to the peak, shared by all calls. */
    readonly kbPerCall: number;
  };
  readonly eventLoop: { readonly p99Ms: number; readonly maxMs: number };
  readonly failedCalls: number;
  readonly failures: Readonly<Record<string, number>>;
  /** Share of the time that callers talked. */
  readonly talkShare: number;
  /** Turns without an answer within 30 s. */
  readonly unanswered: number;
  /** Gaps within agent speech at the phone. */
  readonly underruns: number;
  /** Messages that Twilio would not accept. */
  readonly violations: number;
  readonly workerRestarts: number;
  /** How late the generator itself was: where this is bad, so is every latency above. */
  readonly generatorLateness: Lateness;
}

const percent = (part: number, whole: number): string =>
  `${((100 * part) / Math.max(1, whole)).toFixed(2)} %`;

/** A table for people; the same figures as the JSON. */
export function callsTable(benchmark: CallsBenchmark): string {
  const { frames, response, bargeIn, cpu, memory, eventLoop, generatorLateness } = benchmark;
  const { addedMs } = response;
  const rows: readonly (readonly [string, string])[] = [
    ['machine', `${benchmark.cores} x ${benchmark.machine}, Node ${benchmark.node}`],
    ['commit, engines', `${benchmark.commit}, ${benchmark.mediaServer}, ${benchmark.engine}`],
    ['calls, seconds', `${benchmark.calls}, ${benchmark.seconds}`],
    ['failed calls', `${benchmark.failedCalls}`],
    ['callers talk', percent(benchmark.talkShare, 1)],
    ['frames received', `${frames.received}`],
    ['frames processed', `${frames.processed}`],
    [
      'frames late',
      `${percent(frames.steady.late, frames.steady.received)} in steady time, ` +
        `${percent(frames.late, frames.received)} with ramp and hang-ups`,
    ],
    ['frames dropped', `${frames.dropped}`],
    [
      'frame latency',
      `p50 ${frames.latencyMs.p50} p99 ${frames.latencyMs.p99} max ${frames.latencyMs.max.toFixed(1)} ms`,
    ],
    [
      'response',
      `p50 ${response.p50Ms} p95 ${response.p95Ms} p99 ${response.p99Ms} ms (${response.turns} turns)`,
    ],
    [
      '  of it configured',
      `endpointing ${response.endpointingMs} ms, scripted engines ${response.scriptedMs} ms`,
    ],
    ['  of it the node', `p50 ${addedMs.p50} p95 ${addedMs.p95} p99 ${addedMs.p99} ms`],
    ['barge-in to clear', `p50 ${bargeIn.p50Ms} p95 ${bargeIn.p95Ms} ms (${bargeIn.turns} turns)`],
    ['unanswered turns', `${benchmark.unanswered}`],
    ['gaps in agent speech', `${benchmark.underruns}`],
    ['protocol violations', `${benchmark.violations}`],
    ['CPU', `server ${cpu.serverCores} cores, generator ${cpu.generatorCores} cores`],
    ['memory', `${memory.rssMb} MB, peak ${memory.peakRssMb} MB, ${memory.kbPerCall} KB a call`],
    ['event loop delay', `p99 ${eventLoop.p99Ms} max ${eventLoop.maxMs} ms`],
    ['worker restarts', `${benchmark.workerRestarts}`],
    [
      'generator late by',
      `p99 ${generatorLateness.p99Ms} max ${generatorLateness.maxMs.toFixed(1)} ms`,
    ],
  ];
  return rows.map(([name, value]) => `${name.padEnd(21)} ${value}`).join('\n');
}
