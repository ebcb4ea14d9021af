// How calls ended whose streams are over, until Twilio asks how they go on. Control plane.

import type { CallAction, CallEndReason } from './actors/ports.js';
import { ExpiringMap, type After } from './expiring-map.js';

/** What Twilio is to do with a call whose stream is over. */
export interface CallEnding {
  readonly reason: CallEndReason;
  readonly next: CallAction | undefined;
}

export interface CallEndingsOptions {
  /** How long Twilio may take to ask after our close; a node that drains waits for it. */
  readonly askTimeoutMs: number;
  /** One ending less is waited for. */
  readonly onAsked?: () => void;
  readonly after?: After;
}

/** Twilio asks within seconds; a request that it repeats finds the same answer. */
const KEPT_MS = 300_000;
const MOST_KEPT = 10_000;
/** An answer needs so long to leave, at most: until then the process should not. */
const ANSWER_MS = 200;

/** An ending is noted once and answered as often as Twilio asks. */
export class CallEndings {
  readonly #askTimeoutMs: number;
  readonly #endings: ExpiringMap<CallEnding>;
  /** Calls that Twilio has still to ask about. */
  readonly #unasked: ExpiringMap<true>;

  constructor({ askTimeoutMs, after, onAsked }: CallEndingsOptions) {
    this.#askTimeoutMs = askTimeoutMs;
    this.#endings = new ExpiringMap<CallEnding>(after);
    this.#unasked = new ExpiringMap<true>(after, () => onAsked?.());
  }

  /** How many endings Twilio has still to ask for, or is being answered about. */
  get unasked(): number {
    return this.#unasked.size;
  }

  note(callSid: string, ending: CallEnding): void {
    const { oldest } = this.#endings;
    if (this.#endings.size >= MOST_KEPT && oldest !== undefined) this.#endings.delete(oldest);
    this.#endings.set(callSid, ending, KEPT_MS);
    // Whoever hung up or lost the line is not there to be told anything.
    if (ending.reason === 'caller-hangup' || ending.reason === 'line-lost') return;
    this.#unasked.set(callSid, true, this.#askTimeoutMs);
  }

  has(callSid: string): boolean {
    return this.#endings.has(callSid);
  }

  /** Twilio asks; `undefined` for calls that this node knows no ending of. */
  ask(callSid: string): CallEnding | undefined {
    if (this.#unasked.has(callSid)) this.#unasked.set(callSid, true, ANSWER_MS);
    return this.#endings.get(callSid);
  }

  /** The call is over: Twilio will not ask any more. */
  over(callSid: string): void {
    this.#unasked.delete(callSid);
  }

  /** The call begins anew: it has no ending. */
  forget(callSid: string): void {
    this.#unasked.delete(callSid);
    this.#endings.delete(callSid);
  }
}
