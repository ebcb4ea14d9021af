// What the turn machine does with a draft: a reply to words that may still change. Control plane.

import type { AgentInput } from './ports.js';
import { sameMeaning } from './same-meaning.js';
import { agentReply, callerTurn, record, turnBase } from './turn-base.js';
import { knownWords, newReply, spoken } from './turn-context.js';
import { usualLevelAfter } from './turn-judgement.js';

export const draftActions = {
  /** Let the agent begin on what was understood so far: nothing of it is spoken or done yet. */
  orderDraft: turnBase.enqueueActions(({ enqueue, context }) => {
    const text = knownWords(context);
    const generation = context.issued + 1;
    enqueue.assign({
      issued: generation,
      draft: {
        generation,
        text,
        clauses: [],
        expectation: undefined,
        done: undefined,
      },
    });
    const input: AgentInput = { kind: 'turn', text };
    const order = agentReply(context, generation, input, context.history, context.turns + 1);
    enqueue.sendTo(context.supervisor, { ...order, draft: true });
  }),
  noteDraft: turnBase.assign({
    draft: ({ context: { draft }, event }) => {
      if (draft === undefined) return draft;
      // eslint-disable-next-line typescript/switch-exhaustiveness-check -- nothing else tells of a draft
      switch (event.type) {
        case 'agent.clause': {
          const { text, uninterruptible } = event;
          const clause = { text, ...(uninterruptible && { uninterruptible }) };
          return { ...draft, clauses: [...draft.clauses, clause] };
        }
        case 'agent.expected':
          return { ...draft, expectation: event.expectation };
        case 'agent.done':
          return { ...draft, done: { action: event.action } };
        default:
          return draft;
      }
    },
  }),
  discardDraft: turnBase.enqueueActions(({ enqueue, context }) => {
    const { draft, discarded } = context;
    if (draft === undefined) return;
    enqueue.assign({ draft: undefined, discarded: discarded + 1 });
    const { generation } = draft;
    enqueue.sendTo(context.supervisor, { type: 'agent.abort', generation });
  }),
  /** An interim that says something else makes the draft one of words that were not said. */
  reviewDraft: turnBase.enqueueActions(({ enqueue, context }) => {
    const { draft, settings } = context;
    if (draft === undefined) return;
    if (sameMeaning(draft.text, knownWords(context), settings.language)) return;
    const { generation } = draft;
    enqueue.assign({ draft: undefined, discarded: context.discarded + 1 });
    enqueue.sendTo(context.supervisor, { type: 'agent.abort', generation });
  }),
  /** Its agent is gone, and the draft with it. */
  loseDraft: turnBase.assign({ draft: undefined }),
  /** The turn is what was drafted for: into history and record, and the draft becomes the reply. */
  adoptDraft: turnBase.enqueueActions(({ enqueue, context }) => {
    const { draft, history, timing, clock, supervisor } = context;
    if (draft === undefined) return;
    const { generation, done, expectation } = draft;
    const clauses = draft.clauses.map((said, clause) => ({ ...said, clause }));
    const text = spoken(context.heard);
    record(context, callerTurn(context, text));
    const nowMs = clock.nowMs();
    const isLast = done !== undefined;
    enqueue.assign({
      ...newReply(context, { kind: 'turn', text }),
      generation,
      issued: context.issued,
      history: [...history, { role: 'caller', text }],
      turns: context.turns + 1,
      usualLevelDbfs: usualLevelAfter(context),
      timing: { ...timing, finalMs: nowMs, ...(clauses.length > 0 && { firstClauseMs: nowMs }) },
      clauses: clauses.length,
      answered: clauses.length,
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
