import { APIConnectionError, APIError } from 'openai';
import t from 'tap';
import { errorFacts, serverError, toFailure } from '../../../src/providers/openai/server-error.js';

function statusError(status: number, error: object, headers: Record<string, string> = {}) {
  return APIError.generate(status, { error }, undefined, new Headers(headers));
}

t.test('statuses and codes map to what a supervisor can act on', async (t) => {
  const cases = [
    [{ status: 401, code: 'invalid_api_key' }, 'PROVIDER_AUTH', false],
    [{ status: 403 }, 'PROVIDER_AUTH', false],
    [{ status: 429, code: 'rate_limit_exceeded' }, 'PROVIDER_RATE_LIMITED', true],
    [{ status: 429, code: 'insufficient_quota' }, 'PROVIDER_RATE_LIMITED', false],
    [{ status: 429, type: 'insufficient_quota' }, 'PROVIDER_RATE_LIMITED', false],
    [{ status: 408 }, 'PROVIDER_TIMEOUT', true],
    [{ status: 504 }, 'PROVIDER_TIMEOUT', true],
    [{ status: 409 }, 'PROVIDER_FAILED', true],
    [{ status: 500 }, 'PROVIDER_FAILED', true],
    [{ status: 503 }, 'PROVIDER_FAILED', true],
    [{ status: 400 }, 'PROVIDER_FAILED', false],
    [{ status: 404 }, 'PROVIDER_FAILED', false],
    [{ type: 'server_error' }, 'PROVIDER_FAILED', true],
    [{ code: 'session_expired' }, 'PROVIDER_FAILED', true],
    [{ code: 'invalid_api_key' }, 'PROVIDER_AUTH', false],
    [{ type: 'invalid_request_error' }, 'PROVIDER_FAILED', false],
  ] as const;
  for (const [facts, code, retryable] of cases) {
    t.match(serverError('chat', facts), { code, retryable }, JSON.stringify(facts));
  }
});

t.test('the message says what is safe: operation, status, code and request id', async (t) => {
  const thrown = statusError(
    429,
    { message: 'Key sk-secret said "hello"', code: 'rate_limit_exceeded', type: 'requests' },
    { 'x-request-id': 'req_abc123' },
  );
  const { error } = toFailure(thrown, 'speech');
  t.equal(error.message, 'speech: HTTP 429, rate_limit_exceeded, req_abc123');
  t.equal(error.cause, undefined, 'the cause would carry the rest');
});

t.test('a secret in the place of a code, type or request id is not repeated', async (t) => {
  const secret = 'sk-proj-ABCdef123';
  const thrown = statusError(400, { code: secret, type: secret }, { 'x-request-id': secret });
  t.equal(toFailure(thrown, 'chat').error.message, 'chat: HTTP 400');
});

t.test('the wait that a server asks for is read in all its forms', async (t) => {
  const wait = (headers: Record<string, string>) =>
    toFailure(statusError(429, {}, headers), 'chat').retryAfterMs;
  t.equal(wait({ 'retry-after': '2' }), 2000);
  t.equal(wait({ 'retry-after-ms': '150', 'retry-after': '2' }), 150);
  t.equal(wait({ 'retry-after': 'soon' }), undefined);
  t.equal(wait({}), undefined);
  t.equal(wait({ 'retry-after': new Date(Date.now() - 5000).toUTCString() }), 0);
  const later = wait({ 'retry-after': new Date(Date.now() + 60_000).toUTCString() });
  t.ok(later !== undefined && later > 55_000 && later <= 60_000);
});

t.test('x-should-retry has the last word', async (t) => {
  const retryable = (status: number, verdict: string) =>
    toFailure(statusError(status, {}, { 'x-should-retry': verdict }), 'chat').error.retryable;
  t.equal(retryable(500, 'false'), false);
  t.equal(retryable(400, 'true'), true);
});

t.test('a failed connection is named by its system code, not by its words', async (t) => {
  const refused = Object.assign(new Error('connect 10.1.2.3'), { code: 'ECONNREFUSED' });
  const cause = new TypeError('fetch failed', { cause: refused });
  const { error } = toFailure(new APIConnectionError({ cause }), 'chat');
  t.match(error, {
    code: 'PROVIDER_FAILED',
    retryable: true,
    message: 'chat: the connection failed (ECONNREFUSED)',
  });
});

t.test('error bodies are read in every shape', async (t) => {
  t.match(errorFacts({ error: { code: 'a', type: 'b' } }), { code: 'a', type: 'b' });
  t.match(errorFacts({ code: 'a' }), { code: 'a' });
  t.same(errorFacts({ error: 'no' }), { code: undefined, type: undefined });
  t.same(errorFacts(null), { code: undefined, type: undefined });
});
