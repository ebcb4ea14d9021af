// The media node of the call benchmark, in a process of its own: scripted engines, everything else real.

import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { loadConfig, startNode } from '../src/index.js';
import { collectGarbage } from './collect-garbage.js';

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
  readonly heapUsedMb: number;
  /** Memory of objects beyond the heap, array buffers and the shards' memories included. */
  readonly externalMb: number;
  readonly arrayBuffersMb: number;
  readonly eventLoop: { readonly p99Ms: number; readonly maxMs: number };
  /** At this moment. */
  readonly calls: number;
  readonly openSlots: number;
  readonly sockets: number;
  readonly failedCalls: number;
  readonly totalCalls: number;
  readonly workerRestarts: number;
  readonly implementation: string;
  readonly engine: string;
}

export type ServerMessage =
  | { readonly type: 'ready'; readonly url: string; readonly idleRssMb: number }
  | { readonly type: 'report'; readonly report: ServerReport };

export type ServerRequest =
  /** Measure CPU and the event loop from now on. */
  | { readonly type: 'begin' }
  /** `collect`: after a full garbage collection. */
  | { readonly type: 'report'; readonly collect: boolean }
  | { readonly type: 'stop' };

const MEGABYTE = 1024 * 1024;
const config = loadConfig({
  ...process.env,
  PORT: '0',
  RINGMASTER_LOG: 'error',
});
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
  const memory = process.memoryUsage();
  return {
    frames: stats.frames,
    cpuCores: (used.user + used.system) / 1000 / (performance.now() - sinceMs),
    rssMb: memory.rss / MEGABYTE,
    peakRssMb: peakRss / MEGABYTE,
    heapUsedMb: memory.heapUsed / MEGABYTE,
    externalMb: memory.external / MEGABYTE,
    arrayBuffersMb: memory.arrayBuffers / MEGABYTE,
    eventLoop: { p99Ms: delay.percentile(99) / 1e6, maxMs: delay.max / 1e6 },
    calls: stats.calls,
    openSlots: stats.openSlots,
    sockets: stats.sockets,
    failedCalls: stats.failedCalls,
    totalCalls: stats.totalCalls,
    workerRestarts: stats.workerRestarts,
    implementation: node.implementation,
    engine: node.engine.engine,
  };
}

process.on('message', (message: ServerRequest) => {
  if (message.type === 'begin') begin();
  else if (message.type === 'report') {
    if (message.collect) collectGarbage();
    send({ type: 'report', report: report() });
  } else {
    clearInterval(rssTimer);
    void node.close().then(() => process.disconnect());
  }
});
send({ type: 'ready', url: node.url, idleRssMb: process.memoryUsage.rss() / MEGABYTE });
