// The local agent: a receptionist that answers by intents, without a language model. Control plane.

import type {
  AgentEvent,
  AgentProvider,
  AgentRequest,
  AgentSession,
  AnsweredBy,
} from '../../actors/ports.js';
import { RingmasterError } from '../../errors.js';
import { INITIAL_DIALOGUE, replyTo, type DialogueState } from './dialogue.js';
import { createIntentMatcher, type IntentMatcher } from './intent-matcher.js';
import type { Intents } from './intents.js';

export interface ReceptionistOptions {
  /** What callers may say and what they are answered; see `loadIntents`. */
  readonly intents: Intents;
}

const isMachine = (answeredBy: AnsweredBy | undefined): boolean =>
  answeredBy === 'fax' || answeredBy?.startsWith('machine') === true;

class ReceptionistSession implements AgentSession {
  readonly #intents: Intents;
  readonly #match: IntentMatcher;
  readonly #answeredBy: AnsweredBy | undefined;
  #state: DialogueState = INITIAL_DIALOGUE;
  /** Where the dialogue stood before the last reply, and how much had been said by then. */
  #before: { readonly state: DialogueState; readonly turns: number } | undefined;
  #closed = false;

  constructor(intents: Intents, match: IntentMatcher, answeredBy: AnsweredBy | undefined) {
    this.#answeredBy = answeredBy;
    this.#intents = intents;
    this.#match = match;
  }

  async *reply({ input, history, signal }: AgentRequest): AsyncGenerator<AgentEvent> {
    if (this.#closed || signal.aborted) return;
    if (isMachine(this.#answeredBy)) {
      yield* this.#leaveMessage();
      return;
    }
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

  /** There is nobody to talk with: the message is said whole, whatever the machine plays, and the call ends. */
  *#leaveMessage(): Generator<AgentEvent> {
    if (this.#answeredBy !== 'fax') {
      yield { type: 'text', text: this.#intents.voicemail[0] ?? '', uninterruptible: true };
    }
    yield { type: 'action', action: { type: 'hangup' } };
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
    open(call) {
      if (closed) throw new RingmasterError('PROVIDER_FAILED', 'the receptionist is closed');
      return new ReceptionistSession(intents, match, call.answeredBy);
    },
    async close() {
      closed = true;
    },
  };
}
