// The facts of one simulated call in order, and what is derived from them as they come. Control plane.

import type { PhoneEvent, PhoneFact, Violation } from './phone-events.js';
import { TurnTiming } from './turn-timing.js';

export class CallFacts {
  readonly events: PhoneEvent[] = [];
  readonly violations: Violation[] = [];
  readonly timing = new TurnTiming();
  readonly #keepEvents: boolean;
  readonly #listeners = new Set<(event: PhoneEvent) => void>();
  #agentTurnSinceMs = -1;

  /** @param keepEvents false: what is derived from them is kept, the events themselves are not */
  constructor(keepEvents: boolean) {
    this.#keepEvents = keepEvents;
  }

  /** When the caller last ended or pressed a key, or the agent was last silenced; before the call's begin at first. */
  get agentTurnSinceMs(): number {
    return this.#agentTurnSinceMs;
  }

  /** @returns a function that ends the listening, idempotent */
  listen(listener: (event: PhoneEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** @param agentSpeaking whether the agent was being heard at that moment */
  add(fact: PhoneFact, atMs: number, agentSpeaking: boolean): void {
    const event: PhoneEvent = { ...fact, atMs };
    if (this.#keepEvents) this.events.push(event);
    this.#derive(event, agentSpeaking);
    for (const listener of this.#listeners) listener(event);
  }

  #derive(event: PhoneEvent, agentSpeaking: boolean): void {
    const { type, atMs } = event;
    if (type === 'caller.voiceStarted') {
      this.timing.voiceStarted(event.clip, atMs, agentSpeaking);
    } else if (type === 'caller.voiceEnded') {
      this.timing.voiceEnded(atMs);
      this.#agentTurnSinceMs = atMs;
    } else if (type === 'dtmf.sent') {
      // Keys are a turn of the caller too: what the agent said before them is no answer.
      this.#agentTurnSinceMs = atMs;
    } else if (type === 'agent.arrived') {
      this.timing.media(atMs);
    } else if (type === 'agent.cleared') {
      this.timing.cleared(atMs);
      this.#agentTurnSinceMs = atMs;
    } else if (type === 'agent.ended') {
      this.timing.agentFinished();
    } else if (type === 'protocol.violated') {
      this.violations.push({ code: event.code, reason: event.reason, atMs });
    }
  }
}
