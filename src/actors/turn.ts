// Who holds the floor: caller or agent. A pure machine: facts in, orders out, all times through XState's clock. Control plane.

import { assign, enqueueActions, setup } from 'xstate';
import { RingmasterError } from '../errors.js';
import type { AgentOrder, ChildFailed, ChildRestarted, Fact } from './events.js';
import type { AgentInput, HistoryTurn } from './ports.js';
import {
  initialTurnContext,
  newReply,
  spoken,
  type TurnContext,
  type TurnInput,
} from './turn-context.js';
import { turnLatency } from './turn-timing.js';

type TurnEvent = Fact | ChildRestarted;

const agentReply = (
  generation: number,
  input: AgentInput,
  history: readonly HistoryTurn[],
): AgentOrder => ({ type: 'agent.reply', generation, input, history });

export const turnMachine = setup({
  types: {
    context: {} as TurnContext,
    input: {} as TurnInput,
    events: {} as TurnEvent,
  },
  delays: {
    endpoint: ({ context }) => context.settings.endpointDelayMs,
    maxUtterance: ({ context }) => context.settings.maxUtteranceMs,
    idle: ({ context }) => context.settings.idleTimeoutMs,
    digit: ({ context }) => context.settings.digitTimeoutMs,
    final: ({ context }) => context.settings.finalTimeoutMs,
    reply: ({ context }) => context.settings.replyTimeoutMs,
  },
  guards: {
    isReply: ({ context, event }) =>
      'generation' in event && event.generation === context.generation,
    isAwaited: ({ context, event }) =>
      event.type === 'stt.final' && context.awaited.includes(event.utteranceId),
    isLastAwaited: ({ context, event }) =>
      event.type === 'stt.final' &&
      context.awaited.length === 1 &&
      context.awaited[0] === event.utteranceId,
    saidNothing: ({ context }) => context.clauses === 0,
    hasHeard: ({ context }) => spoken(context.heard) !== '',
    hasAction: ({ context }) => context.action !== undefined,
    isHash: ({ event }) => event.type === 'dtmf.received' && event.digit === '#',
    isChild: ({ event }, { child }: { child: string }) =>
      event.type === 'child.restarted' && event.child === child,
  },
  actions: {
    greet: enqueueActions(({ enqueue, context }) => {
      const input: AgentInput = { kind: 'greeting' };
      const reply = newReply(context, input);
      enqueue.assign(reply);
      enqueue.sendTo(context.supervisor, agentReply(reply.generation, input, context.history));
    }),
    /** The same again, for an agent that came back without having said anything. */
    askAgain: enqueueActions(({ enqueue, context }) => {
      const { generation, input, history } = context;
      enqueue.sendTo(context.supervisor, agentReply(generation, input, history));
    }),
    say: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'agent.clause') return;
      const { generation, text } = event;
      const clause = context.clauses;
      const timing = {
        ...context.timing,
        firstClauseMs: context.timing.firstClauseMs ?? context.clock.nowMs(),
      };
      const unsaid = [...context.unsaid, { clause, text }];
      enqueue.assign({ clauses: clause + 1, unsaid, timing });
      enqueue.sendTo(context.supervisor, { type: 'tts.say', generation, clause, text });
    }),
    /** Give a speech engine that came back what the old one had not handed over. */
    sayAgain: enqueueActions(({ enqueue, context }) => {
      const { generation, unsaid, replyDone } = context;
      for (const { clause, text } of unsaid) {
        enqueue.sendTo(context.supervisor, { type: 'tts.say', generation, clause, text });
      }
      if (replyDone) enqueue.sendTo(context.supervisor, { type: 'tts.end', generation });
    }),
    noteSaid: assign({
      unsaid: ({ context, event }) =>
        event.type === 'tts.said' && event.generation === context.generation
          ? context.unsaid.filter(({ clause }) => clause !== event.clause)
          : context.unsaid,
    }),
    completeReply: enqueueActions(({ enqueue, context, event }) => {
      const action = event.type === 'agent.done' ? event.action : undefined;
      enqueue.assign({ replyDone: true, action });
      const { generation } = context;
      enqueue.sendTo(context.supervisor, { type: 'tts.end', generation });
    }),
    expect: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'agent.expected') return;
      const { expectation } = event;
      enqueue.sendTo(context.supervisor, { type: 'stt.expect', expectation });
    }),
    /** Take the floor back from the agent; `playback.cleared` will tell what of it was heard. */
    yieldFloor: enqueueActions(({ enqueue, context }) => {
      const { generation } = context;
      enqueue.sendTo(context.supervisor, { type: 'line.clear' });
      enqueue.sendTo(context.supervisor, { type: 'tts.stop' });
      enqueue.sendTo(context.supervisor, { type: 'agent.abort', generation });
      enqueue.assign({ unsaid: [], action: undefined });
    }),
    /** The caller goes on before any answer was heard: the turn is not over, its words are kept. */
    takeTurnBack: assign({
      history: ({ context }) =>
        context.input.kind === 'turn' ? context.history.slice(0, -1) : context.history,
      heard: ({ context }) => (context.input.kind === 'turn' ? [context.input.text] : []),
    }),
    recordInterruption: ({ context }) => context.log.interruption(),
    noteSpeech: assign({
      utteranceId: ({ context, event }) =>
        event.type === 'speech.started' ? event.utteranceId : context.utteranceId,
      idleCount: 0,
      timing: ({ context, event }) => ({
        speechStartedMs:
          context.timing.speechStartedMs ?? (event.type === 'speech.started' ? event.atMs : 0),
      }),
    }),
    noteSilence: assign({
      timing: ({ context, event }) =>
        event.type === 'speech.stopped'
          ? { ...context.timing, voiceEndedMs: event.voiceEndedAtMs }
          : context.timing,
    }),
    finishUtterance: enqueueActions(({ enqueue, context }) => {
      const { utteranceId, awaited } = context;
      enqueue.assign({
        awaited: awaited.includes(utteranceId) ? awaited : [...awaited, utteranceId],
        timing: { ...context.timing, endpointedMs: context.clock.nowMs() },
      });
      enqueue.sendTo(context.supervisor, { type: 'stt.finish', utteranceId });
    }),
    noteFinal: assign({
      heard: ({ context, event }) =>
        event.type === 'stt.final' ? [...context.heard, event.text] : context.heard,
      awaited: ({ context, event }) =>
        event.type === 'stt.final'
          ? context.awaited.filter((id) => id !== event.utteranceId)
          : context.awaited,
    }),
    /** The caller's turn is final: into history and record, and to the agent. */
    commit: enqueueActions(({ enqueue, context }) => {
      const { timing, startedAtMs, log, clock } = context;
      const text = spoken(context.heard);
      const nowMs = clock.nowMs();
      log.turn({
        role: 'caller',
        text,
        startMs: Math.round((timing.speechStartedMs ?? nowMs) - startedAtMs),
        endMs: Math.round((timing.voiceEndedMs ?? nowMs) - startedAtMs),
      });
      const input: AgentInput = { kind: 'turn', text };
      const reply = newReply(context, input);
      const history: readonly HistoryTurn[] = [...context.history, { role: 'caller', text }];
      enqueue.assign({
        ...reply,
        history,
        turns: context.turns + 1,
        timing: { ...timing, finalMs: nowMs },
      });
      enqueue.sendTo(context.supervisor, agentReply(reply.generation, input, history));
    }),
    /** Something was said, but no words came of it. */
    askUnclear: enqueueActions(({ enqueue, context }) => {
      const input: AgentInput = { kind: 'unclear' };
      const reply = newReply(context, input);
      enqueue.assign({ ...reply, timing: { ...context.timing, finalMs: context.clock.nowMs() } });
      enqueue.sendTo(context.supervisor, agentReply(reply.generation, input, context.history));
    }),
    askIdle: enqueueActions(({ enqueue, context }) => {
      const { idleCount: count, settings } = context;
      const last = count >= settings.idlePrompts;
      const input: AgentInput = { kind: 'idle', count, last };
      const reply = newReply(context, input);
      enqueue.assign({ ...reply, idleCount: count + 1, timing: {} });
      enqueue.sendTo(context.supervisor, agentReply(reply.generation, input, context.history));
    }),
    noteDigit: assign({
      digits: ({ context, event }) =>
        event.type === 'dtmf.received' && event.digit !== '#'
          ? context.digits + event.digit
          : context.digits,
      idleCount: 0,
    }),
    /** Keypad input is a turn of the caller too; its digits stay out of the record. */
    askDigits: enqueueActions(({ enqueue, context }) => {
      const { digits, clock, startedAtMs, log } = context;
      const atMs = Math.round(clock.nowMs() - startedAtMs);
      log.turn({ role: 'caller', text: `[${digits.length} digits]`, startMs: atMs, endMs: atMs });
      const input: AgentInput = { kind: 'digits', digits };
      const reply = newReply(context, input);
      const history: readonly HistoryTurn[] = [
        ...context.history,
        { role: 'caller', text: digits },
      ];
      enqueue.assign({ ...reply, history, timing: {} });
      enqueue.sendTo(context.supervisor, agentReply(reply.generation, input, history));
    }),
    startPlayback: assign({
      playbackStartedMs: ({ context, event }) => {
        if (event.type !== 'playback.started') return context.playbackStartedMs;
        const latency = turnLatency(context.turns, context.timing, event.atMs);
        if (latency) context.log.latency(latency);
        return event.atMs;
      },
      timing: {},
    }),
    /** History and record hold what was heard, and nothing else. */
    recordReply: assign({
      history: ({ context, event }) => {
        if (event.type !== 'playback.finished' && event.type !== 'playback.cleared') {
          return context.history;
        }
        const { heardText: text } = event;
        if (text === '') return context.history;
        const { startedAtMs, clock, playbackStartedMs } = context;
        const interrupted = event.type === 'playback.cleared';
        context.log.turn({
          role: 'agent',
          text,
          startMs: Math.round((playbackStartedMs ?? clock.nowMs()) - startedAtMs),
          endMs: Math.round(clock.nowMs() - startedAtMs),
          ...(interrupted && { interrupted }),
        });
        return [...context.history, { role: 'agent', text }];
      },
    }),
    hangUp: enqueueActions(({ enqueue, context }) => {
      const { action, input } = context;
      if (action?.type === 'transfer') {
        enqueue.sendTo(context.supervisor, {
          type: 'line.hangup',
          reason: 'transferred',
          next: action,
        });
        return;
      }
      const reason = input.kind === 'idle' ? 'idle' : 'agent-hangup';
      enqueue.sendTo(context.supervisor, {
        type: 'line.hangup',
        reason,
        next: { type: 'hangup' },
      });
    }),
    failAgent: enqueueActions(({ enqueue, context }) => {
      const { replyTimeoutMs } = context.settings;
      const failed: ChildFailed = {
        type: 'child.failed',
        child: 'agent',
        error: new RingmasterError(
          'PROVIDER_TIMEOUT',
          `no reply of the agent within ${replyTimeoutMs} ms`,
          { retryable: true },
        ),
      };
      enqueue.sendTo(context.supervisor, failed);
    }),
  },
}).createMachine({
  id: 'turn',
  context: ({ input }) => initialTurnContext(input),
  initial: 'greeting',
  on: {
    // Late finals of utterances that were finished while the caller went on.
    'stt.final': { guard: 'isAwaited', actions: 'noteFinal' },
    'tts.said': { actions: 'noteSaid' },
    'agent.expected': { guard: 'isReply', actions: 'expect' },
    'playback.cleared': { guard: 'isReply', actions: 'recordReply' },
    'child.restarted': {
      guard: { type: 'isChild', params: { child: 'tts' } },
      actions: 'sayAgain',
    },
  },
  states: {
    greeting: {
      always: {
        target: 'replying',
        actions: 'greet',
      },
    },

    /** The agent has the floor: thinking until its first frame is on the wire, then speaking. */
    replying: {
      initial: 'thinking',
      on: {
        'agent.clause': { guard: 'isReply', actions: 'say' },
        'agent.done': { guard: 'isReply', actions: 'completeReply' },
        'playback.finished': { guard: 'isReply', target: '.played', actions: 'recordReply' },
        'dtmf.received': { target: 'keying', actions: ['yieldFloor', 'noteDigit'] },
      },
      states: {
        thinking: {
          on: {
            'playback.started': { guard: 'isReply', target: 'speaking', actions: 'startPlayback' },
            'speech.started': {
              target: '#turn.hearing',
              actions: ['yieldFloor', 'takeTurnBack', 'noteSpeech'],
            },
            'child.restarted': [
              {
                guard: ({ context, event }) => event.child === 'agent' && context.clauses === 0,
                actions: 'askAgain',
              },
              {
                // It died in mid-reply: what it said stands, and is all there is.
                guard: { type: 'isChild', params: { child: 'agent' } },
                actions: 'completeReply',
              },
              { guard: { type: 'isChild', params: { child: 'tts' } }, actions: 'sayAgain' },
            ],
          },
          after: {
            reply: [{ guard: 'saidNothing', actions: 'failAgent' }, { actions: 'completeReply' }],
          },
        },
        speaking: {
          on: {
            // Each clause restarts the time-out.
            'agent.clause': {
              guard: 'isReply',
              target: 'speaking',
              reenter: true,
              actions: 'say',
            },
            'speech.started': {
              target: '#turn.hearing',
              actions: ['recordInterruption', 'yieldFloor', 'noteSpeech'],
            },
            'child.restarted': [
              {
                guard: ({ context, event }) => event.child === 'agent' && !context.replyDone,
                actions: 'completeReply',
              },
              { guard: { type: 'isChild', params: { child: 'tts' } }, actions: 'sayAgain' },
            ],
          },
          after: {
            reply: { guard: ({ context }) => !context.replyDone, actions: 'completeReply' },
          },
        },
        played: {
          always: [
            { guard: 'hasAction', target: '#turn.closing', actions: 'hangUp' },
            { target: '#turn.listening' },
          ],
        },
      },
    },

    /** Nobody speaks. */
    listening: {
      on: {
        'speech.started': { target: 'hearing', actions: 'noteSpeech' },
        'dtmf.received': { target: 'keying', actions: 'noteDigit' },
      },
      after: { idle: { target: 'replying', actions: 'askIdle' } },
    },

    /** The caller has the floor. */
    hearing: {
      on: {
        'speech.stopped': { target: 'endpointing', actions: 'noteSilence' },
        // The line opened the next utterance, since the one before grew too long.
        'speech.started': { actions: 'noteSpeech' },
        'dtmf.received': { target: 'keying', actions: 'noteDigit' },
      },
      after: {
        maxUtterance: { target: 'hearing', reenter: true, actions: 'finishUtterance' },
      },
    },

    /** The caller paused: finished, or thinking? */
    endpointing: {
      on: {
        'speech.started': 'hearing',
        'dtmf.received': { target: 'keying', actions: 'noteDigit' },
      },
      after: { endpoint: 'transcribing' },
    },

    /** The caller has finished: wait for the words. */
    transcribing: {
      entry: 'finishUtterance',
      on: {
        'stt.final': [
          { guard: 'isLastAwaited', target: 'deciding', actions: 'noteFinal' },
          { guard: 'isAwaited', actions: 'noteFinal' },
        ],
        // Went on after all: the words that come of both are one turn.
        'speech.started': { target: 'hearing', actions: 'noteSpeech' },
        'dtmf.received': { target: 'keying', actions: 'noteDigit' },
      },
      after: { final: 'deciding' },
    },

    deciding: {
      always: [
        { guard: 'hasHeard', target: 'replying', actions: 'commit' },
        { target: 'replying', actions: 'askUnclear' },
      ],
    },

    /** The caller is using the keypad. */
    keying: {
      on: {
        'dtmf.received': [
          { guard: 'isHash', target: 'keyed', actions: 'noteDigit' },
          { target: 'keying', reenter: true, actions: 'noteDigit' },
        ],
      },
      after: { digit: 'keyed' },
    },

    keyed: {
      always: [
        {
          guard: ({ context }) => context.digits !== '',
          target: 'replying',
          actions: 'askDigits',
        },
        { target: 'listening' },
      ],
    },

    /** Hanging up or transferring: nothing said from here on is answered. */
    closing: {},
  },
});
