import t, { type Test } from 'tap';
import { linearToMulaw } from '../../../src/dsp/g711.js';
import { createOpenAiStt } from '../../../src/providers/openai/index.js';
import type { RealtimeSttSettings } from '../../../src/providers/openai/realtime-stt.js';
import { speechClip } from '../../fakes/clip-recognizer.js';
import type { HeardAudio } from '../../fakes/openai/audio.js';
import { decodeMulaw } from '../../fakes/openai/audio.js';
import type { OpenAiServerOptions } from '../../fakes/openai-server.js';
import { until } from '../conformance-support.js';
import { bench, listen, tone } from './support.js';

type Settings = Partial<Omit<RealtimeSttSettings, 'client'>>;

async function start(t: Test, options: OpenAiServerOptions = {}, settings: Settings = {}) {
  const { server, client } = await bench(t, options);
  const provider = createOpenAiStt({ mode: 'realtime', client, ...settings });
  const listening = await listen(t, provider);
  const [session] = server.realtimeSessions;
  if (session === undefined) throw new Error('no realtime session');
  const sent = (type: string) => session.received.filter((event) => event['type'] === type);
  return { server, provider, listening, session, sent };
}

const throughMulaw = (pcm: Int16Array) => decodeMulaw(Uint8Array.from(pcm, linearToMulaw));

t.test('the session is configured for mu-law without turn detection, in one message', async (t) => {
  const { session, server } = await start(
    t,
    {},
    { model: 'whisper-1', language: 'en', prompt: 'Bread.', noiseReduction: 'far_field' },
  );
  t.same(session.received, [
    {
      type: 'session.update',
      event_id: 'session',
      session: {
        type: 'transcription',
        audio: {
          input: {
            format: { type: 'audio/pcmu' },
            noise_reduction: { type: 'far_field' },
            transcription: { model: 'whisper-1', language: 'en', prompt: 'Bread.' },
            turn_detection: null,
          },
        },
      },
    },
  ]);
  t.equal(session.headers['authorization'], `Bearer ${server.apiKey}`);
});

t.test('human speech arrives complete, as mu-law, in batches of 100 ms', async (t) => {
  const heard: HeardAudio[] = [];
  const { listening, sent, server } = await start(t, {
    transcribe(audio) {
      heard.push(audio);
      return 'Thank you.';
    },
  });
  const { pcm } = speechClip('auth-thankyou');
  listening.say(1, pcm);
  await listening.until(1);
  t.same(listening.finals(), ['Thank you.']);
  t.same([...(heard[0]?.pcm ?? [])], [...throughMulaw(pcm)]);
  const sizes = sent('input_audio_buffer.append').map(
    (event) => Buffer.from(String(event['audio']), 'base64').length,
  );
  t.ok(
    sizes.slice(0, -1).every((size) => size === 800),
    'all but the last are 800 bytes',
  );
  t.equal(sent('input_audio_buffer.commit').length, 1);
  t.same(server.refusals, []);
});

t.test('deltas become interims that grow into the final', async (t) => {
  const { listening } = await start(t, { transcribe: () => 'two loaves please' });
  listening.say(4, tone(400));
  await listening.until(1);
  t.same(
    listening.events.map((event) => (event.type === 'failed' ? event : [event.type, event.text])),
    [
      ['interim', 'two'],
      ['interim', 'two loaves'],
      ['interim', 'two loaves please'],
      ['final', 'two loaves please'],
    ],
  );
});

t.test('an utterance below 100 ms is filled up with silence', async (t) => {
  const heard: HeardAudio[] = [];
  const { listening, server } = await start(t, {
    transcribe(audio) {
      heard.push(audio);
      return 'oh';
    },
  });
  listening.say(1, tone(20));
  await listening.until(1);
  t.same(listening.finals(), ['oh']);
  t.equal(heard[0]?.pcm.length, 800);
  t.ok(heard[0]?.pcm.subarray(160).every((sample) => sample === 0));
  t.same(server.refusals, [], 'no commit was too short');
});

t.test('an utterance without audio is empty and costs nothing', async (t) => {
  const { listening, sent } = await start(t);
  listening.say(1, new Int16Array(0));
  t.same(listening.events, [], 'not from within finish');
  await listening.until(1);
  t.same(listening.finals(), ['']);
  t.same(sent('input_audio_buffer.commit'), []);
});

t.test('transcriptions that end in another order keep their utterances', async (t) => {
  const texts = ['first', 'second', 'third'];
  let n = 0;
  const { listening } = await start(t, {
    transcribe: ({ pcm }) => texts[Math.round(pcm.length / 800) - 2] ?? String(n++),
    realtime: { delayMs: (n) => [60, 30, 0][n] ?? 0 },
  });
  for (const id of [1, 2, 3]) listening.say(id, tone(100 * (id + 1)));
  await listening.until(3);
  t.same(
    listening.events.flatMap((event) =>
      event.type === 'final' ? [[event.utteranceId, event.text]] : [],
    ),
    [
      [1, 'first'],
      [2, 'second'],
      [3, 'third'],
    ],
  );
});

t.test('a model that transcribes live gives interims before the utterance ends', async (t) => {
  const { listening, server } = await start(t, {
    transcribe: () => 'live words',
    realtime: { live: true },
  });
  listening.session.begin(1);
  listening.session.write(tone(300));
  await until(() => listening.events.length > 0, 2000, 'an interim');
  t.same(listening.events, [{ type: 'interim', utteranceId: 1, text: 'live' }]);
  listening.session.finish(1);
  await listening.until(1);
  t.same(listening.finals(), ['live words']);
  t.same(server.refusals, []);
});

t.test('an utterance that begins before the last one is finished ends the last one', async (t) => {
  const heard: number[] = [];
  const { listening } = await start(t, {
    transcribe({ pcm }) {
      heard.push(pcm.length);
      return `${pcm.length} samples`;
    },
  });
  listening.session.begin(1);
  listening.session.write(tone(200));
  listening.session.begin(2);
  listening.session.write(tone(300));
  await until(() => heard.length === 1, 2000, 'the first transcription');
  t.same(listening.finals(), [], 'no final before finish');
  listening.session.finish(1);
  listening.session.finish(2);
  await listening.until(2);
  t.same(listening.finals(), ['1600 samples', '2400 samples']);
});

t.test('audio beyond the longest utterance is not sent', async (t) => {
  const { listening } = await start(
    t,
    { transcribe: ({ pcm }) => `${pcm.length}` },
    { maxUtteranceMs: 500 },
  );
  listening.say(1, tone(2000));
  listening.say(2, tone(300));
  await listening.until(2);
  t.same(listening.finals(), ['4000', '2400']);
});

t.test('the prompt follows what is expected, from the next utterance on', async (t) => {
  const prompts: (string | undefined)[] = [];
  const { listening, sent, server } = await start(
    t,
    {
      transcribe({ prompt }) {
        prompts.push(prompt);
        return 'x';
      },
    },
    { prompt: 'Bread.', digitsPrompt: 'Digits.' },
  );
  listening.say(1, tone(200));
  listening.session.expect('digits');
  listening.say(2, tone(200));
  listening.say(3, tone(200));
  listening.session.expect('anything');
  listening.say(4, tone(200));
  await listening.until(4);
  t.same(prompts, ['Bread.', 'Digits.', 'Digits.', 'Bread.']);
  t.equal(sent('session.update').length, 3, 'only where it changed');
  t.same(server.refusals, []);
});

t.test('a closed session closes its socket; closing the provider closes the others', async (t) => {
  const { listening, session, provider, server } = await start(t);
  const other = await listen(t, provider);
  listening.session.close();
  await until(() => !session.open, 2000, 'the socket closed');
  t.ok(server.realtimeSessions[1]?.open);
  await provider.close();
  await until(() => server.realtimeSessions[1]?.open === false, 2000, 'the other one closed');
  t.same([...listening.events, ...other.events], []);
});
