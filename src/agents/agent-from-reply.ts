// An agent out of one function: what to answer, as an async generator of text. Control plane.

import type {
  AgentEvent,
  AgentProvider,
  AgentRequest,
  AgentSession,
  CallInfo,
  CallSid,
} from '../actors/ports.js';
import { ReplyState } from './reply-state.js';

export interface ReplyRequest<State> extends AgentRequest {
  readonly call: CallInfo;
  /**
   * Of this call, to be read and changed. What a reply changes is kept with the reply: a draft that is
   * withdrawn, a turn that is taken back, and a reply that failed leave nothing of it.
   */
  readonly state: State;
}

/** A text is a piece of the answer, spoken as soon as it makes a clause. */
export type Reply<State> = (request: ReplyRequest<State>) => AsyncIterable<string | AgentEvent>;

export interface AgentFromReplyOptions<State> {
  /** For records and logs. Default `reply`. */
  readonly name?: string;
  /** The state of a new call: plain data, as `structuredClone` takes it. Default `{}`. */
  readonly state?: (call: CallInfo) => State;
}

/** An agent child that failed is replaced within seconds; after that the call is over. */
const KEPT_MS = 30_000;

interface CallState<State> {
  readonly state: ReplyState<State>;
  sessions: number;
  expiry?: NodeJS.Timeout;
}

/**
 * Makes a provider for `startNode({ providers: { agent } })`.
 *
 * The function is called once for each reply: `input` is what was said or typed, or `greeting`, `idle`
 * or `unclear`; `history` is what was heard before. It may be called while the caller still speaks (a
 * draft): await `committed` before anything is done that cannot be undone. `signal` aborts when nobody
 * wants the reply any more.
 */
export function agentFromReply<State extends object = Record<string, never>>(
  reply: Reply<State>,
  options: AgentFromReplyOptions<State> = {},
): AgentProvider {
  const calls = new Map<CallSid, CallState<State>>();
  const initial = options.state ?? (() => ({}) as State);

  function enter(call: CallInfo): CallState<State> {
    const known = calls.get(call.callSid);
    const entered = known ?? { state: new ReplyState(initial(call)), sessions: 0 };
    clearTimeout(entered.expiry);
    entered.sessions += 1;
    calls.set(call.callSid, entered);
    return entered;
  }

  function leave(callSid: CallSid, left: CallState<State>): void {
    left.sessions -= 1;
    if (left.sessions > 0) return;
    left.expiry = setTimeout(() => calls.delete(callSid), KEPT_MS);
    left.expiry.unref();
  }

  return {
    name: options.name ?? 'reply',
    warmUp: async () => undefined,
    open(call): AgentSession {
      const entered = enter(call);
      let isOpen = true;
      return {
        async *reply(request) {
          const state = entered.state.begin(request.history.length);
          for await (const piece of reply({ ...request, call, state })) {
            yield typeof piece === 'string' ? { type: 'text', text: piece } : piece;
          }
        },
        close() {
          if (isOpen) leave(call.callSid, entered);
          isOpen = false;
        },
      };
    },
    close: async () => {
      for (const { expiry } of calls.values()) clearTimeout(expiry);
      calls.clear();
    },
  };
}
