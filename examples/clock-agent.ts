import { assign, enqueueActions, setup } from 'xstate';
import { type AgentChildInput, type AgentFact, type AgentOrder, callMachine } from 'ringmaster';

/** Tells the time, and hangs up when it has told it twice. */
const clockAgent = setup({
  types: {
    context: {} as AgentChildInput & { told: number },
    input: {} as AgentChildInput,
    events: {} as AgentOrder,
  },
  actions: {
    answer: enqueueActions(({ enqueue, context, event: { generation } }) => {
      const now = new Date();
      const minutes = now.getHours() * 60 + now.getMinutes();
      const isLast = context.told >= 2;
      const text = isLast ? 'Goodbye.' : `It is ${minutes} minutes past midnight.`;
      const facts: AgentFact[] = [
        { type: 'agent.clause', generation, text },
        { type: 'agent.done', generation, ...(isLast && { action: { type: 'hangup' } }) },
      ];
      for (const fact of facts) enqueue.sendTo(context.supervisor, fact);
    }),
    count: assign({ told: ({ context }) => context.told + 1 }),
  },
}).createMachine({
  context: ({ input }) => ({ ...input, told: 0 }),
  // `agent.abort` needs no answer: what was said is with the node already.
  on: { 'agent.reply': { actions: ['answer', 'count'] } },
});

export const machine = callMachine.provide({ actors: { agent: clockAgent } });
