// Whether a server will serve a role, asked once at the start, and how to mend what is wrong. Control plane.

import type OpenAI from 'openai';
import { RingmasterError, type ErrorCode } from '../../errors.js';
import { bodyOf } from './answer-body.js';
import { Attempt } from './attempt.js';
import { asArray, asObject, asString, parseJson } from './json.js';
import { errorFacts, isErrorBody, serverError, systemCode, toFailure } from './server-error.js';

export type ServerRole = 'stt' | 'agent' | 'tts';

export interface CheckSubject {
  readonly role: ServerRole;
  readonly model: string;
}

const NAMES = { stt: 'speech to text', agent: 'agent', tts: 'text to speech' } as const;
const ENDPOINTS = {
  stt: '/audio/transcriptions',
  agent: '/chat/completions',
  tts: '/audio/speech',
} as const;
/** A list of models is a few hundred bytes each. */
const MAX_LIST_BYTES = 2 * 1024 * 1024;
const MAX_MODELS_NAMED = 8;

const HINTS = {
  path: (url: string): string =>
    /\/v\d+\/?$/.test(url)
      ? 'is the base URL right?'
      : 'the base URL probably lacks its version path: try it with /v1 behind it',
  key: 'is the API key right?',
  refused: 'is the server running, and host and port of the base URL right?',
  name: 'is the host of the base URL spelt right?',
  tls: 'the TLS certificate or protocol does not fit: https or http, and is the certificate trusted?',
};

function lineHint(code: string | undefined): string {
  if (code === undefined) return HINTS.refused;
  if (/CERT|TLS|SSL|EPROTO|SELF_SIGNED|ISSUER/.test(code)) return HINTS.tls;
  return /ENOTFOUND|EAI_AGAIN/.test(code) ? HINTS.name : HINTS.refused;
}

/** Its messages name engine, URL and status, and nothing of what the server says but names of models. */
export class ServerCheck {
  readonly #sdk: OpenAI;
  readonly #url: string;
  readonly #timeoutMs: number;
  readonly #subject: CheckSubject | undefined;

  constructor(sdk: OpenAI, timeoutMs: number, subject: CheckSubject | undefined) {
    this.#sdk = sdk;
    this.#url = sdk.baseURL;
    this.#timeoutMs = timeoutMs;
    this.#subject = subject;
  }

  /** @throws {RingmasterError} PROVIDER_AUTH, PROVIDER_TIMEOUT, PROVIDER_PROTOCOL, PROVIDER_FAILED */
  async run(): Promise<void> {
    const list = await this.#ask((signal) => this.#sdk.get('/models', { signal }).asResponse());
    if (list.status === 401) throw this.#auth();
    if (list.status >= 500) throw this.#status(list.status, 'the server has a problem of its own');
    const isMissing = [404, 405, 501].includes(list.status);
    // A restricted key may not list models, and not every server has such a list.
    if (isMissing) await this.#askEndpoint();
    else if (list.status < 300) await this.#readList(list.text);
  }

  /** Without a list the role's own endpoint is asked, with nothing that it could do. */
  async #askEndpoint(): Promise<void> {
    if (this.#subject === undefined) return;
    const path = ENDPOINTS[this.#subject.role];
    const answer = await this.#ask((signal) =>
      this.#sdk.post(path, { body: {}, signal }).asResponse(),
    );
    if (answer.status === 401) throw this.#auth();
    if ([404, 405].includes(answer.status)) {
      throw this.#status(answer.status, HINTS.path(this.#url), `POST ${path}`);
    }
    if (answer.status < 300) this.#refuseDisguise(answer.text);
  }

  async #readList(text: string): Promise<void> {
    this.#refuseDisguise(text);
    const parsed = parseJson(text);
    const list = asArray(asObject(parsed)?.['data'] ?? asObject(parsed)?.['models'] ?? parsed);
    const models = list.flatMap((item) => {
      const entry = asObject(item);
      return asString(item) ?? asString(entry?.['id']) ?? asString(entry?.['name']) ?? [];
    });
    const { model } = this.#subject ?? {};
    if (model === undefined || models.length === 0 || models.some((id) => isSame(id, model)))
      return;
    // A list may be short of what a server takes: only its refusal proves that the model is missing.
    const status = await this.#tryModel();
    if (status === undefined) return;
    const offered = models.filter((id) => /^[\w./:@+ -]{1,100}$/.test(id));
    const named = offered.slice(0, MAX_MODELS_NAMED).join(', ');
    const more = offered.length > MAX_MODELS_NAMED ? ', …' : '';
    throw this.#error(
      'PROVIDER_FAILED',
      `the server has no such model; it has ${named}${more}`,
      status,
    );
  }

  /** @returns the status of a refusal; undefined where the model answers */
  async #tryModel(): Promise<number | undefined> {
    const { role, model } = this.#subject ?? {};
    const body =
      role === 'agent'
        ? { model, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1, stream: true }
        : { model, input: 'a', voice: 'alloy' };
    // An upload proves nothing more than the list does.
    if (role === undefined || role === 'stt') return 404;
    const { status, text } = await this.#ask((signal) =>
      this.#sdk.post(ENDPOINTS[role], { body, signal }).asResponse(),
    );
    const names = status === 404 || ([400, 422].includes(status) && /\bmodel\b/i.test(text));
    return names ? status : undefined;
  }

  /** A 200 that is none: a web page, or an error in JSON. */
  #refuseDisguise(text: string): void {
    if (text.trimStart().startsWith('<')) {
      const how = `the answer is a web page; ${HINTS.path(this.#url)}`;
      throw this.#error('PROVIDER_PROTOCOL', how, 200);
    }
    const body = asObject(parseJson(text));
    if (body === undefined || !isErrorBody(body, undefined, 'data')) return;
    const { code } = serverError('models', errorFacts(body));
    throw this.#error(code, `the answer is an error; ${HINTS.path(this.#url)}`, 200);
  }

  async #ask(
    send: (signal: AbortSignal) => Promise<Response>,
  ): Promise<{ status: number; text: string }> {
    const attempt = new Attempt('models', new AbortController().signal);
    attempt.arm(this.#timeoutMs, 'answer');
    try {
      const response = await send(attempt.signal);
      return { status: response.status, text: await head(response) };
    } catch (thrown) {
      const { status } = thrown as { status?: unknown };
      if (typeof status === 'number') return { status, text: (thrown as Error).message };
      const { error } = toFailure(attempt.timeout ?? thrown, 'models');
      const hint = attempt.timeout ? HINTS.refused : lineHint(systemCode(thrown));
      const text = `${error.message}${this.#where()}; ${hint}`;
      throw new RingmasterError(error.code, text, { retryable: true });
    } finally {
      attempt.dispose();
    }
  }

  #auth(): RingmasterError {
    return this.#error('PROVIDER_AUTH', `HTTP 401; ${HINTS.key}`, 401);
  }

  #status(status: number, hint: string, path = 'GET /models'): RingmasterError {
    return this.#error('PROVIDER_FAILED', `HTTP ${status} for ${path}; ${hint}`, status);
  }

  #error(code: ErrorCode, how: string, status: number): RingmasterError {
    const retryable = status >= 500;
    return new RingmasterError(code, `models: ${how}${this.#where()}`, { retryable, status });
  }

  /** Base URLs hold no credentials: those are refused when the client is made. */
  #where(): string {
    const subject = this.#subject;
    const what = subject === undefined ? '' : `${NAMES[subject.role]}, model ${subject.model}, `;
    return ` (${what}at ${this.#url})`;
  }
}

/** `llama3` is `llama3:latest`, and `gpt-4o` is `openai/gpt-4o`. */
const isSame = (id: string, model: string): boolean =>
  id === model || id.startsWith(`${model}:`) || id.endsWith(`/${model}`);

/** The beginning of an answer: what matters of it is there. */
async function head(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  if (response.body === null) return '';
  for await (const part of bodyOf(response, 'models')) {
    parts.push(part);
    bytes += part.length;
    if (bytes > MAX_LIST_BYTES) break;
  }
  return Buffer.concat(parts)
    .toString()
    .replace(/^\ufeff/, '');
}
