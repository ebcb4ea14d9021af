// The local agent: a receptionist that answers by intents, without a language model. Control plane.

import type { AgentEvent, AgentProvider, AgentRequest, AgentSession } from '../../actors/ports.js';
import { RingmasterError } from '../../errors.js';
import { INITIAL_DIALOGUE, replyTo, type DialogueState } from './dialogue.js';
import { createIntentMatcher, type IntentMatcher } from './intent-matcher.js';
import type { Intents } from './intents.js';

export interface ReceptionistOptions {
  /** What callers may say and what they are answered; see `loadIntents`. */
  readonly intents: Intents;
}

class ReceptionistSession implements AgentSession {
  readonly #intents: Intents;
  readonly #match: IntentMatcher;
  #state: DialogueState = INITIAL_DIALOGUE;
  /** Where the dialogue stood before the last reply, and how much had been said by then. */
  #before: { readonly state: DialogueState; readonly turns: number } | undefined;
  #closed = false;

  constructor(intents: Intents, match: IntentMatcher) {
    this.#intents = intents;
    this.#match = match;
  }

  async *reply({ input, history, signal }: AgentRequest): AsyncGenerator<AgentEvent> {
    if (this.#closed || signal.aborted) return;
    // Nothing came of the last reply: the caller went on before a word of it was heard.
    const unheard = this.#before && history.length <= this.#before.turns;
    const state = unheard && this.#before ? this.#before.state : this.#state;
    const reply = replyTo(this.#intents, this.#match, state, input, history);
    this.#before = { state, turns: history.length };
    this.#state = reply.state;
    yield { type: 'text', text: reply.text };
    if (this.#stops(signal)) return;
    const awaitsDigits = reply.state.extensionTries !== undefined && !reply.action;
    yield { type: 'expect', expectation: awaitsDigits ? 'digits' : 'anything' };
    if (this.#stops(signal) || !reply.action) return;
    yield { type: 'action', action: reply.action };
  }

  close(): void {
    this.#closed = true;
  }

  #stops(signal: AbortSignal): boolean {
    return this.#closed || signal.aborted;
  }
}

/** An agent that answers at once and needs no key, no network and no model. */
export function createReceptionist({ intents }: ReceptionistOptions): AgentProvider {
  const match = createIntentMatcher(intents.intents);
  let closed = false;
  return {
    name: 'receptionist',
    async warmUp() {},
    open() {
      if (closed) throw new RingmasterError('PROVIDER_FAILED', 'the receptionist is closed');
      return new ReceptionistSession(intents, match);
    },
    async close() {
      closed = true;
    },
  };
}
