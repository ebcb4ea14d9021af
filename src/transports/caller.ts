// Who sends a request, as an HTTP request and an upgrade both can say it. Control plane.

import type { Context } from 'hono';
import type { HttpPeer } from './server-contract.js';

export interface Caller {
  /** Of the TCP connection, as plain text. */
  readonly remoteAddress: string;
  /** A repeated header is one value with commas between. */
  header(name: string): string | undefined;
  /** Of all headers, in lower case. */
  headerNames(): Iterable<string>;
}

export function callerOf(c: Context<{ Bindings: HttpPeer }>): Caller {
  const { headers } = c.req.raw;
  return {
    remoteAddress: c.env.remoteAddress,
    header: (name) => headers.get(name) ?? undefined,
    headerNames: () => headers.keys(),
  };
}
