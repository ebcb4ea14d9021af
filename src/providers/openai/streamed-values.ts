// The values of a streamed answer, told by its bytes: server-sent events, JSON lines, or one JSON body. Control plane.

import { nonsense } from './answer-body.js';
import { JsonScanner } from './json-scanner.js';
import { asObject, parseJson, type JsonObject } from './json.js';
import type { Operation } from './server-error.js';

export type StreamedItem =
  | {
      readonly kind: 'value';
      readonly value: JsonObject;
      /** The name of its event, where it has one. */
      readonly event: string | undefined;
    }
  /** The server said that it is done: `data: [DONE]`. */
  | { readonly kind: 'done' };

/** A line of this many characters is no line. */
const MAX_LINE_CHARS = 1024 * 1024;
/** Before each value of a JSON text sequence (RFC 7464). */
const RECORD_SEPARATOR = String.fromCharCode(0x1e);
const EVENT_LINE = /^(?:data|event|id|retry)?:|^(?:data|event|id|retry)$/;

/**
 * Content types lie, so that the first characters decide. Comments, pings and whatever is no JSON object
 * are left out. A value is told as soon as it is whole, also where the blank line behind it is missing.
 * @throws {RingmasterError} PROVIDER_PROTOCOL for a web page, a broken value and one that the end cuts
 */
export async function* streamedValues(
  body: AsyncIterable<Uint8Array>,
  operation: Operation,
): AsyncGenerator<StreamedItem, void, undefined> {
  const reader = new StreamReader(operation);
  const decoder = new TextDecoder();
  for await (const bytes of body) yield* reader.push(decoder.decode(bytes, { stream: true }));
  yield* reader.end(decoder.decode());
}

class StreamReader {
  readonly #operation: Operation;
  readonly #scanner = new JsonScanner();
  #shape: 'unknown' | 'events' | 'json' = 'unknown';
  /** What is not decided yet: the head, then at most a part of a line. */
  #rest = '';
  #event: string | undefined;

  constructor(operation: Operation) {
    this.#operation = operation;
  }

  *push(text: string): Generator<StreamedItem, void, undefined> {
    if (this.#shape === 'unknown') {
      this.#rest += text;
      this.#shape = this.#shapeOf(this.#rest);
      if (this.#shape === 'unknown') return;
      text = this.#rest;
      this.#rest = '';
    }
    if (this.#shape === 'json') yield* this.#values(text);
    else yield* this.#lines(text);
  }

  *end(text: string): Generator<StreamedItem, void, undefined> {
    yield* this.push(text);
    if (this.#shape === 'events') yield* this.#line(this.#rest.replace(/\r$/, ''));
    if (this.#scanner.open) throw nonsense(this.#operation, 'that ends within an event');
  }

  #shapeOf(head: string): 'unknown' | 'events' | 'json' {
    const first = head.replaceAll(RECORD_SEPARATOR, '').trimStart();
    if (first === '') return 'unknown';
    if (first.startsWith('<')) throw nonsense(this.#operation, 'that is a web page');
    return /^[{[]/.test(first) ? 'json' : 'events';
  }

  *#lines(text: string): Generator<StreamedItem, void, undefined> {
    // A final \r may be the first half of \r\n: it stays until more is known.
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > MAX_LINE_CHARS) {
      throw nonsense(this.#operation, 'with a line that is too long');
    }
    for (const line of lines) yield* this.#line(line);
  }

  *#line(line: string): Generator<StreamedItem, void, undefined> {
    if (line === '') {
      if (this.#scanner.open) throw nonsense(this.#operation, 'with a broken event');
      this.#event = undefined;
      return;
    }
    const isField = EVENT_LINE.test(line);
    const name = isField ? line.slice(0, Math.max(line.indexOf(':'), 0)) : '';
    const value = isField ? line.slice(name.length + 1).replace(/^ /, '') : line;
    if (name === 'event') this.#event = value.trim();
    // Some proxies write an error into the stream as it is, without `data:`.
    if (name === 'data' || !isField) yield* this.#data(value);
  }

  *#data(value: string): Generator<StreamedItem, void, undefined> {
    if (!this.#scanner.open) {
      const start = value.trimStart();
      if (start.startsWith('[DONE]')) yield { kind: 'done' };
      // A ping, a word, a number: no value.
      if (!/^(?:\{|\[\s*\{)/.test(start)) return;
    }
    yield* this.#values(`${value}\n`);
  }

  *#values(text: string): Generator<StreamedItem, void, undefined> {
    this.#scanner.add(text);
    for (;;) {
      const whole = this.#scanner.take();
      if (whole === undefined) return;
      const value = asObject(parseJson(whole));
      if (value === undefined) throw nonsense(this.#operation, 'with a broken event');
      yield { kind: 'value', value, event: this.#event };
    }
  }
}
