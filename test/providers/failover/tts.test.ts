import t from 'tap';
import type { CallSid, TtsChunk, TtsProvider } from '../../../src/actors/ports.js';
import { FailoverChain } from '../../../src/providers/failover/chain.js';
import { createFailoverTts } from '../../../src/providers/failover/tts.js';

type Speak = (signal: AbortSignal) => AsyncIterable<TtsChunk>;

const audio = (ms = 100, sampleRateHz = 8000): TtsChunk => ({
  pcm: new Int16Array((ms * sampleRateHz) / 1000),
  sampleRateHz,
});
const good = (rate: number): Speak =>
  async function* () {
    yield audio(100, rate);
    yield audio(100, rate);
  };
/** Ignores its signal. */
const hangs: Speak = () => ({
  [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }),
});
// eslint-disable-next-line require-yield
const fails: Speak = async function* () {
  throw new Error('no voice');
};
const failsAtOnce: Speak = () => {
  throw new TypeError('no generator at all');
};
const mute: Speak = async function* () {
  yield audio(0);
};
const lies: Speak = async function* () {
  yield undefined as unknown as TtsChunk;
};
const breaksOff: Speak = async function* () {
  yield audio(100);
  throw new Error('broke off');
};

/** Unlike `AbortSignal.timeout` it keeps the process. */
const abortedAfter = (ms: number): AbortSignal => {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), ms);
  return abort.signal;
};

interface Counted extends TtsProvider {
  asked: number;
  closed: number;
}

function voice(name: string, speak: Speak): Counted {
  const provider: Counted = {
    name,
    asked: 0,
    closed: 0,
    capabilities: { streaming: true },
    warmUp: async () => undefined,
    synthesize: ({ signal }) => {
      provider.asked += 1;
      return speak(signal);
    },
    close: async () => {
      provider.closed += 1;
    },
  };
  return provider;
}

/** Waits are a twentieth of what they are in a call. */
function failover(...voices: TtsProvider[]) {
  const failures: string[] = [];
  const onFailure = (engine: string) => failures.push(engine);
  const chain = new FailoverChain(voices, { onFailure });
  const tts = createFailoverTts(chain, { firstAudioMs: 60, warmUpMs: 60 });
  return { tts, chain, failures };
}

async function say(
  tts: TtsProvider,
  { callSid = 'CA1', text = 'Hello.', signal = new AbortController().signal } = {},
) {
  const rates: number[] = [];
  for await (const chunk of tts.synthesize({ callSid: callSid as CallSid, text, signal })) {
    rates.push(chunk.sampleRateHz);
  }
  return rates;
}

for (const [what, speak] of Object.entries({ hangs, fails, failsAtOnce, mute })) {
  t.test(`a voice that ${what}: the next one says the same clause (C10)`, async (t) => {
    const { tts, failures } = failover(voice('first', speak), voice('second', good(16000)));
    t.strictSame((await say(tts)).filter((rate) => rate === 16000).length, 2);
    t.strictSame(failures, ['first']);
  });
}

t.test('the call keeps the voice that it went over to', async (t) => {
  const first = voice('first', fails);
  const { tts } = failover(first, voice('second', good(16000)));
  await say(tts);
  await say(tts);
  t.equal(first.asked, 1);
  await say(tts, { callSid: 'CA2' });
  t.equal(first.asked, 2, 'another call finds out for itself');
});

t.test('a voice that breaks off fails the clause; the next try is the next voice’s', async (t) => {
  const { tts } = failover(voice('first', breaksOff), voice('second', good(16000)));
  await t.rejects(say(tts), { code: 'PROVIDER_FAILED', engine: 'first', message: 'broke off' });
  t.strictSame(await say(tts), [16000, 16000]);
});

t.test('a chunk that is none is left to the call to refuse', async (t) => {
  const { tts } = failover(voice('first', lies));
  const chunks: unknown[] = [];
  const signal = new AbortController().signal;
  for await (const chunk of tts.synthesize({ callSid: 'CA1' as CallSid, text: 'Hi', signal })) {
    chunks.push(chunk);
  }
  t.strictSame(chunks, [undefined]);
});

t.test('where all fail, the last failure is told with its engine', async (t) => {
  const { tts } = failover(voice('first', hangs), voice('second', fails));
  await t.rejects(say(tts), { engine: 'second', message: 'no voice' });
});

t.test('a dead voice is not asked by each of many calls (C10)', async (t) => {
  const dead = voice('dead', fails);
  const { tts, chain } = failover(dead, voice('second', good(16000)));
  for (let i = 0; i < 20; i += 1) await say(tts, { callSid: `CA${i}` });
  t.equal(dead.asked, 3);
  t.match(chain.report(), [{ engine: 'dead', state: 'open', failures: 3 }, { state: 'closed' }]);
});

t.test(
  'a voice that is alone and dead is asked three times, then refused for a moment (C10)',
  async (t) => {
    const dead = voice('dead', fails);
    const { tts } = failover(dead);
    for (let i = 0; i < 3; i += 1) await t.rejects(say(tts), { message: 'no voice' });
    const signal = abortedAfter(50);
    await t.rejects(say(tts, { signal }), { code: 'PROVIDER_UNAVAILABLE' });
    t.equal(dead.asked, 3);
  },
);

t.test('an interruption says nothing against a voice', async (t) => {
  const slow = voice('slow', hangs);
  const { tts, chain } = failover(slow);
  for (let i = 0; i < 5; i += 1) await say(tts, { signal: abortedAfter(5) });
  t.match(chain.report(), [{ engine: 'slow', state: 'closed', failures: 0 }]);
});

t.test('who stops reading lets the voice go', async (t) => {
  let isAborted = false;
  const endless = voice('endless', async function* (signal) {
    signal.addEventListener('abort', () => (isAborted = true));
    for (;;) yield audio(20);
  });
  const { tts } = failover(endless);
  const signal = new AbortController().signal;
  for await (const _ of tts.synthesize({ callSid: 'CA1' as CallSid, text: 'Hi', signal })) break;
  t.ok(isAborted);
});

t.test('a node is ready with one voice of two, not with none', async (t) => {
  const down = voice('down', good(8000));
  down.warmUp = async () => Promise.reject(new Error('ECONNREFUSED'));
  const stuck = voice('stuck', good(8000));
  stuck.warmUp = () => new Promise(() => undefined);
  const one = failover(down, voice('up', good(8000)));
  await one.tts.warmUp();
  t.strictSame(one.failures, ['down']);
  await t.rejects(failover(down, stuck).tts.warmUp(), { message: 'ECONNREFUSED' });
});

t.test('closing closes all', async (t) => {
  const voices = [voice('first', fails), voice('second', fails)];
  await failover(...voices).tts.close();
  t.strictSame(
    voices.map(({ closed }) => closed),
    [1, 1],
  );
});
