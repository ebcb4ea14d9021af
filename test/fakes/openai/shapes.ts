// Checks of what a client sends, as strict as OpenAI's own. Test.

import { Refusal } from './faults.js';

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectAt(value: unknown, param: string): Json {
  if (!isObject(value)) throw invalid(param, 'an object');
  return value;
}

/** Refuses every field that is not among `known`. */
export function onlyFields(value: Json, known: readonly string[], param = ''): void {
  for (const field of Object.keys(value)) {
    if (known.includes(field)) continue;
    const name = param === '' ? field : `${param}.${field}`;
    throw new Refusal(`Unknown parameter: '${name}'.`, { param: name, code: 'unknown_parameter' });
  }
}

export function stringAt(value: unknown, param: string): string {
  if (typeof value !== 'string' || value === '') throw invalid(param, 'a string');
  return value;
}

export function numberAt(value: unknown, param: string, from: number, to: number): number {
  if (typeof value !== 'number' || !(value >= from) || !(value <= to)) {
    throw invalid(param, `a number from ${from} to ${to}`);
  }
  return value;
}

export function oneOf(value: unknown, param: string, known: readonly string[]): string {
  if (typeof value !== 'string' || !known.includes(value)) throw invalid(param, known.join(' or '));
  return value;
}

export function invalid(param: string, expected: string): Refusal {
  return new Refusal(`Invalid value at '${param}': expected ${expected}.`, {
    param,
    code: 'invalid_value',
  });
}

const CHAT_FIELDS = [
  'model',
  'messages',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_completion_tokens',
  'max_tokens',
  'temperature',
  'top_p',
  'seed',
  'stop',
  'store',
  'user',
  'metadata',
  'reasoning_effort',
  'verbosity',
  'service_tier',
  'prompt_cache_key',
  'presence_penalty',
  'frequency_penalty',
];

interface ChatToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

interface ChatMessage {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  readonly content: string | null;
  readonly tool_calls?: readonly ChatToolCall[];
  readonly tool_call_id?: string;
}

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly stream: boolean;
  readonly tools: readonly { readonly name: string; readonly parameters: Json }[];
  readonly toolChoice: string | undefined;
  /** As received. */
  readonly body: Json;
}

export function chatRequest(value: unknown): ChatRequest {
  const body = objectAt(value, 'body');
  onlyFields(body, CHAT_FIELDS);
  if (!Array.isArray(body['messages']) || body['messages'].length === 0) {
    throw invalid('messages', 'at least one message');
  }
  const messages = body['messages'].map((message, i) => chatMessage(message, `messages[${i}]`));
  checkToolMessages(messages);
  const tools = body['tools'] === undefined ? [] : chatTools(body['tools']);
  if (body['max_completion_tokens'] !== undefined) {
    numberAt(body['max_completion_tokens'], 'max_completion_tokens', 1, 1e6);
  }
  const toolChoice = body['tool_choice'];
  if (toolChoice !== undefined) {
    oneOf(toolChoice, 'tool_choice', ['auto', 'none', 'required']);
    if (tools.length === 0) throw invalid('tool_choice', 'tools beside it');
  }
  return {
    model: stringAt(body['model'], 'model'),
    messages,
    stream: body['stream'] === true,
    tools,
    toolChoice: typeof toolChoice === 'string' ? toolChoice : undefined,
    body,
  };
}

function chatMessage(value: unknown, param: string): ChatMessage {
  const message = objectAt(value, param);
  const role = oneOf(message['role'], `${param}.role`, [
    'system',
    'developer',
    'user',
    'assistant',
    'tool',
  ]) as ChatMessage['role'];
  const fields = { assistant: ['tool_calls', 'refusal'], tool: ['tool_call_id'] };
  const more = role === 'assistant' || role === 'tool' ? fields[role] : [];
  onlyFields(message, ['role', 'content', 'name', ...more], param);
  const calls = message['tool_calls'];
  const content = message['content'];
  if (!(content === null && calls !== undefined)) {
    if (typeof content !== 'string') throw invalid(`${param}.content`, 'a string');
  }
  return {
    role,
    content,
    ...(calls !== undefined && { tool_calls: chatToolCalls(calls, `${param}.tool_calls`) }),
    ...(role === 'tool' && {
      tool_call_id: stringAt(message['tool_call_id'], `${param}.tool_call_id`),
    }),
  };
}

function chatToolCalls(value: unknown, param: string): ChatToolCall[] {
  if (!Array.isArray(value) || value.length === 0) throw invalid(param, 'at least one call');
  return value.map((item, i) => {
    const call = objectAt(item, `${param}[${i}]`);
    onlyFields(call, ['id', 'type', 'function'], `${param}[${i}]`);
    oneOf(call['type'], `${param}[${i}].type`, ['function']);
    const body = objectAt(call['function'], `${param}[${i}].function`);
    if (typeof body['arguments'] !== 'string') throw invalid(`${param}[${i}]`, 'arguments as text');
    return {
      id: stringAt(call['id'], `${param}[${i}].id`),
      type: 'function',
      function: {
        name: stringAt(body['name'], `${param}[${i}].function.name`),
        arguments: body['arguments'],
      },
    };
  });
}

/** Every tool call is answered right after it, and every answer belongs to a call. */
function checkToolMessages(messages: readonly ChatMessage[]): void {
  let due = new Set<string>();
  for (const [i, message] of messages.entries()) {
    if (message.role === 'tool') {
      if (!due.delete(message.tool_call_id ?? '')) {
        throw invalid(`messages[${i}]`, "a preceding message with 'tool_calls'");
      }
      continue;
    }
    if (due.size > 0) throw invalid(`messages[${i}]`, 'tool messages for every tool_call_id');
    due = new Set(message.tool_calls?.map((call) => call.id));
  }
  if (due.size > 0) throw invalid('messages', 'tool messages for every tool_call_id');
}

function chatTools(value: unknown): { name: string; parameters: Json }[] {
  if (!Array.isArray(value) || value.length === 0) throw invalid('tools', 'at least one tool');
  return value.map((item, i) => {
    const tool = objectAt(item, `tools[${i}]`);
    onlyFields(tool, ['type', 'function'], `tools[${i}]`);
    oneOf(tool['type'], `tools[${i}].type`, ['function']);
    const body = objectAt(tool['function'], `tools[${i}].function`);
    onlyFields(body, ['name', 'description', 'parameters', 'strict'], `tools[${i}].function`);
    const name = stringAt(body['name'], `tools[${i}].function.name`);
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(name)) throw invalid(`tools[${i}].function.name`, 'a name');
    return { name, parameters: objectAt(body['parameters'], `tools[${i}].function.parameters`) };
  });
}
