// What the URL that Twilio asks after a stream says of its call: that it had one, from which node, and how often. Control plane.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { CallSid } from '../../actors/ports.js';

export interface ResumeTicketOptions {
  /**
   * The first signs, all are accepted: nodes that share one know each other's tickets. Without any, each
   * process has a random key and knows its own alone.
   */
  readonly secrets?: readonly string[];
  /** Longer than the longest call: the ticket is issued at its beginning. */
  readonly lifeMs: number;
  /** Of this process; another one with the same key is another node. */
  readonly node?: string;
  /** Wall-clock time, comparable between nodes. */
  readonly nowMs?: () => number;
}

export interface ResumeTicket {
  /** How many streams this call has had with this one, from 1. */
  readonly attempt: number;
  /** Issued by this very process: what it does not know of the call did not happen. */
  readonly isOwn: boolean;
}

/** Clocks of nodes may be so far apart. */
const CLOCK_SKEW_MS = 30_000;
const MAC_BYTES = 18;
/** Attempt, time in base 36, node, and 144 bits of HMAC-SHA256 in base64url. */
const FORMAT = /^(\d{1,3})\.([0-9a-z]{1,11})\.([\w-]{8})\.([\w-]{24})$/;

/**
 * The TwiML that connects a stream also says where Twilio asks once it is over; how the call will end is
 * not known then. So the URL carries a ticket: this call was let in, at this time, by this process. The
 * process itself knows the ending. Another one, restarted or behind the same balancer, knows by the
 * ticket that the call is not a new one, and greets nobody anew.
 */
export class ResumeTickets {
  readonly #keys: readonly Uint8Array[];
  readonly #lifeMs: number;
  readonly #node: string;
  readonly #nowMs: () => number;

  constructor({ secrets = [], lifeMs, node, nowMs }: ResumeTicketOptions) {
    const chosen = secrets.length > 0 ? secrets : [randomBytes(32)];
    // The purpose is mixed in, so that a secret used elsewhere too makes no exchangeable MACs.
    this.#keys = chosen.map((secret) =>
      createHmac('sha256', secret).update('ringmaster resume ticket').digest(),
    );
    this.#lifeMs = lifeMs;
    this.#node = node ?? randomBytes(6).toString('base64url');
    this.#nowMs = nowMs ?? Date.now;
  }

  /** For the URL of the stream that is now to be opened. */
  issue(callSid: CallSid, attempt: number): string {
    const body = `${attempt}.${this.#nowMs().toString(36)}.${this.#node}`;
    return `${body}.${this.#mac(0, callSid, body).toString('base64url')}`;
  }

  /** @returns `undefined` for what no node with our key issued for this call, or too long ago */
  read(ticket: string | undefined, callSid: CallSid): ResumeTicket | undefined {
    const [, attempt, issued, node, mac] = FORMAT.exec(ticket ?? '') ?? [];
    if (!attempt || !issued || !node || !mac) return undefined;
    const body = `${attempt}.${issued}.${node}`;
    const given = Buffer.from(mac, 'base64url');
    const isGenuine = this.#keys.some((_, i) =>
      timingSafeEqual(given, this.#mac(i, callSid, body)),
    );
    if (!isGenuine) return undefined;
    const ageMs = this.#nowMs() - Number.parseInt(issued, 36);
    if (ageMs > this.#lifeMs || ageMs < -CLOCK_SKEW_MS) return undefined;
    return { attempt: Number(attempt), isOwn: node === this.#node };
  }

  #mac(key: number, callSid: CallSid, body: string): Buffer {
    const mac = createHmac('sha256', this.#keys[key] as Uint8Array);
    return mac.update(`${callSid}\n${body}`).digest().subarray(0, MAC_BYTES);
  }
}
