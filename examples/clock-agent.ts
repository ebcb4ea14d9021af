import { assign, sendTo, setup } from 'xstate';
import { type AgentChildInput, type AgentOrder, callMachine } from 'ringmaster';

/** Tells the time, and hangs up the second time it is asked anything. */
const clockAgent = setup({
  types: {
    context: {} as AgentChildInput & { asked: number; generation: number },
    input: {} as AgentChildInput,
    events: {} as AgentOrder,
  },
  actions: {
    say: sendTo(
      ({ context }) => context.supervisor,
      ({ context: { generation, asked } }) => {
        const minutes = new Date().getHours() * 60 + new Date().getMinutes();
        const text = asked > 1 ? 'Goodbye.' : `It is ${minutes} minutes past midnight.`;
        return { type: 'agent.clause', generation, text };
      },
    ),
    finish: sendTo(
      ({ context }) => context.supervisor,
      ({ context: { generation, asked } }) => ({
        type: 'agent.done',
        generation,
        ...(asked > 1 && { action: { type: 'hangup' } as const }),
      }),
    ),
  },
}).createMachine({
  context: ({ input }) => ({ ...input, asked: -1, generation: 0 }),
  on: {
    'agent.reply': {
      actions: [
        assign(({ context, event: { generation } }) => ({ asked: context.asked + 1, generation })),
        'say',
        'finish',
      ],
    },
  },
});

export const machine = callMachine.provide({ actors: { agent: clockAgent } });
