// `npm run bench:calls`: N simulated calls against a media node, each in a process of its own; a table and JSON.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  BenchmarkServer,
  ENDPOINT_MS,
  next,
  SCRIPTED_MS,
  startGenerator,
} from './call-processes.js';
import type { GeneratorMessage } from './calls-generator.js';
import { callsTable, type CallsBenchmark } from './calls-report.js';
import type { ServerReport } from './calls-server.js';
import type { GeneratorResult } from './generator-result.js';
import { thisMachine } from './machine.js';
import { percentile, rounded } from './percentiles.js';

const USAGE = `npm run bench:calls -- [options]
  --calls N      concurrent calls (100)
  --seconds N    steady time once all calls are up (30)
  --json FILE    write the figures there, too
  --engine NAME  batched or stock (batched where it runs)
  --shards N     audio workers (as many as the engine can use)
  --seed N       of callers' pauses and choices (1)
`;

/** What the server said when all calls were up, when the last second of steady time ended, and after the last call. */
interface ServerReports {
  readonly ramped: ServerReport;
  readonly steady: ServerReport;
  readonly end: ServerReport;
}

function summary(
  calls: number,
  seconds: number,
  { ramped, steady, end: server }: ServerReports,
  generated: GeneratorResult,
  idleRssMb: number,
): CallsBenchmark {
  const { responseMs, bargeInMs, generator } = generated;
  const scriptedMs = SCRIPTED_MS.stt + SCRIPTED_MS.agent + SCRIPTED_MS.tts;
  const addedMs = responseMs.map((ms) => ms - ENDPOINT_MS - scriptedMs);
  const at = (samples: readonly number[], share: number) => rounded(percentile(samples, share));
  return {
    calls,
    seconds,
    ...thisMachine(),
    mediaServer: server.implementation,
    engine: server.engine,
    frames: {
      ...server.frames,
      steady: {
        received: steady.frames.received - ramped.frames.received,
        late: steady.frames.late - ramped.frames.late,
      },
    },
    response: {
      turns: responseMs.length,
      p50Ms: at(responseMs, 0.5),
      p95Ms: at(responseMs, 0.95),
      p99Ms: at(responseMs, 0.99),
      endpointingMs: ENDPOINT_MS,
      scriptedMs,
      addedMs: { p50: at(addedMs, 0.5), p95: at(addedMs, 0.95), p99: at(addedMs, 0.99) },
    },
    bargeIn: { turns: bargeInMs.length, p50Ms: at(bargeInMs, 0.5), p95Ms: at(bargeInMs, 0.95) },
    cpu: {
      serverCores: Math.round(steady.cpuCores * 100) / 100,
      generatorCores: Math.round((generator.cpuSeconds / generator.wallSeconds) * 100) / 100,
    },
    memory: {
      rssMb: Math.round(steady.rssMb),
      peakRssMb: Math.round(server.peakRssMb),
      kbPerCall: Math.round(((server.peakRssMb - idleRssMb) * 1024) / calls),
    },
    eventLoop: { p99Ms: rounded(steady.eventLoop.p99Ms), maxMs: rounded(steady.eventLoop.maxMs) },
    failedCalls: generated.calls.failed + server.failedCalls,
    failures: generated.calls.reasons,
    talkShare: Math.round(generated.talkShare * 100) / 100,
    unanswered: generated.turns.unanswered,
    underruns: generated.underruns,
    violations: generated.violations.total,
    workerRestarts: server.workerRestarts,
    generatorLateness: generator.lateness,
  };
}

interface Settings {
  readonly calls: number;
  readonly seconds: number;
  readonly shards: number | undefined;
  readonly seed: number;
  readonly json: string | undefined;
  readonly engine: string;
}

function parseSettings(argv: string[]): Settings {
  const text = { type: 'string' } as const;
  const options = {
    calls: text,
    seconds: text,
    json: text,
    engine: text,
    shards: text,
    seed: text,
  };
  const { values } = parseArgs({ args: argv, options });
  const number = (name: 'calls' | 'seconds' | 'shards' | 'seed', fallback: number): number => {
    const value = Number(values[name] ?? fallback);
    if (Number.isInteger(value) && value > 0) return value;
    throw new TypeError(`--${name} must be a whole number above 0`);
  };
  return {
    calls: number('calls', 100),
    seconds: number('seconds', 30),
    shards: values.shards === undefined ? undefined : number('shards', 1),
    seed: number('seed', 1),
    json: values.json,
    engine: values.engine ?? 'auto',
  };
}

async function run(settings: Settings): Promise<CallsBenchmark> {
  const { calls, seconds, seed } = settings;
  const server = await BenchmarkServer.start(settings);
  try {
    const url = `${server.url}/twilio/voice`;
    const generator = startGenerator({ url, calls, seconds, seed });
    const finished = next<GeneratorMessage, 'result'>(generator, 'result');
    await next<GeneratorMessage, 'ramped'>(generator, 'ramped');
    server.begin();
    const ramped = await server.report();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const steady = await server.report();
    const { result } = await finished;
    const end = await server.report();
    server.stop();
    return summary(calls, seconds, { ramped, steady, end }, result, server.idleRssMb);
  } catch (error) {
    server.kill();
    throw error;
  }
}

try {
  const settings = parseSettings(process.argv.slice(2));
  const benchmark = await run(settings);
  console.log(callsTable(benchmark));
  if (settings.json) writeFileSync(settings.json, `${JSON.stringify(benchmark, null, 2)}\n`);
  process.exitCode = benchmark.failedCalls > 0 ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(USAGE);
  process.exitCode = 2;
}
