// A network without sockets for tests on a manual clock: webhooks are functions, streams are objects.

import type { HttpAnswer, HttpRequest, PhoneNetwork } from '../../src/phone/network.js';
import type { StreamSocket, StreamSocketEvents } from '../../src/phone/network.js';

/** TwiML that connects a media stream, then whatever `after` says. */
export function connectTwiml(url = 'ws://127.0.0.1:1/media', after = ''): string {
  const stream = `<Stream url="${url}"><Parameter name="token" value="a&amp;b"/></Stream>`;
  return `<?xml version="1.0"?><Response><Connect>${stream}</Connect>${after}</Response>`;
}

export function xml(body: string, status = 200): HttpAnswer {
  return { ok: true, status, contentType: 'text/xml', body };
}

export interface ReceivedMessage {
  readonly event: string;
  readonly sequenceNumber?: string;
  readonly streamSid?: string;
  readonly start?: Record<string, unknown>;
  readonly media?: { track: string; chunk: string; timestamp: string; payload: string };
  readonly mark?: { name: string };
  readonly dtmf?: { track: string; digit: string };
  readonly stop?: Record<string, unknown>;
}

/** The server's end of one stream. */
export class MemoryStream {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Every text as it was sent, oldest first. */
  readonly texts: string[] = [];
  /** How the phone ended it. */
  phoneEnded: 'closed' | 'destroyed' | undefined;
  readonly #events: StreamSocketEvents;
  /** Called with every message of the phone. */
  onMessage: (message: ReceivedMessage) => void = () => {};

  constructor(url: string, headers: Readonly<Record<string, string>>, events: StreamSocketEvents) {
    this.url = url;
    this.headers = headers;
    this.#events = events;
  }

  get messages(): ReceivedMessage[] {
    return this.texts.map((text) => JSON.parse(text) as ReceivedMessage);
  }

  get streamSid(): string {
    return this.messages.find(({ event }) => event === 'start')?.streamSid ?? '';
  }

  of(event: string): ReceivedMessage[] {
    return this.messages.filter((message) => message.event === event);
  }

  accept(): void {
    this.#events.opened();
  }

  refuse(): void {
    this.#events.refused({ code: 31920, message: 'the server answered 403, not 101' });
  }

  sendText(text: string): void {
    this.#events.text(text);
  }

  sendBinary(): void {
    this.#events.binary();
  }

  send(message: Record<string, unknown>): void {
    this.sendText(JSON.stringify({ ...message, streamSid: this.streamSid }));
  }

  media(mulaw: Uint8Array): void {
    this.send({ event: 'media', media: { payload: Buffer.from(mulaw).toString('base64') } });
  }

  mark(name: string): void {
    this.send({ event: 'mark', mark: { name } });
  }

  clear(): void {
    this.send({ event: 'clear' });
  }

  close(code = 1000): void {
    this.#events.closed(code);
  }

  socket(): StreamSocket {
    return {
      send: (text) => {
        this.texts.push(text);
        this.onMessage(JSON.parse(text) as ReceivedMessage);
      },
      bufferedBytes: 0,
      close: () => {
        this.phoneEnded = 'closed';
        queueMicrotask(() => this.#events.closed(1000));
      },
      destroy: () => {
        this.phoneEnded = 'destroyed';
        queueMicrotask(() => this.#events.closed(1006));
      },
    };
  }
}

export interface MemoryNetwork extends PhoneNetwork {
  readonly requests: HttpRequest[];
  readonly streams: MemoryStream[];
}

/**
 * @param answer what each request gets; the count of requests so far helps it decide
 * @param onStream called for each new stream, after the phone has its socket
 */
export function memoryNetwork(
  answer: (request: HttpRequest, count: number) => HttpAnswer | Promise<HttpAnswer> = () =>
    xml(connectTwiml()),
  onStream: (stream: MemoryStream, count: number) => void = (stream) => stream.accept(),
): MemoryNetwork {
  const requests: HttpRequest[] = [];
  const streams: MemoryStream[] = [];
  return {
    requests,
    streams,
    request(request) {
      requests.push(request);
      return Promise.resolve(answer(request, requests.length));
    },
    connect(url, headers, _timeoutMs, events) {
      const stream = new MemoryStream(url, headers, events);
      streams.push(stream);
      queueMicrotask(() => onStream(stream, streams.length));
      return stream.socket();
    },
  };
}

/** The first stream, which must be there. */
export function firstStream(network: MemoryNetwork): MemoryStream {
  const [stream] = network.streams;
  if (stream === undefined) throw new Error('no stream was opened');
  return stream;
}
