import { createHash } from 'node:crypto';
import t from 'tap';
import twilio from 'twilio';
import { createPublicUrl } from '../../../src/transports/public-url.js';
import type { Caller } from '../../../src/transports/caller.js';
import { createTwilioSignature } from '../../../src/transports/twilio/signature.js';
import { readForm, type FormFields } from '../../../src/transports/twilio/webhook-form.js';

const sign = twilio.getExpectedTwilioSignature;
const PATH = '/twilio/voice?tenant=acme';
const URL_OF_PATH = `https://voice.example${PATH}`;

function check(publicUrl = 'https://voice.example', authTokens = ['secret']) {
  const url = createPublicUrl(publicUrl);
  return createTwilioSignature({ authTokens, publicUrl: () => url });
}

function caller(signature?: string, more: Record<string, string> = {}, from = '192.0.2.1'): Caller {
  const headers: Record<string, string> = {
    ...more,
    ...(signature === undefined ? {} : { 'x-twilio-signature': signature }),
  };
  return {
    remoteAddress: from,
    header: (name) => headers[name.toLowerCase()],
    headerNames: () => Object.keys(headers),
  };
}

function fieldsOf(text: string): FormFields {
  const read = readForm(text);
  if (typeof read === 'string') throw new Error(read);
  return read.fields;
}

const FORM = 'CallSid=CA1&From=%2B15551234567&Empty=&CallStatus=ringing';
const form = fieldsOf(FORM);
const params = { CallSid: 'CA1', From: '+15551234567', Empty: '', CallStatus: 'ringing' };

t.test('a form that Twilio signed is accepted', async (t) => {
  t.equal(check().form(caller(sign('secret', URL_OF_PATH, params)), PATH, form), undefined);
});

t.test('the signature is over the configured URL, whatever Host says', async (t) => {
  const header = { host: 'internal:3000' };
  const signature = sign('secret', URL_OF_PATH, params);
  t.equal(check().form(caller(signature, header), PATH, form), undefined);
  const forHost = sign('secret', `https://internal:3000${PATH}`, params);
  t.equal(check().form(caller(forHost, header), PATH, form), 'SIGNATURE_INVALID');
});

t.test('a prefix counts, whether a proxy takes it away or not', async (t) => {
  const signature = sign('secret', `https://voice.example/n1${PATH}`, params);
  const prefixed = check('https://voice.example/n1');
  t.equal(prefixed.form(caller(signature), PATH, form), undefined);
  t.equal(prefixed.form(caller(signature), `/n1${PATH}`, form), undefined);
});

t.test('the query is checked as it was sent, not as it is normalised', async (t) => {
  const path = "/twilio/voice?name=it's&b=%20";
  const signature = sign('secret', `https://voice.example${path}`, params);
  t.equal(check().form(caller(signature), path, form), undefined);
});

t.test('repeated fields are signed as Twilio signs them', async (t) => {
  const repeated = fieldsOf('a=2&a=1&a=2&b=x');
  const signature = sign('secret', URL_OF_PATH, { a: ['2', '1', '2'], b: 'x' });
  t.equal(check().form(caller(signature), PATH, repeated), undefined);
});

t.test('fields with the names of object members are fields', async (t) => {
  const odd = fieldsOf('__proto__=1&constructor=2&toString=3');
  const members = Object.assign(Object.create(null) as object, {
    ['__proto__']: '1',
    constructor: '2',
    toString: '3',
  });
  Object.defineProperty(members, '__proto__', { value: '1', enumerable: true });
  t.equal(check().form(caller(sign('secret', URL_OF_PATH, members)), PATH, odd), undefined);
});

t.test('whatever is altered, the signature is refused', async (t) => {
  const good = sign('secret', URL_OF_PATH, params);
  const { form: of } = check();
  const more = fieldsOf(`${FORM}&Extra=1`);
  const other = fieldsOf(FORM.replace('15551234567', '15550000000'));
  t.equal(of(caller(good), PATH, more), 'SIGNATURE_INVALID');
  t.equal(of(caller(good), PATH, other), 'SIGNATURE_INVALID');
  t.equal(of(caller(good), '/twilio/voice?tenant=other', form), 'SIGNATURE_INVALID');
  t.equal(of(caller(good), '/twilio/status?tenant=acme', form), 'SIGNATURE_INVALID');
  t.equal(of(caller(sign('wrong', URL_OF_PATH, params)), PATH, form), 'SIGNATURE_INVALID');
  t.equal(of(caller(good.replace(/^./, '+')), PATH, form), 'SIGNATURE_INVALID');
  for (const none of [undefined, '', 'x', `${good}=`, `${good}, ${good}`]) {
    t.equal(of(caller(none), PATH, form), 'SIGNATURE_INVALID', String(none));
  }
});

t.test('while tokens are rotated both are good', async (t) => {
  const both = check('https://voice.example', ['new', 'old']);
  for (const token of ['new', 'old']) {
    t.equal(both.form(caller(sign(token, URL_OF_PATH, params)), PATH, form), undefined, token);
  }
  t.equal(both.form(caller(sign('older', URL_OF_PATH, params)), PATH, form), 'SIGNATURE_INVALID');
});

t.test('a JSON body is bound to its hash', async (t) => {
  const body = Buffer.from('{"a":"é"}');
  const hash = createHash('sha256').update(body).digest('hex');
  const path = `/twilio/events?bodySHA256=${hash}`;
  const signature = sign('secret', `https://voice.example${path}`, {});
  const { json } = check();
  t.equal(json(caller(signature), path, body), undefined);
  t.equal(json(caller(signature), path, Buffer.from('{"a":"e"}')), 'SIGNATURE_INVALID');
  t.equal(json(caller('x'), path, body), 'SIGNATURE_INVALID');
  const bare = '/twilio/events';
  const unbound = sign('secret', `https://voice.example${bare}`, {});
  t.equal(json(caller(unbound), bare, body), 'SIGNATURE_INVALID', 'without a hash');
});

t.test('an upgrade is signed with the wss URL, in any of the spellings seen', async (t) => {
  const { upgrade } = check('https://voice.example/n1');
  const host = 'wss://voice.example';
  for (const url of [
    `${host}/n1/twilio/media`,
    `${host}/n1/twilio/media/`,
    `${host}:443/n1/twilio/media`,
    `${host}:443/n1/twilio/media/`,
  ]) {
    const signed = caller(sign('secret', url, {}));
    t.equal(upgrade(signed, '/n1/twilio/media'), undefined, url);
    t.equal(upgrade(signed, '/twilio/media'), undefined, `${url} without its prefix`);
  }
  for (const url of [
    'https://voice.example/n1/twilio/media',
    `${host}/twilio/media`,
    `${host}/n1/twilio/media?x=1`,
    'wss://other.example/n1/twilio/media',
    `${host}:8443/n1/twilio/media`,
  ]) {
    const signed = caller(sign('secret', url, {}));
    t.equal(upgrade(signed, '/n1/twilio/media'), 'SIGNATURE_INVALID', url);
  }
});

t.test('an unusual port belongs to the URL', async (t) => {
  const { upgrade } = check('https://voice.example:8443');
  const signed = caller(sign('secret', 'wss://voice.example:8443/twilio/media', {}));
  t.equal(upgrade(signed, '/twilio/media'), undefined);
});

t.test('without an auth token only this machine is served', async (t) => {
  const { form: of, upgrade, json } = check('http://127.0.0.1:3000', []);
  const local = caller(undefined, { host: '127.0.0.1:3000' }, '127.0.0.1');
  t.equal(of(local, PATH, form), undefined);
  t.equal(upgrade(local, '/twilio/media'), undefined);
  t.equal(json(local, PATH, Buffer.from('{}')), undefined);
  const stranger = caller(sign('', URL_OF_PATH, params));
  t.equal(of(stranger, PATH, form), 'NOT_LOOPBACK');
  t.equal(upgrade(stranger, '/twilio/media'), 'NOT_LOOPBACK');
  const tunnelled = caller(undefined, { 'x-forwarded-for': '192.0.2.1' }, '127.0.0.1');
  t.equal(of(tunnelled, PATH, form), 'NOT_LOOPBACK');
});

t.test('with an auth token this machine is no exception', async (t) => {
  const local = caller(undefined, {}, '127.0.0.1');
  t.equal(check().form(local, PATH, form), 'SIGNATURE_INVALID');
});

t.test('a request line that makes no URL is refused, not thrown at', async (t) => {
  const signed = caller(sign('secret', URL_OF_PATH, params));
  t.equal(check().form(signed, 'http://[', form), 'SIGNATURE_INVALID');
});
