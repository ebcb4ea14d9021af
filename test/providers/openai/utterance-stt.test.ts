import t, { type Test } from 'tap';
import { createOpenAiStt } from '../../../src/providers/openai/index.js';
import type { UtteranceSttSettings } from '../../../src/providers/openai/utterance-stt.js';
import { clipRecognizer, speechClip, speechClips } from '../../fakes/clip-recognizer.js';
import { atLineRate, type HeardAudio } from '../../fakes/openai/audio.js';
import type { Fault } from '../../fakes/openai/faults.js';
import type { OpenAiServerOptions } from '../../fakes/openai-server.js';
import { delay, until } from '../conformance-support.js';
import { bench, listen, quickRetries, tone } from './support.js';

type Settings = Partial<Omit<UtteranceSttSettings, 'client'>>;

const recognize = clipRecognizer(speechClips());

async function start(t: Test, options: OpenAiServerOptions = {}, settings: Settings = {}) {
  const { server, client } = await bench(t, options);
  const provider = createOpenAiStt({
    mode: 'utterance',
    client,
    retries: quickRetries,
    finalTimeoutMs: 2000,
    ...settings,
  });
  return { server, provider, listening: await listen(t, provider) };
}

t.test('an utterance is uploaded whole, at 16 kHz or at the line’s rate', async (t) => {
  const { pcm } = speechClip('auth-thankyou');
  for (const uploadRateHz of [8000, 16_000] as const) {
    const heard: HeardAudio[] = [];
    const transcribe = (audio: HeardAudio) => {
      heard.push(audio);
      return ' Thank you. ';
    };
    const { listening, server } = await start(
      t,
      { transcribe },
      { uploadRateHz, model: 'whisper-1', language: 'en', prompt: 'Bread.' },
    );
    listening.say(1, pcm);
    await listening.until(1);
    t.same(listening.finals(), ['Thank you.']);
    const [audio] = heard;
    t.match(audio, {
      sampleRateHz: uploadRateHz,
      model: 'whisper-1',
      language: 'en',
      prompt: 'Bread.',
    });
    t.equal(audio?.pcm.length, (pcm.length * uploadRateHz) / 8000);
    if (uploadRateHz === 8000) t.same(audio?.pcm, pcm);
    else t.ok(audio && recognize(atLineRate(audio))?.name === 'auth-thankyou');
    t.same(server.refusals, []);
  }
});

t.test('the upload rate is 16 kHz unless set', async (t) => {
  const { listening } = await start(t, { transcribe: (audio) => `${audio.sampleRateHz}` });
  listening.say(1, tone(200));
  await listening.until(1);
  t.same(listening.finals(), ['16000']);
});

t.test('utterances too short for OpenAI are filled up, empty ones are not sent', async (t) => {
  const { listening, server } = await start(t, { transcribe: (a) => `${atLineRate(a).length}` });
  listening.say(1, tone(10));
  listening.say(2, new Int16Array(0));
  await listening.until(2);
  t.same(listening.finals(), ['800', '']);
  t.equal(server.requests.length, 1);
  t.same(server.refusals, []);
});

t.test('audio beyond the longest utterance is not kept', async (t) => {
  const { listening } = await start(
    t,
    { transcribe: (audio) => `${atLineRate(audio).length}` },
    { maxUtteranceMs: 6000 },
  );
  listening.say(1, tone(9000));
  await listening.until(1);
  t.same(listening.finals(), ['48000']);
});

t.test('a long utterance grows without losing a sample', async (t) => {
  let heard: Int16Array | undefined;
  const transcribe = (audio: HeardAudio) => {
    heard = audio.pcm;
    return 'x';
  };
  const { listening } = await start(t, { transcribe }, { uploadRateHz: 8000 });
  const { pcm } = speechClip('demo-echotest');
  listening.say(1, pcm);
  await listening.until(1);
  t.equal(heard?.length, pcm.length);
  t.ok(heard?.every((sample, i) => sample === pcm[i]));
});

t.test('a streamed answer gives interims, where it was asked for', async (t) => {
  const { listening } = await start(t, { transcribe: () => 'two loaves please' }, { stream: true });
  listening.say(1, tone(200));
  await listening.until(1);
  t.same(
    listening.events.map((event) => (event.type === 'failed' ? event : [event.type, event.text])),
    [
      ['interim', 'two'],
      ['interim', 'two loaves'],
      ['interim', 'two loaves please'],
      ['final', 'two loaves please'],
    ],
  );
});

t.test('a server that does not stream is understood all the same', async (t) => {
  const { listening } = await start(
    t,
    { transcribe: () => 'fine' },
    { stream: true, model: 'whisper-1' },
  );
  listening.say(1, tone(200));
  await listening.until(1);
  t.same(listening.finals(), ['fine']);
});

t.test('a plain text answer counts as the transcript', async (t) => {
  const { listening, server } = await start(t);
  server.fault('transcriptions', {
    kind: 'raw',
    status: 200,
    contentType: 'text/plain',
    body: 'fine\n',
  });
  listening.say(1, tone(200));
  await listening.until(1);
  t.same(listening.finals(), ['fine']);
});

t.test('the prompt follows what is expected', async (t) => {
  const { listening } = await start(
    t,
    { transcribe: (audio) => audio.prompt ?? 'none' },
    { digitsPrompt: 'Digits.' },
  );
  listening.say(1, tone(200));
  listening.session.expect('digits');
  listening.say(2, tone(200));
  await listening.until(2);
  t.same(listening.finals(), ['none', 'Digits.']);
});

t.test('passing trouble is tried again, interims or not', async (t) => {
  const faults: Fault[] = [
    { kind: 'error', status: 503 },
    { kind: 'error', status: 429, headers: { 'retry-after-ms': '5' } },
    { kind: 'reset' },
    { kind: 'truncate', afterBytes: 70 },
    { kind: 'cut', afterBytes: 70 },
    { kind: 'raw', status: 200, contentType: 'text/html', body: '<html>' },
    { kind: 'raw', status: 200, contentType: 'application/json', body: '{"no":"text"}' },
    { kind: 'raw', status: 200, contentType: 'text/event-stream', body: 'data: {"ty\n\n' },
  ];
  for (const fault of faults) {
    const { listening, server } = await start(
      t,
      { transcribe: () => 'two loaves' },
      { stream: true },
    );
    server.fault('transcriptions', fault);
    listening.say(1, tone(200));
    await listening.until(1);
    t.same(listening.finals(), ['two loaves'], fault.kind);
    t.equal(server.requests.length, 2, fault.kind);
  }
});

t.test('what does not pass fails the session, once', async (t) => {
  const cases: [Fault, string][] = [
    [{ kind: 'error', status: 401 }, 'PROVIDER_AUTH'],
    [{ kind: 'error', status: 404 }, 'PROVIDER_FAILED'],
    [{ kind: 'error', status: 429, code: 'insufficient_quota' }, 'PROVIDER_RATE_LIMITED'],
  ];
  for (const [fault, code] of cases) {
    const { listening, server } = await start(t);
    server.fault('transcriptions', fault);
    listening.say(1, tone(200));
    t.equal((await listening.failed()).code, code);
    listening.say(2, tone(200));
    await delay(20);
    t.equal(listening.events.length, 1, 'nothing follows');
    t.equal(server.requests.length, 1);
  }
});

t.test('a transcript that never comes fails the session in time', async (t) => {
  const { listening, server } = await start(
    t,
    {},
    { finalTimeoutMs: 50, retries: { maxAttempts: 1 } },
  );
  server.fault('transcriptions', { kind: 'hang' });
  listening.say(1, tone(200));
  t.match(await listening.failed(), { code: 'PROVIDER_TIMEOUT', retryable: true });
  await until(() => server.requests[0]?.aborted === true, 2000, 'cancelled');
});

t.test('a later utterance waits for an earlier one with its final', async (t) => {
  const { listening } = await start(t, {
    async transcribe(audio) {
      const ms = atLineRate(audio).length / 8;
      if (ms > 250) await delay(60);
      return `${ms} ms`;
    },
  });
  listening.say(1, tone(300));
  listening.say(2, tone(200));
  await listening.until(2);
  t.same(listening.finals(), ['300 ms', '200 ms']);
});

t.test('closing cancels the upload', async (t) => {
  const { listening, server } = await start(t);
  server.fault('transcriptions', { kind: 'hang' });
  listening.say(1, tone(200));
  await until(() => server.requests.length === 1, 2000, 'the request');
  listening.session.close();
  await until(() => server.requests[0]?.aborted === true, 2000, 'cancelled');
  t.same(listening.events, []);
});
