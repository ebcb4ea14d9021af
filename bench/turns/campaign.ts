// Many calls side by side, always as many as were asked for: who waits for the last ones talks meanwhile. Control plane.

import { setMaxListeners } from 'node:events';
import { sharedFrameTimer } from '../../src/phone/phone-clock.js';
import { seededRandom } from '../../src/phone/seeded-random.js';
import { machineNetwork, type PhoneNetwork } from '../../src/phone/index.js';
import type { Lateness } from '../../src/phone/lateness.js';
import { toRingmasterError } from '../../src/errors.js';
import { holdCall, type CallPlan, type MeasuredCall } from './measured-call.js';
import { NodeProcess } from './node-process.js';
import { talker } from './plans.js';
import type { LoadReport } from './server.js';

/** Calls begin over so long, not at once. */
const RAMP_MS = 2000;

/** A call whose figures are wanted. */
export interface Job {
  readonly plan: CallPlan;
  readonly onCall: (call: MeasuredCall) => void;
}

export interface CampaignResult {
  readonly load: LoadReport;
  readonly failures: Readonly<Record<string, number>>;
  readonly lateness: Lateness;
  readonly seconds: number;
}

export interface CampaignOptions {
  readonly calls: number;
  readonly seed: number;
  readonly interims: boolean;
  readonly inspect?: boolean;
  readonly drafts?: boolean;
}

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

class Campaign {
  readonly failures: Record<string, number> = {};
  readonly #options: CampaignOptions;
  readonly #node: NodeProcess;
  readonly #network: PhoneNetwork = machineNetwork();
  readonly #queue: Job[];
  readonly #over = new AbortController();
  #left: number;

  constructor(node: NodeProcess, jobs: readonly Job[], options: CampaignOptions) {
    this.#node = node;
    this.#options = options;
    this.#queue = [...jobs];
    this.#left = jobs.length;
    // One listener a call that only fills the line.
    setMaxListeners(0, this.#over.signal);
  }

  async run(): Promise<void> {
    const { calls, seed } = this.#options;
    const random = seededRandom(seed);
    const delays = Array.from({ length: calls }, () => random() * RAMP_MS);
    await Promise.all(delays.map((delayMs, caller) => this.#caller(caller, delayMs)));
  }

  async #caller(caller: number, delayMs: number): Promise<void> {
    await sleep(delayMs);
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      const call = await this.#hold(job.plan);
      if (call !== undefined) job.onCall(call);
      this.#left -= 1;
      if (this.#left === 0) this.#over.abort();
    }
    const { seed, interims, inspect = false } = this.#options;
    // Of these every call counts.
    if (inspect) return;
    for (let next = 0; this.#left > 0; next += 1) {
      const plan = await talker(seed * 7919 + caller * 101 + next, 'uniform', interims);
      if (this.#left > 0) await this.#hold(plan, this.#over.signal);
    }
  }

  async #hold(plan: CallPlan, signal?: AbortSignal): Promise<MeasuredCall | undefined> {
    try {
      return await holdCall(plan, this.#node, this.#network, signal);
    } catch (thrown) {
      const { code } = toRingmasterError(thrown, 'SCENARIO_FAILED');
      this.failures[code] = (this.failures[code] ?? 0) + 1;
      return undefined;
    }
  }
}

/** Hold the calls of all `jobs` against a node of their own. */
export async function runCampaign(
  jobs: readonly Job[],
  options: CampaignOptions,
): Promise<CampaignResult> {
  const { calls, interims, inspect = false, drafts = true } = options;
  const node = await NodeProcess.start(calls, { interims, inspect, drafts });
  try {
    const startedMs = performance.now();
    const campaign = new Campaign(node, jobs, options);
    node.begin();
    await campaign.run();
    const load = await node.report();
    const seconds = (performance.now() - startedMs) / 1000;
    await node.stop();
    return { load, failures: campaign.failures, lateness: sharedFrameTimer.lateness(), seconds };
  } catch (error) {
    node.kill();
    throw error;
  }
}
