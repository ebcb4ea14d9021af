import t from 'tap';
import {
  problemsOf,
  slopeOf,
  soakTable,
  type SoakResult,
  type SoakSample,
} from '../../bench/soak-report.js';
import type { ServerReport } from '../../bench/calls-server.js';
import { seededRandom } from '../../src/phone/seeded-random.js';

const LATENCY = { p50: 1, p99: 2, max: 3 };
const REPORT: ServerReport = {
  frames: { received: 1000, processed: 1000, late: 0, dropped: 0, repaired: 0, latencyMs: LATENCY },
  cpuCores: 0.1,
  rssMb: 100,
  peakRssMb: 100,
  heapUsedMb: 20,
  externalMb: 5,
  arrayBuffersMb: 1,
  eventLoop: { p99Ms: 1, maxMs: 2 },
  calls: 10,
  openSlots: 10,
  sockets: 10,
  failedCalls: 0,
  totalCalls: 10,
  workerRestarts: 0,
  implementation: 'ws',
  engine: 'batched',
};

/** One sample every 10 s. */
function samplesOf(values: readonly number[]): SoakSample[] {
  return values.map((rssMb, n) => ({ atSeconds: 10 * n, report: { ...REPORT, rssMb } }));
}

const rssOf = ({ rssMb }: ServerReport): number => rssMb;

function result(changes: Partial<SoakResult> = {}): SoakResult {
  const slope = { mbPerHour: 0, errorMbPerHour: 1 };
  return {
    calls: 10,
    minutes: 1,
    completedCalls: 20,
    failedCalls: 0,
    failures: {},
    violations: 0,
    unanswered: 0,
    frames: REPORT.frames,
    latePercent: 0.4,
    droppedPercent: 0.4,
    workerRestarts: 0,
    standstillMs: 5,
    generatorLateness: { count: 1, meanMs: 0, p99Ms: 1, maxMs: 2 },
    slopes: { rss: slope, heapUsed: slope, external: slope },
    heldMb: { before: 20, after: 21 },
    left: { calls: 0, openSlots: 0, sockets: 0 },
    drift: undefined,
    samples: [],
    ...changes,
  };
}

t.test('the slope is that of the second half alone', async (t) => {
  const warmUp = Array.from({ length: 50 }, (_, n) => 50 + n);
  const steady = Array.from({ length: 50 }, (_, n) => 100 + n / 36);
  const { mbPerHour, errorMbPerHour } = slopeOf(samplesOf([...warmUp, ...steady]), rssOf);
  t.ok(Math.abs(mbPerHour - 10) < 1e-6, `${mbPerHour}`);
  t.ok(errorMbPerHour < 1e-6, `${errorMbPerHour}`);
});

t.test('the standard error tells a slope from noise', async (t) => {
  const slopes = Array.from({ length: 200 }, (_, seed) => {
    const random = seededRandom(seed);
    return slopeOf(samplesOf(Array.from({ length: 100 }, () => 100 + 5 * random())), rssOf);
  });
  const within = slopes.filter((s) => Math.abs(s.mbPerHour) < 2 * s.errorMbPerHour).length;
  t.ok(within > 180 && within < 200, `${within} of 200 within two errors of 0`);
});

t.test('from too few samples no slope is claimed', async (t) => {
  t.equal(slopeOf(samplesOf([1, 2, 3]), rssOf).errorMbPerHour, Infinity);
  t.equal(slopeOf([], rssOf).errorMbPerHour, Infinity);
});

t.test('a run without a problem has none', async (t) => {
  t.same(problemsOf(result()), []);
});

t.test('failed calls, late frames and whatever is left over are problems', async (t) => {
  const caller = { sent: 100, lost: 2, heard: 100, repaired: 2, refused: 0, longestDelayMs: 20 };
  const drift = (changes: Partial<typeof caller>, grownBytes = 0) => ({
    drift: {
      ppm: 200,
      run: { callers: [{ ...caller, ...changes, voiced: [0, 0] as const }], grownBytes },
    },
  });
  const bad: Partial<SoakResult>[] = [
    { failedCalls: 1 },
    { latePercent: 0.7 },
    { droppedPercent: 1.1 },
    { left: { calls: 1, openSlots: 0, sockets: 0 } },
    { left: { calls: 0, openSlots: 1, sockets: 0 } },
    { left: { calls: 0, openSlots: 0, sockets: 1 } },
    drift({ heard: 99 }),
    drift({ repaired: 4, heard: 102 }),
    drift({ refused: 1 }),
    drift({ longestDelayMs: 40 }),
    drift({}, 2 ** 21),
  ];
  for (const changes of bad) {
    const problems = problemsOf(result(changes));
    t.equal(problems.length, 1, `${JSON.stringify(changes)}: ${problems.join()}`);
  }
  t.same(problemsOf(result(drift({}))), []);
});

t.test('late frames on a machine that stood still are told as that', async (t) => {
  t.match(problemsOf(result({ latePercent: 5, standstillMs: 4000 })), [/stood still for 4000 ms/]);
  t.match(problemsOf(result({ latePercent: 5 })), [/dropped$/]);
});

t.test('the table names the slopes and the failures', async (t) => {
  const table = soakTable(result({ failedCalls: 2, failures: { 'node-hung-up': 2 } }));
  t.match(table, /failed calls +2 node-hung-up 2\n/);
  t.match(table, /RSS grows by +0\.0 \+- 1\.0 MB an hour\n/);
});
