// The answer to an uploaded utterance: JSON, plain text or a stream of deltas. Control plane.

import { bodyOf, mediaType, nonsense, readText } from './answer-body.js';
import { asObject, asString, parseJson } from './json.js';
import { errorFacts, serverError } from './server-error.js';
import { sseData } from './sse.js';

/** A minute of speech is about a thousand characters. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * @param onInterim told the transcript so far, where the answer is streamed
 * @returns the whole transcript, trimmed; may be empty
 * @throws {RingmasterError} PROVIDER_PROTOCOL for a stream without its end or an answer without text
 */
export async function readTranscription(
  response: Response,
  onInterim: (text: string) => void,
): Promise<string> {
  const type = mediaType(response);
  if (type === 'text/event-stream') return readStream(response, onInterim);
  if (type === 'text/html') throw nonsense('transcription', 'that is a web page');
  const body = await readText(response, 'transcription', MAX_ANSWER_BYTES);
  if (type === 'text/plain') return body.trim();
  const answer = asObject(parseJson(body));
  const text = asString(answer?.['text']);
  if (text !== undefined) return text.trim();
  if (answer?.['error'] !== undefined) throw serverError('transcription', errorFacts(answer));
  throw nonsense('transcription', 'without text');
}

async function readStream(response: Response, onInterim: (text: string) => void): Promise<string> {
  let heard = '';
  for await (const data of sseData(bodyOf(response, 'transcription'))) {
    if (data === '[DONE]') break;
    const event = asObject(parseJson(data));
    if (event === undefined) throw nonsense('transcription', 'with a broken event');
    if (event['error'] !== undefined) throw serverError('transcription', errorFacts(event));
    const text = asString(event['text']);
    if (event['type'] === 'transcript.text.done' && text !== undefined) return text.trim();
    if (event['type'] !== 'transcript.text.delta') continue;
    heard += asString(event['delta']) ?? '';
    if (heard.trim() !== '') onInterim(heard.trim());
  }
  throw nonsense('transcription', 'that ends too early');
}
