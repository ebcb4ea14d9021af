import t, { type Test } from 'tap';
import type { TtsProvider } from '../../../src/actors/ports.js';
import { createLocalTts, type LocalTtsOptions } from '../../../src/providers/local/tts.js';
import { callSidOf, thrownBy } from '../conformance-support.js';

const workerUrl = new URL('./faulty-tts-worker.js', import.meta.url);
const never = new AbortController().signal;

function faultyTts(t: Test, options: Partial<LocalTtsOptions> = {}): TtsProvider {
  const tts = createLocalTts({ voice: 'slt', workers: 1, workerUrl, ...options });
  t.teardown(() => tts.close());
  return tts;
}

async function samplesOf(tts: TtsProvider, text: string, call = 1, signal = never) {
  let samples = 0;
  for await (const { pcm } of tts.synthesize({ callSid: callSidOf(call), text, signal })) {
    samples += pcm.length;
  }
  return samples;
}

for (const fault of ['exit', 'throw']) {
  t.test(`a worker that dies (${fault}) fails its request and is replaced`, async (t) => {
    const tts = faultyTts(t);
    const dying = thrownBy(() => samplesOf(tts, `please ${fault}`));
    const waiting = samplesOf(tts, 'who waits is served', 2);
    t.match(await dying, { code: 'PROVIDER_FAILED', retryable: true });
    t.equal(await waiting, 16_000);
  });
}

t.test('a worker that hangs is ended, with a time-out for its request', async (t) => {
  const tts = faultyTts(t, { renderTimeoutMs: 2000 });
  const thrown = await thrownBy(() => samplesOf(tts, 'please hang'));
  t.match(thrown, { code: 'PROVIDER_TIMEOUT', retryable: true });
  t.equal(await samplesOf(tts, 'the next'), 16_000);
});

t.test('an engine that fails says so, and the next request works', async (t) => {
  const tts = faultyTts(t);
  const thrown = await thrownBy(() => samplesOf(tts, 'please refuse'));
  t.match(thrown, { code: 'PROVIDER_FAILED', retryable: false });
  t.equal(await samplesOf(tts, 'the next'), 16_000);
});

t.test('an abort takes a waiting request out of the queue', async (t) => {
  const tts = faultyTts(t, { maxWaiting: 1 });
  await tts.warmUp();
  const rendering = samplesOf(tts, 'slow one');
  // The next is in the queue once its turn of the event loop has passed.
  const controller = new AbortController();
  const waiting = samplesOf(tts, 'dropped', 2, controller.signal);
  await new Promise((resolve) => setImmediate(resolve));
  t.match(await thrownBy(() => samplesOf(tts, 'refused', 3)), {
    code: 'PROVIDER_FAILED',
    retryable: true,
    message: /too many/,
  });
  controller.abort();
  t.equal(await waiting, 0, 'the aborted ends without audio');
  t.equal(await samplesOf(tts, 'has room now', 4), 16_000);
  t.equal(await rendering, 16_000);
});

t.test('calls take turns: one that wants much does not hold up another', async (t) => {
  const tts = faultyTts(t);
  await tts.warmUp();
  const order: string[] = [];
  const say = async (name: string, call: number) => {
    await samplesOf(tts, `slow ${name}`, call);
    order.push(name);
  };
  await Promise.all([say('a1', 1), say('a2', 1), say('a3', 1), say('b1', 2)]);
  t.strictSame(order, ['a1', 'a2', 'b1', 'a3']);
});

t.test('close fails what is rendered and what waits, coded', async (t) => {
  const tts = faultyTts(t);
  const requests = [1, 2, 3].map((call) => thrownBy(() => samplesOf(tts, `please hang ${call}`)));
  await new Promise((resolve) => setTimeout(resolve, 20));
  await tts.close();
  for (const thrown of await Promise.all(requests)) {
    t.match(thrown, { code: 'PROVIDER_FAILED', retryable: false, message: /closed/ });
  }
});

t.test('a warm-up that failed can be tried again', async (t) => {
  const tts = faultyTts(t, { workerUrl: new URL('./no-such-worker.js', import.meta.url) });
  for (let i = 0; i < 2; i++) {
    t.match(await thrownBy(() => tts.warmUp()), { code: 'PROVIDER_FAILED', retryable: true });
  }
});
