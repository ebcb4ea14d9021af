import t from 'tap';
import { parseTwiml } from '../../src/phone/twiml.js';

function verbs(inner: string) {
  return parseTwiml(`<?xml version="1.0" encoding="UTF-8"?><Response>${inner}</Response>`);
}

t.test('a stream is read with all it says', async (t) => {
  const stream = `<Stream url="wss://node.example/media" name="one" statusCallback="https://n.example/s"
    statusCallbackMethod="GET"><Parameter name="tenant" value="a&amp;b"/><Parameter name="t" value="1"/></Stream>`;
  t.strictSame(verbs(`<Connect>${stream}</Connect>`), {
    verbs: [
      {
        verb: 'stream',
        url: 'wss://node.example/media',
        parameters: { tenant: 'a&b', t: '1' },
        name: 'one',
        statusCallback: 'https://n.example/s',
        statusCallbackMethod: 'GET',
      },
    ],
  });
});

t.test('verbs keep their order', async (t) => {
  const result = verbs(
    '<Say>Hello &amp; welcome</Say><Pause/><Pause length="3"/><Say>Bye</Say><Play>https://x.example/a.mp3</Play><Redirect method="GET">/next</Redirect><Hangup/>',
  );
  t.strictSame(result, {
    verbs: [
      { verb: 'say', text: 'Hello & welcome' },
      { verb: 'pause', seconds: 1 },
      { verb: 'pause', seconds: 3 },
      { verb: 'say', text: 'Bye' },
      { verb: 'play', url: 'https://x.example/a.mp3' },
      { verb: 'redirect', url: '/next', method: 'GET' },
      { verb: 'hangup' },
    ],
  });
});

t.test('dialling is read from text and from nouns', async (t) => {
  t.strictSame(verbs('<Dial>+15550123</Dial>'), {
    verbs: [{ verb: 'dial', to: ['+15550123'], action: undefined, method: 'POST' }],
  });
  const inner = '<Number>+15550123</Number><Sip>sip:a@b</Sip>';
  t.strictSame(verbs(`<Dial timeout="20" action="/done" method="GET">${inner}</Dial>`), {
    verbs: [{ verb: 'dial', to: ['+15550123', 'sip:a@b'], action: '/done', method: 'GET' }],
  });
});

t.test('a rejection has its reason', async (t) => {
  t.strictSame(verbs('<Reject reason="busy"/>'), { verbs: [{ verb: 'reject', reason: 'busy' }] });
  t.strictSame(verbs('<Reject/>'), { verbs: [{ verb: 'reject', reason: 'rejected' }] });
});

t.test('an empty response has no verbs', async (t) => {
  t.strictSame(verbs(''), { verbs: [] });
  t.strictSame(parseTwiml('<Response/>'), { verbs: [] });
});

t.test('ws is allowed to loopback alone, and queries are stripped', async (t) => {
  for (const host of ['127.0.0.1:8080', 'localhost', '[::1]:80']) {
    const result = verbs(`<Connect><Stream url="ws://${host}/media?token=1#x"/></Connect>`);
    const [verb] = 'verbs' in result ? result.verbs : [];
    t.equal(verb?.verb === 'stream' ? verb.url : undefined, `ws://${host}/media`);
  }
});

const stream = (attributes: string, inner = ''): string =>
  `<Connect><Stream ${attributes}>${inner}</Stream></Connect>`;
const URL_OK = 'url="wss://n.example/m"';

const FAULTS: readonly (readonly [string, string, number])[] = [
  ['an unknown verb', '<Speak>hi</Speak>', 12_200],
  ['a verb that is not simulated', '<Gather/>', 12_200],
  ['text outside of verbs', 'hello', 12_200],
  ['ws to the world', stream('url="ws://n.example/m"'), 31_922],
  ['https as stream', stream('url="https://n.example/m"'), 31_922],
  ['a stream without url', stream(''), 31_923],
  ['a malformed url', stream('url="wss:/ /"'), 31_923],
  [
    'a track that a bidirectional stream cannot have',
    stream(`${URL_OK} track="both_tracks"`),
    31_941,
  ],
  ['a stray element in a stream', stream(URL_OK, '<Say/>'), 12_200],
  ['a parameter without value', stream(URL_OK, '<Parameter name="a"/>'), 12_200],
  [
    'a parameter of 500 characters',
    stream(URL_OK, `<Parameter name="ab" value="${'x'.repeat(498)}"/>`),
    12_200,
  ],
  ['two streams in a connect', `<Connect><Stream ${URL_OK}/><Stream ${URL_OK}/></Connect>`, 12_200],
  ['a connect without stream', '<Connect/>', 12_200],
  ['a wrong method', '<Redirect method="PUT">/x</Redirect>', 12_200],
  ['a pause of no length', '<Pause length="long"/>', 12_200],
  ['dialling nobody', '<Dial/>', 12_200],
  ['a conference', '<Dial><Conference>room</Conference></Dial>', 12_200],
];

for (const [what, inner, code] of FAULTS) {
  t.test(`${what} is fault ${code}`, async (t) => {
    t.match(verbs(inner), { fault: { code } });
  });
}

for (const document of [
  '',
  'no xml',
  '<Response>',
  '<html></html>',
  '{"a":1}',
  '<Response/><Response/>',
]) {
  t.test(`${JSON.stringify(document)} is no TwiML`, async (t) => {
    t.match(parseTwiml(document), { fault: { code: 12_100 } });
  });
}

t.test('a parameter just below 500 characters passes', async (t) => {
  const value = 'x'.repeat(497);
  t.match(verbs(stream(URL_OK, `<Parameter name="ab" value="${value}"/>`)), {
    verbs: [{ parameters: { ab: value } }],
  });
});
