// One HTTP exchange of node:http as web-standard Request and Response, by @hono/node-server. Control plane.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener, RequestError } from '@hono/node-server';
import { errorResponse, errorText } from './http-errors.js';
import { plainAddress } from './remote-address.js';
import { BodyBudget, BodyBuffer, readBody } from './request-body.js';
import { headProblem, type HeadProblem, type RequestHead } from './request-head.js';
import type { RequestSummary, MediaServerOptions } from './server-contract.js';

export type NodeHttpOptions = Pick<
  MediaServerOptions,
  'fetch' | 'fault' | 'readsBody' | 'refused' | 'maxRequestBodyBytes' | 'maxBufferedBodyBytes'
> & {
  /** The request is complete: its connection waits for us from now on. */
  readonly complete: (incoming: IncomingMessage) => void;
};

export function remoteAddressOf(message: IncomingMessage): string {
  return plainAddress(message.socket.remoteAddress ?? '');
}

/** The request as received: `headers` of node:http drops what is there twice. */
export function headOf(incoming: IncomingMessage): RequestHead {
  const { rawHeaders } = incoming;
  const headers: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.push([rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '']);
  }
  const { method = '', url = '', httpVersion } = incoming;
  return { method, target: url, version: httpVersion, headers };
}

/** As a route or an upgrade decision asks for it. */
export function requestOf(incoming: IncomingMessage): RequestSummary {
  return {
    method: incoming.method ?? '',
    url: incoming.url ?? '/',
    remoteAddress: remoteAddressOf(incoming),
    header: (name) => {
      const value = incoming.headers[name.toLowerCase()];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    headerNames: () => Object.keys(incoming.headers),
  };
}

/** A request listener for node:http that answers through `options.fetch`. */
export function nodeHttpListener(
  options: NodeHttpOptions,
): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  const budget = new BodyBudget(options.maxBufferedBodyBytes);
  const failed = (thrown: unknown): Response => {
    options.fault(thrown);
    return errorResponse(500, 'INTERNAL_ERROR');
  };
  const listener = getRequestListener(
    async (request, env) => {
      const incoming = env.incoming as IncomingMessage;
      try {
        return await complete(await answer(request, incoming, options, budget));
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
  return (incoming, outgoing) => {
    const problem = headProblem(headOf(incoming));
    if (problem === undefined) void listener(incoming, outgoing);
    else refuse(incoming, outgoing, problem, options);
  };
}

function refuse(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { status, message }: HeadProblem,
  { refused }: NodeHttpOptions,
): void {
  refused?.('REQUEST_INVALID', message);
  const headers = { 'content-type': 'application/json', connection: 'close' };
  outgoing.writeHead(status, headers).end(errorText('REQUEST_INVALID', message));
  incoming.resume();
}

const CLOSE = { connection: 'close' };

async function answer(
  request: Request,
  incoming: IncomingMessage,
  options: NodeHttpOptions,
  budget: BodyBudget,
): Promise<Response> {
  const peer = { remoteAddress: remoteAddressOf(incoming), url: incoming.url ?? '/' };
  const length = incoming.headers['content-length'];
  const hasBody = Number(length ?? 0) > 0 || incoming.headers['transfer-encoding'] !== undefined;
  if (!hasBody) {
    options.complete(incoming);
    return options.fetch(request, peer);
  }
  const { method, headers, signal, url } = request;
  if (!wantsBody(incoming, options)) {
    // What nobody reads stays where it is, and the connection ends with the answer.
    const response = await options.fetch(new Request(url, { method, headers, signal }), peer);
    return withHeaders(response, CLOSE);
  }
  const body = new BodyBuffer(options.maxRequestBodyBytes, budget);
  const tooLong = Number(length ?? 0) > options.maxRequestBodyBytes;
  const outcome = tooLong ? 'too-large' : await readBody(incoming, body);
  try {
    if (outcome === 'too-large') return refusal(options, 413, 'REQUEST_TOO_LARGE');
    if (outcome === 'no-room') return refusal(options, 503, 'BODIES_TOO_LARGE');
    if (outcome === 'gone') return errorResponse(400, 'REQUEST_INVALID', 'the body has no end');
    options.complete(incoming);
    const read = new Request(url, { method, headers, signal, body: body.bytes });
    return await options.fetch(read, peer);
  } finally {
    body.release();
  }
}

/** A method that has no use for a body may have one all the same. */
function wantsBody(incoming: IncomingMessage, { readsBody }: NodeHttpOptions): boolean {
  if (incoming.method === 'GET' || incoming.method === 'HEAD') return false;
  return readsBody === undefined || readsBody(requestOf(incoming));
}

function refusal(
  { refused }: NodeHttpOptions,
  status: number,
  code: 'REQUEST_TOO_LARGE' | 'BODIES_TOO_LARGE',
): Response {
  refused?.(code);
  return errorResponse(status, code, undefined, CLOSE);
}

function withHeaders(response: Response, more: Record<string, string>): Response {
  const { status } = response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(more)) headers.set(name, value);
  return new Response(response.body, { status, headers });
}

/** The whole body before the first byte is written: one that fails is an error answer, not half of one. */
async function complete(response: Response): Promise<Response> {
  if (response.body === null) return response;
  const { status, headers } = response;
  return new Response(await response.arrayBuffer(), { status, headers });
}
