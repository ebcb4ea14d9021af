// Whether a web page of somebody else is behind a request. Control plane.

import type { Caller } from './caller.js';

/** What a browser says of a request that a page of this node made, or a person by hand. */
const OWN_SITES = new Set(['same-origin', 'none']);

/**
 * A browser sends `Origin` with every POST and every WebSocket upgrade, and `Sec-Fetch-Site` with
 * every request; Twilio and other programs send neither. A page of another port of this machine is
 * foreign too: it is of the same site, but anyone's.
 * @param ownOrigins besides the one that `Host` names
 */
export function isForeignOrigin(caller: Caller, ownOrigins: readonly string[] = []): boolean {
  const site = caller.header('sec-fetch-site');
  if (site !== undefined && !OWN_SITES.has(site.trim().toLowerCase())) return true;
  const origin = caller.header('origin');
  if (origin === undefined) return false;
  const host = hostOf(origin);
  // `null` stands for a sandboxed frame, a file or a redirect: of nobody that is known.
  if (host === undefined) return true;
  return host !== caller.header('host')?.toLowerCase() && !ownOrigins.includes(origin);
}

/** A page that embeds one of ours says so with a GET too, in browsers that know no `Sec-Fetch-Site`. */
export function isForeignReferer(caller: Caller): boolean {
  const referer = caller.header('referer');
  if (referer === undefined) return false;
  const origin = /^https?:\/\/[^/?#]*/i.exec(referer)?.[0] ?? '';
  return hostOf(origin) !== caller.header('host')?.toLowerCase();
}

/** `host[:port]` of an http(s) origin, `undefined` where it is none. */
function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^\s/?#@,]+)$/i.exec(origin)?.[1]?.toLowerCase();
}
