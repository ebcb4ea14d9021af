// Whose request it is where proxies stand between: X-Forwarded-For, believed of those alone. Control plane.

import { BlockList, isIP } from 'node:net';
import type { Caller } from './caller.js';
import { plainAddress } from './remote-address.js';

/** More proxies than this in a row are none of ours. */
const MAX_HOPS = 16;

/** An address (`10.0.0.7`) or a network (`10.0.0.0/8`, `fd00::/8`). */
export function isAddressOrNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  );
}

/**
 * The address of the client behind trusted proxies: the last one of `X-Forwarded-For` that is none of
 * theirs. What stands left of it, the client may have written himself.
 * @param trusted addresses and networks; without any the peer is the client
 */
export function createClientAddress(trusted: readonly string[]): (caller: Caller) => string {
  if (trusted.length === 0) return (caller) => caller.remoteAddress;
  const proxies = new BlockList();
  for (const each of trusted) {
    const [address = '', bits] = each.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) proxies.addAddress(address, family);
    else proxies.addSubnet(address, Number(bits), family);
  }
  const isProxy = (address: string): boolean => {
    const version = isIP(address);
    return version !== 0 && proxies.check(address, version === 6 ? 'ipv6' : 'ipv4');
  };
  return (caller) => {
    let client = caller.remoteAddress;
    const hops = (caller.header('x-forwarded-for') ?? '').split(',').slice(-MAX_HOPS);
    while (isProxy(client)) {
      const before = addressOf(hops.pop() ?? '');
      // What is no address was written by nobody who knew one: the proxy itself is the last that is known.
      if (before === undefined) break;
      client = before;
    }
    return client;
  };
}

/** Of one entry, which may have a port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function addressOf(entry: string): string | undefined {
  const text = entry.trim();
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(text) ?? [];
  const [, withPort] = /^([\d.]+):\d+$/.exec(text) ?? [];
  const address = plainAddress(bracketed ?? withPort ?? text);
  return isIP(address) === 0 ? undefined : address;
}
