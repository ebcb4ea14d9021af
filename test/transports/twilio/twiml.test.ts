import { XMLParser } from 'fast-xml-parser';
import t from 'tap';
import {
  busyTwiml,
  DEFAULT_TEXTS,
  dialTarget,
  dialTwiml,
  hangupTwiml,
  sayAndHangupTwiml,
  streamTwiml,
} from '../../../src/transports/twilio/twiml.js';

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
});
const parse = (xml: string): unknown => (parser.parse(xml) as { Response: unknown }).Response;

t.test('a stream comes with its parameters and the redirect that follows it', async (t) => {
  const xml = streamTwiml({
    streamUrl: 'wss://voice.example/twilio/media',
    parameters: { token: 'abc', from: '+15551234567' },
    resumeUrl: 'https://voice.example/twilio/voice/resume?attempt=1',
  });
  t.same(parse(xml), {
    Connect: {
      Stream: {
        '@url': 'wss://voice.example/twilio/media',
        Parameter: [
          { '@name': 'token', '@value': 'abc' },
          { '@name': 'from', '@value': '+15551234567' },
        ],
      },
    },
    Redirect: {
      '@method': 'POST',
      '#text': 'https://voice.example/twilio/voice/resume?attempt=1',
    },
  });
  t.ok(xml.indexOf('<Connect>') < xml.indexOf('<Redirect'), 'in this order');
});

t.test('no value can break out of its place', async (t) => {
  const nasty = `"/><Hangup/><Say x='&amp;]]>\u0000\u0007\ud800`;
  const shown = `"/><Hangup/><Say x='&amp;]]>`;
  const stream = parse(
    streamTwiml({ streamUrl: 'wss://h/p', parameters: { from: nasty }, resumeUrl: 'https://h/' }),
  ) as { Connect: { Stream: { Parameter: { '@value': string } } } };
  t.same(Object.keys(stream).sort(), ['Connect', 'Redirect']);
  // The parser undoes one level of escaping, as Twilio does.
  t.equal(stream.Connect.Stream.Parameter['@value'], shown);
  const said = parse(sayAndHangupTwiml(nasty, DEFAULT_TEXTS)) as { Say: { '#text': string } };
  t.same(Object.keys(said).sort(), ['Hangup', 'Say']);
  t.equal(said.Say['#text'], shown);
});

t.test('a parameter that is empty or longer than Twilio allows is left out', async (t) => {
  const xml = streamTwiml({
    streamUrl: 'wss://h/p',
    parameters: { from: '', to: 'x'.repeat(498), token: 'x'.repeat(494), other: '\u0000' },
    resumeUrl: 'https://h/',
  });
  t.match(parse(xml), { Connect: { Stream: { Parameter: { '@name': 'token' } } } });
});

t.test('the short documents are what Twilio expects', async (t) => {
  t.match(busyTwiml(), '<Response><Reject reason="busy"/></Response>');
  t.match(hangupTwiml(), '<Response><Hangup/></Response>');
  t.match(
    sayAndHangupTwiml('Sorry.', { ...DEFAULT_TEXTS, language: 'de-DE', voice: 'Polly.Vicki' }),
    '<Response><Say language="de-DE" voice="Polly.Vicki">Sorry.</Say><Hangup/></Response>',
  );
});

t.test('what can be dialled is told apart', async (t) => {
  t.same(dialTarget('+1 (555) 123-4567'), { kind: 'number', value: '+15551234567' });
  t.same(dialTarget(' sip:alice@pbx.example;transport=tls '), {
    kind: 'sip',
    value: 'sip:alice@pbx.example;transport=tls',
  });
  t.same(dialTarget('client:bob'), { kind: 'client', value: 'bob' });
  t.same(dialTarget('205', 'pbx.example'), { kind: 'sip', value: 'sip:205@pbx.example' });
  for (const no of [
    '',
    '205',
    '5551234567',
    '+0123456',
    'alice',
    'tel:+1555',
    'sip:',
    '+1<Hangup/>',
  ]) {
    t.equal(dialTarget(no), undefined, no);
  }
});

t.test('a transfer reports where it is told to', async (t) => {
  const dialled = (to: string) => {
    const target = dialTarget(to);
    return target === undefined ? '' : dialTwiml(target, 'https://h/after?a=1&b=2');
  };
  t.same(parse(dialled('+15551234567')), {
    Dial: { '@action': 'https://h/after?a=1&b=2', '@method': 'POST', Number: '+15551234567' },
  });
  t.match(parse(dialled('sip:a@b')), { Dial: { Sip: 'sip:a@b' } });
  t.match(parse(dialled('client:bob')), { Dial: { Client: 'bob' } });
});
