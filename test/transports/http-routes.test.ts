import { XMLParser } from 'fast-xml-parser';
import t from 'tap';
import { RingmasterError } from '../../src/errors.js';
import twilio from 'twilio';
import type { CallRecord, CallSid } from '../../src/actors/ports.js';
import type { ErrorCode } from '../../src/errors.js';
import { createRoutes, type RouteDependencies } from '../../src/transports/http-routes.js';
import { createPublicUrl } from '../../src/transports/public-url.js';
import { createTwilioSignature } from '../../src/transports/twilio/signature.js';
import { ResumeTickets } from '../../src/transports/twilio/resume-url.js';
import { StreamTokens } from '../../src/transports/twilio/stream-token.js';
import type { NextStep } from '../../src/transports/twilio/voice-routes.js';

const CALL = `CA${'1b'.repeat(16)}` as CallSid;
const BASE = 'https://voice.example';
const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@' });

interface Twiml {
  Connect?: { Stream: { '@url': string; Parameter: { '@name': string; '@value': string }[] } };
  Redirect?: { '@method': string; '#text': string };
  Say?: unknown;
  Hangup?: unknown;
  Reject?: { '@reason': string };
  Dial?: Record<string, unknown>;
}

function setup(changes: Partial<RouteDependencies> = {}, authTokens = ['secret']) {
  const publicUrl = changes.publicUrl ?? (() => createPublicUrl(BASE));
  const tokens = new StreamTokens();
  const tickets = new ResumeTickets({ secrets: ['a secret of ours'], lifeMs: 60_000 });
  const abandoned: string[] = [];
  const faults: unknown[] = [];
  const ended: [string, string][] = [];
  const next: { step: NextStep } = { step: undefined };
  const node: { refusal: ErrorCode | undefined } = { refusal: undefined };
  const app = createRoutes({
    publicUrl,
    signature: createTwilioSignature({ authTokens, publicUrl }),
    tokens,
    tickets,
    abandon: (callSid) => void abandoned.push(callSid),
    admit: () => node.refusal,
    refusal: () => node.refusal,
    nextFor: () => next.step,
    onTerminalStatus: (sid, status) => void ended.push([sid, status]),
    fault: (thrown) => void faults.push(thrown),
    calls: { get: async () => undefined, list: async () => [] },
    notReady: () => [],
    ...changes,
  });

  const send = (
    path: string,
    init: RequestInit = {},
    from = '192.0.2.1',
  ): Response | Promise<Response> =>
    app.fetch(new Request(`http://internal${path}`, init), { remoteAddress: from, url: path });

  const post = async (path: string, form: Record<string, string>, signWith = 'secret') =>
    send(path, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: {
        'x-twilio-signature': twilio.getExpectedTwilioSignature(
          signWith,
          publicUrl().http(path),
          form,
        ),
      },
    });

  const twiml = async (path: string, form: Record<string, string> = {}): Promise<Twiml> => {
    const response = await post(path, { CallSid: CALL, ...form });
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    const text = await response.text();
    return (parser.parse(text) as { Response: Twiml }).Response;
  };

  return { app, send, post, twiml, tokens, tickets, abandoned, faults, ended, next, node };
}

const code = async (response: Response | Promise<Response>) => {
  const answer = await response;
  const body = (await answer.json()) as { error: { code: string; message: string } };
  return { status: answer.status, code: body.error.code, said: body.error.message !== '' };
};

t.test('a call is answered', async (t) => {
  t.test('with a stream whose token is good for this call, and what follows it', async (t) => {
    const { twiml, tokens } = setup();
    const { Connect, Redirect } = await twiml('/twilio/voice', { From: '+1555', To: 'sip:a&b@c' });
    t.equal(Connect?.Stream['@url'], 'wss://voice.example/twilio/media');
    const values = Object.fromEntries(
      Connect?.Stream.Parameter.map((each) => [each['@name'], each['@value']]) ?? [],
    );
    t.equal(values['from'], '+1555');
    t.equal(values['to'], 'sip:a&b@c');
    t.equal(tokens.redeem(values['token'] ?? '', CALL), 'ok');
    t.match(Redirect, {
      '@method': 'POST',
      '#text': /^https:\/\/voice\.example\/twilio\/voice\/resume\?t=1\.[\w.-]+$/,
    });
  });

  t.test('as XML', async (t) => {
    const { post } = setup();
    const response = await post('/twilio/voice', { CallSid: CALL });
    t.match(response.headers.get('content-type'), /^text\/xml/);
  });

  t.test('each time that it is posted, with a token each', async (t) => {
    const { twiml, tokens } = setup();
    for (const answer of [await twiml('/twilio/voice'), await twiml('/twilio/voice')]) {
      const parameter = answer.Connect?.Stream.Parameter as unknown as { '@value': string };
      t.equal(tokens.redeem(parameter['@value'], CALL), 'ok');
    }
  });

  t.test('with ws and the listening address where no public URL is configured', async (t) => {
    const { twiml } = setup({ publicUrl: () => createPublicUrl('http://127.0.0.1:3000') });
    const { Connect, Redirect } = await twiml('/twilio/voice');
    t.equal(Connect?.Stream['@url'], 'ws://127.0.0.1:3000/twilio/media');
    t.match(Redirect?.['#text'], 'http://127.0.0.1:3000/twilio/voice/resume');
  });

  t.test('below the prefix of the public URL, with a slash at the end or not', async (t) => {
    const { send, twiml } = setup({ publicUrl: () => createPublicUrl(`${BASE}/n1`) });
    const { Connect } = await twiml('/twilio/voice');
    t.equal(Connect?.Stream['@url'], 'wss://voice.example/n1/twilio/media');
    for (const path of ['/n1/healthz', '/healthz', '/healthz/']) {
      t.equal((await send(path)).status, 200, path);
    }
  });
});

t.test('a call that cannot be taken', async (t) => {
  t.test('hears the busy tone while it rings', async (t) => {
    const { twiml, node } = setup();
    for (const refusal of [
      'NODE_FULL',
      'NODE_OVERLOADED',
      'NODE_DRAINING',
      'NODE_STARTING',
    ] as const) {
      node.refusal = refusal;
      const answer = await twiml('/twilio/voice', { CallStatus: 'ringing' });
      t.same(answer, { Reject: { '@reason': 'busy' } }, refusal);
    }
  });

  t.test('is told so where it is answered already', async (t) => {
    const { twiml, node } = setup();
    node.refusal = 'NODE_FULL';
    const answer = await twiml('/twilio/voice', { CallStatus: 'in-progress' });
    t.same(Object.keys(answer), ['Say', 'Hangup']);
  });
});

t.test('after its stream a call', async (t) => {
  t.test('hangs up where the agent did', async (t) => {
    const { twiml, next } = setup();
    next.step = { type: 'hangup' };
    t.same(Object.keys(await twiml('/twilio/voice/resume?attempt=1')), ['Hangup']);
  });

  t.test('is transferred', async (t) => {
    const { twiml, next } = setup({ sipDomain: 'pbx.example' });
    next.step = { type: 'transfer', to: '+15551234567' };
    t.match(await twiml('/twilio/voice/resume?attempt=1'), {
      Dial: { '@action': 'https://voice.example/twilio/voice/dialed', Number: 15551234567 },
    });
    next.step = { type: 'transfer', to: '205' };
    t.match(await twiml('/twilio/voice/resume?attempt=1'), {
      Dial: { Sip: 'sip:205@pbx.example' },
    });
  });

  t.test('hears an apology where the transfer goes nowhere', async (t) => {
    const { twiml, next } = setup();
    next.step = { type: 'transfer', to: 'the boss' };
    t.same(Object.keys(await twiml('/twilio/voice/resume?attempt=1')), ['Say', 'Hangup']);
  });

  t.test('hears an apology where it failed', async (t) => {
    const { twiml, next } = setup();
    next.step = { type: 'failed' };
    t.same(Object.keys(await twiml('/twilio/voice/resume?attempt=1')), ['Say', 'Hangup']);
  });

  t.test('hears an apology where what is next cannot be told, and it is reported', async (t) => {
    for (const nextFor of [
      () => Promise.reject(new Error('store')),
      (): NextStep => {
        throw new Error('store');
      },
    ]) {
      const { twiml, faults } = setup({ nextFor });
      t.same(Object.keys(await twiml('/twilio/voice/resume?attempt=1')), ['Say', 'Hangup']);
      t.match(faults, [{ message: 'store' }]);
    }
  });

  t.test('gets a new stream where the line was lost, up to the limit', async (t) => {
    const { twiml, tokens, tickets, next, abandoned } = setup();
    next.step = { type: 'resume' };
    let path = `/twilio/voice/resume?t=${tickets.issue(CALL, 1)}`;
    for (const attempt of [2, 3, 4]) {
      const answer = await twiml(path);
      const parameter = answer.Connect?.Stream.Parameter as unknown as { '@value': string };
      t.equal(tokens.redeem(parameter['@value'], CALL), 'ok');
      path = (answer.Redirect?.['#text'] ?? '').slice(BASE.length);
      t.match(path, `?t=${attempt}.`);
      t.same(abandoned, []);
    }
    t.same(Object.keys(await twiml(path)), ['Say', 'Hangup'], 'then the call ends');
    t.same(abandoned, [CALL], 'here too');
  });

  t.test('that this node does not know is not greeted anew (B8)', async (t) => {
    const { twiml, next, node } = setup();
    next.step = undefined;
    const other = new ResumeTickets({ secrets: ['a secret of ours'], lifeMs: 60_000 });
    const stranger = new ResumeTickets({ secrets: ['a secret of theirs'], lifeMs: 60_000 });
    const queries = [
      '',
      '?t=',
      '?t=x',
      '?attempt=1',
      `?t=${other.issue(CALL, 1)}`,
      `?t=${stranger.issue(CALL, 1)}`,
      `?t=${other.issue(`CA${'2'.repeat(32)}` as CallSid, 1)}`,
    ];
    for (const refusal of [undefined, 'NODE_FULL', 'NODE_DRAINING'] as const) {
      node.refusal = refusal;
      for (const query of queries) {
        t.same(Object.keys(await twiml(`/twilio/voice/resume${query}`)), ['Say', 'Hangup'], query);
      }
    }
  });

  t.test('whose stream never came is tried again by the node that promised it', async (t) => {
    const { twiml, next, tickets, node } = setup();
    next.step = undefined;
    const path = `/twilio/voice/resume?t=${tickets.issue(CALL, 1)}`;
    t.same(Object.keys(await twiml(path)), ['Connect', 'Redirect']);
    node.refusal = 'NODE_FULL';
    t.same(Object.keys(await twiml(path)), ['Say', 'Hangup'], 'where it has a place');
  });

  t.test('that was lost goes on, on a node that drains, is full or overloaded', async (t) => {
    const { twiml, next, tickets, node } = setup();
    next.step = { type: 'resume' };
    for (const refusal of ['NODE_DRAINING', 'NODE_FULL', 'NODE_OVERLOADED'] as const) {
      node.refusal = refusal;
      const path = `/twilio/voice/resume?t=${tickets.issue(CALL, 1)}`;
      t.same(Object.keys(await twiml(path)), ['Connect', 'Redirect'], refusal);
    }
  });

  t.test(
    'ends after a transfer that was answered, with a word after one that was not',
    async (t) => {
      const { twiml } = setup();
      const after = (status: string) => twiml('/twilio/voice/dialed', { DialCallStatus: status });
      t.same(Object.keys(await after('completed')), ['Hangup']);
      for (const status of ['busy', 'no-answer', 'failed', 'canceled']) {
        t.same(Object.keys(await after(status)), ['Say', 'Hangup'], status);
      }
    },
  );
});

t.test('status callbacks report ends alone, whatever their order', async (t) => {
  const { post, ended } = setup();
  const states = ['completed', 'in-progress', 'ringing', 'something-new', 'no-answer'];
  for (const CallStatus of states) {
    const response = await post('/twilio/status', { CallSid: CALL, CallStatus });
    t.equal(response.status, 204);
  }
  t.same(ended, [
    [CALL, 'completed'],
    [CALL, 'no-answer'],
  ]);
});

t.test('whatever else Twilio signs for the status callback is taken with 204 (D7)', async (t) => {
  const { post, ended } = setup();
  const others: Record<string, string>[] = [
    { CallSid: CALL, AnsweredBy: 'human', MachineDetectionDuration: '3000' },
    { CallSid: CALL, AnsweredBy: 'machine_end_beep' },
    { CallSid: CALL },
    { CallSid: CALL, RecordingSid: `RE${'1'.repeat(32)}`, RecordingStatus: 'completed' },
    { CallSid: CALL, StreamSid: `MZ${'1'.repeat(32)}`, StreamEvent: 'stream-error' },
    { MessageSid: `SM${'1'.repeat(32)}`, MessageStatus: 'delivered' },
    { CallSid: 'CA1', CallStatus: 'completed' },
    {},
  ];
  for (const form of others) {
    t.equal((await post('/twilio/status', form)).status, 204, JSON.stringify(form));
  }
  t.same(ended, []);
});

const WEBHOOKS = [
  '/twilio/voice',
  '/twilio/voice/resume',
  '/twilio/voice/dialed',
  '/twilio/status',
];

t.test('a webhook', async (t) => {
  t.test('that Twilio did not sign is refused', async (t) => {
    const { post, send, ended } = setup();
    for (const path of WEBHOOKS) {
      const form = { CallSid: CALL, CallStatus: 'completed' };
      t.match(await code(post(path, form, 'wrong')), { status: 403, code: 'SIGNATURE_INVALID' });
      const bare = send(path, { method: 'POST', body: new URLSearchParams(form) });
      t.match(await code(bare), { status: 403, code: 'SIGNATURE_INVALID', said: true });
    }
    t.same(ended, []);
  });

  t.test('without a CallSid, or with something else in its place, is refused', async (t) => {
    const { post } = setup();
    const wrong: Record<string, string>[] = [
      {},
      { CallSid: '' },
      { CallSid: 'CA1' },
      { CallSid: `SM${'1'.repeat(32)}` },
      { CallSid: `${CALL}"/>` },
    ];
    for (const path of WEBHOOKS.filter((each) => each !== '/twilio/status')) {
      for (const form of wrong) {
        t.match(await code(post(path, form)), { status: 400, code: 'REQUEST_INVALID' });
      }
    }
  });

  t.test('that is no form is refused', async (t) => {
    const { send } = setup();
    const signed = { 'x-twilio-signature': `${'A'.repeat(27)}=` };
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
      const response = send('/twilio/voice', {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': type, ...signed },
      });
      t.match(await code(response), { status: 415, code: 'CONTENT_TYPE_UNSUPPORTED' }, type);
    }
    const bare = send('/twilio/voice', { method: 'POST', headers: signed });
    t.match(await code(bare), { status: 415, code: 'CONTENT_TYPE_UNSUPPORTED' });
  });

  t.test('may name its charset', async (t) => {
    const { send } = setup({}, []);
    const response = await send(
      '/twilio/voice',
      {
        method: 'POST',
        body: `CallSid=${CALL}`,
        headers: {
          'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
          host: 'localhost',
        },
      },
      '127.0.0.1',
    );
    t.equal(response.status, 200);
  });

  t.test('from elsewhere is refused where no auth token is configured', async (t) => {
    const { post } = setup({}, []);
    t.match(await code(post('/twilio/voice', { CallSid: CALL })), {
      status: 403,
      code: 'NOT_LOOPBACK',
    });
  });

  t.test('of a stranger is refused by its headers, its body is not looked at (A1)', async (t) => {
    const { app } = setup();
    for (const signature of [undefined, '', 'x', 'A'.repeat(28), `${'A'.repeat(27)}=, b`]) {
      const request = new Request('http://internal/twilio/voice', {
        method: 'POST',
        body: 'a=1',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          ...(signature !== undefined && { 'x-twilio-signature': signature }),
        },
      });
      const peer = { remoteAddress: '192.0.2.1', url: '/twilio/voice' };
      t.match(await code(app.fetch(request, peer)), { status: 403, code: 'SIGNATURE_INVALID' });
      t.notOk(request.bodyUsed);
    }
  });

  t.test('with a form beyond the limits is refused before its hash (A1)', async (t) => {
    const { send } = setup();
    const many = Array.from({ length: 20_000 }, (_, index) => `n${index}=`).join('&');
    const hostile = {
      many,
      ampersands: '&'.repeat(160_000),
      'long name': `${'n'.repeat(160_000)}=1`,
      'long value': `a=${'%41'.repeat(53_000)}`,
      'one name often': 'a=1&'.repeat(40_000),
      'bad percent sign': 'a=%zz',
      'no UTF-8': 'a=%ff%fe',
    };
    for (const [what, body] of Object.entries(hostile)) {
      const response = send('/twilio/voice', {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-twilio-signature': `${'A'.repeat(27)}=`,
        },
      });
      t.match(await code(response), { status: 400, code: 'FORM_INVALID' }, what);
    }
  });

  t.test('with two CallSids is refused (A1)', async (t) => {
    const { send } = setup({}, []);
    const body = `CallSid=${CALL}&CallSid=CA${'2'.repeat(32)}`;
    const response = send(
      '/twilio/voice',
      {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/x-www-form-urlencoded', host: 'localhost' },
      },
      '127.0.0.1',
    );
    t.match(await code(response), { status: 400, code: 'REQUEST_INVALID' });
  });

  t.test('that a foreign page sends is refused, signed or not (A4)', async (t) => {
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://voice.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: BASE },
    ];
    for (const path of WEBHOOKS) {
      for (const more of foreign) {
        const form = { CallSid: CALL, CallStatus: 'completed' };
        for (const authTokens of [['secret'], []]) {
          const { send, ended } = setup({}, authTokens);
          const headers = {
            host: 'localhost',
            'x-twilio-signature': twilio.getExpectedTwilioSignature('secret', BASE + path, form),
            ...more,
          };
          const init = { method: 'POST', body: new URLSearchParams(form), headers };
          t.match(await code(send(path, init, '127.0.0.1')), {
            status: 403,
            code: 'ORIGIN_FOREIGN',
          });
          t.same(ended, []);
        }
      }
    }
  });

  t.test('of a page of this node, or of none, is taken (A4)', async (t) => {
    const { send } = setup({}, []);
    const own: Record<string, string>[] = [
      { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
      {},
    ];
    for (const headers of own) {
      const response = await send(
        '/twilio/voice',
        {
          method: 'POST',
          body: new URLSearchParams({ CallSid: CALL }),
          headers: { host: 'localhost:8080', ...headers },
        },
        '127.0.0.1',
      );
      t.equal(response.status, 200);
    }
  });

  t.test('of this machine is refused where a public URL is set (A3)', async (t) => {
    const { send } = setup({}, []);
    const strict = createRoutes({
      publicUrl: () => createPublicUrl(BASE),
      signature: createTwilioSignature({
        authTokens: [],
        publicUrl: () => createPublicUrl(BASE),
        isLocal: () => false,
      }),
      isLocal: () => false,
      tokens: new StreamTokens(),
      tickets: new ResumeTickets({ lifeMs: 60_000 }),
      abandon: () => undefined,
      admit: () => undefined,
      refusal: () => undefined,
      nextFor: () => undefined,
      onTerminalStatus: () => undefined,
      fault: () => undefined,
      calls: { get: async () => undefined, list: async () => [] },
      notReady: () => [],
    });
    const init = (): RequestInit => ({
      method: 'POST',
      body: new URLSearchParams({ CallSid: CALL }),
      headers: { host: 'localhost' },
    });
    t.equal((await send('/twilio/voice', init(), '127.0.0.1')).status, 200);
    for (const path of WEBHOOKS) {
      const request = new Request(`http://internal${path}`, init());
      const response = strict.fetch(request, { remoteAddress: '127.0.0.1', url: path });
      t.match(await code(response), { status: 403, code: 'NOT_LOOPBACK' });
    }
    const calls = new Request('http://internal/calls', { headers: { host: 'localhost' } });
    t.match(await code(strict.fetch(calls, { remoteAddress: '127.0.0.1', url: '/calls' })), {
      status: 403,
      code: 'NOT_LOOPBACK',
    });
  });

  t.test('of another method is 405', async (t) => {
    const { send } = setup();
    for (const path of WEBHOOKS) {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const response = await send(path, { method });
        t.equal(response.headers.get('allow'), 'POST');
        t.match(await code(response), { status: 405, code: 'METHOD_NOT_ALLOWED' });
      }
    }
  });
});

t.test('what does not exist is 404 with a coded body', async (t) => {
  const { send } = setup();
  for (const path of ['/', '/twilio', '/twilio/media', '/favicon.ico', '//', '/calls/a/b']) {
    t.match(await code(send(path)), { status: 404, code: 'ROUTE_NOT_FOUND', said: true }, path);
  }
});

const RECORD: CallRecord = {
  callSid: CALL,
  streamSid: `MZ${'2'.repeat(32)}` as CallRecord['streamSid'],
  state: 'ended',
  startedAt: '2026-11-20T08:00:00.000Z',
  turns: [{ role: 'caller', text: 'hello', startMs: 0, endMs: 10 }],
  latencies: [],
  interruptions: 0,
  falseInterruptions: 0,
  restarts: {},
};

t.test('call records', async (t) => {
  const limits: number[] = [];
  const calls = {
    get: async (sid: string) => (sid === CALL ? RECORD : undefined),
    list: async (limit: number) => {
      limits.push(limit);
      return [RECORD];
    },
  };
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

  t.test('are listed, newest first, as many as asked for', async (t) => {
    const { send } = setup({ calls, bearerToken: 'open' });
    const response = await send('/calls?limit=7', bearer('open'));
    t.same(await response.json(), { calls: [RECORD] });
    t.equal(response.headers.get('cache-control'), 'no-store');
    await send('/calls', bearer('open'));
    t.same(limits, [7, 50]);
    for (const limit of ['0', '501', '-1', 'x', '', '1e2']) {
      t.match(await code(send(`/calls?limit=${limit}`, bearer('open'))), {
        status: 400,
        code: 'REQUEST_INVALID',
      });
    }
  });

  t.test('are given one by one', async (t) => {
    const { send } = setup({ calls, bearerToken: 'open' });
    t.same(await (await send(`/calls/${CALL}`, bearer('open'))).json(), RECORD);
    const other = `CA${'9'.repeat(32)}`;
    t.match(await code(send(`/calls/${other}`, bearer('open'))), {
      status: 404,
      code: 'CALL_NOT_FOUND',
    });
    t.match(await code(send('/calls/etc', bearer('open'))), {
      status: 400,
      code: 'REQUEST_INVALID',
    });
  });

  t.test('need the bearer token where one is configured, on this machine too', async (t) => {
    const { send } = setup({ calls, bearerToken: 'open' });
    for (const path of ['/calls', `/calls/${CALL}`]) {
      for (const authorization of [
        '',
        'open',
        'Bearer',
        'Bearer wrong',
        'Bearer openopen',
        'Basic open',
      ]) {
        const response = await send(path, { headers: { authorization } }, '127.0.0.1');
        t.equal(response.headers.get('www-authenticate'), 'Bearer');
        t.match(await code(response), { status: 401, code: 'UNAUTHORIZED' }, authorization);
      }
    }
  });

  t.test('of a store that fails are a coded answer, and one that hangs too (B5)', async (t) => {
    for (const [code, status] of [
      ['STORE_FAILED', 502],
      ['STORE_TIMEOUT', 504],
    ] as const) {
      const failing = async (): Promise<never> => {
        throw new RingmasterError(code, 'the address of the disk');
      };
      const { send } = setup({ calls: { get: failing, list: failing }, bearerToken: 'open' });
      for (const path of ['/calls', `/calls/${CALL}`]) {
        const response = await send(path, bearer('open'));
        t.equal(response.status, status);
        const text = await response.text();
        t.match(text, code);
        t.notMatch(text, 'disk', 'the cause is for the log');
      }
    }
  });

  t.test('are for this machine alone where none is configured', async (t) => {
    const { send } = setup({ calls });
    const local = { headers: { host: 'localhost:3000' } };
    t.equal((await send('/calls', local, '127.0.0.1')).status, 200);
    t.match(await code(send('/calls', local)), { status: 403, code: 'NOT_LOOPBACK' });
    const rebound = { headers: { host: 'evil.example' } };
    t.match(await code(send('/calls', rebound, '127.0.0.1')), {
      status: 403,
      code: 'NOT_LOOPBACK',
    });
    const tunnelled = { headers: { host: 'localhost', 'x-forwarded-for': '192.0.2.1' } };
    t.match(await code(send('/calls', tunnelled, '::1')), { status: 403, code: 'NOT_LOOPBACK' });
  });

  t.test('are only read', async (t) => {
    const { send } = setup({ calls, bearerToken: 'open' });
    t.match(await code(send('/calls', { ...bearer('open'), method: 'DELETE' })), { status: 405 });
  });
});

t.test('health and readiness', async (t) => {
  t.test('the process is alive, always', async (t) => {
    const { send } = setup({ notReady: () => ['NODE_DRAINING'] });
    const response = await send('/healthz');
    t.equal(response.status, 200);
    t.same(await response.json(), { status: 'ok' });
  });

  t.test('the node is ready, or 503 with every reason', async (t) => {
    const reasons: ErrorCode[] = [];
    const { send } = setup({ notReady: () => reasons });
    t.equal((await send('/readyz')).status, 200);
    reasons.push('NODE_STARTING', 'NODE_FULL');
    const response = await send('/readyz');
    t.equal(response.status, 503);
    t.match(await response.json(), {
      error: {
        code: 'NODE_STARTING',
        message: String,
        reasons: [{ code: 'NODE_STARTING' }, { code: 'NODE_FULL' }],
      },
    });
  });
});

t.test(
  'a route that throws is a coded 500, reported, without the cause in the answer',
  async (t) => {
    const { send, faults } = setup({
      notReady: () => {
        throw new Error('inner matters');
      },
    });
    const response = await send('/readyz');
    const body = await response.text();
    t.equal(response.status, 500);
    t.match(JSON.parse(body), { error: { code: 'INTERNAL_ERROR' } });
    t.notMatch(body, 'inner matters');
    t.match(faults, [{ message: 'inner matters' }]);
  },
);
