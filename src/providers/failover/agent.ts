// An agent that another takes the place of: before its first word in the same reply, later in the next one. Control plane.

import type {
  AgentEvent,
  AgentProvider,
  AgentRequest,
  AgentSession,
  CallInfo,
} from '../../actors/ports.js';
import { RingmasterError } from '../../errors.js';
import { contained } from '../../foreign-call.js';
import type { EngineTurn, FailoverChain } from './chain.js';
import { Reading } from './reading.js';

/** An engine that was waited for so long, and said nothing, has failed: whoever asked gave up because of it. */
const VAIN_WAIT_MS = 4000;

/** Words were said, or something is to happen: another engine's answer can no longer take its place. */
const isCommitting = (event: AgentEvent): boolean =>
  event?.type === 'action' || (event?.type === 'text' && event.text?.trim?.() !== '');

class FailoverSession implements AgentSession {
  readonly #chain: FailoverChain<AgentProvider>;
  readonly #call: CallInfo;
  readonly #sessions = new Map<AgentProvider, AgentSession>();
  #isClosed = false;

  constructor(chain: FailoverChain<AgentProvider>, call: CallInfo) {
    this.#chain = chain;
    this.#call = call;
  }

  async *reply(request: AgentRequest): AsyncGenerator<AgentEvent, void, undefined> {
    for await (const turn of this.#chain.turns(this.#call.callSid, request.signal)) {
      if (this.#isClosed) return;
      if ((yield* this.#answer(turn, request)) === 'answered') return;
    }
  }

  close(): void {
    this.#isClosed = true;
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) {
      // The others are closed whatever one throws, now or later.
      contained(
        () => session.close(),
        () => undefined,
      );
    }
  }

  async *#answer(
    { provider, ticket, hasNext, fail }: EngineTurn<AgentProvider>,
    request: AgentRequest,
  ): AsyncGenerator<AgentEvent, 'answered' | 'failed'> {
    let hasSpoken = false;
    let hasReported = false;
    const reading = new Reading(request.signal, (signal) =>
      this.#sessionOf(provider).reply({ ...request, signal }),
    );
    try {
      for await (const event of reading) {
        hasSpoken ||= isCommitting(event);
        yield event;
      }
      if (request.signal.aborted) return 'answered';
      hasReported = true;
      ticket.succeeded();
      return 'answered';
    } catch (thrown) {
      if (request.signal.aborted) return 'answered';
      hasReported = true;
      const failure = fail(thrown);
      if (hasSpoken || !hasNext) throw failure;
      return 'failed';
    } finally {
      if (!hasReported) {
        const isInVain = !hasSpoken && reading.waitedMs > VAIN_WAIT_MS;
        if (hasSpoken) ticket.succeeded();
        else if (!isInVain) ticket.abandoned();
        else fail(new RingmasterError('PROVIDER_TIMEOUT', `${provider.name} said nothing`));
      }
      reading.end();
    }
  }

  #sessionOf(provider: AgentProvider): AgentSession {
    const known = this.#sessions.get(provider);
    if (known) return known;
    const session = provider.open(this.#call);
    this.#sessions.set(provider, session);
    return session;
  }
}

export function createFailoverAgent(
  chain: FailoverChain<AgentProvider>,
  warmUpMs: number,
): AgentProvider {
  return {
    name: chain.name,
    warmUp: () => chain.warmUp(warmUpMs),
    open: (call) => new FailoverSession(chain, call),
    close: () => chain.close(),
  };
}
