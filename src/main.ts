// Composition root of the media node: the only module that sees every room. Control plane.

import type { InspectionEvent } from 'xstate';
import { callMachine, type CallSettings } from './actors/call.js';
import type { CallStore } from './actors/ports.js';
import { DEFAULT_RESTART_POLICY } from './actors/supervision.js';
import { prepareApology } from './apology.js';
import { CallHost } from './call-host.js';
import type { Config } from './config.js';
import { FRAME_MS } from './dsp/frame.js';
import { createDspPool, type DspCounters } from './dsp/pool.js';
import { createLogger, type Logger } from './log.js';
import { chooseProviders, type Choice, type Providers } from './provider-choice.js';
import { createMemoryCallStore } from './stores/memory-call-store.js';
import { chooseServer } from './transports/server-choice.js';

export interface NodeOptions {
  readonly config: Config;
  /** The call machine, or one with children replaced through `provide`. */
  readonly machine?: typeof callMachine;
  /** Engines of your own; the config chooses the others. */
  readonly providers?: Partial<Providers>;
  readonly store?: CallStore;
  readonly logger?: Logger;
  /** Sees every event of every actor. */
  readonly inspect?: (event: InspectionEvent) => void;
}

export interface NodeStats {
  readonly calls: number;
  readonly totalCalls: number;
  readonly failedCalls: number;
  readonly sockets: number;
  readonly workerRestarts: number;
  readonly frames: Omit<DspCounters, 'workerRestarts'> & {
    readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
  };
}

export interface MediaNode {
  /** `http://host:port` as bound. */
  readonly url: string;
  readonly implementation: string;
  readonly serverReason: string;
  readonly choices: readonly Choice[];
  readonly store: CallStore;
  stats(): NodeStats;
  /** No new calls; running ones may end, at most for `timeoutMs`, then are told to. */
  drain(timeoutMs: number): Promise<void>;
  /** End everything. Idempotent. */
  close(): Promise<void>;
}

function callSettings({ turn, providers }: Config): CallSettings {
  return {
    turn: {
      endpointDelayMs: turn.endpointSilenceMs - turn.vadHangoverMs,
      maxUtteranceMs: turn.maxUtteranceMs,
      idleTimeoutMs: turn.idleTimeoutMs,
      idlePrompts: turn.idlePrompts,
      digitTimeoutMs: turn.digitTimeoutMs,
      finalTimeoutMs: providers.sttTimeoutMs,
      // Room for every restart of an agent that times out; for replacements without a time-out.
      replyTimeoutMs: 2 * providers.agentTimeoutMs,
    },
    agentTimeoutMs: providers.agentTimeoutMs,
    sttTimeoutMs: providers.sttTimeoutMs,
    ttsTimeoutMs: providers.ttsTimeoutMs,
    maxCallMs: turn.maxCallMs,
    restart: DEFAULT_RESTART_POLICY,
  };
}
