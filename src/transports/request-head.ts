// What a request's first line and headers must be, whatever a parser lets through. Control plane.

/** As received: nothing joined, dropped or decoded. */
export interface RequestHead {
  readonly method: string;
  /** The request target: path and query. */
  readonly target: string;
  /** `1.1`, say. */
  readonly version: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface HeadProblem {
  readonly status: number;
  readonly message: string;
}

/** Twilio's URLs have some 100 characters, and it sends about 15 headers; proxies add as many. */
const MAX_TARGET_LENGTH = 4096;
const MAX_HEADERS = 100;

/** Visible ASCII from a slash on, without a fragment. Absolute form is for proxies, which a node is none of. */
const TARGET = /^\/[!"$-~]*$/;
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
/** A host with a slash or an @ would move part of it into path or credentials. */
const HOST = /^[\w.:[\]-]+$/;
const MAX_PORT = 65_535;
const LENGTH = /^\d{1,15}$/;
/** Two of them, and two readers of the request may each believe another. */
const SINGLE_HEADERS = new Set([
  'host',
  'content-length',
  'content-type',
  'transfer-encoding',
  'authorization',
  'origin',
  'sec-fetch-site',
  'sec-websocket-key',
  'sec-websocket-version',
  'upgrade',
  'x-twilio-signature',
]);

/** What is wrong with a request, or `undefined`. Such a request is answered and its connection closed. */
export function headProblem(head: RequestHead): HeadProblem | undefined {
  if (head.version !== '1.1' && head.version !== '1.0') {
    return { status: 505, message: 'this is neither HTTP/1.1 nor HTTP/1.0' };
  }
  if (head.target.length > MAX_TARGET_LENGTH) {
    return { status: 414, message: `a path has at most ${MAX_TARGET_LENGTH} characters` };
  }
  if (head.headers.length > MAX_HEADERS) {
    return { status: 431, message: `a request has at most ${MAX_HEADERS} headers` };
  }
  const message = TARGET.test(head.target)
    ? headersProblem(head)
    : 'the request target must be a path';
  return message === undefined ? undefined : { status: 400, message };
}

function headersProblem({ headers, version }: RequestHead): string | undefined {
  const single = new Map<string, string>();
  for (const [name, value] of headers) {
    if (!TOKEN.test(name)) return 'the name of a header is malformed';
    const lower = name.toLowerCase();
    if (!SINGLE_HEADERS.has(lower)) continue;
    if (single.has(lower)) return `the header ${lower} is there twice`;
    single.set(lower, value);
  }
  const host = single.get('host');
  if (host === undefined ? version === '1.1' : !isHost(host)) {
    return 'the Host header is missing or malformed';
  }
  return framingProblem(single.get('content-length'), single.get('transfer-encoding'), version);
}

function isHost(host: string): boolean {
  const port = /[^:]:(\d*)$/.exec(host)?.[1] ?? '';
  return HOST.test(host) && Number(port) <= MAX_PORT;
}

/** Where the body ends must have one answer, RFC 9112 section 6.3. */
function framingProblem(
  length: string | undefined,
  encoding: string | undefined,
  version: string,
): string | undefined {
  if (length !== undefined && !LENGTH.test(length)) return 'the Content-Length is malformed';
  if (encoding === undefined) return undefined;
  if (length !== undefined) return 'Content-Length and Transfer-Encoding exclude each other';
  if (encoding.toLowerCase() !== 'chunked') return 'the Transfer-Encoding is not chunked';
  return version === '1.1' ? undefined : 'HTTP/1.0 has no Transfer-Encoding';
}

/** What is wrong with an upgrade beyond that, or `undefined`. RFC 6455 section 4.2.1. */
export function upgradeProblem(head: RequestHead): HeadProblem | undefined {
  const problem = headProblem(head);
  if (problem !== undefined) return problem;
  const header = (name: string) =>
    head.headers.find(([each]) => each.toLowerCase() === name)?.[1].trim() ?? '';
  const bodiless = (header('content-length') || '0') === '0' && header('transfer-encoding') === '';
  const isHandshake =
    head.method === 'GET' &&
    head.version === '1.1' &&
    header('upgrade').toLowerCase() === 'websocket' &&
    /(^|,)\s*upgrade\s*(,|$)/i.test(header('connection')) &&
    header('sec-websocket-version') === '13' &&
    /^[A-Za-z0-9+/]{22}==$/.test(header('sec-websocket-key'));
  if (bodiless && isHandshake) return undefined;
  return { status: 400, message: 'this is no WebSocket handshake of version 13' };
}
