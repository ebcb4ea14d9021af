// `npm run soak`: calls that come and go for as long as you like; memory's slope, and whether anything is left over.

import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { linearToMulaw } from '../src/dsp/g711.js';
import { batchedShard } from '../test/dsp/batched-shard.js';
import { speechClip } from '../test/dsp/signals.js';
import { BenchmarkServer, next, startGenerator } from './call-processes.js';
import { thisMachine } from './machine.js';
import type { GeneratorMessage } from './calls-generator.js';
import type { ServerReport } from './calls-server.js';
import { simulateDrift, type DriftingCaller, type DriftRun } from './clock-drift.js';
import type { GeneratorResult } from './generator-result.js';
import {
  problemsOf,
  sampleLine,
  slopeOf,
  soakTable,
  type SoakResult,
  type SoakSample,
} from './soak-report.js';

const USAGE = `npm run soak -- [options]
  --calls N        concurrent calls (100)
  --minutes N      for how long (30)
  --json FILE      write the figures and all samples there, too
  --drift-ppm N    of the hour of clock drift that is simulated in the end (200); 0 for none
  --engine NAME    batched or stock (batched where it runs)
  --shards N       audio workers (as many as the engine can use)
  --seed N         of callers' pauses and choices (1)
`;

/** A call lasts half to one and a half times this, or a third of a short run. */
const CALL_SECONDS = 60;
const SAMPLE_SECONDS = 10;
/** Samples of a short run, at least. */
const SAMPLES = 40;
const LINE_SECONDS = 60;
/** The node may take so long to see that the last call is over. */
const SETTLE_MS = 10_000;
const FRAME = 160;

interface Settings {
  readonly calls: number;
  readonly minutes: number;
  readonly json: string | undefined;
  readonly driftPpm: number;
  readonly engine: string;
  readonly shards: number | undefined;
  readonly seed: number;
}

function parseSettings(args: string[]): Settings {
  const text = { type: 'string' } as const;
  const options = {
    calls: text,
    minutes: text,
    json: text,
    'drift-ppm': text,
    engine: text,
    shards: text,
    seed: text,
  };
  const { values } = parseArgs({ args, options });
  const number = (name: keyof typeof options, fallback: number, least: number): number => {
    const value = Number(values[name] ?? fallback);
    if (value >= least && Number.isFinite(value)) return value;
    throw new TypeError(`--${name} must be at least ${least}`);
  };
  return {
    calls: Math.round(number('calls', 100, 1)),
    minutes: number('minutes', 30, 0.2),
    json: values.json,
    driftPpm: number('drift-ppm', 200, 0),
    engine: values.engine ?? 'auto',
    shards: values.shards === undefined ? undefined : Math.round(number('shards', 1, 1)),
    seed: Math.round(number('seed', 1, 0)),
  };
}

/** Look at the node regularly for `seconds`. */
async function sample(server: BenchmarkServer, seconds: number): Promise<SoakSample[]> {
  const everySeconds = Math.min(SAMPLE_SECONDS, Math.max(1, seconds / SAMPLES));
  const lineSeconds = Math.min(LINE_SECONDS, seconds / 3);
  const samples: SoakSample[] = [];
  const beganAtMs = performance.now();
  let lines = 0;
  const elapsedSeconds = (): number => (performance.now() - beganAtMs) / 1000;
  // After a standstill of the machine the looks that were missed are not made up for.
  const nextNumber = (): number => Math.floor(elapsedSeconds() / everySeconds) + 1;
  for (let number = 1; number * everySeconds <= seconds; number = nextNumber()) {
    await sleep(1000 * (number * everySeconds - elapsedSeconds()) + 1);
    const report = await server.report();
    server.begin();
    const taken = { atSeconds: elapsedSeconds(), report };
    samples.push(taken);
    if (taken.atSeconds < (lines + 1) * lineSeconds) continue;
    lines += 1;
    console.log(sampleLine(taken));
  }
  return samples;
}

/** The node once it has nothing left, or after `SETTLE_MS`. */
async function settled(server: BenchmarkServer): Promise<ServerReport> {
  const limitMs = performance.now() + SETTLE_MS;
  for (;;) {
    const { calls, openSlots, sockets } = await server.report();
    if (calls + openSlots + sockets === 0 || performance.now() > limitMs) {
      return await server.report(true);
    }
    await sleep(200);
  }
}

/** An hour of two callers whose clocks differ from the node's, both ways, through the batched engine. */
async function driftFor(ppm: number): Promise<DriftRun> {
  const speech = Uint8Array.from(speechClip('dir-instr'), linearToMulaw);
  const line = speech.subarray(0, speech.length - (speech.length % FRAME));
  const callers: DriftingCaller[] = [
    { ppm, stamps: 'clock', loseEvery: 1000, line },
    { ppm: -ppm, stamps: 'audio', loseEvery: 700, line },
  ];
  console.log(`simulating an hour of clocks ${ppm} ppm apart`);
  return await simulateDrift(batchedShard(callers.length), callers, 60);
}

const heldMb = ({ heapUsedMb, externalMb }: ServerReport): number => heapUsedMb + externalMb;

interface Soaked {
  /** Longest delay of this process, which has next to nothing to do: that of the machine. */
  readonly standstillMs: number;
  readonly before: ServerReport;
  readonly after: ServerReport;
  readonly samples: readonly SoakSample[];
  readonly generated: GeneratorResult;
}

async function holdCalls({ calls, minutes, engine, shards, seed }: Settings): Promise<Soaked> {
  const seconds = minutes * 60;
  const delay = monitorEventLoopDelay({ resolution: 20 });
  const server = await BenchmarkServer.start({ calls, engine, shards });
  try {
    const before = await server.report(true);
    const generator = startGenerator({
      url: `${server.url}/twilio/voice`,
      calls,
      seconds,
      seed,
      'call-seconds': Math.min(CALL_SECONDS, seconds / 3),
    });
    const finished = next<GeneratorMessage, 'result'>(generator, 'result');
    await next<GeneratorMessage, 'ramped'>(generator, 'ramped');
    server.begin();
    delay.enable();
    const samples = await Promise.race([
      sample(server, seconds),
      // Only where the generator dies.
      finished.then(() => sleep(SETTLE_MS)).then(() => Promise.reject(new Error('it ended early'))),
    ]);
    const { result: generated } = await finished;
    const after = await settled(server);
    server.stop();
    delay.disable();
    return { standstillMs: delay.max / 1e6, before, after, samples, generated };
  } catch (error) {
    server.kill();
    throw error;
  }
}

async function run(settings: Settings): Promise<SoakResult> {
  const { standstillMs, before, after, samples, generated } = await holdCalls(settings);
  const { driftPpm } = settings;
  const { frames, calls, openSlots, sockets } = after;
  const percentOf = (count: number): number => (100 * count) / Math.max(1, frames.received);
  return {
    calls: settings.calls,
    minutes: settings.minutes,
    completedCalls: generated.calls.ok,
    failedCalls: generated.calls.failed + after.failedCalls,
    failures: generated.calls.reasons,
    violations: generated.violations.total,
    unanswered: generated.turns.unanswered,
    frames,
    latePercent: percentOf(frames.late),
    droppedPercent: percentOf(frames.dropped),
    workerRestarts: after.workerRestarts,
    standstillMs,
    generatorLateness: generated.generator.lateness,
    slopes: {
      rss: slopeOf(samples, ({ rssMb }) => rssMb),
      heapUsed: slopeOf(samples, ({ heapUsedMb }) => heapUsedMb),
      external: slopeOf(samples, ({ externalMb }) => externalMb),
    },
    heldMb: { before: heldMb(before), after: heldMb(after) },
    left: { calls, openSlots, sockets },
    drift: driftPpm > 0 ? { ppm: driftPpm, run: await driftFor(driftPpm) } : undefined,
    samples,
  };
}

try {
  const settings = parseSettings(process.argv.slice(2));
  const result = await run(settings);
  const problems = problemsOf(result);
  console.log(soakTable(result));
  for (const problem of problems) console.log(`FAILED: ${problem}`);
  if (settings.json !== undefined) {
    writeFileSync(
      settings.json,
      `${JSON.stringify({ ...thisMachine(), ...result, problems }, null, 2)}\n`,
    );
  }
  process.exitCode = problems.length > 0 ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(USAGE);
  process.exitCode = 2;
}
