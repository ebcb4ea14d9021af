// What the turn machine does for a reply: asks for it, has it said, and records what was heard of it. Control plane.

import { chooseFiller } from './fillers.js';
import type { AgentInput, CallAction } from './ports.js';
import { agentReply, FILLER_TIMER, turnBase } from './turn-base.js';
import { historyBeforeInput, newReply } from './turn-context.js';
import { turnLatency } from './turn-timing.js';
import { brokenOff } from './turn-wait.js';

export const replyActions = {
  greet: turnBase.enqueueActions(({ enqueue, context }) => {
    const input: AgentInput = { kind: 'greeting' };
    const reply = newReply(context, input);
    enqueue.assign(reply);
    enqueue.sendTo(
      context.supervisor,
      agentReply(context, reply.generation, input, context.history),
    );
  }),
  /** The same again, for an agent that came back without having said anything. */
  askAgain: turnBase.enqueueActions(({ enqueue, context }) => {
    const { generation, input } = context;
    const order = agentReply(context, generation, input, historyBeforeInput(context));
    enqueue.sendTo(context.supervisor, order);
  }),
  say: turnBase.enqueueActions(({ enqueue, context, event }) => {
    if (event.type !== 'agent.clause') return;
    const { generation, text, uninterruptible } = event;
    const clause = context.clauses;
    const said = { clause, text, ...(uninterruptible && { uninterruptible }) };
    const timing = {
      ...context.timing,
      firstClauseMs: context.timing.firstClauseMs ?? context.clock.nowMs(),
    };
    enqueue.cancel(FILLER_TIMER);
    enqueue.assign({
      clauses: clause + 1,
      answered: context.answered + 1,
      replyText: `${context.replyText} ${text}`,
      unsaid: [...context.unsaid, said],
      timing,
    });
    enqueue.sendTo(context.supervisor, { type: 'tts.say', generation, ...said });
  }),
  /** The clock for the first filler. */
  awaitAnswer: turnBase.enqueueActions(({ enqueue, context }) => {
    const { afterMs } = context.settings.fillers;
    enqueue.cancel(FILLER_TIMER);
    if (afterMs === undefined || context.answered > 0) return;
    enqueue.raise({ type: 'filler.due' }, { id: FILLER_TIMER, delay: afterMs });
  }),
  sayFiller: turnBase.enqueueActions(({ enqueue, context }) => {
    const { generation, clauses: clause, settings, fillersSaid, unsaid, replyText } = context;
    const { phrase: text, state } = chooseFiller(context.fillers, settings.fillers.phrases);
    if (text === undefined || settings.fillers.afterMs === undefined) return;
    enqueue.assign({
      clauses: clause + 1,
      unsaid: [...unsaid, { clause, text, filler: true }],
      fillers: state,
      replyText: `${replyText} ${text}`,
      fillersSaid: fillersSaid + 1,
    });
    enqueue.sendTo(context.supervisor, {
      type: 'tts.say',
      generation,
      clause,
      text,
      filler: true,
    });
    // The next one counts from the end of this one, which is about so far away.
    const delay = settings.fillers.afterMs * 2;
    enqueue.raise({ type: 'filler.due' }, { id: FILLER_TIMER, delay });
  }),
  /** Give a speech engine that came back what the old one had not handed over. */
  sayAgain: turnBase.enqueueActions(({ enqueue, context }) => {
    const { generation, unsaid, replyDone } = context;
    enqueue.assign({ saidAgain: brokenOff(context) });
    for (const clause of unsaid) {
      enqueue.sendTo(context.supervisor, { type: 'tts.say', generation, ...clause });
    }
    if (replyDone) enqueue.sendTo(context.supervisor, { type: 'tts.end', generation });
  }),
  noteSaid: turnBase.assign({
    unsaid: ({ context, event }) =>
      event.type === 'tts.said' && event.generation === context.generation
        ? context.unsaid.filter(({ clause }) => clause !== event.clause)
        : context.unsaid,
  }),
  completeReply: turnBase.enqueueActions(({ enqueue, context, event }) => {
    const { generation, input } = context;
    const asked = event.type === 'agent.done' ? event.action : undefined;
    // Nobody is there any more: whatever the agent says to that, it was the last.
    const isLast = input.kind === 'idle' && input.last;
    const action: CallAction | undefined = asked ?? (isLast ? { type: 'hangup' } : undefined);
    enqueue.cancel(FILLER_TIMER);
    enqueue.assign({ replyDone: true, action });
    enqueue.sendTo(context.supervisor, { type: 'tts.end', generation });
  }),
  expect: turnBase.enqueueActions(({ enqueue, context, event }) => {
    if (event.type !== 'agent.expected') return;
    const { expectation } = event;
    enqueue.assign({ expectation });
    enqueue.sendTo(context.supervisor, { type: 'stt.expect', expectation });
  }),

  startPlayback: turnBase.assign(({ context, event }) => {
    if (event.type !== 'playback.started') return {};
    const { settings, endpointState } = context;
    const latency = turnLatency(context.turns, context.timing, event.atMs);
    if (latency) context.log.latency(latency);
    return {
      playbackStartedMs: event.atMs,
      timing: {},
      endpointState: settings.endpointing.learn(endpointState, { type: 'ended' }),
    };
  }),
  /** History and record hold what was heard, and nothing else. */
  recordReply: turnBase.assign({
    agentHeardMs: ({ context }) => context.clock.nowMs(),
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
  hangUp: turnBase.enqueueActions(({ enqueue, context }) => {
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
};
