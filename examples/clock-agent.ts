import { enqueueActions, setup } from 'xstate';
import { type AgentChildInput, type AgentFact, type AgentOrder, callMachine } from 'ringmaster';

/** Tells the time, and hangs up when it has told it twice. */
const clockAgent = setup({
  types: {
    context: {} as AgentChildInput,
    input: {} as AgentChildInput,
    events: {} as AgentOrder,
  },
  actions: {
    answer: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'agent.reply') return;
      const { generation, history } = event;
      // What was heard counts, not what was answered: a draft may be withdrawn, a turn taken back.
      const told = history.filter(
        ({ role, text }) => role === 'agent' && text.endsWith('midnight.'),
      );
      const isLast = told.length >= 2;
      const now = new Date();
      const minutes = now.getHours() * 60 + now.getMinutes();
      const text = isLast ? 'Goodbye.' : `It is ${minutes} minutes past midnight.`;
      const facts: AgentFact[] = [
        { type: 'agent.clause', generation, text },
        { type: 'agent.done', generation, ...(isLast && { action: { type: 'hangup' } }) },
      ];
      for (const fact of facts) enqueue.sendTo(context.supervisor, fact);
    }),
  },
}).createMachine({
  context: ({ input }) => input,
  // You may ignore `agent.commit` and `agent.abort`: this agent changes nothing outside.
  on: { 'agent.reply': { actions: 'answer' } },
});

export const machine = callMachine.provide({ actors: { agent: clockAgent } });
