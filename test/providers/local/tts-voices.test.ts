import t from 'tap';
import type { TtsChunk } from '../../../src/actors/ports.js';
import { createLocalTts, type FliteVoice } from '../../../src/providers/local/index.js';
import { callSidOf } from '../conformance-support.js';

const never = new AbortController().signal;

async function speak(voice: FliteVoice, texts: readonly string[]): Promise<TtsChunk[][]> {
  const tts = createLocalTts({ voice, workers: 1 });
  try {
    const all: TtsChunk[][] = [];
    for (const text of texts) {
      const chunks: TtsChunk[] = [];
      const request = { callSid: callSidOf(1), text, signal: never };
      for await (const chunk of tts.synthesize(request)) chunks.push(chunk);
      all.push(chunks);
    }
    return all;
  } finally {
    await tts.close();
  }
}

const secondsOf = (chunks: readonly TtsChunk[]) =>
  chunks.reduce((sum, { pcm, sampleRateHz }) => sum + pcm.length / sampleRateHz, 0);

for (const [voice, rateHz] of [
  ['kal', 8000],
  ['slt', 16_000],
  ['rms', 16_000],
  ['awb', 16_000],
] as const) {
  t.test(`${voice} speaks at ${rateHz} Hz in chunks of 200 ms`, async (t) => {
    const [chunks = []] = await speak(voice, ['Thank you for calling.']);
    t.ok(chunks.every(({ sampleRateHz }) => sampleRateHz === rateHz));
    t.ok(chunks.slice(0, -1).every(({ pcm }) => pcm.length === rateHz / 5));
    t.ok(secondsOf(chunks) > 0.7 && secondsOf(chunks) < 3, `${secondsOf(chunks)} s`);
    t.equal(new Set(chunks.map(({ pcm }) => pcm.buffer)).size, chunks.length, 'each its own');
  });
}

t.test('the first word comes at once, and a pause is left at the end', async (t) => {
  for (const voice of ['kal', 'slt'] as const) {
    const [chunks = []] = await speak(voice, ['Thank you for calling.']);
    const rateHz = chunks[0]?.sampleRateHz ?? 0;
    const pcm = Int16Array.from(chunks.flatMap((chunk) => [...chunk.pcm]));
    const isVoice = (sample: number) => Math.abs(sample) > 300;
    t.ok(pcm.findIndex(isVoice) < 0.06 * rateHz, `${voice} begins`);
    t.ok(pcm.length - pcm.findLastIndex(isVoice) > 0.25 * rateHz, `${voice} pauses`);
  }
});

t.test('what looks like options or markup is text', async (t) => {
  const [options = [], file = [], markup = []] = await speak('kal', [
    '-o /dev/null',
    '--help',
    '<speak>Hi</speak>',
  ]);
  t.ok(secondsOf(options) > 0.5);
  t.ok(secondsOf(file) > 0.1 && secondsOf(file) < 2);
  t.ok(secondsOf(markup) > 0.1 && secondsOf(markup) < 1);
});

t.test('five thousand characters come piece by piece', async (t) => {
  const [chunks = []] = await speak('kal', ['The quick brown fox jumps. '.repeat(185)]);
  t.ok(secondsOf(chunks) > 120, `${secondsOf(chunks)} s`);
});
