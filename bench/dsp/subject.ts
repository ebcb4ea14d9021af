// Measures pieces of work against each other in CPU time, in turns. Media plane.

import { percentile } from '../percentiles.js';

/** Something whose cost is measured; makes and keeps all it needs before `run`. */
export interface Subject {
  readonly name: string;
  readonly calls: number;
  /** One tick of all calls. @returns units of work done: frames, windows, packets */
  run(): number | Promise<number>;
}

/** Cost of one unit of work, in us of CPU time. */
export interface Cost {
  readonly name: string;
  readonly calls: number;
  readonly medianUs: number;
  readonly fastestUs: number;
}

export interface Measurement {
  readonly repeats: number;
  /** Ticks of all calls together in one repeat, so that a repeat is far longer than the clock's step. */
  readonly callTicks: number;
}

const WARM_UP_REPEATS = 3;

/** CPU time of all threads of the process: another process that takes the core away costs nothing here. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * All subjects do the same share of each repeat, one after the other, so that whatever else the machine does to
 * caches and clocks meets all of them.
 */
export async function measure(
  subjects: readonly Subject[],
  { repeats, callTicks }: Measurement,
): Promise<Cost[]> {
  const costs = subjects.map((): number[] => []);
  for (let repeat = -WARM_UP_REPEATS; repeat < repeats; repeat++) {
    for (const [i, subject] of subjects.entries()) {
      const ticks = Math.max(1, Math.round(callTicks / subject.calls));
      let units = 0;
      const before = cpuUs();
      for (let tick = 0; tick < ticks; tick++) units += await subject.run();
      const took = cpuUs() - before;
      if (repeat >= 0) costs[i]?.push(took / units);
    }
  }
  return subjects.map(({ name, calls }, i) => ({
    name,
    calls,
    medianUs: percentile(costs[i] ?? [], 0.5),
    fastestUs: Math.min(...(costs[i] ?? [])),
  }));
}
