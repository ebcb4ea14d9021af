// What the turn machine does when a turn is final: into history and record, and to the agent. Control plane.

import type { AgentInput, HistoryTurn } from './ports.js';
import { agentReply, callerTurn, record, turnBase } from './turn-base.js';
import { newReply, spoken, turnInput } from './turn-context.js';
import { committedAt } from './turn-timing.js';
import { usualLevelAfter } from './turn-judgement.js';

export const commitActions = {
  /** The caller's turn is final: into history and record, and to the agent. */
  commit: turnBase.enqueueActions(({ enqueue, context }) => {
    const { history, timing, clock, steppingIn, voice } = context;
    const input = turnInput(context.heard);
    const { text } = input;
    record(context, callerTurn(context, text));
    const reply = newReply(context, input);
    const turns = context.turns + 1;
    enqueue.assign({
      ...reply,
      history: [...history, { role: 'caller', text }],
      turns,
      usualLevelDbfs: usualLevelAfter(context),
      speaksOver: steppingIn && voice,
      timing: committedAt(timing, clock.nowMs()),
    });
    enqueue.sendTo(
      context.supervisor,
      agentReply(context, reply.generation, input, history, turns),
    );
  }),
  /** Something was said, but no words came of it. The record shows that it was. */
  askUnclear: turnBase.enqueueActions(({ enqueue, context }) => {
    const input: AgentInput = { kind: 'unclear' };
    const reply = newReply(context, input);
    const timing = committedAt(context.timing, context.clock.nowMs());
    record(context, callerTurn(context, '[unclear]'));
    enqueue.assign({ ...reply, timing });
    enqueue.sendTo(
      context.supervisor,
      agentReply(context, reply.generation, input, context.history),
    );
  }),
  askIdle: turnBase.enqueueActions(({ enqueue, context }) => {
    const { idleCount: count, settings } = context;
    const last = count >= settings.idlePrompts;
    const input: AgentInput = { kind: 'idle', count, last };
    const reply = newReply(context, input);
    enqueue.assign({ ...reply, idleCount: count + 1, timing: {} });
    enqueue.sendTo(
      context.supervisor,
      agentReply(context, reply.generation, input, context.history),
    );
  }),
  /** A voice that never stops and never answers is nobody: goodbye, as to a caller who says nothing. */
  takeLeave: turnBase.enqueueActions(({ enqueue, context }) => {
    const { history, settings } = context;
    const text = spoken(context.heard);
    if (text !== '') record(context, callerTurn(context, text));
    const input: AgentInput = { kind: 'idle', count: settings.idlePrompts, last: true };
    const reply = newReply(context, input);
    const words: readonly HistoryTurn[] = text === '' ? [] : [{ role: 'caller', text }];
    const before = [...history, ...words];
    enqueue.assign({ ...reply, history: before, timing: {} });
    enqueue.sendTo(context.supervisor, agentReply(context, reply.generation, input, before));
  }),
  /** Keypad input is a turn of the caller too, behind words that came with it; its digits stay out of the record. */
  askDigits: turnBase.enqueueActions(({ enqueue, context }) => {
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
    enqueue.sendTo(context.supervisor, agentReply(context, reply.generation, input, history));
  }),
};
