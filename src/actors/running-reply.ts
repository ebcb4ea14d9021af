// One reply of an agent as it is being made: its commit gate, its abort signal, and how far it is. Control plane.

import type { AgentOrder } from './events.js';

type ReplyOrder = Extract<AgentOrder, { type: 'agent.reply' }>;

export interface RunningReply {
  readonly generation: number;
  readonly abort: AbortController;
  /** Its turn is final, and all of it was told. */
  isCommitted: boolean;
  isDone: boolean;
  /** The commit gate of the request: see `AgentRequest`. */
  readonly committed: Promise<void>;
  readonly commit: () => void;
}

export function beginReply({ generation, draft }: ReplyOrder): RunningReply {
  let commit: () => void = () => undefined;
  const committed = new Promise<void>((resolve) => {
    commit = resolve;
  });
  const reply: RunningReply = {
    generation,
    abort: new AbortController(),
    isCommitted: false,
    isDone: false,
    committed,
    commit: () => {
      reply.isCommitted = true;
      commit();
    },
  };
  if (!draft) reply.commit();
  return reply;
}
