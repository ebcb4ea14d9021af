import t from 'tap';
import { createOpenAiTts } from '../../../src/providers/openai/index.js';
import type { TtsSettings } from '../../../src/providers/openai/tts.js';
import { encodeWav } from '../../../src/providers/openai/wav.js';
import type { OpenAiServerOptions } from '../../fakes/openai-server.js';
import type { Fault } from '../../fakes/openai/faults.js';
import { callSidOf, delay, until } from '../conformance-support.js';
import type { Test } from 'tap';
import { bench, codedError, never, quickRetries, samplesOf, speak } from './support.js';

type Settings = Partial<Omit<TtsSettings, 'client'>>;

async function start(t: Test, options: OpenAiServerOptions = {}, settings: Settings = {}) {
  const { server, client } = await bench(t, options);
  const tts = createOpenAiTts({
    client,
    firstByteTimeoutMs: 2000,
    retries: quickRetries,
    ...settings,
  });
  t.teardown(() => tts.close());
  const failing = (...faults: Fault[]) => {
    server.fault('speech', ...faults);
    return codedError(t, () => speak(tts, 'Hello there.'));
  };
  return { server, tts, failing };
}

const pcm = Int16Array.from({ length: 5000 }, (_, i) => (i * 37) % 20_000);

t.test('the request is what OpenAI takes, the audio comes back sample by sample', async (t) => {
  const { server, tts } = await start(
    t,
    { speak: () => ({ pcm, chunkBytes: 333 }) },
    { model: 'gpt-4o-mini-tts', voice: 'cedar', instructions: 'Calm.', speed: 1.1 },
  );
  const chunks = await speak(tts, '  Two loaves. ');
  t.same(samplesOf(chunks), [...pcm]);
  t.ok(chunks.every((chunk) => chunk.sampleRateHz === 24_000));
  t.same(server.requests[0]?.body, {
    model: 'gpt-4o-mini-tts',
    voice: 'cedar',
    input: 'Two loaves.',
    response_format: 'pcm',
    instructions: 'Calm.',
    speed: 1.1,
  });
  t.same(server.refusals, []);
});

t.test('audio is handed on while more is on its way', async (t) => {
  const { tts, server } = await start(t, {
    speak: () => ({ pcm, chunkBytes: 1000, chunkDelayMs: 5 }),
  });
  const request = { callSid: callSidOf(1), text: 'Hello.', signal: never };
  for await (const chunk of tts.synthesize(request)) {
    t.ok(chunk.pcm.length < pcm.length);
    t.notOk(server.requests[0]?.answered, 'the answer is not whole yet');
    break;
  }
});

t.test('a WAV answer to a request for PCM is read', async (t) => {
  const { tts } = await start(t, {
    speak: () => ({ raw: encodeWav(pcm, 22_050), contentType: 'audio/wav', chunkBytes: 21 }),
  });
  const chunks = await speak(tts, 'Hello.');
  t.same(samplesOf(chunks), [...pcm]);
  t.equal(chunks[0]?.sampleRateHz, 22_050);
});

t.test('the rate of raw audio is the content type’s, then the setting’s', async (t) => {
  const options = { contentType: 'audio/pcm;rate=16000', pcm };
  const named = await start(t, { speak: () => options }, { pcmRateHz: 22_050 });
  t.equal((await speak(named.tts, 'Hi.'))[0]?.sampleRateHz, 16_000);
  const set = await start(t, {}, { pcmRateHz: 22_050 });
  t.equal((await speak(set.tts, 'Hi.'))[0]?.sampleRateHz, 22_050);
});

t.test('text without letters or digits is not sent', async (t) => {
  const { server, tts } = await start(t);
  for (const text of ['', ' ', '...', '—', '*']) t.same(await speak(tts, text), []);
  t.equal(server.requests.length, 0);
  t.ok((await speak(tts, '你好')).length > 0, 'letters of any script are');
});

t.test('a 200 that is no audio is told from audio', async (t) => {
  const { failing } = await start(t, {}, { retries: { maxAttempts: 1 } });
  const raw = (contentType: string, body: string): Fault => ({
    kind: 'raw',
    status: 200,
    contentType,
    body,
  });
  const web = raw('text/html; charset=utf-8', '<html>hello</html>');
  t.match(await failing(web), { code: 'PROVIDER_PROTOCOL' });
  t.match(await failing(raw('application/json', '{"ok":true}')), { code: 'PROVIDER_PROTOCOL' });
  t.match(await failing(raw('application/octet-stream', '{"error":{"message":"x"}}')), {
    code: 'PROVIDER_PROTOCOL',
  });
  t.match(await failing(raw('audio/mpeg', 'ID3\u0004 and so on')), { code: 'PROVIDER_PROTOCOL' });
  t.match(await failing(raw('audio/pcm', '')), { code: 'PROVIDER_PROTOCOL' });
  const error = raw('application/json', '{"error":{"code":"insufficient_quota"}}');
  t.match(await failing(error), { code: 'PROVIDER_RATE_LIMITED', retryable: false });
});

t.test('what fails before the first audio is tried again', async (t) => {
  const faults: Fault[] = [
    { kind: 'error', status: 500 },
    { kind: 'error', status: 429, headers: { 'retry-after-ms': '5' } },
    { kind: 'reset' },
    { kind: 'cut', afterBytes: 0 },
    { kind: 'raw', status: 200, contentType: 'text/html', body: '<html>' },
  ];
  for (const fault of faults) {
    const { server, tts } = await start(t, { speak: () => ({ pcm }) });
    server.fault('speech', fault);
    t.same(samplesOf(await speak(tts, 'Hello.')), [...pcm], fault.kind);
    t.equal(server.requests.length, 2, fault.kind);
  }
});

t.test('what fails for good is not tried again', async (t) => {
  const { server, failing } = await start(t);
  t.match(await failing({ kind: 'error', status: 401 }), { code: 'PROVIDER_AUTH' });
  t.match(await failing({ kind: 'error', status: 400 }), { code: 'PROVIDER_FAILED' });
  t.match(await failing({ kind: 'error', status: 429, code: 'insufficient_quota' }), {
    code: 'PROVIDER_RATE_LIMITED',
  });
  // Longer than a caller waits, though within the time for another try.
  for (const headers of [{ 'retry-after-ms': '500' }, { 'retry-after': '60' }]) {
    const error = await failing({ kind: 'error', status: 429, headers });
    t.match(error, { code: 'PROVIDER_RATE_LIMITED', retryable: true });
  }
  t.equal(server.requests.length, 5);
});

t.test('tries come to an end', async (t) => {
  const { server, failing } = await start(t);
  const fault = { kind: 'error', status: 500 } as const;
  t.match(await failing(fault, fault, fault, fault), { code: 'PROVIDER_FAILED', retryable: true });
  t.equal(server.requests.length, 3);
});

t.test('a connection cut in the middle of the audio is an error, not a second start', async (t) => {
  const { server, tts } = await start(t, { speak: () => ({ pcm, chunkBytes: 2000 }) });
  server.fault('speech', { kind: 'cut', afterBytes: 5000 });
  let samples = 0;
  const error = await codedError(t, async () => {
    const request = { callSid: callSidOf(1), text: 'Hello.', signal: never };
    for await (const chunk of tts.synthesize(request)) samples += chunk.pcm.length;
  });
  t.match(error, { code: 'PROVIDER_FAILED', retryable: true });
  t.ok(samples > 0 && samples <= 2500, `${samples} samples were heard`);
  t.equal(server.requests.length, 1);
});

t.test('no answer, no first audio and no more audio each run into a time-out', async (t) => {
  const speech = { speak: () => ({ pcm, chunkBytes: 2000 }) };
  const once = { maxAttempts: 1 };
  const mute = await start(t, speech, { firstByteTimeoutMs: 60, retries: once });
  const match = (what: RegExp) => ({ code: 'PROVIDER_TIMEOUT', message: what, retryable: true });
  t.match(await mute.failing({ kind: 'hang' }), match(/first audio/));
  t.match(await mute.failing({ kind: 'stall', afterBytes: 0 }), match(/first audio/));
  const stalled = await start(t, speech, { stallTimeoutMs: 60, retries: once });
  t.match(await stalled.failing({ kind: 'stall', afterBytes: 4000 }), match(/more audio/));
  const requests = [...mute.server.requests, ...stalled.server.requests];
  await until(() => requests.every((request) => request.aborted), 2000, 'all cancelled');
});

t.test('a slow reader is no stalled server', async (t) => {
  const { tts } = await start(
    t,
    { speak: () => ({ pcm, chunkBytes: 4000, chunkDelayMs: 10 }) },
    { firstByteTimeoutMs: 300, stallTimeoutMs: 300 },
  );
  let samples = 0;
  let pauses = 2;
  const request = { callSid: callSidOf(1), text: 'Hello.', signal: never };
  for await (const chunk of tts.synthesize(request)) {
    samples += chunk.pcm.length;
    if (pauses-- > 0) await delay(500);
  }
  t.equal(samples, pcm.length);
});

t.test('an interruption cancels the request', async (t) => {
  const { server, tts } = await start(t, {
    speak: () => ({ pcm, chunkBytes: 1000, chunkDelayMs: 20 }),
  });
  const controller = new AbortController();
  let chunks = 0;
  const request = { callSid: callSidOf(1), text: 'Hello.', signal: controller.signal };
  for await (const _ of tts.synthesize(request)) {
    chunks++;
    controller.abort();
  }
  t.equal(chunks, 1);
  await until(() => server.requests[0]?.aborted === true, 2000, 'cancelled');
});

t.test('an interruption during a wait before another try ends it', async (t) => {
  const { server, tts } = await start(t, {}, { retries: { retryDelayMs: 5000 } });
  server.fault('speech', { kind: 'error', status: 500 });
  const controller = new AbortController();
  const speaking = speak(tts, 'Hello.', controller.signal);
  await until(() => server.requests[0]?.answered === true, 2000, 'the first answer');
  controller.abort();
  t.same(await speaking, []);
  t.equal(server.requests.length, 1);
});

t.test('far more audio than the text can need is cut off', async (t) => {
  const endless = new Int16Array(24_000 * 60).fill(500);
  const { server, tts } = await start(t, {
    speak: () => ({ pcm: endless, chunkBytes: 48_000, chunkDelayMs: 1 }),
  });
  let seconds = 0;
  const error = await codedError(t, async () => {
    const request = { callSid: callSidOf(1), text: 'Hi.', signal: never };
    for await (const chunk of tts.synthesize(request)) seconds += chunk.pcm.length / 24_000;
  });
  t.equal(error.code, 'TTS_OUTPUT_TOO_LONG');
  t.notMatch(error.message, /Hi\./, 'the text is not repeated');
  t.ok(seconds > 3 && seconds <= 6.5, `${seconds} s`);
  await until(() => server.requests[0]?.aborted === true, 2000, 'cancelled');
});

t.test('long texts may be long', async (t) => {
  const long = new Int16Array(24_000 * 30).fill(500);
  const { tts } = await start(t, { speak: () => ({ pcm: long }) });
  t.equal(samplesOf(await speak(tts, 'word '.repeat(40))).length, long.length);
});
