import t from 'tap';
import type { TtsChunk, TtsProvider } from '../../src/actors/ports.js';
import { createSpeakableTts } from '../../src/providers/speakable-tts.js';
import { callSidOf } from './conformance-support.js';

/** A voice that tells what it was given. */
function voice(normalizes: boolean) {
  const given: string[] = [];
  const provider: TtsProvider = {
    name: 'test',
    capabilities: { streaming: true, normalizes },
    warmUp: () => Promise.resolve(),
    async *synthesize({ text }): AsyncGenerator<TtsChunk> {
      given.push(text);
      yield { pcm: new Int16Array(80), sampleRateHz: 8000 };
    },
    close: () => Promise.resolve(),
  };
  return { provider: createSpeakableTts(provider, 'en'), given };
}

async function speak(provider: TtsProvider, text: string): Promise<number> {
  let chunks = 0;
  const request = { callSid: callSidOf(1), text, signal: new AbortController().signal };
  for await (const _ of provider.synthesize(request)) chunks++;
  return chunks;
}

t.test('no voice is given markup, also one that says numbers well (C13)', async (t) => {
  const { provider, given } = voice(true);
  await speak(provider, '- Write to [help](mailto:help@example.com), **please**.');
  await speak(provider, 'See <https://example.com/a> or mailto:a@b.de, at 9:30.');
  await speak(provider, '<b>Two</b> &amp; three');
  t.same(given, ['Write to help, please.', 'See example.com/a or a@b.de, at 9:30.', 'Two & three']);
});

t.test('a text without anything to say asks no voice (C13)', async (t) => {
  for (const normalizes of [true, false]) {
    const { provider, given } = voice(normalizes);
    for (const text of ['👍', '---', '...', '**', '| --- | --- |', '```', '<br/>']) {
      t.equal(await speak(provider, text), 0, text);
    }
    t.same(given, []);
  }
});
