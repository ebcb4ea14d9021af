// What the node says of its calls and of itself over HTTP. Control plane.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, Hono } from 'hono';
import type { CallStore } from '../actors/ports.js';
import { ERROR_MEANINGS, RingmasterError, type ErrorCode } from '../errors.js';
import { callerOf, type Caller } from './caller.js';
import { errorBody, errorResponse } from './http-errors.js';
import { isLocalCaller } from './remote-address.js';
import { isCallSid } from './twilio/sids.js';
import type { HttpEnv } from './twilio/voice-routes.js';

export interface CallDependencies {
  readonly calls: Pick<CallStore, 'get' | 'list'>;
  /** Why the node takes no new call now: starting, draining, full, overloaded. Empty where it is ready. */
  readonly notReady: () => readonly ErrorCode[];
  /** What is not in order and keeps no call from being taken: an engine that is not warm, a store that fails. */
  readonly degraded?: () => readonly ErrorCode[];
  /** Call records hold transcripts. Without a token only callers of this machine see them. */
  readonly bearerToken?: string;
  /** Who those are; `isLocalCaller` where it is left out. */
  readonly isLocal?: (caller: Caller) => boolean;
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

export function addCallRoutes(app: Hono<HttpEnv>, deps: CallDependencies): void {
  const guarded = (path: string, answer: (c: Context<HttpEnv>) => Promise<Response>) => {
    app.get(path, async (c) => {
      const response = authorize(c, deps) ?? (await answer(c).catch(storeProblem));
      response.headers.set('cache-control', 'no-store');
      return response;
    });
  };

  guarded('/calls', async (c) => {
    const limit = limitOf(c.req.query('limit'));
    if (limit === undefined) {
      return errorResponse(400, 'REQUEST_INVALID', `limit must be 1 to ${MAX_LIMIT}`);
    }
    return Response.json({ calls: await deps.calls.list(limit) });
  });

  guarded('/calls/:sid', async (c) => {
    const sid = c.req.param('sid');
    if (!isCallSid(sid)) return errorResponse(400, 'REQUEST_INVALID', 'this is no CallSid');
    const record = await deps.calls.get(sid);
    return record === undefined ? errorResponse(404, 'CALL_NOT_FOUND') : Response.json(record);
  });

  app.get('/healthz', () => Response.json({ status: 'ok' }));

  app.get('/readyz', () => {
    const codes = deps.notReady();
    const [first] = codes;
    const degraded = deps.degraded?.() ?? [];
    if (first === undefined) {
      // Calls are taken: what is not in order is tried again with each.
      if (degraded.length === 0) return Response.json({ status: 'ready' });
      return Response.json({ status: 'degraded', reasons: reasonsOf(degraded) });
    }
    const reasons = reasonsOf(codes);
    return Response.json(errorBody(first, undefined, { reasons }), { status: 503 });
  });

  for (const path of ['/calls', '/calls/:sid', '/healthz', '/readyz']) {
    app.all(path, () =>
      errorResponse(405, 'METHOD_NOT_ALLOWED', undefined, { allow: 'GET, HEAD' }),
    );
  }
}

const reasonsOf = (codes: readonly ErrorCode[]) =>
  codes.map((code) => ({ code, message: ERROR_MEANINGS[code] }));

/** The store is not the reader's affair beyond this; what went wrong is in the log. */
function storeProblem(thrown: unknown): Response {
  if (thrown instanceof RingmasterError && thrown.code === 'STORE_TIMEOUT') {
    return errorResponse(504, 'STORE_TIMEOUT');
  }
  if (thrown instanceof RingmasterError && thrown.code === 'STORE_FAILED') {
    return errorResponse(502, 'STORE_FAILED');
  }
  throw thrown;
}

/** The answer to a caller who may not know, `undefined` for one who may. */
function authorize(
  c: Context<HttpEnv>,
  { bearerToken, isLocal = isLocalCaller }: CallDependencies,
): Response | undefined {
  if (bearerToken === undefined) {
    return isLocal(callerOf(c)) ? undefined : errorResponse(403, 'NOT_LOOPBACK');
  }
  const [, given] = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
  if (given !== undefined && sameSecret(given, bearerToken)) return undefined;
  return errorResponse(401, 'UNAUTHORIZED', undefined, { 'www-authenticate': 'Bearer' });
}

/** Compared by digests, in constant time whatever their lengths. */
function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function limitOf(query: string | undefined): number | undefined {
  if (query === undefined) return DEFAULT_LIMIT;
  if (!/^\d{1,4}$/.test(query)) return undefined;
  const limit = Number(query);
  return limit >= 1 && limit <= MAX_LIMIT ? limit : undefined;
}
