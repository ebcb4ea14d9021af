// What tools found and did in earlier replies of a call, told to the model with the history. Control plane.

import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import type { AgentRequest } from '../../actors/ports.js';
import type { ToolCall } from './tool-call-assembler.js';

/** A call in which more than this is remembered has become a very long one. */
const MAX_REMEMBERED = 40;

interface Remembered {
  /** Number of turns in the history when the reply was asked for. */
  readonly turn: number;
  readonly call: ToolCall;
  readonly result: string;
}

/**
 * History holds what was heard and no tools. Without them a model asks for the same order twice, or
 * places it twice; so every finished run is kept beside the turn that it followed.
 */
export class ToolMemory {
  readonly #remembered: Remembered[] = [];
  #namedCalls = 0;

  get empty(): boolean {
    return this.#remembered.length === 0;
  }

  /** An id for a tool call that came without one; unique within the call. */
  newCallId(): string {
    this.#namedCalls++;
    return `call_${this.#namedCalls}`;
  }

  add(turn: number, call: ToolCall, result: string): void {
    this.#remembered.push({ turn, call, result });
    if (this.#remembered.length > MAX_REMEMBERED) this.#remembered.shift();
  }

  /** Messages of the runs during the reply that began with `turn` turns of history. */
  of(turn: number): ChatCompletionMessageParam[] {
    return this.#remembered
      .filter((remembered) => remembered.turn === turn)
      .flatMap(({ call, result }) => [callMessage([call], ''), resultMessage(call, result)]);
  }
}

/**
 * What tools came to in one reply: remembered once its turn is final, and with a draft that is
 * withdrawn never.
 */
export class ReplyMemory {
  readonly #memory: ToolMemory;
  readonly #turn: number;
  /** What a draft found; undefined once the turn is final. */
  #drafted: [ToolCall, string][] | undefined = [];

  /** @param turn turns in the history, under which runs are remembered */
  constructor(
    memory: ToolMemory,
    turn: number,
    { committed, signal }: Pick<AgentRequest, 'committed' | 'signal'>,
  ) {
    this.#memory = memory;
    this.#turn = turn;
    void committed.then(() => {
      if (signal.aborted) return;
      for (const [call, result] of this.#drafted ?? []) memory.add(turn, call, result);
      this.#drafted = undefined;
    });
  }

  add(call: ToolCall, result: string): void {
    if (this.#drafted) this.#drafted.push([call, result]);
    else this.#memory.add(this.#turn, call, result);
  }
}

/** What the model said and called, as it is told back to it. */
export function callMessage(calls: readonly ToolCall[], said: string): ChatCompletionMessageParam {
  return {
    role: 'assistant',
    content: said === '' ? null : said,
    tool_calls: calls.map((call) => ({
      id: call.id,
      type: 'function',
      function: { name: call.name, arguments: call.arguments },
    })),
  };
}

export function resultMessage(call: ToolCall, result: string): ChatCompletionMessageParam {
  return { role: 'tool', tool_call_id: call.id, content: result };
}
