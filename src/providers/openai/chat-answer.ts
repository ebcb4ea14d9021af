// One answer of a chat model: text pieces as they come, tool calls when they are whole. Control plane.

import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import { bodyOf, isJsonType, mediaType, nonsense, readText } from './answer-body.js';
import type { Attempt } from './attempt.js';
import type { OpenAiClient } from './client.js';
import { asArray, asObject, asString, parseJson, type JsonObject } from './json.js';
import { errorFacts, serverError } from './server-error.js';
import { sseData } from './sse.js';
import { ToolCallAssembler, type ToolCall } from './tool-call-assembler.js';

const MAX_ANSWER_BYTES = 1024 * 1024;
/** About ten minutes of speech: no answer on the telephone is longer. */
const MAX_ANSWER_CHARS = 10_000;
/** An answer that said that it is finished is waited for so long; read to its end, its connection stays. */
const REST_TIMEOUT_MS = 500;

export interface ChatTimeouts {
  /** From the request to the first word or tool call. */
  readonly firstTokenTimeoutMs: number;
  /** Between two pieces with content. */
  readonly stallTimeoutMs: number;
}

export type ChatPiece =
  | { readonly type: 'text'; readonly text: string }
  /** Last, exactly once. */
  | { readonly type: 'end'; readonly calls: readonly ToolCall[]; readonly finishReason: string };

/** What one chunk of a stream, or a whole unstreamed answer, adds. */
interface Addition {
  readonly text: string;
  readonly toolCalls: readonly unknown[];
  readonly finishReason: string | undefined;
  /** True where it carries anything at all, e.g. reasoning that is not spoken. */
  readonly alive: boolean;
}

const DONE: Addition = { text: '', toolCalls: [], finishReason: 'stop', alive: false };

/**
 * @param newId names tool calls that come without an id
 * @throws PROVIDER_* as RingmasterError, or what the SDK throws
 */
export async function* askChat(
  client: OpenAiClient,
  body: ChatCompletionCreateParamsStreaming,
  timeouts: ChatTimeouts,
  newId: () => string,
  attempt: Attempt,
): AsyncGenerator<ChatPiece, void, undefined> {
  attempt.arm(timeouts.firstTokenTimeoutMs, 'first token');
  const response = await client.chat(body, attempt.signal);
  const calls = new ToolCallAssembler();
  let chars = 0;
  let finishReason: string | undefined;
  try {
    for await (const addition of additions(response)) {
      if (addition.toolCalls.length > 0) calls.add(addition.toolCalls);
      finishReason = addition.finishReason ?? finishReason;
      chars += addition.text.length;
      if (addition.text !== '') {
        attempt.disarm();
        yield { type: 'text', text: addition.text };
      }
      // Reasoning alone keeps an answer alive only once it has begun.
      const begun = chars > 0 || !calls.empty;
      if (finishReason !== undefined) attempt.arm(REST_TIMEOUT_MS, 'end of the answer');
      else if (begun && addition.alive) attempt.arm(timeouts.stallTimeoutMs, 'more tokens');
      if (chars > MAX_ANSWER_CHARS) {
        finishReason = 'length';
        break;
      }
    }
  } catch (thrown) {
    // What was finished stays good, however the connection ends.
    if (finishReason === undefined) throw thrown;
  }
  attempt.disarm();
  if (finishReason === undefined) throw nonsense('chat', 'that ends too early');
  // Calls that were cut short must not run.
  const cut = finishReason === 'length' || finishReason === 'content_filter';
  const whole = cut ? [] : calls.calls(newId);
  if (chars === 0 && whole.length === 0 && finishReason !== 'content_filter') {
    throw nonsense(
      'chat',
      finishReason === 'length' ? 'cut before its first word' : 'without words',
    );
  }
  yield { type: 'end', calls: whole, finishReason };
}

async function* additions(response: Response): AsyncGenerator<Addition, void, undefined> {
  const type = mediaType(response);
  if (type === 'text/html') throw nonsense('chat', 'that is a web page');
  if (isJsonType(type)) {
    // A server that cannot stream.
    const text = await readText(response, 'chat', MAX_ANSWER_BYTES);
    const whole = addition(parseJson(text), 'message');
    yield { ...whole, finishReason: whole.finishReason ?? 'stop' };
    return;
  }
  let finished = false;
  for await (const data of sseData(bodyOf(response, 'chat'))) {
    const done = data.trim() === '[DONE]';
    if (done && finished) continue;
    // Some servers say that they are done and nothing else.
    const next = done ? DONE : addition(parseJson(data), 'delta');
    finished ||= next.finishReason !== undefined;
    yield next;
  }
}

function addition(parsed: unknown, field: 'delta' | 'message'): Addition {
  const chunk = asObject(parsed);
  if (chunk === undefined) throw nonsense('chat', 'with a broken event');
  if (chunk['error'] !== undefined && chunk['error'] !== null) {
    throw serverError('chat', errorFacts(chunk));
  }
  const choice = asObject(asArray(chunk['choices'])[0]);
  const delta = asObject(choice?.[field]) ?? {};
  const text = textOf(delta['content']) + (asString(delta['refusal']) ?? '');
  const toolCalls = asArray(delta['tool_calls']);
  return {
    text,
    toolCalls,
    finishReason: asString(choice?.['finish_reason']) || undefined,
    alive: text !== '' || toolCalls.length > 0 || hasReasoning(delta),
  };
}

/** A string, or parts as some servers send them. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return asArray(content)
    .map((part) => asString(asObject(part)?.['text']) ?? '')
    .join('');
}

function hasReasoning(delta: JsonObject): boolean {
  return [delta['reasoning_content'], delta['reasoning']].some(
    (text) => typeof text === 'string' && text !== '',
  );
}
