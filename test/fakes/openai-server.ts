// A local server that speaks OpenAI's HTTP and WebSocket shapes, and fails in every way asked for. Test.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer, type WebSocket } from 'ws';
import { hearHello, type TranscribeFunction } from './openai/audio.js';
import { answerChat, echoChat, type ChatFunction } from './openai/chat.js';
import { errorBody, Refusal, type Endpoint, type Fault } from './openai/faults.js';
import { RealtimeFake, type RealtimeBehaviour, type RealtimeProbe } from './openai/realtime.js';
import { answerSpeech, toneSpeech, type SpeechFunction } from './openai/speech.js';
import { answerTranscription } from './openai/transcriptions.js';

const MAX_BODY_BYTES = 30 * 1024 * 1024;
const PATHS: Readonly<Record<string, Endpoint>> = {
  'GET /v1/models': 'models',
  'POST /v1/chat/completions': 'chat',
  'POST /v1/audio/speech': 'speech',
  'POST /v1/audio/transcriptions': 'transcriptions',
};

export interface OpenAiServerOptions {
  /** What it hears: called with the audio of each utterance. Default: "hello" to anything audible. */
  readonly transcribe?: TranscribeFunction;
  /** What its model says: called with each valid request. Default: what the caller said, said back. */
  readonly chat?: ChatFunction;
  /** How it speaks. Default: a tone of 40 ms a character. */
  readonly speak?: SpeechFunction;
  readonly realtime?: RealtimeBehaviour;
  /** The only key it takes. Default `sk-fake-0123456789abcdef`. */
  readonly apiKey?: string;
}

/** One request as it came; `aborted` once the client left before the answer was whole. */
interface SeenRequest {
  readonly endpoint: Endpoint;
  readonly headers: IncomingMessage['headers'];
  /** Parsed JSON; undefined for uploads and where there is none. */
  readonly body: unknown;
  aborted: boolean;
  answered: boolean;
}

export interface OpenAiServer {
  /** With the version path: what a client is configured with. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly requests: readonly SeenRequest[];
  /** Why it refused what a client sent, without the faults asked for. Empty after a good test. */
  readonly refusals: readonly string[];
  readonly realtimeSessions: readonly RealtimeProbe[];
  /** TCP connections accepted so far. */
  readonly connections: number;
  /** May be changed while the server runs. */
  readonly realtime: RealtimeBehaviour;
  transcribe: TranscribeFunction;
  chat: ChatFunction;
  speak: SpeechFunction;
  /** Queue faults: each takes effect once, in order, for one request of the endpoint. */
  fault(endpoint: Endpoint, ...faults: readonly Fault[]): void;
  close(): Promise<void>;
}

class FakeOpenAi implements OpenAiServer {
  /** Known once it listens; kept when it is closed. */
  baseUrl = '';
  connections = 0;
  readonly apiKey: string;
  readonly requests: SeenRequest[] = [];
  readonly refusals: string[] = [];
  readonly realtimeSessions: RealtimeFake[] = [];
  readonly realtime: RealtimeBehaviour;
  transcribe: TranscribeFunction;
  chat: ChatFunction;
  speak: SpeechFunction;
  readonly #faults = new Map<Endpoint, Fault[]>();
  readonly #server: Server;
  readonly #connections = new Set<Socket>();
  readonly #sockets = new WebSocketServer({ noServer: true });

  constructor(options: OpenAiServerOptions) {
    this.apiKey = options.apiKey ?? 'sk-fake-0123456789abcdef';
    this.transcribe = options.transcribe ?? hearHello;
    this.chat = options.chat ?? echoChat;
    this.speak = options.speak ?? toneSpeech;
    this.realtime = options.realtime ?? {};
    this.#server = createServer((request, response) => void this.#request(request, response));
    // Upgraded sockets are the server's no more; all must go when it closes.
    this.#server.on('connection', (socket) => {
      this.connections++;
      this.#connections.add(socket);
      socket.on('close', () => this.#connections.delete(socket));
    });
    this.#server.on('upgrade', (request, socket, head) => {
      void this.#upgrade(request, socket, head);
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    this.baseUrl = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  fault(endpoint: Endpoint, ...faults: readonly Fault[]): void {
    this.#faults.set(endpoint, [...(this.#faults.get(endpoint) ?? []), ...faults]);
  }

  async close(): Promise<void> {
    this.#sockets.close();
    for (const socket of this.#connections) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = `${request.method} ${(request.url ?? '').split('?')[0]}`;
    const endpoint = PATHS[path];
    const body = await readBody(request);
    if (endpoint === undefined || body === undefined) {
      respond(response, 404, errorBody({ message: `Invalid URL (${path})` }));
      return;
    }
    const seen: SeenRequest = {
      endpoint,
      headers: request.headers,
      body: parseJson(body),
      aborted: false,
      answered: false,
    };
    this.requests.push(seen);
    response.on('close', () => {
      seen.answered = response.writableFinished;
      seen.aborted = !response.writableFinished;
    });
    try {
      this.#checkKey(request);
      const fault = this.#faults.get(endpoint)?.shift();
      if (await refusedBy(fault, response)) return;
      await this.#answer(endpoint, body, request, response, fault);
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      this.refusals.push(thrown.message);
      respond(response, thrown.status, errorBody(thrown));
    }
  }

  #checkKey(request: IncomingMessage): void {
    const { authorization } = request.headers;
    if (authorization === `Bearer ${this.apiKey}`) return;
    // OpenAI says parts of the key back in this message; the fake says all of it.
    throw new Refusal(`Incorrect API key provided: ${authorization}.`, {
      status: 401,
      code: 'invalid_api_key',
    });
  }

  async #answer(
    endpoint: Endpoint,
    body: Buffer,
    request: IncomingMessage,
    response: ServerResponse,
    fault: Fault | undefined,
  ): Promise<void> {
    if (endpoint === 'models') {
      respond(response, 200, JSON.stringify({ object: 'list', data: [] }));
      return;
    }
    const type = request.headers['content-type'] ?? '';
    if (endpoint === 'transcriptions') {
      await answerTranscription(body, type, this.transcribe, response, fault);
      return;
    }
    if (!type.startsWith('application/json')) throw new Refusal('Expected JSON.', { status: 415 });
    const json = parseJson(body);
    if (endpoint === 'chat') await answerChat(json, this.chat, response, fault);
    else await answerSpeech(json, this.speak, response, fault);
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => undefined);
    const url = new URL(request.url ?? '', 'http://localhost');
    const fault = this.#faults.get('realtime')?.shift();
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'delay') await sleep(fault.ms);
    try {
      if (fault?.kind === 'error') throw new Refusal(fault.message ?? '', refusalFacts(fault));
      this.#checkKey(request);
      if (url.pathname !== '/v1/realtime') throw new Refusal('Not found.', { status: 404 });
      if (url.searchParams.get('intent') !== 'transcription') throw new Refusal('No model.');
      if (request.headers['openai-beta'] !== undefined) throw new Refusal('The beta is over.');
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      if (fault?.kind !== 'error') this.refusals.push(thrown.message);
      const body = errorBody(thrown);
      socket.end(
        `HTTP/1.1 ${thrown.status} Refused\r\ncontent-type: application/json\r\n` +
          `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
      );
      return;
    }
    if (fault?.kind === 'reset') {
      socket.destroy();
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (client: WebSocket) => {
      const hear: TranscribeFunction = (audio) => this.transcribe(audio);
      const session = new RealtimeFake(client, request.headers, this.realtime, hear, (reason) => {
        this.refusals.push(reason);
      });
      this.realtimeSessions.push(session);
    });
  }
}

/** @returns true where the fault was the whole answer */
async function refusedBy(fault: Fault | undefined, response: ServerResponse): Promise<boolean> {
  switch (fault?.kind) {
    case 'error':
      respond(response, fault.status, errorBody(fault), fault.headers);
      return true;
    case 'raw':
      response.writeHead(fault.status, { 'content-type': fault.contentType });
      response.end(fault.body);
      return true;
    case 'reset':
      response.destroy();
      return true;
    case 'hang':
      return true;
    case 'delay':
      await sleep(fault.ms);
      return response.destroyed;
    case 'cut':
    case 'stall':
    case 'truncate':
    case undefined:
  }
  return false;
}

function refusalFacts(fault: Fault & { kind: 'error' }): { status: number; code?: string } {
  return { status: fault.status, ...(typeof fault.code === 'string' && { code: fault.code }) };
}

function respond(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-request-id': 'req_fake0123',
    ...headers,
  });
  response.end(body);
}

/** @returns undefined where the client left or sent too much */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of request) {
      bytes += (part as Buffer).length;
      if (bytes > MAX_BODY_BYTES) return undefined;
      parts.push(part as Buffer);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(parts);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

/** Start on a free port of 127.0.0.1. */
export async function startOpenAiServer(options: OpenAiServerOptions = {}): Promise<OpenAiServer> {
  const server = new FakeOpenAi(options);
  await server.listen();
  return server;
}
