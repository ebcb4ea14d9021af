// What a fake server does wrong, on request: refusals, silence, cut and stalled answers. Test.

import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export type Endpoint = 'models' | 'chat' | 'speech' | 'transcriptions' | 'realtime';

/** One-shot: each applies to one request of its endpoint. Byte counts are of the body. */
export type Fault =
  /** An error in OpenAI's body shape. */
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly code?: string | null;
      readonly type?: string;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Any answer at all, e.g. a web page with status 200. */
  | {
      readonly kind: 'raw';
      readonly status: number;
      readonly contentType: string;
      readonly body: string | Buffer;
    }
  /** No answer, ever. */
  | { readonly kind: 'hang' }
  /** The connection is dropped before an answer. */
  | { readonly kind: 'reset' }
  /** The right answer, late. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The connection is dropped in the middle of the answer. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Nothing more comes, and the connection stays. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** The answer ends in order, too early. */
  | { readonly kind: 'truncate'; readonly afterBytes: number };

/** OpenAI's error body. */
export function errorBody(fault: {
  readonly message?: string | undefined;
  readonly type?: string | undefined;
  readonly param?: string | null | undefined;
  readonly code?: string | null | undefined;
}): string {
  const error = {
    message: fault.message ?? 'The fake server says no.',
    type: fault.type ?? 'invalid_request_error',
    param: fault.param ?? null,
    code: fault.code ?? null,
  };
  return JSON.stringify({ error });
}

/** A request that OpenAI would refuse. */
export class Refusal extends Error {
  readonly status: number;
  readonly param: string | undefined;
  readonly code: string | undefined;

  constructor(message: string, facts: { status?: number; param?: string; code?: string } = {}) {
    super(message);
    this.status = facts.status ?? 400;
    this.param = facts.param;
    this.code = facts.code;
  }
}

/** Writes a body as its fault allows. */
export class FaultyBody {
  readonly #response: ServerResponse;
  readonly #fault: Fault | undefined;
  #bytes = 0;

  constructor(response: ServerResponse, fault: Fault | undefined) {
    this.#response = response;
    this.#fault = fault;
  }

  /** @returns false where nothing more may be written */
  async write(data: Buffer): Promise<boolean> {
    if (this.#response.destroyed) return false;
    const fault = this.#fault;
    if (fault?.kind !== 'cut' && fault?.kind !== 'stall' && fault?.kind !== 'truncate') {
      return this.#send(data);
    }
    const room = fault.afterBytes - this.#bytes;
    this.#bytes += data.length;
    if (data.length < room) return this.#send(data);
    await this.#send(data.subarray(0, Math.max(room, 0)));
    if (fault.kind === 'truncate') this.#response.end();
    // Time for what was written to arrive before the connection goes.
    if (fault.kind === 'cut') await sleep(20).then(() => this.#response.destroy());
    return false;
  }

  async #send(data: Buffer): Promise<boolean> {
    if (data.length === 0 || this.#response.write(data)) return !this.#response.destroyed;
    await new Promise<void>((resolve) => {
      this.#response.once('drain', resolve);
      this.#response.once('close', resolve);
    });
    return !this.#response.destroyed;
  }
}
