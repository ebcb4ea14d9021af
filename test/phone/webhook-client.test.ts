import t from 'tap';
import twilio from 'twilio';
import { WebhookClient } from '../../src/phone/webhook-client.js';
import type { HttpAnswer } from '../../src/phone/network.js';
import { memoryNetwork, xml } from '../fakes/memory-network.js';

const UNREACHABLE: HttpAnswer = { ok: false, error: 'unreachable', detail: 'ECONNREFUSED' };
const HANGUP = xml('<Response><Hangup/></Response>');
const FORM = { CallSid: 'CA1', From: '+15550100' };

t.test('a POST carries the form, signed over the exact URL', async (t) => {
  const network = memoryNetwork(() => HANGUP);
  const client = new WebhookClient({ network, authToken: 'secret' });
  const url = 'https://n.example/voice?a=1';
  const document = await client.fetchTwiml(`${url}#rc=2`, 'POST', FORM);
  t.strictSame(document.verbs, [{ verb: 'hangup' }]);
  const [request] = network.requests;
  if (request === undefined) throw new Error('no request');
  t.match(request, { method: 'POST', url, timeoutMs: 15_000, connectTimeoutMs: 5000 });
  t.strictSame(Object.fromEntries(new URLSearchParams(request.body)), FORM);
  const signature = request.headers['X-Twilio-Signature'] ?? '';
  t.ok(twilio.validateRequest('secret', signature, url, FORM));
});

t.test('a GET carries the form in its query, and that is signed', async (t) => {
  const network = memoryNetwork(() => HANGUP);
  const client = new WebhookClient({ network, authToken: 'secret' });
  await client.fetchTwiml('https://n.example/voice', 'GET', FORM);
  const [request] = network.requests;
  const url = 'https://n.example/voice?CallSid=CA1&From=%2B15550100';
  t.match(request, { method: 'GET', url, body: '' });
  t.ok(twilio.validateRequest('secret', request?.headers['X-Twilio-Signature'] ?? '', url, {}));
});

t.test('nothing is signed without a token', async (t) => {
  const network = memoryNetwork(() => HANGUP);
  await new WebhookClient({ network }).fetchTwiml('https://n.example/v', 'POST', FORM);
  t.notOk('X-Twilio-Signature' in (network.requests[0]?.headers ?? {}));
});

t.test('connecting is tried once more, as the same request', async (t) => {
  const network = memoryNetwork((_, count) => (count === 1 ? UNREACHABLE : HANGUP));
  await new WebhookClient({ network }).fetchTwiml('https://n.example/v', 'POST', FORM);
  const tokens = network.requests.map(({ headers }) => headers['I-Twilio-Idempotency-Token']);
  t.equal(tokens.length, 2);
  t.ok(tokens[0]);
  t.equal(tokens[0], tokens[1]);
});

const FAILURES: readonly (readonly [string, HttpAnswer, string, RegExp])[] = [
  ['a node that is not there', UNREACHABLE, 'PHONE_NODE_UNREACHABLE', /ECONNREFUSED.*11205/],
  [
    'no answer in time',
    { ok: false, error: 'timeout', detail: 'no answer in 9 ms' },
    'PHONE_WEBHOOK_FAILED',
    /no answer in 9 ms.*11200/,
  ],
  [
    'a broken answer',
    { ok: false, error: 'broken', detail: 'ECONNRESET' },
    'PHONE_WEBHOOK_FAILED',
    /ECONNRESET.*11200/,
  ],
  [
    'a document that is too large',
    { ok: false, error: 'too-large', detail: 'more than 64 kB' },
    'PHONE_WEBHOOK_FAILED',
    /11750/,
  ],
  ['a refusal', xml('', 403), 'PHONE_WEBHOOK_FAILED', /answered 403.*11200/],
  ['a redirect of HTTP', xml('', 302), 'PHONE_WEBHOOK_FAILED', /answered 302/],
  ['an empty document', xml(''), 'PHONE_TWIML_INVALID', /12100/],
  ['an unknown verb', xml('<Response><X/></Response>'), 'PHONE_TWIML_INVALID', /12200/],
  [
    'JSON',
    { ok: true, status: 200, contentType: 'application/json', body: '{}' },
    'PHONE_TWIML_INVALID',
    /12300/,
  ],
];

for (const [what, answer, code, message] of FAILURES) {
  t.test(`${what} is ${code}`, async (t) => {
    const client = new WebhookClient({ network: memoryNetwork(() => answer) });
    const fetched = client.fetchTwiml('https://n.example/v?key=hidden', 'POST', FORM);
    await t.rejects(fetched, { code, message });
    await fetched.catch((error: Error) => t.notMatch(error.message, /hidden/));
  });
}

t.test('a webhook that fails is not asked again', async (t) => {
  const network = memoryNetwork(() => xml('', 500));
  const client = new WebhookClient({ network });
  await t.rejects(client.fetchTwiml('https://n.example/v', 'POST', FORM));
  t.equal(network.requests.length, 1);
});

t.test('the fallback URL is asked once, and told why', async (t) => {
  const network = memoryNetwork((_, count) => (count === 1 ? xml('', 500) : HANGUP));
  const fallbackUrl = 'https://b.example/v';
  const client = new WebhookClient({ network, fallbackUrl });
  const document = await client.fetchTwiml('https://a.example/v', 'POST', FORM);
  t.equal(document.url, fallbackUrl);
  t.strictSame(Object.fromEntries(new URLSearchParams(network.requests[1]?.body)), {
    ...FORM,
    ErrorCode: '11200',
    ErrorUrl: 'https://a.example/v',
  });
});

t.test("a fallback that fails too gives the fallback's error", async (t) => {
  const network = memoryNetwork((_, count) => (count === 1 ? xml('', 500) : xml('', 404)));
  const client = new WebhookClient({ network, fallbackUrl: 'https://b.example/v' });
  await t.rejects(client.fetchTwiml('https://a.example/v', 'POST', FORM), {
    message: /b\.example.*404/,
  });
});

t.test('a status callback may fail without harm', async (t) => {
  const network = memoryNetwork(() => xml('', 500));
  await new WebhookClient({ network }).notify('https://n.example/s', 'POST', FORM);
  t.equal(network.requests.length, 1);
});
