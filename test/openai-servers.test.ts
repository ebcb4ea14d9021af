import t from 'tap';
import { loadConfig } from '../src/config.js';
import { openaiServer } from '../src/openai-servers.js';

t.test(
  'each role may have its own server and key; the common one is the default (C15)',
  async (t) => {
    const { openai } = loadConfig({
      OPENAI_API_KEY: 'sk-common',
      OPENAI_STT_BASE_URL: 'http://127.0.0.1:9000/v1',
      OPENAI_TTS_BASE_URL: 'http://127.0.0.1:9001/v1',
      OPENAI_TTS_API_KEY: 'sk-voice',
    });
    t.match(openaiServer(openai, 'agent'), { apiKey: 'sk-common', variable: 'OPENAI_API_KEY' });
    t.same(openaiServer(openai, 'stt'), {
      baseUrl: 'http://127.0.0.1:9000/v1',
      variable: 'OPENAI_STT_BASE_URL',
    });
    t.match(openaiServer(openai, 'tts'), {
      apiKey: 'sk-voice',
      baseUrl: 'http://127.0.0.1:9001/v1',
    });
  },
);

t.test(
  'the common key goes to no server of a role’s own, but to another path of the common one (C15)',
  async (t) => {
    const common = { apiKey: 'sk-common', baseUrl: 'http://gateway:1/v1' };
    t.equal(openaiServer({ ...common, sttBaseUrl: 'http://other:1/v1' }, 'stt').apiKey, undefined);
    t.equal(
      openaiServer({ ...common, sttBaseUrl: 'http://gateway:1/stt/v1' }, 'stt').apiKey,
      'sk-common',
    );
  },
);

t.test('a role with a server needs no common key (C15)', async (t) => {
  const own = { RINGMASTER_TTS: 'openai', OPENAI_TTS_BASE_URL: 'http://127.0.0.1:9001/v1' };
  t.doesNotThrow(() => loadConfig(own));
  t.throws(() => loadConfig({ ...own, RINGMASTER_STT: 'openai' }), { message: /OPENAI_API_KEY/ });
});
