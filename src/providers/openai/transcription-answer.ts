// The answer to an uploaded utterance: JSON, plain text or a stream of deltas. Control plane.

import { bodyOf, mediaType, nonsense } from './answer-body.js';
import { asArray, asObject, asString, parseJson, type JsonObject } from './json.js';
import { errorFacts, isErrorBody, serverError } from './server-error.js';
import { streamedValues } from './streamed-values.js';

/** A minute of speech is about a thousand characters. */
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Told apart by its first characters: content types lie. */
const IS_PLAIN = /^(?!\s*(?:[{<]|\[\s*\{|(?:data|event|id|retry)?:))/;

/**
 * @param onInterim told the transcript so far, where the answer is streamed
 * @returns the whole transcript, trimmed; may be empty
 * @throws {RingmasterError} PROVIDER_PROTOCOL for an answer without text
 */
export async function readTranscription(
  response: Response,
  onInterim: (text: string) => void,
): Promise<string> {
  const { head, body } = await peek(bodyOf(response, 'transcription'));
  if (head.trim() === '') {
    if (mediaType(response) === 'text/plain') return '';
    throw nonsense('transcription', 'without text');
  }
  if (IS_PLAIN.test(head)) return readPlain(body);
  const transcript = new Transcript(onInterim);
  for await (const item of streamedValues(body, 'transcription')) {
    if (item.kind === 'done' || transcript.add(item.value, item.event)) break;
  }
  return transcript.end();
}

class Transcript {
  readonly #onInterim: (text: string) => void;
  #heard = '';
  #whole: string | undefined;

  constructor(onInterim: (text: string) => void) {
    this.#onInterim = onInterim;
  }

  /** @returns true once the transcript is whole */
  add(value: JsonObject, event: string | undefined): boolean {
    if (isErrorBody(value, event, 'text')) {
      throw serverError('transcription', errorFacts(value));
    }
    if (value['type'] === 'transcript.text.delta') {
      this.#heard += asString(value['delta']) ?? '';
      if (this.#heard.trim() !== '') this.#onInterim(this.#heard.trim());
      return false;
    }
    this.#whole = asString(value['text']) ?? segmentsOf(value) ?? this.#whole;
    return this.#whole !== undefined;
  }

  /** A stream that ends in order after its words has said them all. */
  end(): string {
    const text = this.#whole ?? (this.#heard === '' ? undefined : this.#heard);
    if (text === undefined) throw nonsense('transcription', 'without text');
    return text.trim();
  }
}

function segmentsOf(value: JsonObject): string | undefined {
  const segments = asArray(value['segments']);
  if (segments.length === 0) return undefined;
  return segments.map((segment) => asString(asObject(segment)?.['text']) ?? '').join('');
}

/** The body with its first characters, which are in it yet. */
async function peek(
  source: AsyncIterable<Uint8Array>,
): Promise<{ head: string; body: AsyncIterable<Uint8Array> }> {
  const parts: Uint8Array[] = [];
  const iterator = source[Symbol.asyncIterator]();
  let head = '';
  while (head.trim().length < 8) {
    const next = await iterator.next();
    if (next.done === true) break;
    parts.push(next.value);
    head = Buffer.concat(parts)
      .toString()
      .replace(/^\ufeff/, '');
  }
  async function* body(): AsyncGenerator<Uint8Array, void, undefined> {
    yield* parts;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { head, body: body() };
}

async function readPlain(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > MAX_ANSWER_BYTES) throw nonsense('transcription', 'that is too large');
    parts.push(part);
  }
  const text = Buffer.concat(parts)
    .toString()
    .replace(/^\ufeff/, '')
    .trim();
  // A JSON string is a transcript too.
  return asString(parseJson(text))?.trim() ?? text;
}
