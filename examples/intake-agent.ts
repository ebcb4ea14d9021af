import { agentFromReply } from 'ringmaster';

/** Takes a first name and a surname, and says both back. */
export const agent = agentFromReply(
  async function* ({ input, state }) {
    if (input.kind === 'greeting') yield 'Hello. What is your first name?';
    else if (input.kind !== 'turn') yield 'Could you say that again, please?';
    else if (state.first === '') {
      state.first = input.text;
      yield 'Thank you. And your surname?';
    } else {
      yield `Thank you, ${state.first} ${input.text}. Goodbye.`;
      yield { type: 'action', action: { type: 'hangup' } };
    }
  },
  { state: () => ({ first: '' }) },
);
