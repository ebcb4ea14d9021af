// The call supervisor: wires the children of one call, restarts them, ends the call cleanly. It only wires. Control plane.

import { assign, enqueueActions, fromCallback, setup, type ActorLogic } from 'xstate';
import { RingmasterError, toRingmasterError } from '../errors.js';
import { agentMachine, type AgentChildInput } from './agent.js';
import { failureReport, recordedFailure, type FailureReport } from './failure-report.js';
import type { CallEvent, ChildName, Supervisor } from './events.js';
import { exchange, ROUTES } from './exchange.js';
import type {
  AgentProvider,
  ApologyReason,
  CallAction,
  CallEndReason,
  CallInfo,
  CallLog,
  Clock,
  Line,
  Milliseconds,
  SpeechExpectation,
  SttProvider,
  TtsProvider,
} from './ports.js';
import { sttMachine, type SttInput } from './stt.js';
import { backoffMs, mayRestart, noteFailure, type RestartPolicy } from './supervision.js';
import { transportMachine, type TransportInput } from './transport.js';
import { ttsMachine, type TtsInput } from './tts.js';
import type { TurnInput, TurnSettings } from './turn-context.js';
import { turnMachine } from './turn.js';

export interface CallSettings {
  readonly turn: TurnSettings;
  readonly agentTimeoutMs: number;
  readonly sttTimeoutMs: number;
  readonly ttsTimeoutMs: number;
  readonly maxCallMs: number;
  readonly restart: RestartPolicy;
}

export interface CallInput {
  readonly call: CallInfo;
  readonly line: Line;
  readonly stt: SttProvider;
  readonly tts: TtsProvider;
  readonly agent: AgentProvider;
  readonly log: CallLog;
  readonly clock: Clock;
  readonly settings: CallSettings;
  /** Told of every child that fails; must not throw. */
  readonly onFailure?: (failure: FailureReport) => void;
}

export interface CallContext extends CallInput {
  /** Who the children report to: the `exchange`. */
  readonly supervisor: Supervisor;
  readonly startedAtMs: number;
  readonly failuresMs: Readonly<Record<ChildName, readonly number[]>>;
  /** The last utterance with a final: a new session starts behind it. */
  readonly answeredUtterance: number;
  /** What the agent expects to hear next: a new session is told so too. */
  readonly expectation: SpeechExpectation;
  readonly playbackStartedMs: Milliseconds | undefined;
  /** The newest finals: no error that quotes them goes into the log as it is. */
  readonly words: readonly string[];
  /** Whether the caller's voice is on the line, and the agent's. */
  readonly callerSpeaks: boolean;
  readonly agentSpeaks: boolean;
  /** What Twilio is to do once the stream is closed, if the agent said. */
  readonly next: CallAction | undefined;
  readonly endReason: CallEndReason | undefined;
  readonly error: RingmasterError | undefined;
}

type RootEvent =
  | CallEvent
  | { readonly type: 'xstate.error.actor.*'; readonly error: unknown }
  | { readonly type: 'apology.missing' };

const WORDS_KEPT = 8;
/** Above every generation of a turn machine. */
const APOLOGY_GENERATION = 2 ** 31;
/** The prepared apology lasts about 4 s; marks may be lost. */
const APOLOGY_TIMEOUT_MS = 10_000;
/** An apology that does not begin is said by Twilio. */
const APOLOGY_BEGIN_MS = 1500;
/** A node that stops has little time. */
const LONGEST_SENTENCE_MS = { drained: 5000, 'time-limit': 10_000 } as const;
/** Twilio closes the stream within a round trip of our close. */
const CLOSE_TIMEOUT_MS = 3000;

export interface ApologyInput {
  readonly line: Line;
  readonly reason: ApologyReason;
}

const errorOf = (event: object): RingmasterError =>
  toRingmasterError('error' in event ? event.error : undefined, 'PROVIDER_FAILED');

function providerOf({ stt, agent, tts }: CallContext, child: ChildName): string | undefined {
  const providers: Partial<Record<ChildName, { readonly name: string }>> = { stt, agent, tts };
  return providers[child]?.name;
}

const isDrained = ({ endReason }: CallContext): boolean => endReason === 'drained';

function apologyReason({ endReason }: CallContext): ApologyReason {
  return endReason === 'drained' || endReason === 'time-limit' ? endReason : 'failed';
}

/** The last words of a call whose children are gone: prepared audio, straight into the line. */
const apology = fromCallback<CallEvent, ApologyInput, CallEvent | { type: 'apology.missing' }>(
  ({ input, sendBack }) => {
    const { line, reason } = input;
    const unsubscribe = line.subscribe((event) => {
      const isOther = 'generation' in event && event.generation !== APOLOGY_GENERATION;
      if (!isOther) sendBack(event);
    });
    sendBack({ type: 'playback.cleared', ...line.clear() });
    if (!line.playApology(APOLOGY_GENERATION, reason)) sendBack({ type: 'apology.missing' });
    return unsubscribe;
  },
);

/**
 * A child as the supervisor knows it: what it takes as input. What it is inside is its own affair,
 * so that any logic which takes the same input and the child's orders (events.ts) can replace it.
 */
// eslint-disable-next-line typescript/no-explicit-any -- XState's logic types are invariant in their events
export type ChildLogic<Input> = ActorLogic<any, any, Input, any, any>;

export interface ChildActors {
  readonly transport: ChildLogic<TransportInput>;
  readonly stt: ChildLogic<SttInput>;
  readonly agent: ChildLogic<AgentChildInput>;
  readonly tts: ChildLogic<TtsInput>;
  readonly turn: ChildLogic<TurnInput>;
}

const children: ChildActors = {
  transport: transportMachine,
  stt: sttMachine,
  agent: agentMachine,
  tts: ttsMachine,
  turn: turnMachine,
};

const base = setup({
  types: {
    context: {} as CallContext,
    input: {} as CallInput,
    events: {} as RootEvent,
    output: {} as { reason: CallEndReason; error: RingmasterError | undefined },
  },
  actors: {
    ...children,
    apology,
    exchange,
  },
  delays: {
    maxCall: ({ context }) => context.settings.maxCallMs,
    apology: APOLOGY_TIMEOUT_MS,
    apologyBegin: APOLOGY_BEGIN_MS,
    sentence: ({ context }) => LONGEST_SENTENCE_MS[isDrained(context) ? 'drained' : 'time-limit'],
    close: CLOSE_TIMEOUT_MS,
    sttBackoff: ({ context }) => backoffMs(context.failuresMs.stt, context.settings.restart),
    agentBackoff: ({ context }) => backoffMs(context.failuresMs.agent, context.settings.restart),
    ttsBackoff: ({ context }) => backoffMs(context.failuresMs.tts, context.settings.restart),
  },
  guards: {
    isOf: ({ event }, { child }: { child: ChildName }) =>
      event.type !== 'child.failed' || event.child === child,
    isApology: ({ event }) => 'generation' in event && event.generation === APOLOGY_GENERATION,
    isQuiet: ({ context }) => !context.callerSpeaks && !context.agentSpeaks,
    mayRestart: ({ context, event }, { child }: { child: ChildName }) =>
      (event.type !== 'child.failed' || event.child === child) &&
      mayRestart(context.failuresMs[child], context.clock.nowMs(), context.settings.restart),
  },
  actions: {
    route: enqueueActions(({ enqueue, event, self }) => {
      const target = ROUTES[event.type as CallEvent['type']];
      // A child in backoff has no ears; what it missed it is told when it is back.
      const child = target && self.getSnapshot().children[target];
      if (child) enqueue.sendTo(child, event);
    }),
    /** A session that is not there finds the utterance ended when it is. */
    endUtterance: ({ context, event }) => {
      if (event.type === 'stt.finish') context.line.endUtterance(event.utteranceId);
    },
    noteExpectation: assign({
      expectation: ({ context, event }) =>
        event.type === 'stt.expect' ? event.expectation : context.expectation,
    }),
    notePlayback: assign({
      agentSpeaks: true,
      playbackStartedMs: ({ context, event }) =>
        event.type === 'playback.started' ? event.atMs : context.playbackStartedMs,
    }),
    /** The turn machine is gone: what was heard of its last reply, and the apology, go into the record here. */
    recordHeard: ({ context, event }) => {
      if (event.type !== 'playback.finished' && event.type !== 'playback.cleared') return;
      const { heardText: text } = event;
      if (text === '') return;
      const { log, clock, startedAtMs, playbackStartedMs } = context;
      const nowMs = clock.nowMs();
      log.turn({
        role: 'agent',
        text,
        startMs: Math.round((playbackStartedMs ?? nowMs) - startedAtMs),
        endMs: Math.round(nowMs - startedAtMs),
        ...(event.type === 'playback.cleared' && { interrupted: true }),
      });
    },
    noteAnswered: assign({
      words: ({ context, event }) =>
        event.type === 'stt.final'
          ? [...context.words, event.text].slice(-WORDS_KEPT)
          : context.words,
      answeredUtterance: ({ context, event }) =>
        event.type === 'stt.final'
          ? Math.max(context.answeredUtterance, event.utteranceId)
          : context.answeredUtterance,
    }),
    noteFailure: assign({
      failuresMs: ({ context }, { child }: { child: ChildName }) => {
        const { failuresMs, clock, settings } = context;
        const noted = noteFailure(failuresMs[child], clock.nowMs(), settings.restart);
        return { ...failuresMs, [child]: noted };
      },
    }),
    /** Into the record, and to whoever keeps the log. */
    report: ({ context, event }, { child, goesOn }: { child?: ChildName; goesOn: boolean }) => {
      const { log, failuresMs, clock, startedAtMs, words } = context;
      const failed = 'child' in event && 'error' in event ? event.child : child;
      if (failed === undefined) return;
      const error = errorOf(event);
      const provider = providerOf(context, failed);
      const attempt = Math.max(1, failuresMs[failed].length);
      const atMs = Math.round(clock.nowMs() - startedAtMs);
      const facts = { child: failed, error, attempt, goesOn, words, provider, atMs };
      log.failure(recordedFailure(facts));
      context.onFailure?.(failureReport(facts));
    },
    recordRestart: ({ context }, { child }: { child: ChildName }) => context.log.restart(child),
    tellRestarted: enqueueActions(({ enqueue, self }, { child }: { child: ChildName }) => {
      const turn = self.getSnapshot().children['turn'];
      if (turn && child !== 'turn') enqueue.sendTo(turn, { type: 'child.restarted', child });
    }),
    noteError: assign({
      endReason: 'failed',
      error: ({ event }) => errorOf(event),
    }),
    /** Said: Twilio has nothing to add. */
    noteApology: assign({
      next: ({ context, event }) =>
        'heardText' in event && event.heardText === '' ? context.next : { type: 'hangup' as const },
    }),
    noteVoice: assign({
      callerSpeaks: ({ context, event }) =>
        event.type === 'speech.started' ||
        (event.type !== 'speech.stopped' && context.callerSpeaks),
    }),
    noteQuiet: assign({ agentSpeaks: false }),
    finishSentence: enqueueActions(({ enqueue, context, self }) => {
      if (!context.agentSpeaks) return;
      const tts = self.getSnapshot().children['tts'];
      if (tts) enqueue.sendTo(tts, { type: 'tts.finish' });
    }),
    noteStop: assign({
      endReason: ({ context, event }) =>
        context.endReason ?? (event.type === 'call.stopped' ? event.reason : 'line-lost'),
    }),
    noteHangup: assign({
      endReason: ({ context, event }) =>
        context.endReason ?? (event.type === 'line.hangup' ? event.reason : undefined),
      next: ({ context, event }) => (event.type === 'line.hangup' ? event.next : context.next),
    }),
    hangUp: ({ context }) => context.line.hangUp(context.endReason ?? 'line-lost', context.next),
    recordEnd: ({ context }) =>
      context.log.end(context.endReason ?? 'line-lost', context.error?.code),
  },
});

/** One child: up, waiting to come back, or given up. */
const region = <Child extends ChildName, Back extends 'up' | 'backoff'>(
  child: Child,
  back: Back,
) => {
  const params = { child };
  const failed = [
    {
      guard: { type: 'mayRestart', params },
      target: back,
      reenter: true,
      actions: [
        { type: 'noteFailure', params },
        { type: 'report', params: { child, goesOn: true } },
        { type: 'recordRestart', params },
      ],
    },
    {
      guard: { type: 'isOf', params },
      target: '#call.apologising',
      actions: [
        { type: 'noteFailure', params },
        { type: 'report', params: { child, goesOn: false } },
        'noteError',
      ],
    },
  ] as const;
  return { params, failed } as const;
};
// At once: there is nothing to wait for, and the line tells its facts but once.
const transport = region('transport', 'up');
const stt = region('stt', 'backoff');
const agent = region('agent', 'backoff');
const tts = region('tts', 'backoff');

/**
 * The root actor of one call. Its children can be replaced: `callMachine.provide({ actors: { agent } })`.
 *
 * Teardown is one path. Whatever ends the call (Twilio's `stop`, the socket, a terminal status
 * callback, the agent, drain, an error) leads to `ended`: leaving `active` or `apologising` stops
 * the children, whose disposers free what they hold (line subscription, STT session, synthesis,
 * reply); then the line is hung up, which is idempotent; then the record is closed. What lives
 * outside the actors (socket, audio slot, timers) is freed by the composition root when this
 * actor is done or errors, whichever comes.
 */
export const callMachine = base.createMachine({
  id: 'call',
  context: ({ input, spawn, self }) => ({
    ...input,
    supervisor: spawn('exchange', { id: 'exchange', input: { root: self } }) as Supervisor,
    startedAtMs: input.clock.nowMs(),
    failuresMs: { transport: [], stt: [], agent: [], tts: [], turn: [] },
    answeredUtterance: 0,
    expectation: 'anything',
    playbackStartedMs: undefined,
    words: [],
    callerSpeaks: false,
    agentSpeaks: false,
    next: undefined,
    endReason: undefined,
    error: undefined,
  }),
  initial: 'active',
  states: {
    active: {
      type: 'parallel',
      on: {
        'speech.*': { actions: ['noteVoice', 'route'] },
        'turn.predicted': { actions: 'route' },
        'dtmf.received': { actions: 'route' },
        'playback.started': { actions: ['notePlayback', 'route'] },
        'playback.finished': { actions: ['noteQuiet', 'route'] },
        'playback.cleared': { actions: ['noteQuiet', 'route'] },
        'playback.*': { actions: 'route' },
        'notice.*': { actions: 'route' },
        'stt.final': { actions: ['noteAnswered', 'route'] },
        'stt.interim': { actions: 'route' },
        'stt.finish': { actions: 'route' },
        'stt.expect': { actions: ['noteExpectation', 'route'] },
        'agent.*': { actions: 'route' },
        'tts.*': { actions: 'route' },
        'line.clear': { actions: 'route' },
        'line.resumed': { actions: 'route' },
        'line.hold': { actions: 'route' },
        'line.resume': { actions: 'route' },
        'child.faulted': { actions: { type: 'report', params: { goesOn: true } } },
        'answer.overdue': {
          target: 'apologising',
          actions: [{ type: 'report', params: { goesOn: false } }, 'noteError'],
        },
        'line.hangup': { target: 'closing', actions: 'noteHangup' },
        'call.stopped': { target: 'ended', actions: 'noteStop' },
      },
      states: {
        /** How long the call may go on. Its end waits for the sentence at hand, whoever says it. */
        time: {
          initial: 'left',
          states: {
            left: {
              on: {
                'call.drain': { target: 'over', actions: assign({ endReason: 'drained' }) },
              },
              after: {
                maxCall: { target: 'over', actions: assign({ endReason: 'time-limit' }) },
              },
            },
            over: {
              entry: 'finishSentence',
              always: { guard: 'isQuiet', target: '#call.apologising' },
              after: { sentence: '#call.apologising' },
            },
          },
        },
        transport: {
          initial: 'up',
          states: {
            up: {
              invoke: {
                src: 'transport',
                id: 'transport',
                input: ({ context }) => ({ supervisor: context.supervisor, line: context.line }),
                onError: transport.failed,
              },
              on: { 'child.failed': transport.failed },
            },
          },
        },
        stt: {
          initial: 'up',
          states: {
            up: {
              invoke: {
                src: 'stt',
                id: 'stt',
                input: ({ context }) => ({
                  supervisor: context.supervisor,
                  line: context.line,
                  provider: context.stt,
                  callSid: context.call.callSid,
                  answeredUtterance: context.answeredUtterance,
                  expectation: context.expectation,
                  openTimeoutMs: context.settings.sttTimeoutMs,
                }),
                onError: stt.failed,
              },
              on: { 'child.failed': stt.failed },
            },
            backoff: {
              on: { 'stt.finish': { actions: 'endUtterance' } },
              after: {
                sttBackoff: {
                  target: 'up',
                  actions: { type: 'tellRestarted', params: stt.params },
                },
              },
            },
          },
        },
        agent: {
          initial: 'up',
          states: {
            up: {
              invoke: {
                src: 'agent',
                id: 'agent',
                input: ({ context }) => ({
                  supervisor: context.supervisor,
                  provider: context.agent,
                  call: context.call,
                  timeoutMs: context.settings.agentTimeoutMs,
                }),
                onError: agent.failed,
              },
              on: { 'child.failed': agent.failed },
            },
            backoff: {
              after: {
                agentBackoff: {
                  target: 'up',
                  actions: { type: 'tellRestarted', params: agent.params },
                },
              },
            },
          },
        },
        tts: {
          initial: 'up',
          states: {
            up: {
              invoke: {
                src: 'tts',
                id: 'tts',
                input: ({ context }) => ({
                  supervisor: context.supervisor,
                  line: context.line,
                  provider: context.tts,
                  callSid: context.call.callSid,
                  timeoutMs: context.settings.ttsTimeoutMs,
                }),
                onError: tts.failed,
              },
              on: { 'child.failed': tts.failed },
            },
            backoff: {
              after: {
                ttsBackoff: {
                  target: 'up',
                  actions: { type: 'tellRestarted', params: tts.params },
                },
              },
            },
          },
        },
        /** Pure and total: should it fail all the same, nobody is left who knows the conversation. */
        turn: {
          invoke: {
            src: 'turn',
            id: 'turn',
            input: ({ context }) => ({
              supervisor: context.supervisor,
              settings: context.settings.turn,
              log: context.log,
              clock: context.clock,
              voiceSuspected: () => context.line.voiceSuspected,
              voiceLevelDbfs: () => context.line.voiceLevelDbfs,
              playedAnswerMs: () => context.line.playedAnswerMs,
              dryForMs: () => context.line.dryForMs,
              voiceCharacter: () => context.line.voiceCharacter,
              startedAtMs: context.startedAtMs,
            }),
            onError: {
              target: '#call.apologising',
              actions: [{ type: 'report', params: { child: 'turn', goesOn: false } }, 'noteError'],
            },
          },
        },
      },
    },
    /** A child is beyond its budget, the node drains or the time is up: say so, then end. */
    apologising: {
      invoke: {
        src: 'apology',
        input: ({ context }) => ({ line: context.line, reason: apologyReason(context) }),
        onError: 'closing',
      },
      on: {
        'playback.cleared': { actions: 'recordHeard' },
        'playback.finished': {
          guard: 'isApology',
          target: 'closing',
          actions: ['recordHeard', 'noteApology'],
        },
        'apology.missing': 'closing',
        'call.stopped': { target: 'ended', actions: 'noteStop' },
      },
      initial: 'waiting',
      states: {
        waiting: {
          on: {
            'playback.started': {
              guard: 'isApology',
              target: 'speaking',
              actions: 'notePlayback',
            },
          },
          after: { apologyBegin: '#call.closing' },
        },
        // It has been said, even where nobody tells its end.
        speaking: { after: { apology: { target: '#call.closing', actions: 'noteApology' } } },
      },
    },
    /** Hung up: Twilio still has to confirm by closing the stream. */
    closing: {
      entry: 'hangUp',
      invoke: {
        src: 'transport',
        input: ({ context, self }) => ({ supervisor: self, line: context.line }),
        onError: 'ended',
      },
      on: {
        'playback.cleared': { actions: 'recordHeard' },
        'call.stopped': { target: 'ended', actions: 'noteStop' },
      },
      after: { close: 'ended' },
    },
    ended: {
      entry: ['hangUp', 'recordEnd'],
      type: 'final',
    },
  },
  output: ({ context }) => ({ reason: context.endReason ?? 'line-lost', error: context.error }),
});
