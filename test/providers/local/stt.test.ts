import type { Worker } from 'node:worker_threads';
import t from 'tap';
import type { SttEvent, SttProvider, SttSession } from '../../../src/actors/ports.js';
import { meanCepstrum } from '../../../src/providers/local/cepstral-mean.js';
import { decodeRank } from '../../../src/providers/local/decode-order.js';
import { loadIntents } from '../../../src/providers/local/intents.js';
import { lookUpPronunciations } from '../../../src/providers/local/pronunciations.js';
import { createLocalStt } from '../../../src/providers/local/stt.js';
import { watch } from '../../../src/providers/local/watchdog.js';
import { callSidOf, delay, until } from '../conformance-support.js';
import { clip, joined } from '../speech-clips.js';

const intents = loadIntents();
const never = new AbortController().signal;

async function open(provider: SttProvider): Promise<{ session: SttSession; events: SttEvent[] }> {
  const events: SttEvent[] = [];
  const session = await provider.open({
    callSid: callSidOf(1),
    emit: (event) => events.push(event),
    signal: never,
  });
  return { session, events };
}

function say(session: SttSession, id: number, pcm: Int16Array): void {
  session.begin(id);
  for (let at = 0; at < pcm.length; at += 160) session.write(pcm.subarray(at, at + 160));
  session.finish(id);
}

function textsOf(events: readonly SttEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'final' ? [event.text] : []));
}

t.test('a worker that dies in mid-utterance fails that session alone', async (t) => {
  const threads: Worker[] = [];
  const listener = (worker: Worker) => threads.push(worker);
  process.on('worker', listener);
  t.teardown(() => process.removeListener('worker', listener));
  const provider = createLocalStt({ intents, workers: 1 });
  t.teardown(() => provider.close());
  const speaking = await open(provider);
  const silent = await open(provider);
  speaking.session.begin(1);
  speaking.session.write(clip('hours').pcm);
  await threads[0]?.terminate();
  await until(() => speaking.events.length > 0, 10_000, 'failed');
  t.match(speaking.events, [
    { type: 'failed', error: { code: 'PROVIDER_FAILED', retryable: true } },
  ]);
  say(speaking.session, 2, clip('hours').pcm);
  say(silent.session, 1, clip('hours').pcm);
  const next = await open(provider);
  say(next.session, 1, clip('location').pcm);
  await until(() => silent.events.length > 0 && next.events.length > 0, 20_000, 'the finals');
  t.equal(speaking.events.length, 1, 'nothing after failed');
  t.same(textsOf(silent.events), ['hours'], 'who was silent goes on with a fresh worker');
  t.same(textsOf(next.events), ['location']);
  t.equal(threads.length, 2, 'one fresh worker');
});

t.test('a worker that gives no final in time is killed', async (t) => {
  const provider = createLocalStt({ intents, workers: 1, finalTimeoutMs: 1 });
  t.teardown(() => provider.close());
  const { session, events } = await open(provider);
  session.expect('digits');
  say(session, 1, joined(['digits-1', 'digits-2', 'digits-3', 'digits-4', 'digits-5'], 200));
  await until(() => events.length > 0, 10_000, 'failed');
  t.match(events, [{ type: 'failed', error: { code: 'PROVIDER_TIMEOUT' } }]);
  t.ok(await open(provider), 'the next session has a fresh worker');
});

t.test('a session that is too far ahead of the worker fails, and stays silent after', async (t) => {
  const provider = createLocalStt({ intents, workers: 1, maxBacklogMs: 1000 });
  t.teardown(() => provider.close());
  const { session, events } = await open(provider);
  session.begin(1);
  const long = clip('demo-abouttotry').pcm;
  session.write(long);
  session.write(long);
  session.finish(1);
  await delay(50);
  t.match(events, [{ type: 'failed', error: { code: 'PROVIDER_FAILED', retryable: true } }]);
  const other = await open(provider);
  say(other.session, 1, clip('hours').pcm);
  await until(() => other.events.length > 0, 20_000, 'the final');
  t.same(textsOf(other.events), ['hours'], 'the dropped audio holds nobody up');
});

t.test('an utterance beyond the longest is not understood, and ends', async (t) => {
  const provider = createLocalStt({ intents, workers: 1, maxUtteranceMs: 1000 });
  t.teardown(() => provider.close());
  const { session, events } = await open(provider);
  say(session, 1, joined(['telephone-number'], 0));
  say(session, 2, joined(['hours'], 0));
  await until(() => textsOf(events).length === 2, 20_000, 'the finals');
  t.same(textsOf(events), ['', 'hours']);
});

t.test('silence before and after a phrase does not hide it', async (t) => {
  const provider = createLocalStt({ intents, workers: 1 });
  t.teardown(() => provider.close());
  const { session, events } = await open(provider);
  for (const [id, pauseMs] of [100, 300, 600].entries()) {
    say(session, id, joined(['telephone-number'], pauseMs));
  }
  await until(() => textsOf(events).length === 3, 20_000, 'the finals');
  t.same(
    textsOf(events),
    Array.from({ length: 3 }, () => 'telephone number'),
  );
});

t.test('digits said in a row are a string', async (t) => {
  const provider = createLocalStt({ intents, workers: 1 });
  t.teardown(() => provider.close());
  const { session, events } = await open(provider);
  session.expect('digits');
  say(session, 1, joined(['digits-8', 'digits-0', 'digits-9'], 50));
  say(session, 2, joined(['digits-3', 'digits-6', 'digits-8'], 50));
  await until(() => textsOf(events).length === 2, 20_000, 'the finals');
  t.same(textsOf(events), ['eight zero nine', 'three six eight']);
});

t.test('interims come before the final of a longer utterance, and only where wanted', async (t) => {
  for (const interims of [true, false]) {
    const provider = createLocalStt({ intents, workers: 1, interims });
    t.equal(provider.capabilities.interims, interims);
    const { session, events } = await open(provider);
    say(session, 1, joined(['telephone-number'], 300));
    await until(() => textsOf(events).length === 1, 20_000, 'the final');
    t.equal(events.length, 1, 'a finished utterance gets no interims any more');
    session.begin(2);
    session.write(joined(['telephone-number'], 300));
    if (interims) {
      await until(() => events.length > 1, 20_000, 'an interim');
      t.match(events[1], { type: 'interim', utteranceId: 2, text: /^telephone/ });
    }
    session.finish(2);
    await until(() => textsOf(events).length === 2, 20_000, 'the second final');
    t.equal(
      events.some(({ type }) => type === 'interim'),
      interims,
    );
    await provider.close();
  }
});

t.test('more utterances at once than decoders are all answered', async (t) => {
  const provider = createLocalStt({ intents, workers: 1, maxDecoders: 2 });
  t.teardown(() => provider.close());
  const sessions = await Promise.all(Array.from({ length: 8 }, () => open(provider)));
  const { pcm } = clip('hours');
  for (const { session } of sessions) session.begin(1);
  for (const { session } of sessions) session.write(pcm);
  // The first of them, who hold the decoders, go on talking.
  const [talking, ...others] = sessions;
  for (const { session } of others) session.finish(1);
  await until(() => others.every(({ events }) => textsOf(events).length > 0), 20_000, 'the finals');
  for (const { events } of others) t.same(textsOf(events), ['hours']);
  talking?.session.finish(1);
  await until(() => textsOf(talking?.events ?? []).length > 0, 20_000, 'the last final');
});

t.test(
  'a short question is answered before a long speech that ended just before it (D8)',
  async (t) => {
    const provider = createLocalStt({ intents, workers: 1 });
    t.teardown(() => provider.close());
    const long = await open(provider);
    const short = await open(provider);
    say(long.session, 1, joined(['hours', 'demo-thanks', 'location'], 100));
    say(short.session, 1, clip('hours').pcm);
    await until(() => textsOf(short.events).length > 0, 20_000, 'the short final');
    t.same(textsOf(short.events), ['hours']);
    t.same(textsOf(long.events), [], 'the long one is still being decoded');
    await until(() => textsOf(long.events).length > 0, 20_000, 'the long final');
  },
);

t.test(
  'who has finished goes first, of those the shortest, and nobody waits for ever (D8)',
  async (t) => {
    const speaking = { waitingSamples: 100, completeAtMs: undefined };
    const short = { waitingSamples: 8000, completeAtMs: 1000 };
    const long = { waitingSamples: 40_000, completeAtMs: 1000 };
    const first = (nowMs: number, ...all: (typeof speaking | typeof short)[]) =>
      all.reduce((one, other) => (decodeRank(other, nowMs) < decodeRank(one, nowMs) ? other : one));
    t.equal(first(1000, speaking, long), long);
    t.equal(first(1000, speaking, long, short), short);
    const later = { waitingSamples: 8000, completeAtMs: 2500 };
    t.equal(first(2500, long, later), long, 'after 1.5 s it is not overtaken any more');
  },
);

t.test('as many as a worker can follow are decoded while they speak (D8)', async (t) => {
  const provider = createLocalStt({ intents, workers: 1 });
  t.teardown(() => provider.close());
  const sessions = await Promise.all(Array.from({ length: 10 }, () => open(provider)));
  const pcm = joined(['telephone-number'], 300);
  for (const { session } of sessions) session.begin(1);
  for (const { session } of sessions) session.write(pcm);
  // Nobody has finished: only whoever has a decoder of its own gets words.
  const wordsCame = () => sessions.every(({ events }) => events.length > 0);
  await until(wordsCame, 60_000, 'interims of all ten');
  for (const { session } of sessions) session.finish(1);
  await until(() => sessions.every(({ events }) => textsOf(events).length > 0), 20_000, 'finals');
  for (const { events } of sessions) t.same(textsOf(events), ['telephone number']);
});

t.test('memory does not grow with utterances that are dropped', async (t) => {
  const provider = createLocalStt({ intents, workers: 1 });
  t.teardown(() => provider.close());
  const { pcm } = clip('location');
  const round = async () => {
    const { session, events } = await open(provider);
    for (let id = 1; id <= 10; id++) {
      session.begin(id);
      session.write(pcm.subarray(0, 2000 + id * 700));
    }
    session.finish(10);
    await until(() => textsOf(events).length > 0, 20_000, 'the final');
    session.close();
  };
  for (let i = 0; i < 5; i++) await round();
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 10; i++) await round();
  const grownMb = (process.memoryUsage().rss - before) / 1e6;
  t.ok(grownMb < 40, `${grownMb.toFixed(1)} MB after 90 dropped utterances`);
});

t.test('the mean cepstrum of a flat spectrum is its level alone', async (t) => {
  const data = new Float32Array(40).fill(2);
  const mean = meanCepstrum({ data, nfr: 2, nfeat: 20 });
  t.equal(mean?.length, 13);
  t.ok(Math.abs((mean?.[0] ?? 0) - 2 * Math.sqrt(20)) < 1e-6, 'c0 of a unitary DCT');
  for (const coefficient of mean?.slice(1) ?? []) t.ok(Math.abs(coefficient) < 1e-6);
});

t.test('frames of digital silence do not count in the mean, and alone give none', async (t) => {
  const silence = new Float32Array(20).fill(-10);
  t.equal(meanCepstrum({ data: silence, nfr: 1, nfeat: 20 }), undefined);
  t.equal(meanCepstrum({ data: new Float32Array(0), nfr: 0, nfeat: 20 }), undefined);
  const speech = Float32Array.from({ length: 20 }, (_, band) => band / 4);
  const both = Float32Array.from([...silence, ...speech]);
  t.same(
    meanCepstrum({ data: both, nfr: 2, nfeat: 20 }),
    meanCepstrum({ data: speech, nfr: 1, nfeat: 20 }),
  );
});

t.test('pronunciations come with all variants; unknown words have none', async (t) => {
  const found = lookUpPronunciations(new Set(['hours', 'five', 'xyzzy']));
  t.same(found.get('hours'), [
    ['hours', 'AW ER Z'],
    ['hours(2)', 'AW R Z'],
  ]);
  t.same(found.get('five')?.at(-1), ['five(2)', 'P AY V']);
  t.equal(found.has('xyzzy'), false);
});

t.test('the watchdog barks after its time and not when it was stopped', async (t) => {
  let barks = 0;
  watch(20, () => barks++);
  const stop = watch(20, () => barks++);
  stop();
  await delay(60);
  t.equal(barks, 1);
});
