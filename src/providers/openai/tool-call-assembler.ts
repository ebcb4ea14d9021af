// Tool calls put together from the pieces of a stream, also where servers take liberties. Control plane.

import { nonsense } from './answer-body.js';
import { asObject, asString, parseJson, type JsonObject } from './json.js';

/** More calls at once than this are a model that lost its way. */
const MAX_CALLS = 16;
const MAX_ARGUMENT_CHARS = 64 * 1024;

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text as the model wrote it; may be no valid JSON. */
  readonly arguments: string;
}

interface PartialCall {
  readonly index: number | undefined;
  id: string | undefined;
  name: string;
  arguments: string;
}

/**
 * OpenAI numbers its calls and sends id and name with the first piece alone. Compatible servers leave
 * out the number, or give every call the number 0, leave out the id or repeat it, send whole calls at
 * once, and arguments as objects.
 */
export class ToolCallAssembler {
  readonly #calls: PartialCall[] = [];

  /** @param pieces `delta.tool_calls` or `message.tool_calls` @throws {RingmasterError} PROVIDER_PROTOCOL */
  add(pieces: readonly unknown[]): void {
    for (const value of pieces) {
      const piece = asObject(value);
      if (piece !== undefined) this.#add(piece);
    }
  }

  get empty(): boolean {
    return this.#calls.length === 0;
  }

  /** True where each call names its tool and its arguments are an object to the last bracket. */
  get areReadable(): boolean {
    return this.#calls.every(
      (call) => call.name !== '' && asObject(parseJson(call.arguments)) !== undefined,
    );
  }

  /**
   * @param newId names calls without an id
   * @throws {RingmasterError} PROVIDER_PROTOCOL where a call has no name
   */
  calls(newId: () => string): ToolCall[] {
    return this.#calls.map((call) => {
      if (call.name === '') throw nonsense('chat', 'with a tool call that names no tool');
      return { id: call.id ?? newId(), name: call.name, arguments: call.arguments };
    });
  }

  #add(piece: JsonObject): void {
    const body = asObject(piece['function']) ?? {};
    const index = typeof piece['index'] === 'number' ? piece['index'] : undefined;
    // An empty id or name is the same as none.
    const id = asString(piece['id']) || undefined;
    const name = asString(body['name']) ?? '';
    const call = this.#find(index, id, name) ?? this.#create(index);
    call.id ??= id;
    // A name may come in pieces; some servers repeat it whole with every piece.
    if (call.arguments === '' && name !== call.name) call.name += name;
    call.arguments += argumentText(body['arguments']);
    if (call.arguments.length > MAX_ARGUMENT_CHARS) {
      throw nonsense('chat', 'with tool arguments that are too large');
    }
  }

  /** The call that a piece goes on with, or undefined where it begins a new one. */
  #find(index: number | undefined, id: string | undefined, name: string): PartialCall | undefined {
    const sameId = id === undefined ? undefined : this.#calls.find((call) => call.id === id);
    if (sameId !== undefined) return sameId;
    const candidate =
      index === undefined
        ? this.#calls.at(-1)
        : this.#calls.findLast((call) => call.index === index);
    if (candidate === undefined) return undefined;
    // Another id begins another call, whatever the number says; so does a name after arguments.
    if (id !== undefined && candidate.id !== undefined) return undefined;
    const begins = name !== '' && candidate.name !== '' && candidate.arguments !== '';
    return begins && index === undefined ? undefined : candidate;
  }

  #create(index: number | undefined): PartialCall {
    if (this.#calls.length >= MAX_CALLS) throw nonsense('chat', 'with too many tool calls');
    const call: PartialCall = { index, id: undefined, name: '', arguments: '' };
    this.#calls.push(call);
    return call;
  }
}

function argumentText(value: unknown): string {
  if (typeof value === 'string') return value;
  return asObject(value) === undefined ? '' : JSON.stringify(value);
}
