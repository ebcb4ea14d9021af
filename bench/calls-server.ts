// The media node of the call benchmark, in a process of its own: scripted engines, everything else real.

import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { loadConfig, startNode } from '../src/index.js';

export interface ServerReport {
  readonly frames: {
    readonly received: number;
    readonly processed: number;
    readonly late: number;
    readonly dropped: number;
    readonly repaired: number;
    readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
  };
  readonly cpuCores: number;
  readonly rssMb: number;
  readonly peakRssMb: number;
  readonly eventLoop: { readonly p99Ms: number; readonly maxMs: number };
  readonly failedCalls: number;
  readonly totalCalls: number;
  readonly workerRestarts: number;
  readonly implementation: string;
  readonly engine: string;
}

export type ServerMessage =
  | { readonly type: 'ready'; readonly url: string; readonly idleRssMb: number }
  | { readonly type: 'report'; readonly report: ServerReport };

const MEGABYTE = 1024 * 1024;
const config = loadConfig({ ...process.env, PORT: '0', RINGMASTER_LOG: 'error' });
const node = await startNode({ config });
const send = (message: ServerMessage): void => void process.send?.(message);

const delay = monitorEventLoopDelay({ resolution: 10 });
let cpu = process.cpuUsage();
let sinceMs = performance.now();
let peakRss = 0;
const rssTimer = setInterval(() => {
  peakRss = Math.max(peakRss, process.memoryUsage.rss());
}, 500);

function begin(): void {
  delay.enable();
  delay.reset();
  cpu = process.cpuUsage();
  sinceMs = performance.now();
}

function report(): ServerReport {
  const used = process.cpuUsage(cpu);
  const stats = node.stats();
  return {
    frames: stats.frames,
    cpuCores: (used.user + used.system) / 1000 / (performance.now() - sinceMs),
    rssMb: process.memoryUsage.rss() / MEGABYTE,
    peakRssMb: peakRss / MEGABYTE,
    eventLoop: { p99Ms: delay.percentile(99) / 1e6, maxMs: delay.max / 1e6 },
    failedCalls: stats.failedCalls,
    totalCalls: stats.totalCalls,
    workerRestarts: stats.workerRestarts,
    implementation: node.implementation,
    engine: node.engine.engine,
  };
}

process.on('message', (message: { type: 'begin' | 'report' | 'stop' }) => {
  if (message.type === 'begin') begin();
  else if (message.type === 'report') send({ type: 'report', report: report() });
  else {
    clearInterval(rssTimer);
    void node.close().then(() => process.disconnect());
  }
});
send({ type: 'ready', url: node.url, idleRssMb: process.memoryUsage.rss() / MEGABYTE });
