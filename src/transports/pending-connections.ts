// How many sockets of one address may be open without a started stream. Control plane.

import { isLoopback } from './remote-address.js';

export interface PendingLimits {
  /** Of one IPv4 address, or of one IPv6 network of 64 bits. */
  readonly perAddress: number;
  /** Of this machine: a proxy in front of the node, a benchmark. */
  readonly loopback: number;
}

/** A default node has 200 calls, and one balancer in front of it may bring them all at once. */
export const DEFAULT_PENDING_LIMITS: PendingLimits = { perAddress: 200, loopback: 2000 };

/**
 * Counts sockets between their upgrade and an accepted `start`: whoever opens many and says nothing
 * is held at his limit, whoever has calls is not.
 */
export class PendingConnections {
  readonly #limits: PendingLimits;
  readonly #counts = new Map<string, number>();

  constructor(limits: PendingLimits = DEFAULT_PENDING_LIMITS) {
    this.#limits = limits;
  }

  hasRoom(address: string): boolean {
    const limit = isLoopback(address) ? this.#limits.loopback : this.#limits.perAddress;
    return (this.#counts.get(network(address)) ?? 0) < limit;
  }

  /** @returns what takes this socket out again; idempotent */
  add(address: string): () => void {
    const key = network(address);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    let counted = true;
    return () => {
      if (!counted) return;
      counted = false;
      const left = (this.#counts.get(key) ?? 1) - 1;
      if (left === 0) this.#counts.delete(key);
      else this.#counts.set(key, left);
    };
  }

  /** Addresses with a socket that waits. */
  get addresses(): number {
    return this.#counts.size;
  }
}

/** One host has a whole /64 of IPv6 to itself (RFC 4291 section 2.5.1), so that is what is counted. */
function network(address: string): string {
  if (!address.includes(':') || isLoopback(address)) return address;
  const [head = '', tail = ''] = address.split('::', 2);
  const first = head === '' ? [] : head.split(':');
  if (!address.includes('::')) return first.slice(0, 4).join(':');
  const last = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0');
  return [...first, ...zeros, ...last].slice(0, 4).join(':');
}
