import { inspect } from 'node:util';
import t, { type Test } from 'tap';
import { createOpenAiClient, createOpenAiStt } from '../../../src/providers/openai/index.js';
import type { RealtimeSttSettings } from '../../../src/providers/openai/realtime-stt.js';
import type { RealtimeBehaviour } from '../../fakes/openai/realtime.js';
import type { OpenAiServerOptions } from '../../fakes/openai-server.js';
import { callSidOf, delay, until } from '../conformance-support.js';
import { bench, codedError, listen, never, tone } from './support.js';

const timeouts = { openTimeoutMs: 1000, finalTimeoutMs: 1000 };
type Settings = Partial<Omit<RealtimeSttSettings, 'client'>>;

async function provider(t: Test, options: OpenAiServerOptions = {}, settings: Settings = {}) {
  const { server, client } = await bench(t, options);
  const stt = createOpenAiStt({ mode: 'realtime', client, ...timeouts, ...settings });
  t.teardown(() => stt.close());
  const open = (signal: AbortSignal = never) =>
    stt.open({ callSid: callSidOf(1), emit: () => t.fail('no event'), signal });
  return { server, stt, open };
}

/** An open session whose server was told to do something wrong. */
async function session(t: Test, options: OpenAiServerOptions, settings: Settings = {}) {
  const { server, stt } = await provider(t, options, settings);
  const listening = await listen(t, stt);
  const probe = server.realtimeSessions[0];
  if (probe === undefined) throw new Error('no realtime session');
  return { server, listening, probe };
}

// ---------------------------------------------------------------- opening

t.test('refused upgrades are told by their status and code', async (t) => {
  const { server, open } = await provider(t);
  const cases = [
    [{ status: 401, code: 'invalid_api_key' }, 'PROVIDER_AUTH', false],
    [{ status: 429, code: 'rate_limit_exceeded' }, 'PROVIDER_RATE_LIMITED', true],
    [{ status: 429, code: 'insufficient_quota' }, 'PROVIDER_RATE_LIMITED', false],
    [{ status: 503 }, 'PROVIDER_FAILED', true],
    [{ status: 404 }, 'PROVIDER_FAILED', false],
  ] as const;
  for (const [fault, code, retryable] of cases) {
    server.fault('realtime', { kind: 'error', ...fault });
    t.match(await codedError(t, () => open()), { code, retryable }, `${fault.status}`);
  }
});

t.test('a wrong key is refused and not repeated in the error', async (t) => {
  const { server } = await bench(t);
  const apiKey = 'sk-wrong-SECRET99';
  const client = createOpenAiClient({ baseUrl: server.baseUrl, apiKey });
  const stt = createOpenAiStt({ mode: 'realtime', client });
  const error = await codedError(t, () =>
    stt.open({ callSid: callSidOf(1), emit: () => undefined, signal: never }),
  );
  t.equal(error.code, 'PROVIDER_AUTH');
  t.notMatch(inspect(error, { depth: 9 }), /SECRET99/);
});

t.test('a server that never answers the upgrade times out', async (t) => {
  const { server, open } = await provider(t, {}, { openTimeoutMs: 60 });
  server.fault('realtime', { kind: 'hang' });
  t.match(await codedError(t, () => open()), { code: 'PROVIDER_TIMEOUT', retryable: true });
});

t.test('a server that never confirms the session times out', async (t) => {
  const { open } = await provider(t, { realtime: { configure: 'ignore' } }, { openTimeoutMs: 60 });
  t.match(await codedError(t, () => open()), { code: 'PROVIDER_TIMEOUT', retryable: true });
});

t.test('a connection dropped while opening fails it', async (t) => {
  const { server, open } = await provider(t);
  server.fault('realtime', { kind: 'reset' });
  t.match(await codedError(t, () => open()), { code: 'PROVIDER_FAILED', retryable: true });
});

t.test('a refused configuration fails opening', async (t) => {
  const { open } = await provider(t, {
    realtime: { configure: { error: { code: 'invalid_value', message: 'no such model' } } },
  });
  const error = await codedError(t, () => open());
  t.match(error, { code: 'PROVIDER_FAILED', retryable: false, message: /invalid_value/ });
});

t.test('a server that took another audio format is not sent any audio', async (t) => {
  const { open } = await provider(t, {
    realtime: { echo: { format: { type: 'audio/pcm', rate: 24_000 } } },
  });
  t.match(await codedError(t, () => open()), { code: 'PROVIDER_PROTOCOL', message: /mu-law/ });
});

t.test('a server that keeps its own turn detection is refused', async (t) => {
  const { open } = await provider(t, {
    realtime: { echo: { turn_detection: { type: 'server_vad' } } },
  });
  t.equal((await codedError(t, () => open())).code, 'PROVIDER_PROTOCOL');
});

t.test('an aborted opening rejects at once and leaves no socket', async (t) => {
  const { server, open } = await provider(t, { realtime: { configure: 'ignore' } });
  const controller = new AbortController();
  const opening = codedError(t, () => open(controller.signal));
  await until(() => server.realtimeSessions.length === 1, 2000, 'the upgrade');
  controller.abort();
  t.equal((await opening).code, 'PROVIDER_FAILED');
  await until(() => server.realtimeSessions[0]?.open === false, 2000, 'the socket closed');
});

// ---------------------------------------------------------------- an open session

t.test('a dropped connection fails the session once', async (t) => {
  const { listening, probe } = await session(t, {});
  listening.session.begin(1);
  listening.session.write(tone(200));
  probe.terminate();
  const error = await listening.failed();
  t.match(error, { code: 'PROVIDER_FAILED', retryable: true });
  listening.session.write(tone(200));
  listening.session.finish(1);
  listening.session.close();
  await delay(20);
  t.equal(listening.events.length, 1, 'nothing follows');
});

t.test('closing codes and reasons tell an expired session from a revoked key', async (t) => {
  const expired = await session(t, {});
  expired.probe.close(1001, 'Your session hit the maximum duration of 60 minutes.');
  t.match(await expired.listening.failed(), { code: 'PROVIDER_FAILED', retryable: true });
  const revoked = await session(t, {});
  revoked.probe.close(3000, 'invalid_request_error.invalid_api_key');
  t.match(await revoked.listening.failed(), { code: 'PROVIDER_AUTH', retryable: false });
});

t.test('nonsense from the server fails the session', async (t) => {
  for (const send of ['not json', '[]', '{}', '{"type":"input_audio_buffer.committed"}']) {
    const { listening, probe } = await session(t, {});
    probe.send(send);
    t.match(await listening.failed(), { code: 'PROVIDER_PROTOCOL', retryable: true }, send);
  }
  const { listening, probe } = await session(t, {});
  probe.sendBinary(Buffer.from('x'));
  t.equal((await listening.failed()).code, 'PROVIDER_PROTOCOL', 'binary');
});

t.test('unknown events and harmless errors are passed over', async (t) => {
  const { listening, probe } = await session(t, { transcribe: () => 'fine' });
  probe.send({ type: 'rate_limits.updated', rate_limits: [] });
  probe.send({ type: 'something.new' });
  probe.send({ type: 'error', error: { type: 'invalid_request_error', code: 'odd' } });
  const type = 'conversation.item.input_audio_transcription';
  probe.send({ type: `${type}.delta`, item_id: 'unknown', delta: 'x' });
  probe.send({ type: `${type}.completed`, item_id: 'unknown', transcript: 'x' });
  listening.say(1, tone(200));
  await listening.until(1);
  t.same(listening.finals(), ['fine']);
});

t.test('errors that concern the session end it, coded', async (t) => {
  const cases = [
    [{ code: 'session_expired' }, 'PROVIDER_FAILED', true],
    [{ type: 'server_error' }, 'PROVIDER_FAILED', true],
    [{ code: 'rate_limit_exceeded' }, 'PROVIDER_RATE_LIMITED', true],
    [{ code: 'insufficient_quota' }, 'PROVIDER_RATE_LIMITED', false],
  ] as const;
  for (const [error, code, retryable] of cases) {
    const { listening, probe } = await session(t, {});
    probe.send({ type: 'error', error });
    t.match(await listening.failed(), { code, retryable }, JSON.stringify(error));
  }
});

t.test('audio that cannot be made out is an empty final, and the session goes on', async (t) => {
  const { listening } = await session(t, {
    transcribe: () => 'clear',
    realtime: {
      transcription: (n) => (n === 0 ? { error: { code: 'audio_unintelligible' } } : 'answer'),
    },
  });
  listening.say(1, tone(200));
  listening.say(2, tone(200));
  await listening.until(2);
  t.same(listening.finals(), ['', 'clear']);
});

t.test('a transcription that fails for the server fails the session', async (t) => {
  const { listening } = await session(t, {
    realtime: { transcription: () => ({ error: { type: 'server_error' } }) },
  });
  listening.say(1, tone(200));
  t.match(await listening.failed(), { code: 'PROVIDER_FAILED', retryable: true });
  t.same(listening.finals(), []);
});

t.test('a refused commit is an empty final of its own utterance', async (t) => {
  const { listening } = await session(t, {
    transcribe: () => 'second',
    realtime: {
      commit: (n) => (n === 0 ? { error: { code: 'input_audio_buffer_commit_empty' } } : 'confirm'),
    },
  });
  listening.say(1, tone(200));
  listening.say(2, tone(200));
  await listening.until(2);
  t.same(listening.finals(), ['', 'second']);
});

t.test('a transcript that never comes fails the session in time', async (t) => {
  const behaviours: RealtimeBehaviour[] = [
    { transcription: () => 'hang' },
    { commit: () => 'ignore' },
  ];
  for (const realtime of behaviours) {
    const { listening } = await session(t, { realtime }, { finalTimeoutMs: 60 });
    listening.say(1, tone(200));
    t.match(await listening.failed(), { code: 'PROVIDER_TIMEOUT', retryable: true });
  }
});

t.test('a transcript in time stops the clock', async (t) => {
  const { listening } = await session(t, { transcribe: () => 'one' }, { finalTimeoutMs: 400 });
  listening.say(1, tone(200));
  await listening.until(1);
  await delay(600);
  t.equal(listening.failure(), undefined);
});

t.test('a server that commits on its own makes no sense', async (t) => {
  const { listening, probe } = await session(t, {});
  probe.send({ type: 'input_audio_buffer.committed', item_id: 'item_x' });
  t.equal((await listening.failed()).code, 'PROVIDER_PROTOCOL');
});

t.test('a dead connection is noticed without any traffic', async (t) => {
  const { listening, probe } = await session(t, {}, { pingIntervalMs: 60 });
  await delay(200);
  t.equal(listening.failure(), undefined, 'pings are answered');
  probe.pause();
  t.match(await listening.failed(), { code: 'PROVIDER_TIMEOUT', retryable: true });
});

t.test(
  'a server that reads too slowly fails the session instead of filling the memory',
  async (t) => {
    const { listening, probe } = await session(t, {}, { maxBufferedBytes: 50_000 });
    probe.pause();
    listening.session.begin(1);
    const second = tone(1000);
    // The kernel's own buffers take some megabytes before anything waits in ours.
    for (let i = 0; i < 3000 && listening.failure() === undefined; i++) {
      listening.session.write(second);
      if (i % 50 === 0) await delay(0);
      if (i % 50 === 0) {
        listening.session.finish(i + 1);
        listening.session.begin(i + 2);
      }
    }
    t.match(await listening.failed(), { code: 'PROVIDER_FAILED', message: /too slowly/ });
  },
);
