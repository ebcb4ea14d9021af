import t from 'tap';
import type { TtsChunk, TtsProvider, TtsRequest } from '../../src/actors/ports.js';
import { createCachedTts } from '../../src/providers/cached-tts.js';
import { createScriptedTts } from '../../src/providers/scripted/tts.js';
import { createSpeakableTts } from '../../src/providers/speakable-tts.js';
import { callSidOf, thrownBy } from './conformance-support.js';
import { ttsConformance } from './conformance.js';

ttsConformance(t, 'a scripted voice with memory', {
  makeProvider: () =>
    createCachedTts(createScriptedTts(), { maxBytes: 10e6, phrases: ['Thank you for calling.'] }),
  makeFailing: () =>
    createCachedTts(createScriptedTts({ faults: [{ request: 1, kind: 'fail' }] }), {
      maxBytes: 10e6,
      phrases: [],
    }),
});

const never = new AbortController().signal;

/** An engine that counts, and whose chunks come when the test lets them. */
function engine(chunks = 3) {
  const asked: string[] = [];
  const aborted: string[] = [];
  const gates: (() => void)[] = [];
  const state = { isGated: false, fails: false, closes: 0 };
  const provider: TtsProvider = {
    name: 'fake',
    capabilities: { streaming: true },
    warmUp: async () => undefined,
    async *synthesize({ text, signal }: TtsRequest) {
      asked.push(text);
      for (let i = 0; i < chunks; i += 1) {
        if (state.isGated) await new Promise<void>((resolve) => gates.push(resolve));
        if (signal.aborted) return void aborted.push(text);
        if (state.fails && i === 1) throw new Error('no more');
        const words = [{ text: `w${i}`, startMs: i, endMs: i + 1 }];
        yield { pcm: new Int16Array(100).fill(i + 1), sampleRateHz: 8000, words };
      }
    },
    close: async () => void (state.closes += 1),
  };
  const open = async () => {
    for (let i = 0; i < 8; i += 1) {
      for (const gate of gates.splice(0)) gate();
      await new Promise(setImmediate);
    }
  };
  return { provider, asked, aborted, state, open };
}

async function say(tts: TtsProvider, text: string, signal = never, call = 1) {
  const chunks: TtsChunk[] = [];
  for await (const chunk of tts.synthesize({ callSid: callSidOf(call), text, signal })) {
    chunks.push(chunk);
  }
  return chunks;
}

t.test('phrases are synthesised once, by the warm-up', async (t) => {
  const e = engine();
  const tts = createCachedTts(e.provider, { maxBytes: 1e6, phrases: ['Hello.', 'Still there?'] });
  await tts.warmUp();
  t.strictSame([...e.asked].sort(), ['Hello.', 'Still there?']);
  t.equal((await say(tts, 'Hello.')).length, 3);
  await say(tts, ' Still there? ');
  t.equal(e.asked.length, 2);
});

t.test('other texts are kept from their second time on', async (t) => {
  const e = engine();
  const tts = createCachedTts(e.provider, { maxBytes: 1e6, phrases: [] });
  for (let i = 0; i < 4; i += 1) await say(tts, 'One moment, please.');
  t.equal(e.asked.length, 2);
  for (let i = 0; i < 3; i += 1) await say(tts, 'long '.repeat(100));
  t.equal(e.asked.length, 5, 'but no long ones');
});

t.test('a language is another text', async (t) => {
  const e = engine();
  const tts = createCachedTts(e.provider, { maxBytes: 1e6, phrases: ['5'] });
  for (const language of ['en', 'de', 'en', 'de']) {
    for await (const _ of tts.synthesize({
      callSid: callSidOf(1),
      text: '5',
      language,
      signal: never,
    }));
  }
  t.equal(e.asked.length, 2);
});

t.test('whoever gets audio owns it', async (t) => {
  const e = engine();
  const tts = createCachedTts(e.provider, { maxBytes: 1e6, phrases: ['Hello.'] });
  for (let i = 0; i < 3; i += 1) {
    const chunks = await say(tts, 'Hello.');
    t.strictSame(
      chunks.map(({ pcm, words }) => [pcm[0], words?.[0]?.text]),
      [
        [1, 'w0'],
        [2, 'w1'],
        [3, 'w2'],
      ],
    );
    for (const { pcm } of chunks) pcm.fill(-9);
  }
});

t.test(
  'calls that want one phrase at once share its synthesis, from the first chunk',
  async (t) => {
    const e = engine();
    e.state.isGated = true;
    const tts = createCachedTts(e.provider, { maxBytes: 1e6, phrases: ['Hello.'] });
    const first = say(tts, 'Hello.', never, 1);
    await new Promise(setImmediate);
    const others = Array.from({ length: 20 }, (_, i) => say(tts, 'Hello.', never, i + 2));
    await e.open();
    for (const chunks of await Promise.all([first, ...others])) {
      t.strictSame(
        chunks.map(({ pcm }) => pcm[0]),
        [1, 2, 3],
      );
    }
    t.equal(e.asked.length, 1);
  },
);

t.test('a call that stops reading harms no other; the last one stops the engine', async (t) => {
  const e = engine();
  e.state.isGated = true;
  const tts = createCachedTts(e.provider, { maxBytes: 1e6, phrases: ['Hello.'] });
  const one = new AbortController();
  const other = new AbortController();
  const first = say(tts, 'Hello.', one.signal);
  const second = say(tts, 'Hello.', other.signal, 2);
  await new Promise(setImmediate);
  one.abort();
  t.strictSame(await first, [], 'at once, though the engine gives nothing');
  t.strictSame(e.aborted, []);
  other.abort();
  t.strictSame(await second, []);
  const third = say(tts, 'Hello.', never, 3);
  await e.open();
  t.equal((await third).length, 3, 'and a new reader has its own synthesis');
  t.strictSame(e.aborted, ['Hello.']);
  t.equal(e.asked.length, 2);
});

t.test('what fails is not kept, also in the warm-up', async (t) => {
  const e = engine();
  e.state.fails = true;
  const tts = createCachedTts(e.provider, { maxBytes: 1e6, phrases: ['Hello.'] });
  await tts.warmUp();
  t.match(await thrownBy(() => say(tts, 'Hello.')), { message: 'no more' });
  e.state.fails = false;
  t.equal((await say(tts, 'Hello.')).length, 3);
  t.equal((await say(tts, 'Hello.')).length, 3);
  t.equal(e.asked.length, 3);
});

t.test('no more is kept than there may be', async (t) => {
  const e = engine();
  // One phrase is 3 chunks of 200 bytes.
  const tts = createCachedTts(e.provider, { maxBytes: 1300, phrases: ['A.', 'B.', 'C.'] });
  for (const text of ['A.', 'B.', 'C.', 'C.', 'B.']) await say(tts, text);
  t.equal(e.asked.length, 3);
  await say(tts, 'A.');
  t.equal(e.asked.length, 4, 'the one that was not said for longest is gone');
});

t.test('close stops what runs and closes the engine', async (t) => {
  const e = engine();
  e.state.isGated = true;
  const tts = createCachedTts(e.provider, { maxBytes: 1e6, phrases: ['Hello.'] });
  const reading = thrownBy(() => say(tts, 'Hello.'));
  await new Promise(setImmediate);
  await tts.close();
  await e.open();
  t.ok((await reading) !== undefined);
  t.equal(e.state.closes, 1);
  t.match(await thrownBy(() => say(tts, 'Hello.')), { code: 'PROVIDER_FAILED' });
});

t.test('a voice is given words, in the language of the request', async (t) => {
  const e = engine();
  const tts = createSpeakableTts(e.provider, 'en');
  await say(tts, 'Room 200 & $5');
  for await (const _ of tts.synthesize({
    callSid: callSidOf(1),
    text: '5 €',
    language: 'de',
    signal: never,
  }));
  t.strictSame(e.asked, ['Room two hundred and five dollars', 'fünf Euro']);
  t.ok(tts.capabilities.normalizes);
});
