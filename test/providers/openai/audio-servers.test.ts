import t from 'tap';
import { createOpenAiStt, createOpenAiTts } from '../../../src/providers/openai/index.js';
import { bench, codedError, listen, never, tone } from './support.js';
import { callSidOf } from '../conformance-support.js';

const once = { retries: { maxAttempts: 1 } };

t.test('no sample of what is no PCM reaches the line, whatever it calls itself (C9)', async (t) => {
  const frame = Buffer.alloc(417, 0x5a);
  frame.set([0xff, 0xfb, 0x90, 0x00]);
  const bodies: Record<string, Buffer> = {
    'MPEG frames': Buffer.concat([frame, frame, frame, frame]),
    'JSON error': Buffer.from('{"error":{"message":"no such voice here"}}'),
    'web page': Buffer.from('<!doctype html><title>Not found</title>'),
    text: Buffer.from('Internal Server Error, try again later please'),
    Ogg: Buffer.concat([Buffer.from('OggS'), Buffer.alloc(400, 7)]),
  };
  for (const [name, raw] of Object.entries(bodies)) {
    for (const contentType of ['application/octet-stream', 'audio/pcm']) {
      const { client } = await bench(t, { speak: () => ({ raw, contentType }) });
      let chunks = 0;
      const request = { callSid: callSidOf(1), text: 'Hello.', signal: never };
      const error = await codedError(t, async () => {
        for await (const _ of createOpenAiTts({ client, ...once }).synthesize(request)) chunks++;
      });
      t.match(error.code, /^PROVIDER_/, name);
      t.equal(chunks, 0, `${name} as ${contentType}`);
    }
  }
});

t.test('audio that only drips is given up (C10)', async (t) => {
  const speak = () => ({ pcm: new Int16Array(24_000), chunkBytes: 96, chunkDelayMs: 200 });
  const { client } = await bench(t, { speak });
  const startedMs = performance.now();
  const request = { callSid: callSidOf(1), text: 'Hello.', signal: never };
  const error = await codedError(t, async () => {
    for await (const _ of createOpenAiTts({ client, ...once }).synthesize(request));
  });
  t.equal(error.code, 'PROVIDER_TIMEOUT');
  t.ok(performance.now() - startedMs < 6000);
});

t.test('transcripts are read by their bytes (C2)', async (t) => {
  const bodies = [
    '{"text":"good day"}',
    '\ufeff{"text":"good day"}',
    'good day',
    '"good day"',
    'data: : ping\r\n\r\ndata: {"type":"transcript.text.delta","delta":"good day"}\r\n\r\n',
    '{"segments":[{"text":"good"},{"text":" day"}]}',
  ];
  for (const body of bodies) {
    for (const contentType of ['application/json', 'text/plain', 'text/event-stream']) {
      const { server, client } = await bench(t);
      const stt = await listen(t, createOpenAiStt({ mode: 'utterance', client }));
      server.fault('transcriptions', { kind: 'raw', status: 200, contentType, body });
      stt.say(1, tone(200));
      await stt.until(1);
      t.same(stt.finals(), ['good day'], `${body} as ${contentType}`);
    }
  }
});
