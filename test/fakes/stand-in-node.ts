// A small media node for tests of the phone: webhook, media stream, call records, on real sockets.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { receptionist } from './stand-in-agent.js';

/** One media stream as the stand-in's agent sees it, from `start` on. */
export interface StandInPeer {
  readonly callSid: string;
  readonly streamSid: string;
  readonly socket: WebSocket;
  readonly record: StandInRecord;
  media(mulaw: Uint8Array): void;
  mark(name: string): void;
  clear(): void;
  /** Set by the agent. */
  onMedia: (mulaw: Uint8Array) => void;
  onMark: (name: string) => void;
  onStop: () => void;
}

/** As `GET /calls/{CallSid}` answers. */
interface StandInRecord {
  readonly callSid: string;
  state: 'active' | 'ended';
  readonly turns: { role: string; text: string; startMs: number; endMs: number }[];
  readonly latencies: { turn: number; totalMs: number }[];
}

export interface StandInOptions {
  /** Answers a webhook; default: TwiML that connects the stream. */
  readonly webhook?: (request: {
    readonly path: string;
    readonly form: Record<string, string>;
    readonly headers: IncomingMessage['headers'];
    readonly response: ServerResponse;
    readonly streamUrl: string;
  }) => void;
  /** What happens to an upgrade; default `accept`. */
  readonly upgrade?: (request: IncomingMessage, socket: Socket) => 'accept' | 'taken';
  /** What happens to a stream; default a receptionist that greets and answers. */
  readonly stream?: (peer: StandInPeer) => void | Promise<void>;
  /** Bearer token that `GET /calls` asks for. */
  readonly token?: string;
}

export interface StandInNode {
  readonly url: string;
  readonly webhookUrl: string;
  readonly forms: Record<string, string>[];
  readonly records: Map<string, StandInRecord>;
  /** What every stream received, by event. */
  readonly received: Map<string, number>;
  close(): Promise<void>;
}

export function sendTwiml(response: ServerResponse, inner: string): void {
  response.setHeader('Content-Type', 'text/xml');
  response.end(`<?xml version="1.0" encoding="UTF-8"?><Response>${inner}</Response>`);
}

export function connectStream(url: string): string {
  return `<Connect><Stream url="${url}"/></Connect>`;
}

async function readForm(request: IncomingMessage): Promise<Record<string, string>> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return Object.fromEntries(new URLSearchParams(body));
}

export async function startStandIn(options: StandInOptions = {}): Promise<StandInNode> {
  const forms: Record<string, string>[] = [];
  const records = new Map<string, StandInRecord>();
  const received = new Map<string, number>();
  const http = createServer((request, response) => {
    void serve(request, response);
  });
  const connections = new Set<Socket>();
  http.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
  });
  const sockets = new WebSocketServer({ noServer: true });
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  const { port } = http.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const streamUrl = `ws://127.0.0.1:${port}/media`;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    if (path.startsWith('/calls/')) {
      serveRecord(request, response, path.slice('/calls/'.length));
      return;
    }
    const form = await readForm(request);
    forms.push(form);
    const answer = options.webhook ?? (() => sendTwiml(response, connectStream(streamUrl)));
    answer({ path, form, headers: request.headers, response, streamUrl });
  }

  function serveRecord(request: IncomingMessage, response: ServerResponse, callSid: string): void {
    const record = records.get(callSid);
    const authorised =
      options.token === undefined || request.headers.authorization === `Bearer ${options.token}`;
    response.statusCode = authorised ? (record === undefined ? 404 : 200) : 401;
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(authorised && record !== undefined ? record : { code: 'X' }));
  }

  http.on('upgrade', (request, socket: Socket, head) => {
    if ((options.upgrade?.(request, socket) ?? 'accept') === 'taken') return;
    sockets.handleUpgrade(request, socket, head, (peer) => {
      runStream(peer, options.stream ?? receptionist, records, received);
    });
  });
  return {
    url,
    webhookUrl: `${url}/twilio/voice`,
    forms,
    records,
    received,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        for (const socket of connections) socket.destroy();
      }),
  };
}

interface Incoming {
  readonly event: string;
  readonly streamSid: string;
  readonly start: { readonly callSid: string };
  readonly media: { readonly payload: string };
  readonly mark: { readonly name: string };
}

function runStream(
  socket: WebSocket,
  agent: (peer: StandInPeer) => void | Promise<void>,
  records: Map<string, StandInRecord>,
  received: Map<string, number>,
): void {
  let peer: StandInPeer | undefined;
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString('utf8')) as Incoming;
    received.set(message.event, (received.get(message.event) ?? 0) + 1);
    if (message.event === 'start') {
      peer = newPeer(socket, message);
      records.set(peer.callSid, peer.record);
      void agent(peer);
    } else if (message.event === 'media') {
      peer?.onMedia(Buffer.from(message.media.payload, 'base64'));
    } else if (message.event === 'mark') {
      peer?.onMark(message.mark.name);
    } else if (message.event === 'stop') {
      peer?.onStop();
    }
  });
  socket.on('close', () => {
    if (peer !== undefined) peer.record.state = 'ended';
  });
}

function newPeer(socket: WebSocket, message: Incoming): StandInPeer {
  const { streamSid } = message;
  const { callSid } = message.start;
  const send = (value: Record<string, unknown>): void => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ ...value, streamSid }));
  };
  return {
    callSid,
    streamSid,
    socket,
    record: { callSid, state: 'active', turns: [], latencies: [] },
    media: (mulaw) =>
      send({ event: 'media', media: { payload: Buffer.from(mulaw).toString('base64') } }),
    mark: (name) => send({ event: 'mark', mark: { name } }),
    clear: () => send({ event: 'clear' }),
    onMedia: () => {},
    onMark: () => {},
    onStop: () => {},
  };
}
