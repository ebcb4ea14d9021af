// The simulated phone's network on this machine: node:http for webhooks, ws for media streams. Control plane.

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { WebSocket } from 'ws';
import type {
  HttpAnswer,
  HttpRequest,
  PhoneNetwork,
  StreamError,
  StreamSocket,
  StreamSocketEvents,
} from './network.js';

/** Twilio takes no TwiML above 64 kB (error 11750). */
const MAX_DOCUMENT_BYTES = 64 * 1024;
/** How long a server may take to join in a closing handshake. */
const CLOSE_TIMEOUT_MS = 2000;
const MAX_SERVER_MESSAGE_BYTES = 16 * 1024 * 1024;

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
]);

function errorCode(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? error.name;
}

/** Where to connect in truth, and the Host header that the far end is to see. */
function route(url: string, connectTo: string | undefined): { target: URL; host: string } {
  const named = new URL(url);
  if (connectTo === undefined) return { target: named, host: named.host };
  const real = new URL(connectTo);
  const secure = real.protocol === 'https:' || real.protocol === 'wss:';
  const socket = named.protocol === 'ws:' || named.protocol === 'wss:';
  const target = new URL(named);
  // A URL's scheme cannot be set across kinds, so the text is put together anew.
  target.hash = '';
  const scheme = socket ? (secure ? 'wss' : 'ws') : secure ? 'https' : 'http';
  return {
    target: new URL(`${scheme}://${real.host}${target.pathname}${target.search}`),
    host: named.host,
  };
}

async function readDocument(message: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_DOCUMENT_BYTES) {
      message.destroy();
      return { ok: false, error: 'too-large', detail: `more than ${MAX_DOCUMENT_BYTES} bytes` };
    }
    chunks.push(chunk);
  }
  return {
    ok: true,
    status: message.statusCode ?? 0,
    contentType: message.headers['content-type'] ?? '',
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

function exchange(request: HttpRequest, connectTo: string | undefined): Promise<HttpAnswer> {
  return new Promise((resolve) => {
    const { target, host } = route(request.url, connectTo);
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const outgoing = send(target, {
      method: request.method,
      agent: false,
      headers: {
        ...request.headers,
        Host: host,
        'Content-Length': Buffer.byteLength(request.body),
      },
    });
    let connected = false;
    const giveUp = (detail: string): void => {
      resolve({ ok: false, error: connected ? 'timeout' : 'unreachable', detail });
      outgoing.destroy();
    };
    const total = setTimeout(
      () => giveUp(`no answer in ${request.timeoutMs} ms`),
      request.timeoutMs,
    );
    const connecting = setTimeout(() => {
      if (!connected) giveUp(`no connection in ${request.connectTimeoutMs} ms`);
    }, request.connectTimeoutMs);
    outgoing.once('socket', (socket) => {
      socket.once(target.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        connected = true;
      });
    });
    outgoing.once('response', (message) => {
      readDocument(message).then(resolve, (error: Error) => {
        resolve({ ok: false, error: 'broken', detail: errorCode(error) });
      });
    });
    outgoing.on('error', (error) => {
      const detail = errorCode(error);
      resolve({ ok: false, error: UNREACHABLE.has(detail) ? 'unreachable' : 'broken', detail });
    });
    outgoing.once('close', () => {
      clearTimeout(total);
      clearTimeout(connecting);
    });
    outgoing.end(request.body);
  });
}

function streamError(error: Error): StreamError {
  const detail = errorCode(error);
  if (UNREACHABLE.has(detail)) return { code: 31902, message: `connection refused (${detail})` };
  if (detail === 'ETIMEDOUT' || error.message.includes('timed out')) {
    return { code: 31901, message: 'no connection in time' };
  }
  if (/^(EPROTO|ERR_TLS|ERR_SSL|UNABLE_TO)|CERT/.test(detail)) {
    return { code: 31910, message: `TLS failed (${detail})` };
  }
  return { code: 31920, message: `the handshake failed (${detail})` };
}

function wrap(socket: WebSocket): StreamSocket {
  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    close() {
      if (socket.readyState === WebSocket.CLOSED) return;
      socket.close(1000);
      const timer = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS);
      socket.once('close', () => clearTimeout(timer));
    },
    destroy: () => socket.terminate(),
  };
}

function connect(
  url: string,
  connectTo: string | undefined,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
  events: StreamSocketEvents,
): StreamSocket {
  const { target, host } = route(url, connectTo);
  const socket = new WebSocket(target, {
    headers: { ...headers, Host: host },
    handshakeTimeout: timeoutMs,
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: MAX_SERVER_MESSAGE_BYTES,
  });
  let opened = false;
  let refused = false;
  const refuse = (error: StreamError): void => {
    if (refused) return;
    refused = true;
    events.refused(error);
  };
  socket.on('open', () => {
    opened = true;
    events.opened();
  });
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) events.binary();
    else events.text(data.toString('utf8'));
  });
  socket.on('unexpected-response', (outgoing, response) => {
    refuse({ code: 31920, message: `the server answered ${response.statusCode ?? 0}, not 101` });
    response.resume();
    outgoing.destroy();
  });
  socket.on('error', (error) => {
    if (!opened) refuse(streamError(error));
    else if (errorCode(error).startsWith('WS_ERR')) events.broken();
  });
  socket.on('close', (code) => {
    if (opened) events.closed(code);
    else refuse({ code: 31920, message: 'the connection closed during the handshake' });
  });
  return wrap(socket);
}

/**
 * @param options.connectTo reach every URL at this origin instead of the one it names, which still
 *   goes into the Host header: a node behind a public name can be called on its own machine
 */
export function machineNetwork(
  options: { readonly connectTo?: string | undefined } = {},
): PhoneNetwork {
  const { connectTo } = options;
  return {
    request: (request) => exchange(request, connectTo),
    connect: (url, headers, timeoutMs, events) =>
      connect(url, connectTo, headers, timeoutMs, events),
  };
}
