// Who holds the floor: caller or agent. A pure machine: facts in, orders out, all times through XState's clock. Control plane.

import { and, assign, enqueueActions, not, setup } from 'xstate';
import { RingmasterError } from '../errors.js';
import type { AgentOrder, ChildFailed, ChildRestarted, Fact } from './events.js';
import type { AgentInput, CallAction, HistoryTurn, RecordedTurn } from './ports.js';
import {
  historyBeforeInput,
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

/** What the caller said, as the record has it. */
function callerTurn({ timing, startedAtMs, clock }: TurnContext, text: string): RecordedTurn {
  const nowMs = clock.nowMs();
  return {
    role: 'caller',
    text,
    startMs: Math.round((timing.speechStartedMs ?? nowMs) - startedAtMs),
    endMs: Math.round((timing.voiceEndedMs ?? nowMs) - startedAtMs),
  };
}

/** Into the record; the first takes the place of the turn that was taken back, if one was. */
function record({ log, takenBack }: TurnContext, ...turns: readonly RecordedTurn[]): void {
  for (const [i, turn] of turns.entries()) {
    if (takenBack && i === 0) log.amendTurn(turn);
    else log.turn(turn);
  }
}

export const turnMachine = setup({
  types: {
    context: {} as TurnContext,
    input: {} as TurnInput,
    events: {} as TurnEvent,
  },
  delays: {
    endpoint: ({ context }) => context.settings.endpointDelayMs,
    /** Pauses within an utterance do not make it any younger. */
    maxUtterance: ({ context: { settings, utteranceStartedMs, clock } }) =>
      Math.max(0, utteranceStartedMs + settings.maxUtteranceMs - clock.nowMs()),
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
    isReplyOpen: ({ context }) => !context.replyDone,
    saidNothing: ({ context }) => context.clauses === 0,
    awaitsFinal: ({ context }) => context.awaited.length > 0,
    hasVoice: ({ context }) => context.voice,
    hasDigits: ({ context }) => context.digits !== '',
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
      const { generation, input } = context;
      const order = agentReply(generation, input, historyBeforeInput(context));
      enqueue.sendTo(context.supervisor, order);
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
      const { generation, input } = context;
      const asked = event.type === 'agent.done' ? event.action : undefined;
      // Nobody is there any more: whatever the agent says to that, it was the last.
      const isLast = input.kind === 'idle' && input.last;
      const action: CallAction | undefined = asked ?? (isLast ? { type: 'hangup' } : undefined);
      enqueue.assign({ replyDone: true, action });
      enqueue.sendTo(context.supervisor, { type: 'tts.end', generation });
    }),
    /** A reply that took too long is over: nothing of it may come any more. */
    abortReply: enqueueActions(({ enqueue, context }) => {
      const { generation } = context;
      enqueue.sendTo(context.supervisor, { type: 'agent.abort', generation });
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
    takeTurnBack: assign(({ context }) => {
      const { input, turns } = context;
      const history = historyBeforeInput(context);
      if (input.kind === 'digits') return { history, digits: input.digits, takenBack: true };
      if (input.kind !== 'turn') return {};
      // Before every utterance that follows.
      const heard = [{ utteranceId: 0, text: input.text }];
      return { history, heard, turns: turns - 1, takenBack: true };
    }),
    recordInterruption: ({ context }) => context.log.interruption(),
    noteSpeech: assign(({ context, event }) => {
      if (event.type !== 'speech.started') return {};
      const { utteranceId, atMs } = event;
      const isSame = utteranceId === context.utteranceId;
      return {
        utteranceId,
        utteranceStartedMs: isSame ? context.utteranceStartedMs : context.clock.nowMs(),
        voice: true,
        idleCount: 0,
        timing: { speechStartedMs: context.timing.speechStartedMs ?? atMs },
      };
    }),
    noteSilence: assign({
      voice: false,
      timing: ({ context, event }) =>
        event.type === 'speech.stopped'
          ? { ...context.timing, voiceEndedMs: event.voiceEndedAtMs }
          : context.timing,
    }),
    finishUtterance: enqueueActions(({ enqueue, context }) => {
      const { utteranceId, awaited } = context;
      const nowMs = context.clock.nowMs();
      enqueue.assign({
        awaited: awaited.includes(utteranceId) ? awaited : [...awaited, utteranceId],
        utteranceStartedMs: nowMs,
        timing: { ...context.timing, endpointedMs: nowMs },
      });
      enqueue.sendTo(context.supervisor, { type: 'stt.finish', utteranceId });
    }),
    /** The voice that was there before the keypad's turn was answered has ended: its words come too late. */
    dropUtterance: enqueueActions(({ enqueue, context }) => {
      const { utteranceId } = context;
      enqueue.assign({ voice: false });
      enqueue.sendTo(context.supervisor, { type: 'stt.finish', utteranceId });
    }),
    forgetTiming: assign({ timing: {} }),
    noteFinal: assign({
      heard: ({ context, event }) =>
        event.type === 'stt.final'
          ? [...context.heard, { utteranceId: event.utteranceId, text: event.text }]
          : context.heard,
      awaited: ({ context, event }) =>
        event.type === 'stt.final'
          ? context.awaited.filter((id) => id !== event.utteranceId)
          : context.awaited,
    }),
    /** The caller's turn is final: into history and record, and to the agent. */
    commit: enqueueActions(({ enqueue, context }) => {
      const { history, timing, clock } = context;
      const text = spoken(context.heard);
      record(context, callerTurn(context, text));
      const input: AgentInput = { kind: 'turn', text };
      const reply = newReply(context, input);
      enqueue.assign({
        ...reply,
        history: [...history, { role: 'caller', text }],
        turns: context.turns + 1,
        timing: { ...timing, finalMs: clock.nowMs() },
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
    /** Keypad input is a turn of the caller too, behind words that came with it; its digits stay out of the record. */
    askDigits: enqueueActions(({ enqueue, context }) => {
      const { digits, clock, startedAtMs } = context;
      const text = spoken(context.heard);
      const atMs = Math.round(clock.nowMs() - startedAtMs);
      record(context, ...(text === '' ? [] : [callerTurn(context, text)]), {
        role: 'caller',
        text: `[${digits.length} digits]`,
        startMs: atMs,
        endMs: atMs,
      });
      const input: AgentInput = { kind: 'digits', digits };
      const reply = newReply(context, input);
      const words: readonly HistoryTurn[] = text === '' ? [] : [{ role: 'caller', text }];
      const history = [...context.history, ...words];
      enqueue.assign({
        ...reply,
        history: [...history, { role: 'caller', text: digits }],
        timing: {},
      });
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
    'playback.cleared': { guard: 'isReply', actions: 'recordReply' },
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
        'agent.clause': { guard: and(['isReply', 'isReplyOpen']), actions: 'say' },
        'agent.expected': { guard: and(['isReply', 'isReplyOpen']), actions: 'expect' },
        'agent.done': { guard: and(['isReply', 'isReplyOpen']), actions: 'completeReply' },
        'tts.said': { actions: 'noteSaid' },
        'child.restarted': [
          {
            // It died in mid-reply: what it said stands, and is all there is.
            guard: and([{ type: 'isChild', params: { child: 'agent' } }, 'isReplyOpen']),
            actions: 'completeReply',
          },
          { guard: { type: 'isChild', params: { child: 'tts' } }, actions: 'sayAgain' },
        ],
        'playback.finished': { guard: 'isReply', target: '.played', actions: 'recordReply' },
        'speech.stopped': { guard: 'hasVoice', actions: 'dropUtterance' },
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
            'dtmf.received': {
              target: '#turn.keying',
              actions: ['yieldFloor', 'takeTurnBack', 'noteDigit'],
            },
            'child.restarted': {
              guard: and([
                { type: 'isChild', params: { child: 'agent' } },
                'isReplyOpen',
                'saidNothing',
              ]),
              target: 'thinking',
              reenter: true,
              actions: 'askAgain',
            },
          },
          after: {
            reply: [
              { guard: and(['isReplyOpen', 'saidNothing']), actions: 'failAgent' },
              { guard: 'isReplyOpen', actions: ['completeReply', 'abortReply'] },
            ],
          },
        },
        speaking: {
          on: {
            // Each clause restarts the time-out.
            'agent.clause': {
              guard: and(['isReply', 'isReplyOpen']),
              target: 'speaking',
              reenter: true,
              actions: 'say',
            },
            'speech.started': {
              target: '#turn.hearing',
              actions: ['recordInterruption', 'yieldFloor', 'noteSpeech'],
            },
          },
          after: { reply: { guard: 'isReplyOpen', actions: ['completeReply', 'abortReply'] } },
        },
        played: {
          always: [
            { guard: 'hasAction', target: '#turn.closing', actions: 'hangUp' },
            // Spoke all the time beside the keypad, so that no onset took the floor.
            { guard: 'hasVoice', target: '#turn.hearing' },
            { target: '#turn.listening' },
          ],
        },
      },
    },

    /** Nobody speaks. */
    listening: {
      entry: 'forgetTiming',
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
        'speech.started': { target: 'hearing', actions: 'noteSpeech' },
        'dtmf.received': { target: 'keying', actions: ['finishUtterance', 'noteDigit'] },
      },
      after: { endpoint: { target: 'transcribing', actions: 'finishUtterance' } },
    },

    /** The caller has finished: wait for the words. */
    transcribing: {
      on: {
        'stt.final': [
          { guard: 'isLastAwaited', target: 'deciding', actions: 'noteFinal' },
          { guard: 'isAwaited', actions: 'noteFinal' },
        ],
        // Went on after all: the words that come of both are one turn.
        'speech.started': { target: 'hearing', actions: 'noteSpeech' },
        // Spoke while using the keypad, and has finished only now.
        'speech.stopped': { guard: 'hasVoice', actions: ['noteSilence', 'finishUtterance'] },
        'dtmf.received': { target: 'keying', actions: 'noteDigit' },
      },
      after: { final: 'deciding' },
    },

    deciding: {
      always: [
        { guard: 'hasDigits', target: 'replying', actions: 'askDigits' },
        { guard: 'hasHeard', target: 'replying', actions: 'commit' },
        { target: 'replying', actions: 'askUnclear' },
      ],
    },

    /** The caller is using the keypad, and may be speaking too. */
    keying: {
      on: {
        'dtmf.received': [
          { guard: 'isHash', target: 'keyed', actions: 'noteDigit' },
          { target: 'keying', reenter: true, actions: 'noteDigit' },
        ],
        'speech.started': { actions: 'noteSpeech' },
        'speech.stopped': { guard: 'hasVoice', actions: ['noteSilence', 'finishUtterance'] },
      },
      after: { digit: 'keyed' },
    },

    keyed: {
      always: [
        { guard: and(['hasVoice', not('hasDigits')]), target: 'hearing' },
        { guard: 'awaitsFinal', target: 'transcribing' },
        { guard: 'hasDigits', target: 'replying', actions: 'askDigits' },
        { guard: 'hasHeard', target: 'replying', actions: 'commit' },
        { target: 'listening' },
      ],
    },

    /** Hanging up or transferring: nothing said from here on is answered. */
    closing: {},
  },
});
