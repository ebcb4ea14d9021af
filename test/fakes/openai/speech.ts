// The speech endpoint of the fake server: a tone as long as the text. Test.

import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultyBody, type Fault } from './faults.js';
import { numberAt, objectAt, oneOf, onlyFields, stringAt, invalid } from './shapes.js';

const SPEECH_RATE_HZ = 24_000;
const SAMPLES_PER_CHARACTER = SPEECH_RATE_HZ / 25;
const MAX_INPUT_CHARACTERS = 4096;

interface SpeechRequest {
  readonly model: string;
  readonly voice: string;
  readonly input: string;
  readonly instructions: string | undefined;
  readonly speed: number | undefined;
}

interface SpeechScript {
  /** Mono int16 at 24000 Hz. Default: a 440 Hz tone of 40 ms a character. */
  readonly pcm?: Int16Array;
  /** The body as it is, instead of `pcm`. */
  readonly raw?: Buffer;
  /** Default `audio/pcm`. */
  readonly contentType?: string;
  /** Odd by default, so that samples are split. */
  readonly chunkBytes?: number;
  readonly chunkDelayMs?: number;
}

export type SpeechFunction = (request: SpeechRequest) => SpeechScript | Promise<SpeechScript>;

export const toneSpeech: SpeechFunction = () => ({});

export async function answerSpeech(
  body: unknown,
  speak: SpeechFunction,
  response: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  const request = speechRequest(body);
  const script = await speak(request);
  const audio = script.raw ?? toBytes(script.pcm ?? tone(request.input.length));
  response.writeHead(200, { 'content-type': script.contentType ?? 'audio/pcm' });
  response.flushHeaders();
  const out = new FaultyBody(response, fault);
  const step = script.chunkBytes ?? 9601;
  for (let at = 0; at < audio.length; at += step) {
    if (at > 0 && script.chunkDelayMs !== undefined) await sleep(script.chunkDelayMs);
    if (!(await out.write(audio.subarray(at, at + step)))) return;
  }
  response.end();
}

function speechRequest(value: unknown): SpeechRequest {
  const body = objectAt(value, 'body');
  onlyFields(body, [
    'model',
    'input',
    'voice',
    'instructions',
    'response_format',
    'speed',
    'stream_format',
  ]);
  const input = stringAt(body['input'], 'input');
  if (input.length > MAX_INPUT_CHARACTERS) throw invalid('input', 'at most 4096 characters');
  oneOf(body['response_format'], 'response_format', ['pcm']);
  const model = stringAt(body['model'], 'model');
  const { instructions, speed } = body;
  if (instructions !== undefined) {
    stringAt(instructions, 'instructions');
    if (model.startsWith('tts-1')) throw invalid('instructions', `none for ${model}`);
  }
  return {
    model,
    voice: stringAt(body['voice'], 'voice'),
    input,
    instructions: instructions as string | undefined,
    speed: speed === undefined ? undefined : numberAt(speed, 'speed', 0.25, 4),
  };
}

/** 440 Hz, 40 ms a character, amplitude 6000. */
function tone(characters: number): Int16Array {
  const pcm = new Int16Array(characters * SAMPLES_PER_CHARACTER);
  // One second holds whole periods: computed once, repeated.
  const second = Math.min(SPEECH_RATE_HZ, pcm.length);
  for (let i = 0; i < second; i++) {
    pcm[i] = Math.round(6000 * Math.sin((2 * Math.PI * 440 * i) / SPEECH_RATE_HZ));
  }
  for (let at = second; at < pcm.length; at += second) {
    pcm.copyWithin(at, 0, Math.min(second, pcm.length - at));
  }
  return pcm;
}

export function toBytes(pcm: Int16Array): Buffer {
  const bytes = Buffer.alloc(pcm.length * 2);
  for (let i = 0; i < pcm.length; i++) bytes.writeInt16LE(pcm[i] ?? 0, i * 2);
  return bytes;
}
