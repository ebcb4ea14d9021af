// One call of the benchmark of turns: a person at the simulated phone, and all that phone and node tell of it. Control plane.

import { RingmasterError } from '../../src/errors.js';
import {
  CallOver,
  MemoryRecording,
  placeCall,
  type Caller,
  type PhoneEvent,
  type PhoneNetwork,
} from '../../src/phone/index.js';
import type { Utterance } from '../../src/scenario/sounds.js';
import type { NodeProcess } from './node-process.js';
import type { CallScript, NodeFacts } from './server.js';
import { toShared } from './shared-clock.js';

/** Somebody to hold a call as; `said` are to be said within `run`, by `say` alone. */
export interface CallPlan {
  readonly script: CallScript;
  readonly said: readonly Utterance[];
  readonly run: (caller: Caller) => Promise<void>;
}

/** What the caller said, and what the phone told of it. All moments on the shared clock. */
export interface SaidVoice {
  readonly utterance: Utterance;
  readonly startMs: number;
  readonly endMs: number;
  /** The agent was heard when the voice began. */
  readonly overAgent: boolean;
}

export interface MeasuredCall {
  readonly answeredAtMs: number;
  readonly voices: readonly SaidVoice[];
  readonly cleared: readonly number[];
  readonly agentStarted: readonly number[];
  /** What the phone played of the agent: 8000 Hz, from the answer on. */
  readonly agent: Int16Array;
  readonly node: NodeFacts;
}

const moments = (events: readonly PhoneEvent[], type: PhoneEvent['type'], zeroMs: number) =>
  events.filter((event) => event.type === type).map(({ atMs }) => atMs + zeroMs);

/**
 * Hold the call to its end.
 * @throws {RingmasterError} where it could not be held, or the node tells nothing of it
 */
export async function holdCall(
  plan: CallPlan,
  node: NodeProcess,
  network: PhoneNetwork,
  signal?: AbortSignal,
): Promise<MeasuredCall> {
  const { script, said, run } = plan;
  const byName = new Map(said.map((utterance) => [utterance.clip.name, utterance]));
  const recording = new MemoryRecording();
  const call = placeCall({
    webhookUrl: `${node.url}/twilio/voice`,
    network,
    check: 'quick',
    recording,
    script: run,
  });
  node.enter(call.callSid, script);
  const hangUp = (): void => call.hangUp();
  signal?.addEventListener('abort', hangUp);
  let zeroMs = 0;
  call.onEvent((event) => {
    if (event.type === 'call.answered') zeroMs = toShared(performance.now()) - event.atMs;
    if (event.type !== 'caller.started') return;
    node.says(call.callSid, byName.get(event.clip)?.words ?? [], zeroMs + event.atMs);
  });
  try {
    const report = await call.finished;
    const facts = await node.leave(call.callSid);
    if (facts === undefined) {
      throw new RingmasterError('SCENARIO_FAILED', 'the node told nothing of a call');
    }
    const voices = report.turns.flatMap(
      ({ clip, voiceStartedAtMs, voiceEndedAtMs, interrupting }) => {
        const utterance = byName.get(clip);
        if (utterance === undefined || voiceEndedAtMs === undefined) return [];
        const startMs = voiceStartedAtMs + zeroMs;
        return [{ utterance, startMs, endMs: voiceEndedAtMs + zeroMs, overAgent: interrupting }];
      },
    );
    return {
      answeredAtMs: zeroMs,
      voices,
      cleared: moments(report.events, 'agent.cleared', zeroMs),
      agentStarted: moments(report.events, 'agent.started', zeroMs),
      agent: recording.agent(),
      node: facts,
    };
  } finally {
    signal?.removeEventListener('abort', hangUp);
  }
}

/** Wait at most so long for an answer; who gets none goes on. */
export async function patiently(waiting: Promise<unknown>): Promise<void> {
  try {
    await waiting;
  } catch (error) {
    if (error instanceof CallOver) throw error;
    if (!(error instanceof RingmasterError) || error.code !== 'SCENARIO_FAILED') throw error;
  }
}
