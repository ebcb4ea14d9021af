import t from 'tap';
import type { StreamSid } from '../../../src/actors/ports.js';
import { base64Bytes, InboundParser } from '../../../src/transports/twilio/media-stream-codec.js';
import type { InboundMessage } from '../../../src/transports/twilio/media-stream-messages.js';
import { OutboundWriter } from '../../../src/transports/twilio/outbound-writer.js';
import { seededRandom } from './random.js';

const STREAM = `MZ${'0a'.repeat(16)}` as StreamSid;
const CALL = `CA${'1b'.repeat(16)}`;

const start = {
  event: 'start',
  sequenceNumber: '1',
  streamSid: STREAM,
  start: {
    streamSid: STREAM,
    accountSid: `AC${'2c'.repeat(16)}`,
    callSid: CALL,
    tracks: ['inbound'],
    mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
    customParameters: { tenant: 'acmé', token: 'abc' },
  },
};
const media = {
  event: 'media',
  sequenceNumber: '2',
  streamSid: STREAM,
  media: { track: 'inbound', chunk: '1', timestamp: '20', payload: '//7+fv//' },
};

const parse = (message: unknown, parser = new InboundParser()): InboundMessage =>
  parser.parse(typeof message === 'string' ? message : JSON.stringify(message));

t.test('the messages of a call are parsed as documented', async (t) => {
  t.same(parse({ event: 'connected', protocol: 'Call', version: '1.0.0' }), {
    event: 'connected',
    protocol: 'Call',
    version: '1.0.0',
  });
  t.same(parse(start), {
    event: 'start',
    sequence: 1,
    streamSid: STREAM,
    callSid: CALL,
    tracks: ['inbound'],
    mediaFormat: { encoding: 'audio/x-mulaw', sampleRateHz: 8000, channels: 1 },
    parameters: { tenant: 'acmé', token: 'abc' },
  });
  t.same(parse(media), {
    event: 'media',
    sequence: 2,
    streamSid: STREAM,
    track: 'inbound',
    timestampMs: 20,
    payload: '//7+fv//',
  });
  const rest = { sequenceNumber: '3', streamSid: STREAM };
  t.same(parse({ event: 'dtmf', ...rest, dtmf: { track: 'inbound_track', digit: '#' } }), {
    event: 'dtmf',
    sequence: 3,
    streamSid: STREAM,
    digit: '#',
  });
  t.same(parse({ event: 'mark', ...rest, mark: { name: 'g1:"é"' } }), {
    event: 'mark',
    sequence: 3,
    streamSid: STREAM,
    name: 'g1:"é"',
  });
  t.same(parse({ event: 'stop', ...rest, stop: { accountSid: 'AC', callSid: CALL } }), {
    event: 'stop',
    sequence: 3,
    streamSid: STREAM,
  });
});

t.test('numbers are taken as numbers too', async (t) => {
  const message = structuredClone(media) as Record<string, unknown>;
  message['sequenceNumber'] = 7;
  message['media'] = { ...media.media, chunk: 6, timestamp: 140 };
  t.match(parse(message), { event: 'media', sequence: 7, timestampMs: 140 });
});

t.test('a media message is one borrowed object', async (t) => {
  const parser = new InboundParser();
  const first = parse(media, parser);
  const second = parse({ ...media, sequenceNumber: '9' }, parser);
  t.equal(first, second);
  t.match(first, { sequence: 9 });
});

t.test('a start without custom parameters and tracks is a start', async (t) => {
  const { customParameters, tracks, ...bare } = start.start;
  t.ok(customParameters && tracks);
  t.match(parse({ ...start, start: bare }), { event: 'start', parameters: {}, tracks: [] });
});

t.test('an unknown event is unknown, unknown fields are counted, both are harmless', async (t) => {
  t.same(parse({ event: 'transcript', text: 'hi' }), { event: 'unknown' });
  t.same(parse({ event: 'toString' }), { event: 'unknown' });
  const parser = new InboundParser();
  t.match(parse({ ...media, extra: 1, media: { ...media.media, codec: 'x', more: 2 } }, parser), {
    event: 'media',
    payload: '//7+fv//',
  });
  t.equal(parser.unknownFields, 3);
  const odd = { ...start, start: { ...start.start, customParameters: { a: 'b', n: 1 } } };
  t.same((parse(odd, parser) as { parameters: unknown }).parameters, { a: 'b' });
  t.equal(parser.unknownFields, 4);
});

t.test('a custom parameter named __proto__ stays a parameter', async (t) => {
  const text = JSON.stringify(start).replace('"tenant"', '"__proto__"');
  const { parameters } = parse(text) as { parameters: Record<string, string> };
  t.equal(Object.getPrototypeOf(parameters), Object.prototype);
  t.same(Object.keys(parameters), ['__proto__', 'token']);
});

t.test('what makes no sense is invalid, coded, and never thrown', async (t) => {
  const broken: unknown[] = [
    '',
    '{',
    'null',
    '[]',
    '"media"',
    '17',
    '{"event":null}',
    {},
    { event: 7 },
    { event: 'connected' },
    { event: 'media', sequenceNumber: '1', streamSid: STREAM },
    { ...media, media: [] },
    { ...media, media: null },
    { ...media, sequenceNumber: undefined },
    { ...media, sequenceNumber: 'x' },
    { ...media, sequenceNumber: '-1' },
    { ...media, sequenceNumber: 1.5 },
    { ...media, sequenceNumber: '1'.repeat(16) },
    { ...media, streamSid: undefined },
    { ...media, media: { ...media.media, payload: undefined } },
    { ...media, media: { ...media.media, payload: 7 } },
    { ...media, media: { ...media.media, timestamp: 'now' } },
    { ...media, media: { ...media.media, timestamp: '' } },
    { ...media, media: { ...media.media, track: undefined } },
    { ...start, streamSid: 'MZ1' },
    { ...start, start: { ...start.start, streamSid: `MZ${'ff'.repeat(16)}` } },
    { ...start, start: { ...start.start, callSid: 'CA1' } },
    { ...start, start: { ...start.start, callSid: `CA${'zz'.repeat(16)}` } },
    { ...start, start: { ...start.start, mediaFormat: undefined } },
    { ...start, start: { ...start.start, mediaFormat: { encoding: 'audio/x-mulaw' } } },
    { ...start, start: { ...start.start, customParameters: [] } },
    { event: 'dtmf', sequenceNumber: '1', streamSid: STREAM, dtmf: { digit: '12' } },
    { event: 'dtmf', sequenceNumber: '1', streamSid: STREAM, dtmf: { digit: 1 } },
    { event: 'mark', sequenceNumber: '1', streamSid: STREAM, mark: {} },
  ];
  for (const message of broken) {
    const result = parse(message);
    t.match(result, { event: 'invalid', code: 'STREAM_MESSAGE_INVALID' }, JSON.stringify(message));
  }
});

t.test('an invalid message does not tell what was received', async (t) => {
  const result = parse({ ...media, media: { ...media.media, timestamp: 'secret' } });
  t.notMatch(JSON.stringify(result), 'secret');
});

/** Twilio's documentation shows the stream's sid last, its streams have been seen with it before. */
function asWritten(
  sequence: number,
  timestamp: number,
  payload: string,
  sidFirst: boolean,
): string {
  const inner = `"media":{"track":"inbound","chunk":"${sequence}","timestamp":"${timestamp}","payload":"${payload}"}`;
  const sid = `"streamSid":"${STREAM}"`;
  const fields = sidFirst ? `${sid},${inner}` : `${inner},${sid}`;
  return `{"event":"media","sequenceNumber":"${sequence}",${fields}}`;
}

t.test('the short way gives what the long way gives', async (t) => {
  const short = new InboundParser();
  short.bind(STREAM);
  const long = new InboundParser();
  const random = seededRandom(1);
  for (let round = 0; round < 500; round += 1) {
    const length = Math.floor(random() * 200);
    const payload = Buffer.from(Array.from({ length }, () => random() * 256)).toString('base64');
    const text = asWritten(
      Math.floor(random() * 1e9),
      Math.floor(random() * 1e9),
      payload,
      random() < 0.5,
    );
    t.same({ ...short.parse(text) }, { ...long.parse(text) });
  }
});

t.test('text that was damaged anywhere is judged alike both ways', async (t) => {
  const short = new InboundParser();
  short.bind(STREAM);
  const long = new InboundParser();
  const random = seededRandom(2);
  const junk = '"\\{}[],:0129abcMZ=+/ -.';
  let valid = 0;
  for (let round = 0; round < 5000; round += 1) {
    const text = asWritten(12, 240, 'AAECAwQFBgc=', random() < 0.5);
    const at = Math.floor(random() * text.length);
    const cut = Math.floor(random() * 3);
    const insert = random() < 0.7 ? (junk[Math.floor(random() * junk.length)] ?? '') : '';
    const damaged = text.slice(0, at) + insert + text.slice(at + cut);
    const expected = { ...long.parse(damaged) };
    if (expected.event === 'media') valid += 1;
    t.same({ ...short.parse(damaged) }, expected, damaged);
  }
  t.ok(valid > 100, 'some of them stayed valid');
});

t.test('a number longer than any count is invalid both ways', async (t) => {
  const short = new InboundParser();
  short.bind(STREAM);
  for (const text of [
    asWritten(12, 240, 'AAEC', true).replace('"240"', `"${'9'.repeat(16)}"`),
    asWritten(12, 240, 'AAEC', false).replace('"12"', `"${'9'.repeat(16)}"`),
  ]) {
    t.match(short.parse(text), { event: 'invalid' });
    t.match(new InboundParser().parse(text), { event: 'invalid' });
  }
});

t.test('an escaped slash in a payload is undone', async (t) => {
  const parser = new InboundParser();
  parser.bind(STREAM);
  const text = asWritten(1, 20, String.raw`\/\/7+`, true);
  t.match(parser.parse(text), { event: 'media', payload: '//7+' });
});

t.test('what is sent has exactly the fields that Twilio allows', async (t) => {
  const writer = new OutboundWriter(STREAM);
  t.same(JSON.parse(writer.media('AAEC')), {
    event: 'media',
    streamSid: STREAM,
    media: { payload: 'AAEC' },
  });
  t.same(JSON.parse(writer.mark('g12:"3"\n')), {
    event: 'mark',
    streamSid: STREAM,
    mark: { name: 'g12:"3"\n' },
  });
  t.same(JSON.parse(writer.clear()), { event: 'clear', streamSid: STREAM });
});

t.test('the length of base64 is known without decoding', async (t) => {
  for (let length = 0; length < 50; length += 1) {
    const bytes = Buffer.alloc(length, 7);
    t.equal(base64Bytes(bytes.toString('base64')), length);
    t.equal(base64Bytes(bytes.toString('base64').replaceAll('=', '')), length);
  }
});
