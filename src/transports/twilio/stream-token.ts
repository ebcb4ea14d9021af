// One-time tokens that bind a media stream to the call whose TwiML asked for it. Control plane.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { CallSid } from '../../actors/ports.js';

export interface StreamTokenOptions {
  /**
   * Shared by all nodes that may check each other's tokens. Without it each process has a random
   * key, and a stream must come to the node that answered its webhook.
   */
  readonly secret?: string;
  /** From TwiML to `start`; Twilio connects within a second or two. */
  readonly ttlMs?: number;
  /** How many used tokens are remembered; beyond it none is accepted, as each may be a repeat. */
  readonly maxUsed?: number;
  /** Wall-clock time, comparable between nodes. */
  readonly nowMs?: () => number;
}

export type TokenVerdict = 'ok' | 'malformed' | 'forged' | 'expired' | 'used' | 'too-many-used';

const DEFAULT_TTL_MS = 60_000;
const DEFAULT_MAX_USED = 100_000;
const NONCE_BYTES = 12;
/** Expiry in base 36, nonce and HMAC-SHA256 in base64url. */
const FORMAT = /^([0-9a-z]{1,11})\.([\w-]{16})\.([\w-]{43})$/;
/** How far clocks of nodes with a common secret may be apart: a longer life is no token of ours. */
const CLOCK_SKEW_MS = 30_000;

/**
 * Tokens say by themselves which call they are for and until when, so nothing is kept when one is
 * issued; only used ones are remembered until they expire. With a common secret the memory is each
 * node's own: a token could be used once on each of them, for the same call, within its life.
 */
export class StreamTokens {
  readonly #key: Uint8Array;
  readonly #ttlMs: number;
  readonly #maxUsed: number;
  readonly #nowMs: () => number;
  /** Nonces of used tokens and when they expire, in the order of use. */
  readonly #used = new Map<string, number>();

  constructor(options: StreamTokenOptions = {}) {
    // The purpose is mixed in, so that a secret used elsewhere too makes no exchangeable MACs.
    this.#key = createHmac('sha256', options.secret ?? randomBytes(32))
      .update('ringmaster media stream token')
      .digest();
    this.#ttlMs = options.ttlMs ?? DEFAULT_TTL_MS;
    this.#maxUsed = options.maxUsed ?? DEFAULT_MAX_USED;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  /** A new token for one stream of this call. */
  issue(callSid: CallSid): string {
    const expiry = (this.#nowMs() + this.#ttlMs).toString(36);
    const nonce = randomBytes(NONCE_BYTES).toString('base64url');
    return `${expiry}.${nonce}.${this.#mac(callSid, expiry, nonce).toString('base64url')}`;
  }

  /** Check a token and use it up; only `ok` uses it up. */
  redeem(token: string, callSid: CallSid): TokenVerdict {
    const [, expiry, nonce, mac] = FORMAT.exec(token) ?? [];
    if (expiry === undefined || nonce === undefined || mac === undefined) return 'malformed';
    const expected = this.#mac(callSid, expiry, nonce);
    const given = Buffer.from(mac, 'base64url');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'forged';
    const nowMs = this.#nowMs();
    const expiresAtMs = Number.parseInt(expiry, 36);
    if (nowMs >= expiresAtMs || expiresAtMs > nowMs + this.#ttlMs + CLOCK_SKEW_MS) return 'expired';
    this.#forgetExpired(nowMs);
    if (this.#used.has(nonce)) return 'used';
    if (this.#used.size >= this.#maxUsed) return 'too-many-used';
    this.#used.set(nonce, expiresAtMs);
    return 'ok';
  }

  /** Used tokens that are still remembered. */
  get remembered(): number {
    this.#forgetExpired(this.#nowMs());
    return this.#used.size;
  }

  #forgetExpired(nowMs: number): void {
    for (const [nonce, expiresAtMs] of this.#used) {
      // Nearly in the order of expiry: what a later one hides goes with it a moment later.
      if (expiresAtMs > nowMs) return;
      this.#used.delete(nonce);
    }
  }

  #mac(callSid: CallSid, expiry: string, nonce: string): Buffer {
    return createHmac('sha256', this.#key).update(`${callSid}\n${expiry}\n${nonce}`).digest();
  }
}
