// Peer addresses as plain text, and which of them are this machine. Control plane.

import { isIP, isIPv6 } from 'node:net';
import type { Caller } from './caller.js';
import { isForeignOrigin, isForeignReferer } from './foreign-origin.js';

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

/** Headers by which proxies, tunnels and content networks say that someone else is behind a connection. */
const FORWARDING_HEADERS = new Set([
  'forwarded',
  'forwarded-for',
  'via',
  'cdn-loop',
  'max-forwards',
  'x-cluster-client-ip',
  'x-host',
  'x-scheme',
  'x-varnish',
  'x-cloud-trace-context',
  'x-arr-log-id',
  'x-arr-ssl',
  'true-client-ip',
  'client-ip',
  'proxy-client-ip',
  'wl-proxy-client-ip',
  'proxy-connection',
  'front-end-https',
]);
const FORWARDING_PREFIXES = [
  'x-forward',
  'x-real-',
  'x-client-',
  'x-remote-',
  // Balancers give every request an id; a program of this machine has no need of one.
  'x-request-',
  'x-correlation-',
  'x-ssl-',
  'ssl-client-',
  'x-accel-',
  'x-zrok-',
  'x-auth-request-',
  'surrogate-',
  'x-original-',
  'x-proxy',
  'x-envoy-',
  'x-amz',
  'x-azure-',
  'x-appengine-',
  'x-nginx-',
  'x-ngrok-',
  'ngrok-',
  'cf-',
  'cloudfront-',
  'fastly-',
  'fly-',
  'akamai-',
  'incap-',
  'tailscale-',
  'x-vercel-',
];

function isForwarded(caller: Caller): boolean {
  for (const name of caller.headerNames()) {
    if (FORWARDING_HEADERS.has(name)) return true;
    if (FORWARDING_PREFIXES.some((prefix) => name.startsWith(prefix))) return true;
  }
  return false;
}

/** `host[:port]` of a Host header without its port and brackets. */
function hostName(host: string): string {
  return host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

/**
 * Whether a request comes from this machine as far as it can tell: peer and Host are loopback, and
 * no header speaks of a proxy or of another origin. A tunnel or reverse proxy on this machine
 * connects from loopback too, but most name whom they forward for; a web page that rebinds its DNS
 * name to loopback shows that name in `Host`. A tunnel that forwards bytes and sends `Host:
 * localhost` cannot be told: that is what `PUBLIC_URL` and `RINGMASTER_TRUST_LOOPBACK` are for.
 */
export function isLocalCaller(caller: Caller): boolean {
  if (!isLoopback(caller.remoteAddress)) return false;
  const name = hostName(caller.header('host') ?? '').toLowerCase();
  if (name !== 'localhost' && !isLoopback(name)) return false;
  return !isForwarded(caller) && !isForeignOrigin(caller) && !isForeignReferer(caller);
}
