// One HTTP exchange of uWebSockets.js as web-standard Request and Response. Control plane.

import { STATUS_CODES } from 'node:http';
import type { HttpRequest, HttpResponse } from 'uWebSockets.js';
import { errorResponse, errorText } from './http-errors.js';
import { plainAddress } from './remote-address.js';
import { ERROR_MEANINGS, type ErrorCode } from '../errors.js';
import { BodyBuffer, type BodyBudget } from './request-body.js';
import { headProblem, type HeadProblem } from './request-head.js';
import type { HttpPeer, MediaServerOptions, RequestSummary } from './server-contract.js';

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

export type UwsHttpOptions = Pick<
  MediaServerOptions,
  'fetch' | 'fault' | 'readsBody' | 'refused' | 'maxRequestBodyBytes' | 'requestTimeoutMs'
> & {
  readonly budget: BodyBudget;
  /** True when the server is stopping: connections end with their response. */
  readonly closing: () => boolean;
};

/** A longer surplus than this many times the limit is not read just to be refused politely. */
const DISCARD_FACTOR = 8;

/** What a client is told instead of the answer of a route; its connection ends with it. */
interface Refusal extends HeadProblem {
  readonly code: ErrorCode;
}

/** A body as far as the answer is concerned. */
type Body = Uint8Array<ArrayBuffer> | Refusal | 'unread';

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
  const ready = (body: Body): void => void answer(response, exchange, body, options);
  const problem = problemOf(exchange);
  // At once: what follows on the connection may be the body of this request, and must not be run.
  if (problem !== undefined) refuseAtOnce(response, exchange, problem, options);
  else if (hasBody(exchange) && !wantsBody(exchange, options)) ready('unread');
  else readBody(response, exchange, options, ready);
}

/** Answer before the callback returns, and close. */
export function refuse(response: HttpResponse, status: number, body: string): void {
  response.writeStatus(`${status} ${STATUS_CODES[status] ?? 'Unknown'}`);
  response.writeHeader('content-type', 'application/json').writeHeader('connection', 'close');
  response.end(body, true);
}

function refuseAtOnce(
  response: HttpResponse,
  exchange: Exchange,
  { status, code, message }: Refusal,
  { refused }: UwsHttpOptions,
): void {
  refused?.(code, message);
  exchange.done = true;
  // Its parser goes on behind an answer that closes: where the body ends in two places, it is not to.
  const lengths = exchange.headers.filter(([name]) => name === 'content-length');
  const isCodedOtherwise = exchange.headers.some(
    ([name, value]) => name === 'transfer-encoding' && value.toLowerCase() !== 'chunked',
  );
  if (lengths.length > 1 || lengths[0]?.[1] === '' || isCodedOtherwise) response.close();
  else refuse(response, status, errorText(code, message));
}

function problemOf({ method, peer, headers }: Exchange): Refusal | undefined {
  const code = 'REQUEST_INVALID';
  // Its parser passes HTTP/1.1 alone.
  const problem = headProblem({ method, target: peer.url, version: '1.1', headers });
  if (problem !== undefined) return { code, ...problem };
  // It takes chunks that are none: a bare line feed, a missing one, any coding that ends in `chunked`.
  const chunked = headers.some(([name]) => name === 'transfer-encoding');
  return chunked ? { code, status: 411, message: 'this server needs a Content-Length' } : undefined;
}

/** With a method that has no use for one, too. */
function hasBody({ headers }: Exchange): boolean {
  return headers.some(([name, value]) => name === 'content-length' && Number(value) > 0);
}

function wantsBody(exchange: Exchange, { readsBody }: UwsHttpOptions): boolean {
  if (exchange.method === 'GET' || exchange.method === 'HEAD') return false;
  return readsBody === undefined || readsBody(summaryOf(exchange));
}

function summaryOf({ method, peer, headers }: Exchange): RequestSummary {
  const map = new Headers(headers);
  return {
    method,
    ...peer,
    header: (name) => map.get(name) ?? undefined,
    headerNames: () => map.keys(),
  };
}

const refusal = (status: number, code: ErrorCode): Refusal => ({
  status,
  code,
  message: ERROR_MEANINGS[code],
});

/** @param ready called once, with the body or why it is refused */
function readBody(
  response: HttpResponse,
  exchange: Exchange,
  options: UwsHttpOptions,
  ready: (body: Body) => void,
): void {
  const limit = options.maxRequestBodyBytes;
  const body = new BodyBuffer(limit, options.budget);
  let length = 0;
  let refused: Refusal | undefined;
  let answered = false;
  const finish = (outcome: Body): void => {
    if (answered) return;
    answered = true;
    clearTimeout(timer);
    if (!exchange.done) ready(outcome);
    body.release();
  };
  const timer = setTimeout(
    () => finish(refusal(408, 'REQUEST_TIMEOUT')),
    options.requestTimeoutMs,
  ).unref();
  exchange.abort.signal.addEventListener('abort', () => finish('unread'));
  response.onData((chunk, isLast) => {
    if (answered) return;
    length += chunk.byteLength;
    // The native buffer is gone after this callback: it is copied.
    const outcome = refused === undefined ? body.add(new Uint8Array(chunk)) : 'ok';
    if (outcome === 'too-large') refused = refusal(413, 'REQUEST_TOO_LARGE');
    if (outcome === 'no-room') refused = refusal(503, 'BODIES_TOO_LARGE');
    // What is too long is read on and dropped: a client that still writes does not see the answer.
    if (isLast || length > limit * DISCARD_FACTOR) finish(refused ?? body.bytes.slice());
  });
}

async function answer(
  native: HttpResponse,
  exchange: Exchange,
  body: Body,
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
  const close = !(body instanceof Uint8Array) || options.closing();
  native.cork(() => write(native, exchange.method, response, content, close));
}

async function respond(exchange: Exchange, body: Body, options: UwsHttpOptions): Promise<Response> {
  if (typeof body === 'object' && 'code' in body) {
    options.refused?.(body.code, body.message);
    return errorResponse(body.status, body.code, body.message);
  }
  return options.fetch(toRequest(exchange, body), exchange.peer);
}

function toRequest(exchange: Exchange, body: Uint8Array<ArrayBuffer> | 'unread'): Request {
  const headers = new Headers(exchange.headers);
  const takesBody = exchange.method !== 'GET' && exchange.method !== 'HEAD';
  return new Request(`http://${headers.get('host')}${exchange.peer.url}`, {
    method: exchange.method,
    headers,
    signal: exchange.abort.signal,
    ...(takesBody && body !== 'unread' && body.byteLength > 0 ? { body } : {}),
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
