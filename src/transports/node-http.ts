// One HTTP exchange of node:http as web-standard Request and Response, by @hono/node-server. Control plane.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener, RequestError } from '@hono/node-server';
import { errorResponse } from './http-errors.js';
import { plainAddress } from './remote-address.js';
import type { MediaServerOptions } from './server-contract.js';

export type NodeHttpOptions = Pick<MediaServerOptions, 'fetch' | 'fault' | 'maxRequestBodyBytes'>;

export function remoteAddressOf(message: IncomingMessage): string {
  return plainAddress(message.socket.remoteAddress ?? '');
}

/** A request listener for node:http that answers through `options.fetch`. */
export function nodeHttpListener(
  options: NodeHttpOptions,
): (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void> {
  const failed = (thrown: unknown): Response => {
    options.fault(thrown);
    return errorResponse(500, 'INTERNAL_ERROR');
  };
  return getRequestListener(
    async (request, env) => {
      const incoming = env.incoming as IncomingMessage;
      try {
        const limited = await limitBody(request, incoming, options.maxRequestBodyBytes);
        if (limited === undefined) {
          return errorResponse(413, 'REQUEST_TOO_LARGE', undefined, { connection: 'close' });
        }
        const peer = { remoteAddress: remoteAddressOf(incoming), url: incoming.url ?? '/' };
        return await complete(await options.fetch(limited, peer));
      } catch (thrown) {
        return failed(thrown);
      }
    },
    {
      hostname: 'localhost',
      overrideGlobalObjects: false,
      errorHandler: (thrown) =>
        thrown instanceof RequestError
          ? errorResponse(400, 'REQUEST_INVALID', 'the request line or a header is malformed')
          : failed(thrown),
    },
  );
}

/** `undefined` where the body is above the limit; a body without a length is read to learn it. */
async function limitBody(
  request: Request,
  incoming: IncomingMessage,
  limit: number,
): Promise<Request | undefined> {
  const length = incoming.headers['content-length'];
  // The HTTP parser lets no more through than the header says.
  if (length !== undefined) return Number(length) <= limit ? request : undefined;
  if (incoming.headers['transfer-encoding'] === undefined || request.body === null) return request;
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    total += chunk.byteLength;
    if (total > limit) return undefined;
    chunks.push(chunk);
  }
  const { method, headers, signal, url } = request;
  return new Request(url, { method, headers, signal, body: Buffer.concat(chunks) });
}

/** The whole body before the first byte is written: one that fails is an error answer, not half of one. */
async function complete(response: Response): Promise<Response> {
  if (response.body === null) return response;
  const { status, headers } = response;
  return new Response(await response.arrayBuffer(), { status, headers });
}
