// One answer of a chat model: text pieces as they come, tool calls when they are whole. Control plane.

import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import { bodyOf, nonsense } from './answer-body.js';
import type { Attempt } from './attempt.js';
import { addition, type Addition } from './chat-addition.js';
import type { OpenAiClient } from './client.js';
import type { RefusedFields } from './refused-fields.js';
import { streamedValues } from './streamed-values.js';
import { ToolCallAssembler, type ToolCall } from './tool-call-assembler.js';

/** About ten minutes of speech: no answer on the telephone is longer. */
const MAX_ANSWER_CHARS = 10_000;
/** Half an hour of a fast model: one that reasons longer has lost its way. */
const MAX_REASONING_PIECES = 200_000;
/** An answer that said that it is finished is waited for so long; read to its end, its connection stays. */
const REST_TIMEOUT_MS = 500;
/** Signs of life are no news: one in so long will do. */
const SIGN_OF_LIFE_MS = 250;

export interface ChatTimeouts {
  /** From the request to the first word or tool call; begins anew with each piece of visible reasoning. */
  readonly firstTokenTimeoutMs: number;
  /** Between two pieces with content. */
  readonly stallTimeoutMs: number;
}

export type ChatPiece =
  | { readonly type: 'text'; readonly text: string }
  /** The model reasons: nothing to say yet, but it works. */
  | { readonly type: 'working' }
  /** Last, exactly once. */
  | { readonly type: 'end'; readonly calls: readonly ToolCall[]; readonly finishReason: string };

/**
 * @param newId names tool calls that come without an id
 * @throws PROVIDER_* as RingmasterError, or what the SDK throws
 */
export async function* askChat(
  { client, refused }: { readonly client: OpenAiClient; readonly refused: RefusedFields },
  body: ChatCompletionCreateParamsStreaming,
  timeouts: ChatTimeouts,
  newId: () => string,
  attempt: Attempt,
): AsyncGenerator<ChatPiece, void, undefined> {
  attempt.arm(timeouts.firstTokenTimeoutMs, 'first token');
  const answer = new Answer(timeouts, attempt);
  try {
    for await (const addition of additions(await client.chat(body, attempt.signal, refused))) {
      yield* answer.add(addition);
      if (answer.isTooLong) break;
    }
  } catch (thrown) {
    // What was finished stays good, however the connection ends.
    if (!answer.finished) throw thrown;
  }
  attempt.disarm();
  yield answer.end(newId);
}

/** What has come of an answer, and how long more of it is waited for. */
class Answer {
  readonly #timeouts: ChatTimeouts;
  readonly #attempt: Attempt;
  readonly #calls = new ToolCallAssembler();
  #chars = 0;
  #reasoningPieces = 0;
  #signOfLifeAtMs = Number.NEGATIVE_INFINITY;
  #finishReason: string | undefined;

  constructor(timeouts: ChatTimeouts, attempt: Attempt) {
    this.#timeouts = timeouts;
    this.#attempt = attempt;
  }

  get finished(): boolean {
    return this.#finishReason !== undefined;
  }

  get isTooLong(): boolean {
    return this.#chars > MAX_ANSWER_CHARS;
  }

  *add(addition: Addition): Generator<ChatPiece, void, undefined> {
    const { text, toolCalls, finishReason } = addition;
    if (toolCalls.length > 0) this.#calls.add(toolCalls);
    // Some servers name a reason with every piece.
    const goesOn = this.finished && text !== '';
    this.#finishReason = finishReason ?? this.#finishReason;
    this.#chars += text.length;
    if (text !== '') {
      this.#attempt.disarm();
      yield { type: 'text', text };
    } else if (addition.reasons) yield* this.#signOfLife();
    this.#wait(addition.reasons || text !== '' || toolCalls.length > 0, goesOn);
  }

  /** @throws {RingmasterError} PROVIDER_PROTOCOL where the answer is none */
  end(newId: () => string): ChatPiece {
    const finishReason = this.#finishReason ?? this.#cleanEnd();
    // Calls that were cut short must not run.
    const cut = finishReason === 'length' || finishReason === 'content_filter' || this.isTooLong;
    const calls = cut ? [] : this.#calls.calls(newId);
    if (finishReason === 'error') throw nonsense('chat', 'that broke off');
    if (this.#chars === 0 && calls.length === 0 && finishReason !== 'content_filter') {
      const how = finishReason === 'length' ? 'cut before its first word' : 'without words';
      throw nonsense('chat', how);
    }
    return { type: 'end', calls, finishReason: this.isTooLong ? 'length' : finishReason };
  }

  *#signOfLife(): Generator<ChatPiece, void, undefined> {
    this.#reasoningPieces++;
    if (this.#reasoningPieces > MAX_REASONING_PIECES) {
      throw nonsense('chat', 'of reasoning without end');
    }
    const nowMs = performance.now();
    if (nowMs - this.#signOfLifeAtMs < SIGN_OF_LIFE_MS) return;
    this.#signOfLifeAtMs = nowMs;
    this.#attempt.disarm();
    yield { type: 'working' };
  }

  #wait(alive: boolean, goesOn: boolean): void {
    const { firstTokenTimeoutMs, stallTimeoutMs } = this.#timeouts;
    if (this.finished && !goesOn) this.#attempt.arm(REST_TIMEOUT_MS, 'end of the answer');
    else if (!alive) return;
    else if (this.#chars > 0 || !this.#calls.empty) {
      this.#attempt.arm(stallTimeoutMs, 'more tokens');
    } else this.#attempt.arm(firstTokenTimeoutMs, 'first token');
  }

  /** The stream ended in order and gave no reason. Words are words, and a call that can be read is whole. */
  #cleanEnd(): string {
    if (!this.#calls.areReadable) throw nonsense('chat', 'that ends within a tool call');
    if (!this.#calls.empty) return 'tool_calls';
    if (this.#chars > 0) return 'stop';
    throw nonsense('chat', 'that ends too early');
  }
}

async function* additions(response: Response): AsyncGenerator<Addition, void, undefined> {
  let finished = false;
  for await (const item of streamedValues(bodyOf(response, 'chat'), 'chat')) {
    if (item.kind === 'done') {
      // Some servers say that they are done and nothing else.
      if (!finished) yield { text: '', toolCalls: [], finishReason: 'stop', reasons: false };
      finished = true;
      continue;
    }
    const next = addition(item.value, item.event);
    finished ||= next.finishReason !== undefined;
    yield next;
  }
}
