// Peer addresses as plain text, and which of them are this machine. Control plane.

import { isIP, isIPv6 } from 'node:net';

/**
 * One spelling for every address: IPv4-mapped IPv6 becomes IPv4 (RFC 4291 section 2.5.5.2), IPv6 is
 * compressed and lower-case (RFC 5952), zone ids are dropped. What is no address stays as it is.
 */
export function plainAddress(address: string): string {
  const [withoutZone = ''] = address.split('%', 1);
  if (!isIPv6(withoutZone)) return address;
  const compressed = new URL(`http://[${withoutZone}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(compressed);
  if (mapped === null) return compressed;
  const high = Number.parseInt(mapped[1] ?? '0', 16);
  const low = Number.parseInt(mapped[2] ?? '0', 16);
  return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
}

/** True for 127.0.0.0/8, ::1 and their mapped forms. */
export function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

/** Headers that say that someone else is behind this connection. */
const FORWARDING_HEADERS = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-real-ip',
  'cf-connecting-ip',
  'true-client-ip',
  'via',
] as const;

/** `host[:port]` of a Host header without its port and brackets. */
function hostName(host: string): string {
  return host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

/**
 * Whether a request truly comes from this machine, so that it may be trusted without a secret. A
 * tunnel or reverse proxy on this machine connects from loopback too, but names whom it forwards
 * for; a web page that rebinds its DNS name to loopback shows that name in `Host`.
 */
export function isLocalCaller(
  remoteAddress: string,
  header: (name: string) => string | undefined,
): boolean {
  if (!isLoopback(remoteAddress)) return false;
  if (FORWARDING_HEADERS.some((name) => header(name) !== undefined)) return false;
  const host = header('host');
  if (host === undefined || host === '') return true;
  const name = hostName(host).toLowerCase();
  return name === 'localhost' || name === '0.0.0.0' || name === '::' || isLoopback(name);
}
