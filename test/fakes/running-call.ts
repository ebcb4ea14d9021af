// One call under its supervisor, with engines that a test can break and time that it drives.

import { createActor, SimulatedClock } from 'xstate';
import { callMachine, type CallSettings } from '../../src/actors/call.js';
import type { FailureReport } from '../../src/actors/failure-report.js';
import type {
  AgentEvent,
  AgentProvider,
  AgentRequest,
  CallInfo,
  SttEvent,
  SttProvider,
  TtsChunk,
  TtsProvider,
} from '../../src/actors/ports.js';
import { DEFAULT_RESTART_POLICY } from '../../src/actors/supervision.js';
import { turnSettings } from './floor.js';
import { createKeptLog } from './call-log.js';
import { FakeLine } from './line.js';

const settings: CallSettings = {
  turn: turnSettings,
  agentTimeoutMs: 2000,
  sttTimeoutMs: 1000,
  ttsTimeoutMs: 1000,
  maxCallMs: 600_000,
  restart: DEFAULT_RESTART_POLICY,
};
const call = { callSid: 'CA1', streamSid: 'MZ1', parameters: {} } as unknown as CallInfo;

/** One call with engines that a test can break. */
export function makeCall() {
  const clock = new SimulatedClock();
  const line = new FakeLine();
  const log = createKeptLog();
  const reports: FailureReport[] = [];
  const open = { stt: 0, agent: 0, synthesis: 0 };
  const opened = { stt: 0, agent: 0 };
  const expected: string[] = [];
  let emit: (event: SttEvent) => void = () => undefined;
  const behaviour = {
    reply: async function* (request: AgentRequest): AsyncGenerator<AgentEvent> {
      yield { type: 'text', text: `Answer to ${request.input.kind}.` };
    } as (request: AgentRequest) => AsyncIterable<AgentEvent>,
    synthesize: async function* (): AsyncGenerator<TtsChunk> {
      yield { pcm: new Int16Array(160), sampleRateHz: 8000 };
    } as (signal: AbortSignal) => AsyncIterable<TtsChunk>,
    openStt: async (): Promise<void> => undefined,
    finishStt: (): void => undefined,
  };
  const provider = { warmUp: async () => undefined, close: async () => undefined };
  const stt: SttProvider = {
    ...provider,
    name: 'fake stt',
    capabilities: { interims: false },
    open: async (options) => {
      opened.stt += 1;
      await behaviour.openStt();
      open.stt += 1;
      ({ emit } = options);
      return {
        begin: () => undefined,
        write: () => undefined,
        finish: () => behaviour.finishStt(),
        expect: (expectation) => void expected.push(expectation),
        close: () => void (open.stt -= 1),
      };
    },
  };
  const agent: AgentProvider = {
    ...provider,
    name: 'fake agent',
    open: () => {
      opened.agent += 1;
      open.agent += 1;
      return {
        reply: (request) => behaviour.reply(request),
        close: () => void (open.agent -= 1),
      };
    },
  };
  const tts: TtsProvider = {
    ...provider,
    name: 'fake tts',
    capabilities: { streaming: true },
    synthesize: async function* ({ signal }) {
      open.synthesis += 1;
      try {
        yield* behaviour.synthesize(signal);
      } finally {
        open.synthesis -= 1;
      }
    },
  };
  const actor = createActor(callMachine, {
    clock,
    input: {
      call,
      line,
      stt,
      tts,
      agent,
      log,
      clock: { nowMs: () => clock.now() },
      settings,
      onFailure: (failure) => void reports.push(failure),
    },
  });
  const errors: unknown[] = [];
  actor.subscribe({ error: (error) => void errors.push(error) });
  /** Let promises settle, then move time. */
  const wait = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 10) {
      await new Promise(setImmediate);
      clock.increment(10);
    }
    await new Promise(setImmediate);
  };
  const callerSays = async (utteranceId: number, text: string): Promise<void> => {
    line.tell({ type: 'speech.started', utteranceId, atMs: clock.now() });
    line.tell({
      type: 'speech.stopped',
      utteranceId,
      atMs: clock.now(),
      voiceEndedAtMs: clock.now() - 200,
    });
    await wait(420);
    emit({ type: 'final', utteranceId, text });
    await wait(20);
  };
  const failStt = (): void =>
    emit({ type: 'failed', error: Object.assign(new Error('gone'), { code: 'X' }) as never });
  return {
    actor,
    clock,
    line,
    log,
    open,
    opened,
    expected,
    behaviour,
    errors,
    reports,
    wait,
    callerSays,
    failStt,
  };
}
