// Fields of a request that a server refused: left out or renamed from then on. Control plane.

import { APIError } from 'openai';
import { asObject } from './json.js';

type Body = Readonly<Record<string, unknown>>;

/** So many refusals are learned of one request; then its error stands. */
const MAX_LESSONS = 3;
const REFUSING_STATUSES = new Set([400, 404, 415, 422, 501]);
/** Without these a request is none. */
const NEEDED = new Set(['model', 'messages', 'input', 'file', 'stream']);
/** What to send in place of what was refused. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  max_completion_tokens: 'max_tokens',
  max_tokens: 'max_completion_tokens',
};
/** Fields that make no sense without another. */
const TOOL_FIELDS = ['tools', 'tool_choice', 'parallel_tool_calls'];
/** A header says what the samples are, so that a server without raw PCM is heard all the same. */
const OTHER_VALUES: Readonly<Record<string, unknown>> = { response_format: 'wav' };

/** One a client and role: what its server does not take. Learned from its refusals, for all calls. */
export class RefusedFields {
  readonly #left = new Set<string>();
  readonly #renamed = new Map<string, string>();
  readonly #values = new Map<string, unknown>();

  /** @param without fields that are never sent */
  constructor(without: Iterable<string> = []) {
    for (const field of without) this.#left.add(field);
  }

  /**
   * Send what the server takes; again without what it refuses, a few times at most.
   * @throws what `send` throws, where nothing can be learned of it
   */
  async ask<Answer>(body: object, send: (body: object) => Promise<Answer>): Promise<Answer> {
    for (let lessons = 0; ; lessons++) {
      const sent = this.#apply(body as Body);
      try {
        return await send(sent);
      } catch (thrown) {
        if (lessons >= MAX_LESSONS || !this.#learn(thrown, sent)) throw thrown;
      }
    }
  }

  #apply(body: Body): Body {
    const sent: Record<string, unknown> = {};
    for (const [field, value] of Object.entries(body)) {
      const name = this.#renamed.get(field) ?? field;
      if (value === null || this.#left.has(field) || this.#left.has(name)) continue;
      sent[name] = this.#values.has(name) ? this.#values.get(name) : value;
    }
    return sent;
  }

  /** @returns true where the next try differs */
  #learn(thrown: unknown, sent: Body): boolean {
    if (!(thrown instanceof APIError) || !refuses(thrown)) return false;
    const refused = refusedField(thrown, sent);
    if (refused === undefined) return false;
    const other = OTHER_NAMES[refused];
    const value = OTHER_VALUES[refused];
    if (TOOL_FIELDS.includes(refused)) this.#leaveTools(refused, sent);
    else if (other !== undefined && !this.#renamed.has(other) && !(other in sent)) {
      this.#renamed.set(refused, other);
    } else if (value !== undefined && sent[refused] !== value) this.#values.set(refused, value);
    else this.#left.add(refused);
    return true;
  }

  #leaveTools(refused: string, sent: Body): void {
    const all = refused === 'tools' || !('tools' in sent);
    for (const field of all ? TOOL_FIELDS : [refused]) this.#left.add(field);
  }
}

/** llama.cpp's server and others answer 500 where they have no tools. */
const refuses = (error: APIError): boolean =>
  REFUSING_STATUSES.has(Number(error.status)) ||
  (error.status === 500 && needsTools(describe(error)));

/** The field of `sent` that an error is about: it names it, or says what it is for. */
function refusedField(error: APIError, sent: Body): string | undefined {
  const fields = Object.keys(sent).filter((field) => !NEEDED.has(field));
  const text = describe(error);
  const param = fieldOfPath(error.param ?? '');
  if (fields.includes(param)) return param === 'tool_choice' && needsTools(text) ? 'tools' : param;
  if (needsTools(text) && fields.includes('tools')) return 'tools';
  const named = fields
    .map((field) => ({ field, at: text.search(new RegExp(`(?<![\\w.])${field}(?!\\w)`, 'i')) }))
    .filter(({ at }) => at >= 0)
    .sort((one, other) => one.at - other.at);
  if (named[0]) return named[0].field;
  // A refusal without words: the newest of the fields is the likeliest.
  const isMute = Number(error.status) === 422 && fields.includes('max_completion_tokens');
  return isMute ? 'max_completion_tokens' : undefined;
}

/** "does not support tools", "tool calling is not supported", "requires --enable-auto-tool-choice". */
const needsTools = (text: string): boolean =>
  /(?:not support|unsupported|not enabled|not available|requires --|without|no) [^.]{0,40}\b(?:tool|function)|(?:tool|function)(?:s|[ _-]?(?:use|call(?:s|ing)?|choice))? [^.]{0,30}(?:not support|unsupported|not enabled|not available|requires|not implemented)/i.test(
    text,
  );

/** `tools[0].function` is `tools`; FastAPI's `body.max_completion_tokens` is its last part. */
const fieldOfPath = (path: string): string => path.replace(/^body\./, '').split(/[.[]/)[0] ?? '';

/** All that the error says, in whatever shape; read here, never told on. */
function describe(error: APIError): string {
  const body = asObject(error.error) ?? error.error;
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? '');
  return `${error.message} ${text}`.slice(0, 8000);
}
