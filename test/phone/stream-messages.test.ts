import t from 'tap';
import { CONNECTED_MESSAGE, StreamMessages } from '../../src/phone/stream-messages.js';

function messages(): StreamMessages {
  return new StreamMessages({
    accountSid: 'AC1b',
    callSid: 'CA2c',
    streamSid: 'MZ0a',
    customParameters: { tenant: 'acme', quote: '"' },
  });
}

t.test('connected carries nothing but protocol and version', async (t) => {
  t.equal(CONNECTED_MESSAGE, '{"event":"connected","protocol":"Call","version":"1.0.0"}');
});

t.test('start is what Twilio documents', async (t) => {
  t.strictSame(JSON.parse(messages().start()), {
    event: 'start',
    sequenceNumber: '1',
    streamSid: 'MZ0a',
    start: {
      streamSid: 'MZ0a',
      accountSid: 'AC1b',
      callSid: 'CA2c',
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters: { tenant: 'acme', quote: '"' },
    },
  });
});

t.test('media has all its numbers as texts, byte for byte', async (t) => {
  const stream = messages();
  stream.start();
  t.equal(
    stream.media('//7+', 20),
    '{"event":"media","sequenceNumber":"2","streamSid":"MZ0a","media":{"track":"inbound","chunk":"1","timestamp":"20","payload":"//7+"}}',
  );
});

t.test('all messages share one sequence, media alone counts chunks', async (t) => {
  const stream = messages();
  const texts = [
    stream.start(),
    stream.media('AA==', 20),
    stream.mark('"quoted"'),
    stream.dtmf('#'),
    stream.media('AA==', 60),
    stream.stop(),
  ];
  const parsed = texts.map((text) => JSON.parse(text));
  t.strictSame(
    parsed.map(({ sequenceNumber }) => sequenceNumber),
    ['1', '2', '3', '4', '5', '6'],
  );
  t.strictSame(parsed[2].mark, { name: '"quoted"' });
  t.strictSame(parsed[3].dtmf, { track: 'inbound_track', digit: '#' });
  t.equal(parsed[4].media.chunk, '2');
  t.strictSame(parsed[5].stop, { accountSid: 'AC1b', callSid: 'CA2c' });
  t.equal(stream.chunks, 2);
});
