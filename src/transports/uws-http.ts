// One HTTP exchange of uWebSockets.js as web-standard Request and Response. Control plane.

import { STATUS_CODES } from 'node:http';
import type { HttpRequest, HttpResponse } from 'uWebSockets.js';
import { errorResponse } from './http-errors.js';
import { plainAddress } from './remote-address.js';
import type { HttpPeer, MediaServerOptions } from './server-contract.js';

export function remoteAddressOf(response: HttpResponse): string {
  return plainAddress(Buffer.from(response.getRemoteAddressAsText()).toString('latin1'));
}

/** Path with query, as received. */
export function requestUrlOf(request: HttpRequest): string {
  // `undefined` where the declarations promise an empty string.
  const query = request.getQuery() as string | undefined;
  return query === undefined || query === '' ? request.getUrl() : `${request.getUrl()}?${query}`;
}

/** All headers, copied: the native request is gone when its callback returns. */
export function headersOf(request: HttpRequest): [string, string][] {
  const headers: [string, string][] = [];
  request.forEach((name, value) => headers.push([name, value]));
  return headers;
}

interface Exchange {
  readonly method: string;
  readonly headers: [string, string][];
  readonly peer: HttpPeer;
  readonly abort: AbortController;
  /** The client is gone, or everything was said: the native response must not be touched. */
  done: boolean;
}

export type UwsHttpOptions = Pick<MediaServerOptions, 'fetch' | 'fault' | 'maxRequestBodyBytes'> & {
  /** True when the server is stopping: connections end with their response. */
  readonly closing: () => boolean;
};

/** A longer surplus than this many times the limit is not read just to be refused politely. */
const DISCARD_FACTOR = 8;

/** Handle one request; returns at once, the response follows when it is there. */
export function serveHttp(
  response: HttpResponse,
  request: HttpRequest,
  options: UwsHttpOptions,
): void {
  const exchange: Exchange = {
    method: request.getCaseSensitiveMethod(),
    headers: headersOf(request),
    peer: { remoteAddress: remoteAddressOf(response), url: requestUrlOf(request) },
    abort: new AbortController(),
    done: false,
  };
  response.onAborted(() => {
    exchange.done = true;
    exchange.abort.abort();
  });
  readBody(response, exchange, options, (body) => {
    void answer(response, exchange, body, options);
  });
}

/** @param ready called once: with the body, or `undefined` where it is too large */
function readBody(
  response: HttpResponse,
  exchange: Exchange,
  options: UwsHttpOptions,
  ready: (body: Uint8Array<ArrayBuffer> | undefined) => void,
): void {
  const limit = options.maxRequestBodyBytes;
  const chunks: Buffer[] = [];
  let length = 0;
  let answered = false;
  response.onData((chunk, isLast) => {
    length += chunk.byteLength;
    if (answered || exchange.done) return;
    // The native buffer is gone after this callback: copy.
    if (length <= limit) chunks.push(Buffer.from(Buffer.from(chunk)));
    // What is too long is read on and dropped: a client that still writes does not see the answer.
    if (!isLast && length <= limit * DISCARD_FACTOR) return;
    answered = true;
    ready(length > limit ? undefined : new Uint8Array(Buffer.concat(chunks)));
  });
}

async function answer(
  native: HttpResponse,
  exchange: Exchange,
  body: Uint8Array<ArrayBuffer> | undefined,
  options: UwsHttpOptions,
): Promise<void> {
  let response: Response;
  let content: ArrayBuffer;
  try {
    response = await respond(exchange, body, options);
    content = await response.arrayBuffer();
  } catch (thrown) {
    options.fault(thrown);
    response = errorResponse(500, 'INTERNAL_ERROR');
    content = await response.arrayBuffer();
  }
  if (exchange.done) return;
  exchange.done = true;
  const close = body === undefined || options.closing();
  native.cork(() => write(native, exchange.method, response, content, close));
}

async function respond(
  exchange: Exchange,
  body: Uint8Array<ArrayBuffer> | undefined,
  options: UwsHttpOptions,
): Promise<Response> {
  if (body === undefined) return errorResponse(413, 'REQUEST_TOO_LARGE');
  let request: Request;
  try {
    request = toRequest(exchange, body);
  } catch {
    return errorResponse(400, 'REQUEST_INVALID', 'the request line or a header is malformed');
  }
  return options.fetch(request, exchange.peer);
}

function toRequest(exchange: Exchange, body: Uint8Array<ArrayBuffer>): Request {
  const headers = new Headers(exchange.headers);
  const host = headers.get('host') ?? 'localhost';
  // A host with a slash or an @ would move part of it into path or credentials.
  if (!/^[\w.:[\]-]+$/.test(host)) throw new TypeError('invalid host');
  const hasBody = exchange.method !== 'GET' && exchange.method !== 'HEAD';
  return new Request(`http://${host}${exchange.peer.url}`, {
    method: exchange.method,
    headers,
    signal: exchange.abort.signal,
    ...(hasBody && body.byteLength > 0 ? { body } : {}),
  });
}

/** Headers that belong to the connection, which uWebSockets.js writes itself. */
const CONNECTION_HEADERS = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
]);

function write(
  native: HttpResponse,
  method: string,
  response: Response,
  content: ArrayBuffer,
  close: boolean,
): void {
  native.writeStatus(`${response.status} ${STATUS_CODES[response.status] ?? 'Unknown'}`);
  for (const [name, value] of response.headers) {
    if (!CONNECTION_HEADERS.has(name)) native.writeHeader(name, value);
  }
  if (close) native.writeHeader('connection', 'close');
  const bodiless = method === 'HEAD' || response.status === 204 || response.status === 304;
  // Not endWithoutBody(length): 20.30 then refuses the connection's next request.
  if (bodiless) native.endWithoutBody();
  else native.end(content, close);
}
