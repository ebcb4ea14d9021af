import t from 'tap';
import { ClauseSplitter } from '../src/actors/clause-splitter.js';
import type { TtsProvider } from '../src/actors/ports.js';
import { loadConfig } from '../src/config.js';
import { chooseProviders } from '../src/provider-choice.js';
import { loadIntents } from '../src/providers/local/index.js';

/** A voice of one's own, which keeps what it was asked to say. */
function ownVoice(normalizes?: boolean) {
  const asked: string[] = [];
  const tts: TtsProvider = {
    name: 'own',
    capabilities: { streaming: true, ...(normalizes !== undefined && { normalizes }) },
    warmUp: async () => undefined,
    async *synthesize({ text }) {
      asked.push(text);
      yield { pcm: new Int16Array(80), sampleRateHz: 8000 };
    },
    close: async () => undefined,
  };
  return { tts, asked };
}

const local = { RINGMASTER_STT: 'scripted', RINGMASTER_AGENT: 'local' };

const firstClause = (text = ''): string => new ClauseSplitter().push(`${text} `)[0] ?? text;

async function say(tts: TtsProvider, text: string): Promise<void> {
  const request = { callSid: 'CA1', text, signal: new AbortController().signal };
  for await (const _ of tts.synthesize(request as Parameters<TtsProvider['synthesize']>[0]));
}

t.test('greeting and prompts are synthesised at start, clause by clause', async (t) => {
  const { tts, asked } = ownVoice(true);
  const { providers } = chooseProviders(loadConfig(local), { tts });
  await providers.tts.warmUp();
  const { greeting, idle } = loadIntents(undefined);
  t.ok(asked.includes(firstClause(greeting[0])));
  for (const text of idle) t.ok(asked.includes(firstClause(text)), text);
  const before = asked.length;
  await say(providers.tts, firstClause(idle[0]));
  t.equal(asked.length, before, 'and then said from memory');
});

t.test('a cache of 0 MB keeps nothing', async (t) => {
  const { tts, asked } = ownVoice(true);
  const config = loadConfig({ ...local, RINGMASTER_TTS_CACHE_MB: '0' });
  const { providers } = chooseProviders(config, { tts });
  await providers.tts.warmUp();
  for (let i = 0; i < 3; i += 1) await say(providers.tts, 'Hello.');
  t.equal(asked.length, 3);
});

t.test('an engine is given words, unless it normalises itself', async (t) => {
  for (const [normalizes, expected] of [
    [undefined, 'Room two hundred.'],
    [true, 'Room 200.'],
  ] as const) {
    const { tts, asked } = ownVoice(normalizes);
    const { providers } = chooseProviders(loadConfig(local), { tts });
    await say(providers.tts, 'Room 200.');
    t.strictSame(asked, [expected]);
  }
});

t.test('what a script says is never kept: its delays are what is measured', async (t) => {
  const config = loadConfig({ ...local, RINGMASTER_TTS: 'scripted' });
  const { providers } = chooseProviders(config, {});
  t.equal(providers.tts.name, 'scripted-tts');
  const startMs = performance.now();
  for (let i = 0; i < 3; i += 1) await say(providers.tts, 'Hello.');
  t.ok(performance.now() - startMs > 290, 'each has its 100 ms');
});

const openai = { OPENAI_BASE_URL: 'http://127.0.0.1:9/v1', OPENAI_STT_MODE: 'utterance' };

t.test('an engine that does not know the language of the node is named at start (E)', async (t) => {
  for (const [settings, named] of [
    [{}, /speech to text, agent, text to speech/],
    [{ ...openai, RINGMASTER_TTS: 'local' }, /text to speech/],
    [{ ...openai, RINGMASTER_STT: 'local' }, /speech to text/],
    [{ ...openai, RINGMASTER_AGENT: 'local' }, /agent/],
  ] as const) {
    const config = loadConfig({ ...settings, RINGMASTER_LANGUAGE: 'de-AT' });
    t.throws(() => chooseProviders(config, {}), { code: 'CONFIG_INVALID', message: named });
  }
});

t.test('engines that know it, and those that are given, are taken', async (t) => {
  for (const RINGMASTER_LANGUAGE of ['de', 'es-MX', 'pt-BR']) {
    const config = loadConfig({ ...openai, RINGMASTER_LANGUAGE });
    t.equal(chooseProviders(config, {}).choices.length, 3);
  }
  const config = loadConfig({ ...openai, RINGMASTER_LANGUAGE: 'de', RINGMASTER_TTS: 'local' });
  t.ok(chooseProviders(config, { tts: ownVoice().tts }).providers);
});

t.test('the greeting and the numbers of a German node are German', async (t) => {
  const { tts, asked } = ownVoice();
  const config = loadConfig({ ...openai, RINGMASTER_LANGUAGE: 'de' });
  const { providers } = chooseProviders(config, { tts });
  await providers.tts.warmUp();
  t.ok(asked.some((text) => text.startsWith('Guten Tag')));
  await say(providers.tts, 'Zimmer 200.');
  t.equal(asked.at(-1), 'Zimmer zweihundert.');
});
