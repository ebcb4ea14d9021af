// The upload endpoint of the fake server: multipart in, JSON or a stream of deltas out. Test.

import type { ServerResponse } from 'node:http';
import { decodeWav, type TranscribeFunction } from './audio.js';
import { FaultyBody, Refusal, type Fault } from './faults.js';
import { invalid, stringAt } from './shapes.js';

const FIELDS = ['file', 'model', 'language', 'prompt', 'response_format', 'temperature', 'stream'];
const MAX_FILE_BYTES = 25 * 1024 * 1024;

export async function answerTranscription(
  body: Buffer,
  contentType: string,
  transcribe: TranscribeFunction,
  response: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  const form = await multipart(body, contentType);
  for (const name of form.keys()) {
    if (!FIELDS.includes(name)) throw new Refusal(`Unknown parameter: '${name}'.`, { param: name });
  }
  const file = form.get('file');
  if (typeof file !== 'object' || file === null) throw invalid('file', 'a file');
  if (file.size > MAX_FILE_BYTES) throw new Refusal('Too large.', { status: 413 });
  if (!file.name.endsWith('.wav')) throw invalid('file', 'a file name that says what it is');
  const format = text(form, 'response_format');
  if (format !== undefined && format !== 'json') throw invalid('response_format', 'json');
  const language = text(form, 'language');
  if (language !== undefined && !/^[a-z]{2}$/.test(language))
    throw invalid('language', 'ISO 639-1');
  const model = stringAt(form.get('model'), 'model');
  const { pcm, sampleRateHz } = decodeWav(Buffer.from(await file.arrayBuffer()));
  if (pcm.length < sampleRateHz / 10) {
    throw new Refusal('Audio file is too short.', { param: 'file', code: 'audio_too_short' });
  }
  const prompt = text(form, 'prompt');
  const transcript = await transcribe({
    pcm,
    sampleRateHz,
    model,
    language,
    prompt,
    source: 'upload',
  });
  const out = new FaultyBody(response, fault);
  // Streaming is ignored for this model, as OpenAI documents it.
  const streamed = text(form, 'stream') === 'true' && model !== 'whisper-1';
  response.writeHead(200, {
    'content-type': streamed ? 'text/event-stream; charset=utf-8' : 'application/json',
  });
  const parts = streamed ? streamedAnswer(transcript) : [JSON.stringify({ text: transcript })];
  for (const part of parts) if (!(await out.write(Buffer.from(part)))) return;
  response.end();
}

async function multipart(body: Buffer, contentType: string): Promise<FormData> {
  if (!contentType.startsWith('multipart/form-data')) {
    throw new Refusal('Expected multipart/form-data.', { status: 415 });
  }
  try {
    const headers = { 'content-type': contentType };
    return await new Response(new Uint8Array(body), { headers }).formData();
  } catch {
    throw new Refusal('Could not parse the form.');
  }
}

function text(form: FormData, name: string): string | undefined {
  const value = form.get(name);
  if (value === null) return undefined;
  return stringAt(value, name);
}

function streamedAnswer(transcript: string): string[] {
  const deltas = (transcript.match(/\s*\S+/g) ?? []).map((delta) => ({
    type: 'transcript.text.delta',
    delta,
  }));
  const done = { type: 'transcript.text.done', text: transcript };
  return [...deltas, done].map((event) => `data: ${JSON.stringify(event)}\n\n`);
}
