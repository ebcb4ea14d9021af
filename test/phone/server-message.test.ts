import t from 'tap';
import { messageCheck, parseServerMessage } from '../../src/phone/server-message.js';

const parse = (message: unknown) => parseServerMessage(JSON.stringify(message), 'MZ1');

t.test('media, mark and clear as documented are taken', async (t) => {
  t.strictSame(parse({ event: 'media', streamSid: 'MZ1', media: { payload: '/w==' } }), {
    event: 'media',
    payload: '/w==',
  });
  t.strictSame(parse({ event: 'mark', streamSid: 'MZ1', mark: { name: 'g1' } }), {
    event: 'mark',
    name: 'g1',
  });
  t.strictSame(parse({ event: 'clear', streamSid: 'MZ1' }), { event: 'clear' });
});

const media = { payload: '/w==' };
const INVALID: readonly (readonly [string, unknown, RegExp])[] = [
  ['a list', [], /not a JSON object/],
  ['null', null, /not a JSON object/],
  ['no event', { streamSid: 'MZ1' }, /no event/],
  ['an unknown event', { event: 'stop', streamSid: 'MZ1' }, /unknown event/],
  ['no streamSid', { event: 'media', media }, /no streamSid/],
  ['a foreign streamSid', { event: 'media', streamSid: 'MZ2', media }, /foreign streamSid/],
  ['an extra field', { event: 'clear', streamSid: 'MZ1', sequenceNumber: '1' }, /too many/],
  [
    'an extra media field',
    { event: 'media', streamSid: 'MZ1', media: { ...media, track: 'x' } },
    /media has 1 field/,
  ],
  ['no media', { event: 'media', streamSid: 'MZ1' }, /lacks media/],
  ['media that is text', { event: 'media', streamSid: 'MZ1', media: '/w==' }, /not an object/],
  ['no payload', { event: 'media', streamSid: 'MZ1', media: {} }, /lacks payload/],
  [
    'a payload that is a number',
    { event: 'media', streamSid: 'MZ1', media: { payload: 1 } },
    /not a string/,
  ],
  ['an empty payload', { event: 'media', streamSid: 'MZ1', media: { payload: '' } }, /base64/],
  ['unpadded base64', { event: 'media', streamSid: 'MZ1', media: { payload: '/w' } }, /base64/],
  ['base64url', { event: 'media', streamSid: 'MZ1', media: { payload: '__8=' } }, /base64/],
  ['a mark without its object', { event: 'mark', streamSid: 'MZ1', name: 'g1' }, /lacks mark/],
  ['a mark without name', { event: 'mark', streamSid: 'MZ1', mark: {} }, /lacks name/],
];

for (const [what, message, reason] of INVALID) {
  t.test(`${what} is refused`, async (t) => {
    const parsed = parse(message);
    t.match(parsed, { event: 'invalid', reason });
  });
}

t.test('what is not JSON is refused without being repeated', async (t) => {
  const parsed = parseServerMessage('secret words', 'MZ1');
  t.strictSame(parsed, { event: 'invalid', reason: 'the message is not JSON' });
});

t.test('the quick check takes media in its usual form without a look at the base64', async (t) => {
  const quick = messageCheck('quick', 'MZ1');
  const text = JSON.stringify({ event: 'media', streamSid: 'MZ1', media: { payload: '!!' } });
  t.strictSame(quick(text), { event: 'media', payload: '!!' });
  t.match(messageCheck('full', 'MZ1')(text), { event: 'invalid' });
});

t.test('the quick check gives everything else the full one', async (t) => {
  const quick = messageCheck('quick', 'MZ1');
  const reordered = JSON.stringify({
    streamSid: 'MZ1',
    event: 'media',
    media: { payload: 'AA==' },
  });
  t.strictSame(quick(reordered), { event: 'media', payload: 'AA==' });
  t.match(quick('{"event":"clear","streamSid":"MZ1"}'), { event: 'clear' });
  t.match(quick('{"event":"media","streamSid":"MZ2","media":{"payload":"AA=="}}'), {
    event: 'invalid',
  });
  t.match(quick('{"event":"media","streamSid":"MZ1","media":{"payload":""}}'), {
    event: 'invalid',
  });
});
