// The media node of the benchmark of turns, in a process of its own: engines that know the truth, everything else real.

import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { loadConfig, startNode, type CallRecord } from '../../src/index.js';
import type { EngineNote } from '../../src/scenario/engine-notes.js';
import type { AgentScript, SttScript } from '../../src/scenario/schema.js';
import { Cast, Stage } from '../../src/scenario/stage.js';
import type { TimedWord } from '../../src/scenario/timed-words.js';
import { EventCount } from './event-count.js';
import { ObservedStore, type Decisions } from './observed-store.js';
import { toLocal, toShared } from './shared-clock.js';
import { speak, synthesize, type SpokenClause } from './unique-voice.js';

/** What the engines of one call do. */
export interface CallScript {
  readonly agent: AgentScript;
  readonly stt: SttScript;
  /** Whether the voice says when it speaks each word. */
  readonly timedVoice: boolean;
  /** From the text of a clause to its first audio. */
  readonly voiceAfterMs: number;
}

/** What the node did in one call; moments on the shared clock. */
export interface NodeFacts extends Decisions {
  readonly notes: readonly EngineNote[];
  /** What the voice was asked for, in order. */
  readonly clauses: readonly SpokenClause[];
  readonly record: CallRecord | undefined;
}

export interface LoadReport {
  readonly cpuCores: number;
  readonly eventLoop: { readonly p99Ms: number; readonly maxMs: number };
  readonly failedCalls: number;
  readonly lateFrames: number;
  readonly frames: number;
  readonly events: {
    readonly total: number;
    readonly byKind: Readonly<Record<string, number>>;
    readonly binary: readonly string[];
  };
  /** Seconds of all calls together that have ended. */
  readonly callSeconds: number;
  readonly engine: string;
  readonly mediaServer: string;
}

export type TurnsRequest =
  /** Before the call's stream begins. */
  | { readonly type: 'enter'; readonly callSid: string; readonly script: CallScript }
  /** The caller begins to say these words. */
  | {
      readonly type: 'says';
      readonly callSid: string;
      readonly words: readonly TimedWord[];
      readonly startedAtMs: number;
    }
  /** The call is over: tell of it. */
  | { readonly type: 'leave'; readonly callSid: string }
  /** Measure load from now on. */
  | { readonly type: 'begin' }
  | { readonly type: 'report' }
  | { readonly type: 'stop' };

export type TurnsMessage =
  | { readonly type: 'ready'; readonly url: string }
  | { readonly type: 'call'; readonly callSid: string; readonly facts: NodeFacts }
  | { readonly type: 'report'; readonly report: LoadReport };

const LAST_WORDS_MS = 3000;

const { values } = parseArgs({
  options: { interims: { type: 'string' }, inspect: { type: 'boolean' } },
});
const hasInterims = values.interims !== 'off';
const stage = new Stage();
const store = new ObservedStore();
const events = new EventCount();
const casts = new Map<
  string,
  { readonly cast: Cast; readonly script: CallScript; readonly clauses: SpokenClause[] }
>();
const { stt, agent } = stage.providers();
const node = await startNode({
  config: loadConfig({ ...process.env, PORT: '0', RINGMASTER_LOG: 'error' }),
  store,
  providers: {
    stt: { ...stt, capabilities: { interims: hasInterims } },
    agent,
    tts: {
      name: 'unique-voice',
      capabilities: { streaming: true },
      async warmUp() {},
      synthesize: (request) => {
        const call = casts.get(request.callSid);
        call?.clauses.push(speak(request.text));
        return synthesize(request, call?.script ?? { timedVoice: false, voiceAfterMs: 0 });
      },
      async close() {},
    },
  },
  ...(values.inspect === true && { inspect: events.inspect }),
});

const send = (message: TurnsMessage): void => void process.send?.(message);
const delay = monitorEventLoopDelay({ resolution: 10 });
let cpu = process.cpuUsage();
let sinceMs = performance.now();
let callSeconds = 0;

async function tell(callSid: string): Promise<void> {
  await store.ended(callSid, LAST_WORDS_MS);
  const call = casts.get(callSid);
  const decided = store.decisions(callSid);
  if (call === undefined || decided === undefined) return;
  const { startedAtMs, endedAtMs = performance.now() } = decided;
  callSeconds += (endedAtMs - startedAtMs) / 1000;
  send({
    type: 'call',
    callSid,
    facts: {
      startedAtMs: toShared(startedAtMs),
      endedAtMs: toShared(endedAtMs),
      commits: decided.commits.map(toShared),
      interruptions: decided.interruptions.map(toShared),
      falseInterruptions: decided.falseInterruptions.map(toShared),
      notes: call.cast.notes.all.map((note) => ({ ...note, atMs: toShared(note.atMs) })),
      clauses: call.clauses,
      record: await store.get(callSid),
    },
  });
  stage.leave(callSid);
  casts.delete(callSid);
  store.forget(callSid);
}

function report(): LoadReport {
  const used = process.cpuUsage(cpu);
  const { frames, failedCalls } = node.stats();
  const { total, byKind, binary } = events;
  return {
    cpuCores: (used.user + used.system) / 1000 / (performance.now() - sinceMs),
    eventLoop: { p99Ms: delay.percentile(99) / 1e6, maxMs: delay.max / 1e6 },
    failedCalls,
    lateFrames: frames.late,
    frames: frames.received,
    events: { total, byKind, binary: [...binary] },
    callSeconds,
    engine: node.engine.engine,
    mediaServer: node.implementation,
  };
}

process.on('message', (message: TurnsRequest) => {
  switch (message.type) {
    case 'enter': {
      const { callSid, script } = message;
      const cast = new Cast({ ...script, tts: undefined }, callSid);
      stage.enter(callSid, cast);
      casts.set(callSid, { cast, script, clauses: [] });
      break;
    }
    case 'says':
      casts.get(message.callSid)?.cast.track.says(message.words, toLocal(message.startedAtMs));
      break;
    case 'leave':
      void tell(message.callSid);
      break;
    case 'begin':
      delay.enable();
      delay.reset();
      cpu = process.cpuUsage();
      sinceMs = performance.now();
      break;
    case 'report':
      send({ type: 'report', report: report() });
      break;
    case 'stop':
      void node.close().then(() => process.disconnect());
      break;
  }
});
// Without its callers it has nothing to do.
process.on('disconnect', () => process.exit());
send({ type: 'ready', url: node.url });
