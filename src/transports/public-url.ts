// The node's address as Twilio sees it: what webhook and stream URLs and their signatures are made of. Control plane.

import { RingmasterError } from '../errors.js';
import { addressText } from './listen-failure.js';

export interface PublicUrl {
  /** `https://host[:port][/prefix]`, without a slash at its end. */
  readonly base: string;
  /** The absolute URL of a path of this node, `https:` or `http:`. */
  http(path: string): string;
  /** The same with `wss:` or `ws:`. */
  stream(path: string): string;
  /**
   * The node's own path of a path as received, query included: a reverse proxy may or may not have
   * taken the prefix away.
   */
  localPath(received: string): string;
}

/**
 * @param configured http(s) URL of a host, with a path prefix or none
 * @throws {RingmasterError} CONFIG_INVALID
 */
export function createPublicUrl(configured: string): PublicUrl {
  const url = parse(configured);
  const prefix = url.pathname.replace(/\/+$/, '');
  const base = `${url.origin}${prefix}`;
  const streamBase = base.replace(/^http/, 'ws');
  return {
    base,
    http: (path) => `${base}${path}`,
    stream: (path) => `${streamBase}${path}`,
    localPath: (received) => {
      if (prefix === '' || !received.startsWith(prefix)) return received;
      const rest = received.slice(prefix.length);
      return rest.startsWith('/') ? rest : received;
    },
  };
}

function parse(configured: string): URL {
  let url: URL;
  try {
    url = new URL(configured);
  } catch {
    throw new RingmasterError('CONFIG_INVALID', 'the public URL is not a URL');
  }
  const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if ((url.protocol === 'https:' || url.protocol === 'http:') && plain) return url;
  throw new RingmasterError(
    'CONFIG_INVALID',
    'the public URL must be http(s)://host[:port][/prefix] and nothing else',
  );
}

/** Where nothing is configured: the address that the server listens on, for a phone on this machine. */
export function listeningUrl(host: string, port: number): PublicUrl {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return createPublicUrl(`http://${addressText(reachable, port)}`);
}
