// The chat completions of the fake server: a script becomes a stream of chunks. Test.

import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultyBody, Refusal, type Fault } from './faults.js';
import { chatRequest, type ChatRequest, type Json } from './shapes.js';

interface ScriptedToolCall {
  readonly id?: string;
  readonly name: string;
  /** JSON value, or text that is sent as it is. */
  readonly arguments: Json | string;
}

/** What the model says to one request. */
export interface ChatScript {
  /** Pieces; one text is cut into words. */
  readonly text?: string | readonly string[];
  readonly toolCalls?: readonly ScriptedToolCall[];
  /** Default `stop`, or `tool_calls` where there are any; null leaves it out. */
  readonly finishReason?: string | null;
  readonly firstTokenDelayMs?: number;
  readonly tokenDelayMs?: number;
  /** Deltas sent as they are, instead of those made of `text` and `toolCalls`. */
  readonly deltas?: readonly Json[];
  /** The body of the stream as it is, instead of everything above. */
  readonly raw?: string;
  /** Answer in one JSON body, as servers do that cannot stream. */
  readonly unstreamed?: boolean;
  /** Leave out `data: [DONE]`. */
  readonly withoutDone?: boolean;
  /** After all was said, keep the connection open. */
  readonly hangAfter?: boolean;
}

export type ChatFunction = (
  request: ChatRequest,
) => ChatScript | string | Promise<ChatScript | string>;

/** What the caller said last, said back. */
export const echoChat: ChatFunction = (request) => {
  const last = request.messages.findLast((message) => message.role === 'user');
  return `You said: ${last?.content ?? ''}.`;
};

export async function answerChat(
  body: unknown,
  chat: ChatFunction,
  response: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  const request = chatRequest(body);
  if (!request.stream) throw new Refusal('The fake server expects stream: true.');
  const answer = await chat(request);
  const script = typeof answer === 'string' ? { text: answer } : answer;
  const out = new FaultyBody(response, fault);
  if (script.unstreamed === true) {
    response.writeHead(200, { 'content-type': 'application/json' });
    await out.write(Buffer.from(JSON.stringify(wholeAnswer(request, script))));
    response.end();
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.flushHeaders();
  await sleep(script.firstTokenDelayMs ?? 0);
  for (const [i, data] of events(request, script).entries()) {
    if (i > 0 && script.tokenDelayMs !== undefined) await sleep(script.tokenDelayMs);
    if (!(await out.write(Buffer.from(data)))) return;
  }
  if (script.hangAfter !== true) response.end();
}

function events(request: ChatRequest, script: ChatScript): string[] {
  if (script.raw !== undefined) return [script.raw];
  const deltas: Json[] = [
    { role: 'assistant', content: '' },
    ...(script.deltas ?? [...textDeltas(script), ...toolDeltas(script)]),
  ];
  const chunks: Json[] = deltas.map((delta) => chunk(request, delta, null));
  const finishReason = finishOf(script);
  if (finishReason !== null) chunks.push(chunk(request, {}, finishReason));
  const lines = chunks.map((value) => `data: ${JSON.stringify(value)}\n\n`);
  return script.withoutDone === true ? lines : [...lines, 'data: [DONE]\n\n'];
}

function chunk(request: ChatRequest, delta: Json, finishReason: string | null): Json {
  return {
    id: 'chatcmpl-fake',
    object: 'chat.completion.chunk',
    created: 1_800_000_000,
    model: request.model,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
  };
}

function textDeltas(script: ChatScript): Json[] {
  const text = script.text ?? [];
  const pieces = typeof text === 'string' ? (text.match(/\s*\S+/g) ?? []) : text;
  return pieces.map((content) => ({ content }));
}

/** As OpenAI sends them: id and name first, then the arguments in pieces. */
function toolDeltas(script: ChatScript): Json[] {
  return (script.toolCalls ?? []).flatMap((call, index) => {
    const text =
      typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments);
    const first = {
      index,
      id: call.id ?? `call_fake_${index}`,
      type: 'function',
      function: { name: call.name, arguments: '' },
    };
    const pieces = text.match(/[\s\S]{1,7}/g) ?? [];
    return [
      { tool_calls: [first] },
      ...pieces.map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
    ];
  });
}

function wholeAnswer(request: ChatRequest, script: ChatScript): Json {
  const calls = script.toolCalls?.map((call, i) => ({
    id: call.id ?? `call_fake_${i}`,
    type: 'function',
    function: {
      name: call.name,
      arguments:
        typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments),
    },
  }));
  const text = typeof script.text === 'object' ? script.text.join('') : (script.text ?? null);
  const message = { role: 'assistant', content: text, ...(calls && { tool_calls: calls }) };
  return {
    id: 'chatcmpl-fake',
    object: 'chat.completion',
    created: 1_800_000_000,
    model: request.model,
    choices: [{ index: 0, message, finish_reason: finishOf(script) }],
  };
}

function finishOf(script: ChatScript): string | null {
  if (script.finishReason !== undefined) return script.finishReason;
  return script.toolCalls === undefined ? 'stop' : 'tool_calls';
}
