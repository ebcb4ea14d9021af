import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import { encodeWav } from '../../src/providers/openai/wav.js';
import { startOpenAiServer } from './openai-server.js';

async function start(t: Test) {
  const server = await startOpenAiServer();
  t.teardown(() => server.close());
  const authorization = `Bearer ${server.apiKey}`;
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${server.baseUrl}${path}`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const refusal = async (response: Response) => {
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    return { status: response.status, ...error };
  };
  return { server, authorization, post, refusal };
}

const hello = [{ role: 'user', content: 'Hello.' }];
const chat = { model: 'gpt-x', stream: true, messages: hello };
const speech = { model: 'tts-1', voice: 'alloy', input: 'Hello.', response_format: 'pcm' };
const calls = (id: string) => [{ id, type: 'function', function: { name: 'f', arguments: '{}' } }];

t.test('requests without the right key are refused as OpenAI does', async (t) => {
  const { post, refusal, server } = await start(t);
  const response = await post('/chat/completions', chat, { authorization: 'Bearer sk-wrong' });
  t.match(await refusal(response), {
    status: 401,
    code: 'invalid_api_key',
    type: 'invalid_request_error',
  });
  t.equal(server.refusals.length, 1);
});

t.test('chat requests of a wrong shape are refused, naming what is wrong', async (t) => {
  const { post, refusal } = await start(t);
  const wrong: [object, RegExp][] = [
    [{ ...chat, colour: 'red' }, /colour/],
    [{ ...chat, model: '' }, /model/],
    [{ ...chat, messages: [] }, /messages/],
    [{ ...chat, messages: [{ role: 'caller', content: 'x' }] }, /role/],
    [{ ...chat, messages: [{ role: 'user', content: null }] }, /content/],
    [{ ...chat, tool_choice: 'auto' }, /tool_choice/],
    [{ ...chat, tools: [{ name: 'f' }] }, /tools/],
    [{ ...chat, max_completion_tokens: 0 }, /max_completion_tokens/],
    [
      { ...chat, messages: [...hello, { role: 'tool', tool_call_id: 'a', content: 'x' }] },
      /tool_calls/,
    ],
    [
      {
        ...chat,
        messages: [{ role: 'assistant', content: null, tool_calls: calls('a') }, ...hello],
      },
      /tool_call_id/,
    ],
    [
      { ...chat, messages: [{ role: 'assistant', content: null, tool_calls: calls('a') }] },
      /tool_call_id/,
    ],
  ];
  for (const [body, message] of wrong) {
    t.match(await refusal(await post('/chat/completions', body)), { status: 400, message });
  }
});

t.test('speech requests of a wrong shape are refused', async (t) => {
  const { post, refusal } = await start(t);
  const wrong: [object, RegExp][] = [
    [{ ...speech, input: '' }, /input/],
    [{ ...speech, input: 'x'.repeat(4097) }, /input/],
    [{ ...speech, voice: undefined }, /voice/],
    [{ ...speech, speed: 9 }, /speed/],
    [{ ...speech, instructions: 'Calm.' }, /instructions/],
    [{ ...speech, response_format: 'telephone' }, /response_format/],
    [{ ...speech, volume: 1 }, /volume/],
  ];
  for (const [body, message] of wrong) {
    t.match(await refusal(await post('/audio/speech', body)), { status: 400, message });
  }
});

t.test('uploads of a wrong shape are refused', async (t) => {
  const { server, authorization, refusal } = await start(t);
  const wav = encodeWav(new Int16Array(4000), 8000);
  const send = async (fields: Record<string, string>, file: Buffer = wav, name = 'a.wav') => {
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(file)]), name);
    for (const [key, value] of Object.entries(fields)) form.set(key, value);
    const response = await fetch(`${server.baseUrl}/audio/transcriptions`, {
      method: 'POST',
      headers: { authorization },
      body: form,
    });
    return response.ok ? { status: 200 } : refusal(response);
  };
  const good = { model: 'whisper-1', response_format: 'json' };
  t.match(await send(good), { status: 200 });
  t.match(await send({ response_format: 'json' }), { status: 400, param: 'model' });
  t.match(await send({ ...good, language: 'english' }), { status: 400, param: 'language' });
  t.match(await send({ ...good, extra: '1' }), { status: 400, param: 'extra' });
  t.match(await send(good, wav, 'audio'), { status: 400, param: 'file' });
  t.match(await send(good, wav.subarray(0, 100)), { status: 400, param: 'file' });
  t.match(await send(good, encodeWav(new Int16Array(100), 8000)), { code: 'audio_too_short' });
});

t.test('the realtime endpoint is as strict as the others', async (t) => {
  const { server, authorization } = await start(t);
  const url = server.baseUrl.replace('http', 'ws');
  const refused = (path: string, headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve) => {
      const socket = new WebSocket(`${url}${path}`, { headers });
      socket.on('unexpected-response', (request, response) => {
        resolve(response.statusCode);
        request.destroy();
      });
      socket.on('open', () => resolve(undefined));
      socket.on('error', () => undefined);
    });
  const path = '/realtime?intent=transcription';
  t.equal(await refused(path, {}), 401);
  t.equal(await refused('/realtime', { authorization }), 400);
  t.equal(await refused(path, { authorization, 'openai-beta': 'realtime=v1' }), 400);
  t.equal(await refused('/other?intent=transcription', { authorization }), 404);

  const socket = new WebSocket(`${url}${path}`, { headers: { authorization } });
  const events: Record<string, unknown>[] = [];
  socket.on('message', (data) => events.push(JSON.parse((data as Buffer).toString())));
  const next = async (count: number) => {
    while (events.length < count) await new Promise((resolve) => setImmediate(resolve));
    return events.at(-1);
  };
  t.match(await next(1), { type: 'session.created' });
  const input = {
    format: { type: 'audio/pcmu' },
    transcription: { model: 'whisper-1' },
    turn_detection: null,
  };
  const update = (audio: object, type = 'transcription') =>
    JSON.stringify({ type: 'session.update', session: { type, audio: { input: audio } } });
  const wrong: [string, RegExp][] = [
    ['not json', /parse/],
    ['{"type":"input_audio_buffer.commit","event_id":"e1"}', /session/],
    [update(input, 'realtime'), /session.type/],
    [update({ ...input, colour: 'red' }), /colour/],
    [update({ ...input, format: { type: 'g711_ulaw' } }), /format/],
    [update({ ...input, transcription: { model: 'gpt-realtime-whisper', prompt: 'x' } }), /prompt/],
    ['{"type":"input_audio_buffer.append","audio":"%%%"}', /base64/],
    ['{"type":"response.create"}', /type/],
  ];
  for (const [i, [text, message]] of wrong.entries()) {
    socket.send(text);
    t.match(await next(i + 2), { type: 'error', error: { message } }, text);
  }
  t.match(events[2], { error: { event_id: 'e1' } }, 'errors name the event they answer');
  socket.send(update(input));
  t.match(await next(wrong.length + 2), { type: 'session.updated', session: { audio: { input } } });
  socket.send('{"type":"input_audio_buffer.commit"}');
  t.match(await next(wrong.length + 3), { error: { code: 'input_audio_buffer_commit_empty' } });
  socket.close();
});

t.test('faults apply once each, in order', async (t) => {
  const { server, post } = await start(t);
  server.fault(
    'speech',
    { kind: 'error', status: 500 },
    { kind: 'raw', status: 200, contentType: 'text/html', body: '<html>' },
    { kind: 'truncate', afterBytes: 10 },
  );
  const statuses: unknown[] = [];
  for (let i = 0; i < 4; i++) {
    const response = await post('/audio/speech', speech);
    statuses.push([response.status, (await response.arrayBuffer()).byteLength]);
  }
  t.match(statuses, [[500], [200, 6], [200, 10], [200, 11_520]]);
});
