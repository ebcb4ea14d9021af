import t from 'tap';
import twilio from 'twilio';
import { diagnose } from '../../../src/transports/twilio/signature-diagnosis.js';

const PATH = '/twilio/voice?tenant=acme';
const fields = { CallSid: 'CA1', From: '+15551234567' };

function diagnosis(signedUrl: string, headers: Record<string, string> = {}, token = 'secret') {
  const all: Record<string, string> = {
    'x-twilio-signature': twilio.getExpectedTwilioSignature(token, signedUrl, fields),
    ...headers,
  };
  return diagnose({
    caller: {
      remoteAddress: '127.0.0.1',
      header: (name) => all[name],
      headerNames: () => Object.keys(all),
    },
    authTokens: ['secret', 'older'],
    url: `https://voice.example/n1${PATH}`,
    paths: [PATH, `/n1${PATH}`],
    fields,
  });
}

t.test('names what Twilio signed instead, and what to change', async (t) => {
  const cases: [string, Record<string, string>, RegExp][] = [
    [`http://voice.example/n1${PATH}`, {}, /signed http:\/\/voice.example.*same scheme/],
    [`https://other.example/n1${PATH}`, { host: 'other.example' }, /other.example.*same host/],
    [
      `https://other.example:8443/n1${PATH}`,
      { host: 'internal', 'x-forwarded-host': 'other.example:8443' },
      /other.example:8443.*same host/,
    ],
    [`https://voice.example${PATH}`, {}, /same path before/],
    ['https://voice.example/n1/twilio/voice/?tenant=acme', {}, /slash at the end/],
  ];
  for (const [signed, headers, hint] of cases) {
    for (const token of ['secret', 'older']) {
      const { url, hint: said } = diagnosis(signed, headers, token);
      t.equal(url, 'https://voice.example/n1/twilio/voice');
      t.match(said, hint);
      t.notMatch(said, 'tenant', 'no query in the log');
    }
  }
});

t.test('a token of another account is suspected where nothing fits', async (t) => {
  const { hint } = diagnosis(`https://voice.example/n1${PATH}`, {}, 'wrong');
  t.match(hint, /the token is not the one/);
  t.notMatch(hint, /wrong|secret|1555/);
});

t.test('a host that Twilio did not sign for does not reach the log', async (t) => {
  const { hint } = diagnosis('https://x.example/', { host: 'written-by-a-stranger.example' });
  t.notMatch(hint, 'stranger');
});

t.test('a missing header is named', async (t) => {
  const { hint } = diagnose({
    caller: { remoteAddress: '127.0.0.1', header: () => undefined, headerNames: () => [] },
    authTokens: ['secret'],
    url: 'https://voice.example/twilio/voice',
    paths: ['/twilio/voice'],
    fields: {},
  });
  t.match(hint, /no X-Twilio-Signature/);
});
