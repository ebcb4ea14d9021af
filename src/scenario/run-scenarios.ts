// Many scenarios at once: one node for all that agree on its settings, calls side by side in real time. Control plane.

import { loadConfig } from '../config.js';
import { createDspPool, type DspPool } from '../dsp/pool.js';
import { RingmasterError } from '../errors.js';
import { startNode, type MediaNode } from '../main.js';
import type { Evidence } from './evidence.js';
import { checkExpectations } from './expectations.js';
import { holdScenario, type Target } from './hold-scenario.js';
import type { LoadedScenario } from './load.js';
import type { Unmet } from './matching.js';
import { Stage } from './stage.js';
import { StallWatch } from './stall-watch.js';

export interface ScenarioResult extends LoadedScenario {
  readonly state: 'passed' | 'failed';
  readonly unmet: readonly Unmet[];
  readonly evidence: Evidence;
  /** Of the last attempt. */
  readonly tookMs: number;
  /** How often the call was held: again where it failed while this process stood still. */
  readonly attempts: number;
  /** The longest standstill of this process during the last attempt. */
  readonly stalledMs: number;
}

export interface RunOptions {
  /** Calls at the same time; default 16. */
  readonly parallel?: number;
  /** Origin of a running node that takes every scenario's calls; scripted ones cannot be run then. */
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly authToken?: string | undefined;
  /** Told of each result as it comes. */
  readonly onResult?: (result: ScenarioResult) => void;
  readonly signal?: AbortSignal;
}

export const DEFAULT_PARALLEL = 16;
/** After its last call a node may still be freeing it. */
const FREE_TIMEOUT_MS = 3000;
const POLL_MS = 20;
/** Of a call that fails while this process stands still. */
const MAX_ATTEMPTS = 3;

/** Short silences, since calls run in real time; a scenario's own settings come over these. */
const SETTINGS: Readonly<Record<string, string>> = {
  PORT: '0',
  RINGMASTER_LOG: 'silent',
  // Whoever drops does not come back; whoever loses a stream is back within a moment.
  RINGMASTER_RESUME_WINDOW_MS: '2000',
  // Each call of a file has a voice of its own, with faults of its own: nothing is said from memory.
  RINGMASTER_TTS_CACHE_MB: '0',
  RINGMASTER_ENDPOINT_SILENCE_MS: '500',
};

interface Running {
  readonly node: MediaNode;
  readonly stage: Stage | undefined;
}

/** Nodes by their settings, all on one audio pool. */
class Nodes {
  readonly #parallel: number;
  readonly #running = new Map<string, Promise<Running>>();
  #pool: Promise<DspPool> | undefined;

  constructor(parallel: number) {
    this.#parallel = parallel;
  }

  for({ scenario: { engines, node } }: LoadedScenario): Promise<Running> {
    const settings = Object.entries(node).toSorted(([one], [other]) => (one < other ? -1 : 1));
    const key = JSON.stringify([engines, settings]);
    let running = this.#running.get(key);
    if (running === undefined) {
      running = this.#start(engines, node);
      this.#running.set(key, running);
    }
    return running;
  }

  /** Slots and calls that are left although every call is over. */
  async leaks(): Promise<string[]> {
    const nodes = await Promise.all(this.#running.values());
    const untilMs = performance.now() + FREE_TIMEOUT_MS;
    const left = (): string[] =>
      nodes.flatMap(({ node }) => {
        const { calls, openSlots } = node.stats();
        return calls === 0 && openSlots === 0 ? [] : [`${calls} calls, ${openSlots} audio slots`];
      });
    while (left().length > 0 && performance.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return left();
  }

  async close(): Promise<void> {
    const nodes = await Promise.allSettled(this.#running.values());
    for (const node of nodes) if (node.status === 'fulfilled') await node.value.node.close();
    await (await this.#pool)?.close();
  }

  async #start(engines: 'scripted' | 'local', node: Record<string, string>): Promise<Running> {
    const stage = engines === 'scripted' ? new Stage() : undefined;
    const local = { RINGMASTER_STT: 'local', RINGMASTER_TTS: 'local', RINGMASTER_AGENT: 'local' };
    const config = loadConfig({ ...SETTINGS, ...(engines === 'local' && local), ...node });
    this.#pool ??= createDspPool({
      shards: 1,
      // A call that has just ended may hold its slot while the next one begins.
      callsPerShard: 2 * this.#parallel,
      denoise: 'rnnoise',
      vad: 'silero',
      engine: 'auto',
    });
    const running = await startNode({
      config,
      pool: await this.#pool,
      // Its callers share its event loop: their load is not the node's.
      refusesByLoad: false,
      ...(stage && { providers: stage.providers() }),
    });
    return { node: running, stage };
  }
}

async function targetOf(
  loaded: LoadedScenario,
  nodes: Nodes,
  { url: given, token, authToken }: RunOptions,
): Promise<Target> {
  const { scenario } = loaded;
  const url = given ?? scenario.url;
  if (url !== undefined) return { url, stage: undefined, token, authToken };
  const { node, stage } = await nodes.for(loaded);
  return {
    url: node.url,
    stage,
    token: scenario.node['RINGMASTER_API_TOKEN'],
    authToken: scenario.node['TWILIO_AUTH_TOKEN'],
  };
}

async function runOne(
  loaded: LoadedScenario,
  nodes: Nodes,
  watch: StallWatch,
  options: RunOptions,
): Promise<ScenarioResult> {
  const { scenario } = loaded;
  const target = await targetOf(loaded, nodes, options);
  for (let attempts = 1; ; attempts += 1) {
    const startedMs = performance.now();
    const evidence = await holdScenario(loaded, target);
    const unmet = checkExpectations(scenario.expect, evidence);
    const state = unmet.length === 0 ? 'passed' : 'failed';
    const tookMs = performance.now() - startedMs;
    const stalledMs = watch.longestSince(startedMs);
    const isAgain = state === 'failed' && stalledMs > 0 && options.signal?.aborted !== true;
    if (isAgain && attempts < MAX_ATTEMPTS) continue;
    return { ...loaded, state, unmet, evidence, tookMs, attempts, stalledMs };
  }
}

/**
 * Run scenarios, at most `parallel` at a time. Nodes are started as they are needed and closed at
 * the end; none of their audio slots may be left open then.
 * @returns one result a scenario, in their order
 * @throws {RingmasterError} SCENARIO_FAILED where calls or audio slots leaked; what a start of a
 *   node throws
 */
export async function runScenarios(
  scenarios: readonly LoadedScenario[],
  options: RunOptions = {},
): Promise<ScenarioResult[]> {
  const { parallel = DEFAULT_PARALLEL, onResult, signal } = options;
  const nodes = new Nodes(parallel);
  const watch = new StallWatch();
  const results: ScenarioResult[] = [];
  const queue = [...scenarios.entries()];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (signal?.aborted === true) return;
      const [i, loaded] = next;
      const result = await runOne(loaded, nodes, watch, options);
      results[i] = result;
      onResult?.(result);
    }
  };
  try {
    await Promise.all(Array.from({ length: parallel }, work));
    const leaks = await nodes.leaks();
    if (leaks.length > 0) {
      throw new RingmasterError('SCENARIO_FAILED', `left open at the end: ${leaks.join('; ')}`);
    }
  } finally {
    watch.stop();
    await nodes.close();
  }
  return results.filter((result) => result !== undefined);
}
