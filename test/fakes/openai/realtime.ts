// One realtime transcription session of the fake server, as strict as OpenAI's GA interface. Test.

import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { decodeMulaw, decodePcm, type TranscribeFunction } from './audio.js';
import { Refusal } from './faults.js';
import { invalid, isObject, objectAt, oneOf, onlyFields, stringAt, type Json } from './shapes.js';

const MAX_APPEND_BYTES = 15 * 1024 * 1024;
const MIN_COMMIT_MS = 100;
/** Audio after which a model that transcribes live says its first word. */
const LIVE_DELTA_BYTES = 1600;

/** How sessions behave; read whenever it matters, so it may be changed at any time. */
export interface RealtimeBehaviour {
  /** To the first `session.update`. Default `accept`. */
  configure?: 'accept' | 'ignore' | { readonly error: Json };
  /** Fields laid over the `audio.input` that is told back. */
  echo?: Json;
  /** To the n-th commit (from 0) of a session. Default `confirm`. */
  commit?: (n: number) => 'confirm' | 'ignore' | { readonly error: Json };
  /** Of the n-th item of a session. Default `answer`. */
  transcription?: (n: number) => 'answer' | 'hang' | { readonly error: Json };
  /** Before the n-th transcription is told. */
  delayMs?: (n: number) => number;
  /** Transcribe while audio comes in: a first delta before the commit. */
  live?: boolean;
}

/** The session as a test sees it. */
export interface RealtimeProbe {
  readonly received: readonly Json[];
  readonly headers: Readonly<Record<string, unknown>>;
  readonly open: boolean;
  /** Send any text to the client. */
  send(text: string | Json): void;
  sendBinary(data: Buffer): void;
  close(code: number, reason: string): void;
  /** Drop the connection without a closing handshake. */
  terminate(): void;
  /** Read nothing more from the socket. */
  pause(): void;
}

interface Configuration {
  readonly format: 'audio/pcmu' | 'audio/pcm';
  readonly model: string;
  readonly language: string | undefined;
  readonly prompt: string | undefined;
}

export class RealtimeFake implements RealtimeProbe {
  readonly received: Json[] = [];
  readonly headers: Readonly<Record<string, unknown>>;
  readonly #socket: WebSocket;
  readonly #behaviour: RealtimeBehaviour;
  readonly #transcribe: TranscribeFunction;
  readonly #refused: (reason: string) => void;
  #configuration: Configuration | undefined;
  #buffer: Buffer[] = [];
  #commits = 0;
  #items = 0;
  #events = 0;
  #nextItemId = 'item_0';
  #previousItemId: string | null = null;
  #liveTold = false;

  constructor(
    socket: WebSocket,
    headers: Readonly<Record<string, unknown>>,
    behaviour: RealtimeBehaviour,
    transcribe: TranscribeFunction,
    refused: (reason: string) => void,
  ) {
    this.#refused = refused;
    this.#socket = socket;
    this.headers = headers;
    this.#behaviour = behaviour;
    this.#transcribe = transcribe;
    socket.on('error', () => undefined);
    socket.on('message', (data, isBinary) => {
      if (isBinary) socket.close(1003, 'text only');
      else this.#message((data as Buffer).toString());
    });
    const session = { type: 'transcription', object: 'realtime.transcription_session' };
    this.#tell({ type: 'session.created', session });
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  send(text: string | Json): void {
    this.#socket.send(typeof text === 'string' ? text : JSON.stringify(text));
  }

  sendBinary(data: Buffer): void {
    this.#socket.send(data);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  pause(): void {
    this.#socket.pause();
  }

  #tell(event: Json): void {
    if (!this.open) return;
    this.#events++;
    this.send({ event_id: `event_${this.#events}`, ...event });
  }

  #message(text: string): void {
    let event: Json = {};
    try {
      event = objectAt(JSON.parse(text), 'event');
      this.received.push(event);
      this.#handle(event);
    } catch (thrown) {
      const refusal = thrown instanceof Refusal ? thrown : new Refusal('Could not parse.');
      this.#refused(refusal.message);
      this.#error({ code: refusal.code, message: refusal.message, param: refusal.param }, event);
    }
  }

  #error(error: Json, cause: Json): void {
    const { event_id: eventId = null } = cause;
    const whole = { type: 'invalid_request_error', param: null, ...error, event_id: eventId };
    this.#tell({ type: 'error', error: whole });
  }

  #handle(event: Json): void {
    switch (event['type']) {
      case 'session.update':
        onlyFields(event, ['type', 'event_id', 'session']);
        this.#update(event);
        return;
      case 'input_audio_buffer.append':
        onlyFields(event, ['type', 'event_id', 'audio']);
        this.#append(event['audio']);
        return;
      case 'input_audio_buffer.commit':
        onlyFields(event, ['type', 'event_id']);
        this.#commit(event);
        return;
      case 'input_audio_buffer.clear':
        this.#buffer = [];
        this.#tell({ type: 'input_audio_buffer.cleared' });
        return;
      default:
        throw invalid('type', 'a client event');
    }
  }

  #update(event: Json): void {
    const { configure } = this.#behaviour;
    if (configure === 'ignore') return;
    if (isObject(configure)) {
      this.#error(configure.error, event);
      return;
    }
    const input = transcriptionInput(event['session']);
    const before = this.#configuration;
    this.#configuration = configurationOf(input, before);
    const echo = { ...input, ...this.#behaviour.echo };
    this.#tell({
      type: 'session.updated',
      session: { type: 'transcription', audio: { input: echo } },
    });
  }

  #append(audio: unknown): void {
    const text = stringAt(audio, 'audio');
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) {
      throw invalid('audio', 'base64');
    }
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length > MAX_APPEND_BYTES) throw invalid('audio', 'at most 15 MiB');
    const wide = this.#configuration?.format !== 'audio/pcmu';
    if (wide && bytes.length % 2 === 1) throw invalid('audio', 'whole samples');
    this.#buffer.push(bytes);
    if (this.#behaviour.live !== true || this.#liveTold) return;
    if (this.#bufferedBytes() < LIVE_DELTA_BYTES) return;
    this.#liveTold = true;
    this.#delta(this.#nextItemId, 'live ');
  }

  #bufferedBytes(): number {
    return this.#buffer.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  #commit(event: Json): void {
    const verdict = this.#behaviour.commit?.(this.#commits++) ?? 'confirm';
    if (verdict === 'ignore') return;
    if (isObject(verdict)) {
      this.#buffer = [];
      this.#error(verdict.error, event);
      return;
    }
    const configuration = this.#configuration;
    if (configuration === undefined) throw invalid('session', 'a session.update before audio');
    const bytes = Buffer.concat(this.#buffer);
    this.#buffer = [];
    const mulaw = configuration.format === 'audio/pcmu';
    const ms = mulaw ? bytes.length / 8 : bytes.length / 48;
    if (ms < MIN_COMMIT_MS) {
      throw new Refusal(`The buffer holds ${ms} ms, at least ${MIN_COMMIT_MS} ms are needed.`, {
        code: 'input_audio_buffer_commit_empty',
      });
    }
    const itemId = this.#nextItemId;
    const n = this.#items++;
    this.#nextItemId = `item_${this.#items}`;
    this.#liveTold = false;
    const previous = this.#previousItemId;
    this.#previousItemId = itemId;
    this.#tell({
      type: 'input_audio_buffer.committed',
      item_id: itemId,
      previous_item_id: previous,
    });
    const content = [{ type: 'input_audio', transcript: null }];
    const item = { id: itemId, type: 'message', status: 'completed', role: 'user', content };
    this.#tell({ type: 'conversation.item.added', previous_item_id: previous, item });
    this.#tell({ type: 'conversation.item.done', previous_item_id: previous, item });
    const pcm = mulaw ? decodeMulaw(bytes) : decodePcm(bytes);
    void this.#transcription(n, itemId, pcm, configuration);
  }

  async #transcription(n: number, itemId: string, pcm: Int16Array, configuration: Configuration) {
    const delayMs = this.#behaviour.delayMs?.(n) ?? 0;
    if (delayMs > 0) await sleep(delayMs, undefined, { ref: false });
    const verdict = this.#behaviour.transcription?.(n) ?? 'answer';
    if (verdict === 'hang') return;
    const prefix = 'conversation.item.input_audio_transcription';
    if (isObject(verdict)) {
      this.#tell({
        type: `${prefix}.failed`,
        item_id: itemId,
        content_index: 0,
        error: verdict.error,
      });
      return;
    }
    const { format, model, language, prompt } = configuration;
    const sampleRateHz = format === 'audio/pcmu' ? 8000 : 24_000;
    const transcript = await this.#transcribe({
      pcm,
      sampleRateHz,
      model,
      language,
      prompt,
      source: 'realtime',
    });
    for (const word of transcript.match(/\s*\S+/g) ?? []) this.#delta(itemId, word);
    this.#tell({
      type: `${prefix}.completed`,
      item_id: itemId,
      content_index: 0,
      transcript,
      usage: { type: 'duration', seconds: pcm.length / sampleRateHz },
    });
  }

  #delta(itemId: string, delta: string): void {
    this.#tell({
      type: 'conversation.item.input_audio_transcription.delta',
      item_id: itemId,
      content_index: 0,
      delta,
    });
  }
}

/** The `audio.input` of a session, every field checked. */
function transcriptionInput(value: unknown): Json {
  const session = objectAt(value, 'session');
  onlyFields(session, ['type', 'audio', 'include'], 'session');
  oneOf(session['type'], 'session.type', ['transcription']);
  const audio = objectAt(session['audio'], 'session.audio');
  onlyFields(audio, ['input'], 'session.audio');
  const input = objectAt(audio['input'], 'session.audio.input');
  const at = 'session.audio.input';
  onlyFields(input, ['format', 'noise_reduction', 'transcription', 'turn_detection'], at);
  if (input['format'] !== undefined) {
    const format = objectAt(input['format'], `${at}.format`);
    const type = oneOf(format['type'], `${at}.format.type`, ['audio/pcmu', 'audio/pcm']);
    onlyFields(format, type === 'audio/pcm' ? ['type', 'rate'] : ['type'], `${at}.format`);
  }
  if (input['noise_reduction'] !== undefined && input['noise_reduction'] !== null) {
    const reduction = objectAt(input['noise_reduction'], `${at}.noise_reduction`);
    oneOf(reduction['type'], `${at}.noise_reduction.type`, ['near_field', 'far_field']);
  }
  const transcription = objectAt(input['transcription'], `${at}.transcription`);
  onlyFields(transcription, ['model', 'language', 'prompt', 'delay'], `${at}.transcription`);
  const model = stringAt(transcription['model'], `${at}.transcription.model`);
  if (model === 'gpt-realtime-whisper') {
    if (transcription['prompt'] !== undefined) throw invalid(`${at}.transcription.prompt`, 'none');
    if (isObject(input['turn_detection'])) throw invalid(`${at}.turn_detection`, 'null');
  }
  return input;
}

function configurationOf(input: Json, before: Configuration | undefined): Configuration {
  const format = isObject(input['format']) ? input['format']['type'] : before?.format;
  const transcription = input['transcription'] as Json;
  return {
    format: (format ?? 'audio/pcm') as Configuration['format'],
    model: transcription['model'] as string,
    language: (transcription['language'] ?? before?.language) as string | undefined,
    prompt: (transcription['prompt'] ?? before?.prompt) as string | undefined,
  };
}
