// What the turn machine does with a draft: a reply to words that may still change. Control plane.

import type { AgentOrder, TtsOrder } from './events.js';
import { sameMeaning } from './same-meaning.js';
import { isDoubtful } from './speech-confidence.js';
import { agentReply, callerTurn, record, turnBase } from './turn-base.js';
import { knownWords, newReply, turnInput, type ReplyDraft } from './turn-context.js';
import { committedAt } from './turn-timing.js';
import { usualLevelAfter } from './turn-judgement.js';

function withdrawal({ generation, clauses }: ReplyDraft): readonly (AgentOrder | TtsOrder)[] {
  const abort = { type: 'agent.abort', generation } as const;
  return clauses.length > 0 ? [abort, { type: 'tts.forget' }] : [abort];
}

export const draftActions = {
  /** Let the agent begin on what was understood so far: nothing of it is spoken or done yet. */
  orderDraft: turnBase.enqueueActions(({ enqueue, context }) => {
    const input = turnInput([...context.heard, ...context.interims]);
    const { text, confidence } = input;
    const generation = context.issued + 1;
    enqueue.assign({
      issued: generation,
      draft: {
        generation,
        text,
        doubtful: isDoubtful(confidence),
        clauses: [],
        expectation: undefined,
        done: undefined,
      },
    });
    const order = agentReply(context, generation, input, context.history, context.turns + 1);
    enqueue.sendTo(context.supervisor, { ...order, draft: true });
  }),
  /** Its first clause is what the caller may hear next: its audio is made ready. */
  noteDraft: turnBase.enqueueActions(({ enqueue, context: { draft, supervisor }, event }) => {
    if (draft === undefined) return;
    // eslint-disable-next-line typescript/switch-exhaustiveness-check -- nothing else tells of a draft
    switch (event.type) {
      case 'agent.clause': {
        const { text, uninterruptible } = event;
        const clause = { text, ...(uninterruptible && { uninterruptible }) };
        if (draft.clauses.length === 0) enqueue.sendTo(supervisor, { type: 'tts.prepare', text });
        return enqueue.assign({ draft: { ...draft, clauses: [...draft.clauses, clause] } });
      }
      case 'agent.expected':
        return enqueue.assign({ draft: { ...draft, expectation: event.expectation } });
      case 'agent.done':
        return enqueue.assign({ draft: { ...draft, done: { action: event.action } } });
      default:
        return undefined;
    }
  }),
  discardDraft: turnBase.enqueueActions(({ enqueue, context }) => {
    const { draft, discarded } = context;
    if (draft === undefined) return;
    enqueue.assign({ draft: undefined, discarded: discarded + 1 });
    for (const order of withdrawal(draft)) enqueue.sendTo(context.supervisor, order);
  }),
  /** An interim that says something else makes the draft one of words that were not said. */
  reviewDraft: turnBase.enqueueActions(({ enqueue, context }) => {
    const { draft, discarded, settings } = context;
    if (draft === undefined) return;
    if (sameMeaning(draft.text, knownWords(context), settings.language)) return;
    enqueue.assign({ draft: undefined, discarded: discarded + 1 });
    for (const order of withdrawal(draft)) enqueue.sendTo(context.supervisor, order);
  }),
  /** Its agent is gone, and the draft with it. */
  loseDraft: turnBase.enqueueActions(({ enqueue, context: { draft, supervisor } }) => {
    if (draft === undefined) return;
    enqueue.assign({ draft: undefined });
    if (draft.clauses.length > 0) enqueue.sendTo(supervisor, { type: 'tts.forget' });
  }),
  /** The turn is what was drafted for: into history and record, and the draft becomes the reply. */
  adoptDraft: turnBase.enqueueActions(({ enqueue, context }) => {
    const { draft, history, timing, clock, supervisor } = context;
    if (draft === undefined) return;
    const { generation, done, expectation } = draft;
    const clauses = draft.clauses.map((said, clause) => ({ ...said, clause }));
    const input = turnInput(context.heard);
    const { text } = input;
    record(context, callerTurn(context, text));
    const nowMs = clock.nowMs();
    const isLast = done !== undefined;
    enqueue.assign({
      ...newReply(context, input),
      generation,
      issued: context.issued,
      history: [...history, { role: 'caller', text }],
      turns: context.turns + 1,
      usualLevelDbfs: usualLevelAfter(context),
      timing: {
        ...committedAt(timing, nowMs),
        ...(clauses.length > 0 && { firstClauseMs: nowMs }),
      },
      clauses: clauses.length,
      answered: clauses.length,
      replyText: clauses.map((clause) => clause.text).join(' '),
      unsaid: clauses,
      replyDone: isLast,
      action: done?.action,
      ...(expectation && { expectation }),
    });
    enqueue.sendTo(supervisor, { type: 'agent.commit', generation });
    if (expectation) enqueue.sendTo(supervisor, { type: 'stt.expect', expectation });
    for (const clause of clauses) {
      enqueue.sendTo(supervisor, { type: 'tts.say', generation, ...clause });
    }
    if (isLast) enqueue.sendTo(supervisor, { type: 'tts.end', generation });
  }),
};
