// Why a server could not listen, as a coded error that names the address. Control plane.

import { createServer } from 'node:net';
import { RingmasterError } from '../errors.js';

/** `host:port` with an IPv6 host in brackets. */
export function addressText(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** @param cause what node:net reported */
export function listenFailure(
  host: string,
  port: number,
  cause: NodeJS.ErrnoException | undefined,
): RingmasterError {
  const address = addressText(host, port);
  if (cause?.code === 'EADDRINUSE') {
    return new RingmasterError('PORT_IN_USE', `another process listens on ${address}`, { cause });
  }
  const why = cause?.code ?? 'the server gave no reason';
  return new RingmasterError('CONFIG_INVALID', `cannot listen on ${address}: ${why}`, { cause });
}

/** uWebSockets.js says only that it could not listen: node:net is asked why. */
export function probeListenFailure(host: string, port: number): Promise<RingmasterError> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (cause) => resolve(listenFailure(host, port, cause)));
    probe.listen({ host, port, exclusive: true }, () => {
      probe.close(() => resolve(listenFailure(host, port, undefined)));
    });
  });
}
