import t, { type Test } from 'tap';
import {
  createOpenAiAgent,
  createOpenAiClient,
  createOpenAiStt,
  createOpenAiTts,
  type OpenAiClient,
} from '../../../src/providers/openai/index.js';
import { clipRecognizer, speechClip, speechClips } from '../../fakes/clip-recognizer.js';
import { atLineRate } from '../../fakes/openai/audio.js';
import { startOpenAiServer } from '../../fakes/openai-server.js';
import { agentConformance, sttConformance, ttsConformance } from '../conformance.js';
import { deadClient } from './support.js';

const recognize = clipRecognizer(speechClips(['hello', 'vm-goodbye', 'digits-7', 'location']));
const server = await startOpenAiServer({
  transcribe: (audio) => recognize(atLineRate(audio))?.transcript ?? '',
});
t.teardown(() => server.close());
const client = createOpenAiClient({ baseUrl: server.baseUrl, apiKey: server.apiKey });
const nowhere = await deadClient();
const impatient = { maxAttempts: 1 };

function clip(name: string) {
  const { pcm, transcript } = speechClip(name);
  return { name, pcm, matches: (text: string) => text === transcript };
}

const sttOptions = (make: (client: OpenAiClient) => ReturnType<typeof createOpenAiStt>) => ({
  makeProvider: () => make(client),
  makeFailing: () => make(nowhere),
  clips: [clip('hello'), clip('vm-goodbye')] as const,
  digits: clip('digits-7'),
});

sttConformance(
  t,
  'openai realtime',
  sttOptions((client) =>
    createOpenAiStt({ mode: 'realtime', client, language: 'en', digitsPrompt: 'Digits.' }),
  ),
);
for (const uploadRateHz of [8000, 16_000] as const) {
  sttConformance(
    t,
    `openai utterance at ${uploadRateHz} Hz`,
    sttOptions((client) =>
      createOpenAiStt({
        mode: 'utterance',
        client,
        uploadRateHz,
        stream: uploadRateHz === 8000,
        retries: impatient,
      }),
    ),
  );
}

ttsConformance(t, 'openai', {
  makeProvider: () => createOpenAiTts({ client }),
  makeFailing: () => createOpenAiTts({ client: nowhere, retries: impatient }),
});

agentConformance(t, 'openai', {
  makeProvider: () => createOpenAiAgent({ client, instructions: 'Be brief.' }),
  makeFailing: () =>
    createOpenAiAgent({ client: nowhere, instructions: 'Be brief.', retries: impatient }),
  turns: [
    { text: 'What are your opening hours?', answer: /opening hours/ },
    { text: 'And on Sundays?', answer: /Sundays/ },
  ],
});

t.test('the server was only asked what OpenAI would accept', async (t: Test) => {
  t.same(server.refusals, []);
  t.ok(server.requests.length > 0);
  t.ok(server.realtimeSessions.length > 0);
});
