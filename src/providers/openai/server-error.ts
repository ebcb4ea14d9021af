// What an OpenAI-compatible server or the way to it reports, as coded errors without its words. Control plane.

import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { RingmasterError, type ErrorCode } from '../../errors.js';
import { asObject, type JsonObject } from './json.js';

/** Which endpoint an error is about; begins every message. */
export type Operation = 'chat' | 'speech' | 'transcription' | 'realtime' | 'models';

/** What is worth knowing of a server's error body. All optional: compatible servers differ. */
export interface ServerErrorFacts {
  readonly status?: number | undefined;
  readonly code?: unknown;
  readonly type?: unknown;
  readonly requestId?: unknown;
}

export interface Failure {
  readonly error: RingmasterError;
  /** How long the server asked to wait; undefined where it did not say. */
  readonly retryAfterMs: number | undefined;
}

/** A 429 of these kinds does not go away by waiting. */
const OUT_OF_QUOTA = new Set([
  'insufficient_quota',
  'billing_hard_limit_reached',
  'billing_not_active',
]);
const AUTH_KINDS = new Set([
  'invalid_api_key',
  'invalid_authentication',
  'authentication_error',
  'permission_error',
  'permission_denied',
  'invalid_organization',
  'account_deactivated',
]);
const RATE_KINDS = new Set(['rate_limit_exceeded', 'rate_limit_error', 'too_many_requests']);
const TRANSIENT_KINDS = new Set([
  'server_error',
  'internal_error',
  'internal_server_error',
  'api_error',
  'overloaded_error',
  'service_unavailable',
  'session_expired',
]);
const TIMEOUT_STATUSES = new Set([408, 504]);

/**
 * Map a server's error to a code. The message names status, error code and request id alone: a
 * server's own text may hold parts of the key (401) or of what was said.
 */
export function serverError(operation: Operation, facts: ServerErrorFacts): RingmasterError {
  const kinds = [facts.code, facts.type].flatMap((kind) => identifier(kind) ?? []);
  const described = [
    facts.status === undefined ? 'the server reported an error' : `HTTP ${facts.status}`,
    ...kinds.slice(0, 1),
    ...requestId(facts.requestId),
  ];
  const message = `${operation}: ${described.join(', ')}`;
  const is = (set: ReadonlySet<string>): boolean => kinds.some((kind) => set.has(kind));
  const status = facts.status ?? 0;

  const coded = (code: ErrorCode, retryable = false): RingmasterError =>
    new RingmasterError(code, message, { retryable, status: facts.status });
  if (is(OUT_OF_QUOTA)) return coded('PROVIDER_RATE_LIMITED');
  if (status === 401 || status === 403 || is(AUTH_KINDS)) {
    return coded('PROVIDER_AUTH');
  }
  if (status === 429 || is(RATE_KINDS)) {
    return coded('PROVIDER_RATE_LIMITED', true);
  }
  if (TIMEOUT_STATUSES.has(status)) {
    return coded('PROVIDER_TIMEOUT', true);
  }
  const retryable = status === 409 || status >= 500 || is(TRANSIENT_KINDS);
  return coded('PROVIDER_FAILED', retryable);
}

/** Anything a request threw, as a coded error and the wait the server asked for. */
export function toFailure(thrown: unknown, operation: Operation): Failure {
  if (thrown instanceof RingmasterError) return { error: thrown, retryAfterMs: undefined };
  if (thrown instanceof APIConnectionTimeoutError) {
    return coded('PROVIDER_TIMEOUT', `${operation}: no answer in time`);
  }
  if (thrown instanceof APIConnectionError) return lineFailure(thrown, operation);
  if (thrown instanceof APIError) return statusFailure(thrown, operation);
  if (thrown instanceof SyntaxError) {
    return coded('PROVIDER_PROTOCOL', `${operation}: the answer is not valid JSON`);
  }
  return lineFailure(thrown, operation);
}

/** What a provider says that was closed. */
export function closedError(operation: Operation): RingmasterError {
  return new RingmasterError('PROVIDER_FAILED', `${operation}: the provider is closed`);
}

/**
 * Fields of an error body: `{error: {code, type}}`, `{error: "…"}` or flat, as servers differ. Routers put
 * the status of the server behind them into `code`.
 */
export function errorFacts(body: unknown): ServerErrorFacts {
  const outer = asObject(body);
  const inner = asObject(outer?.['error']) ?? outer;
  const status = [inner?.['code'], inner?.['status']].find(
    (value): value is number => typeof value === 'number' && value >= 400 && value < 600,
  );
  return { code: inner?.['code'], type: inner?.['type'], ...(status && { status }) };
}

/**
 * Is a value within an answer of status 200 an error in disguise? `{error}`, `{object: "error"}`,
 * `{type: "error"}`, an event of that name, or `{detail}` and `{message}` as web frameworks write them.
 * @param known fields that only a real answer has
 */
export function isErrorBody(body: JsonObject, event: string | undefined, known: string): boolean {
  const { error, object, type, detail, message } = body;
  if (error !== undefined && error !== null && error !== false) return true;
  if (object === 'error' || type === 'error' || event === 'error') return true;
  return !(known in body) && (typeof detail === 'string' || typeof message === 'string');
}

function coded(code: 'PROVIDER_TIMEOUT' | 'PROVIDER_PROTOCOL', message: string): Failure {
  return {
    error: new RingmasterError(code, message, { retryable: true }),
    retryAfterMs: undefined,
  };
}

function statusFailure(thrown: APIError, operation: Operation): Failure {
  const { headers } = thrown;
  const error = serverError(operation, {
    status: thrown.status,
    code: thrown.code,
    type: thrown.type,
    requestId: headers?.get('x-request-id'),
  });
  const verdict = headers?.get('x-should-retry');
  const retryable = verdict === 'true' ? true : verdict === 'false' ? false : error.retryable;
  const { code, message, status } = error;
  const waitMs = retryAfterMs(headers);
  return {
    error: new RingmasterError(code, message, { retryable, status, retryAfterMs: waitMs }),
    retryAfterMs: waitMs,
  };
}

/** The connection failed or broke: the system's error code says how, its message may name hosts. */
function lineFailure(thrown: unknown, operation: Operation): Failure {
  const code = systemCode(thrown);
  const how = code === undefined ? 'the connection failed' : `the connection failed (${code})`;
  return {
    error: new RingmasterError('PROVIDER_FAILED', `${operation}: ${how}`, { retryable: true }),
    retryAfterMs: undefined,
  };
}

/** E.g. `ECONNREFUSED`, also where it sits some causes deep. */
export function systemCode(thrown: unknown): string | undefined {
  let error: unknown = thrown;
  for (let depth = 0; depth < 5 && typeof error === 'object' && error !== null; depth++) {
    const code: unknown = (error as { code?: unknown }).code;
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code)) return code;
    error = (error as { cause?: unknown }).cause;
  }
  return undefined;
}

function retryAfterMs(headers: Headers | undefined): number | undefined {
  const milliseconds = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (milliseconds >= 0) return milliseconds;
  const header = headers?.get('retry-after');
  if (header === null || header === undefined) return undefined;
  const seconds = Number(header);
  if (seconds >= 0) return seconds * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

/** Lower snake case alone, so that neither keys nor sentences can pass. */
function identifier(value: unknown): string | undefined {
  return typeof value === 'string' && /^[a-z][a-z0-9_.]{0,63}$/.test(value) ? value : undefined;
}

function requestId(value: unknown): string[] {
  return typeof value === 'string' && /^req_[A-Za-z0-9]{1,64}$/.test(value) ? [value] : [];
}
