import t from 'tap';
import { responseMs } from '../../src/phone/turn-timing.js';
import { clipRecognizer, speechClips } from '../fakes/clip-recognizer.js';
import { atLineRate } from '../fakes/openai/audio.js';
import { startOpenAiServer } from '../fakes/openai-server.js';
import { callNode, clip, startTestNode } from './support.js';

const ENGINES = { RINGMASTER_STT: 'openai', RINGMASTER_TTS: 'openai', RINGMASTER_AGENT: 'openai' };
const CLIPS = ['hours', 'location', 'vm-goodbye'];

t.jobs = 2;

for (const mode of ['realtime', 'utterance']) {
  t.test(`a whole call runs on OpenAI's protocols, transcription by ${mode}`, async (t) => {
    const recognise = clipRecognizer(speechClips(CLIPS));
    const server = await startOpenAiServer({
      transcribe: (audio) => recognise(atLineRate(audio))?.transcript ?? '',
      chat: (request) => {
        const said = String(request.messages.findLast(({ role }) => role === 'user')?.content);
        if (/goodbye/i.test(said)) {
          return { text: 'Goodbye.', toolCalls: [{ name: 'end_call', arguments: {} }] };
        }
        return `You asked for ${said}.`;
      },
    });
    t.teardown(() => server.close());
    const node = await startTestNode(t, {
      ...ENGINES,
      OPENAI_API_KEY: server.apiKey,
      OPENAI_BASE_URL: server.baseUrl,
      OPENAI_STT_MODE: mode,
    });
    const [hours, location, goodbye] = await Promise.all(CLIPS.map(clip));
    if (!hours || !location || !goodbye) throw new Error('clips are missing');
    const report = await callNode(node, async (caller) => {
      await caller.waitForAgent();
      await caller.say(hours);
      await caller.waitForAgent();
      await caller.say(location);
      await caller.waitForAgent();
      await caller.say(goodbye);
      await caller.waitForEnd();
    }).finished;
    t.equal(report.outcome, 'node-hung-up');
    t.strictSame(report.violations, []);
    t.strictSame(server.refusals, [], 'the node speaks the protocol as it is');
    const record = await node.store.get(report.callSid);
    t.match(record, { endReason: 'agent-hangup', restarts: {} });
    t.strictSame(
      record?.turns.filter(({ role }) => role === 'caller').map(({ text }) => text.toLowerCase()),
      ['hours', 'location.', 'goodbye'],
    );
    for (const turn of report.turns) t.ok((responseMs(turn) ?? Infinity) < 4000, turn.clip);
  });
}

t.test('a model that fails before it spoke is asked again within the call', async (t) => {
  const server = await startOpenAiServer();
  t.teardown(() => server.close());
  server.fault('chat', { kind: 'error', status: 500 }, { kind: 'error', status: 503 });
  const node = await startTestNode(t, {
    ...ENGINES,
    OPENAI_API_KEY: server.apiKey,
    OPENAI_BASE_URL: server.baseUrl,
  });
  const hours = await clip('hours');
  const report = await callNode(node, async (caller) => {
    await caller.waitForAgent();
    await caller.say(hours);
    await caller.waitForAgent();
  }).finished;
  t.ok(report.scriptCompleted);
  t.equal((await node.store.get(report.callSid))?.latencies.length, 1);
});

t.test(
  'a wrong key is named at the start, and not shown; the node listens all the same (C7)',
  async (t) => {
    const server = await startOpenAiServer();
    t.teardown(() => server.close());
    const key = 'sk-wrong-wrong-wrong';
    const node = await startTestNode(t, {
      ...ENGINES,
      OPENAI_API_KEY: key,
      OPENAI_BASE_URL: server.baseUrl,
    });
    const { notReady } = node.stats();
    t.match(JSON.stringify(notReady), /PROVIDER_AUTH/);
    t.notMatch(JSON.stringify(notReady), key);
    const ready = await fetch(`${node.url}/readyz`);
    t.match(await ready.text(), /degraded/);
  },
);
