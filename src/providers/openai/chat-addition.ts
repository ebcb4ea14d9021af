// What one value of a chat model's answer adds, in the shapes of the servers there are. Pure. Control plane.

import { asArray, asObject, asString, type JsonObject } from './json.js';
import { errorFacts, isErrorBody, serverError } from './server-error.js';

/** What one chunk of a stream, or a whole unstreamed answer, adds. */
export interface Addition {
  readonly text: string;
  readonly toolCalls: readonly unknown[];
  readonly finishReason: string | undefined;
  /** True where it carries reasoning, which is not spoken. */
  readonly reasons: boolean;
}

/** Where servers put what the model thinks; none of it is spoken. */
const REASONING_FIELDS = [
  'reasoning_content',
  'reasoning',
  'reasoning_text',
  'reasoning_details',
  'thinking',
  'thinking_blocks',
  'thought',
];
/** Kinds of content parts that are spoken. */
const SPOKEN_PARTS = new Set(['text', 'output_text', 'refusal']);

/**
 * A chunk has `choices[0].delta`, a whole answer `choices[0].message`, an old completion `choices[0].text`,
 * and Ollama's own shape `message` and `done`.
 * @throws {RingmasterError} PROVIDER_* where the value is an error in disguise
 */
export function addition(value: JsonObject, event: string | undefined): Addition {
  if (isErrorBody(value, event, 'choices')) throw serverError('chat', errorFacts(value));
  const choice = asObject(asArray(value['choices'])[0]) ?? value;
  const whole = asObject(choice['message']);
  const delta = asObject(choice['delta']) ?? whole ?? { content: choice['text'] };
  const text = textOf(delta['content']) + (asString(delta['refusal']) ?? '');
  const legacy = asObject(delta['function_call']);
  const toolCalls = legacy ? [{ function: legacy }] : asArray(delta['tool_calls']);
  const ends = value['done'] === true || (whole !== undefined && value['done'] === undefined);
  return {
    text,
    toolCalls,
    finishReason: asString(choice['finish_reason']) || (ends ? 'stop' : undefined),
    reasons: isReasoning(delta),
  };
}

/** A string, or parts as some servers send them; reasoning is among the parts too. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return asArray(content)
    .map((item) => {
      const part = asObject(item);
      const isSpoken = SPOKEN_PARTS.has(asString(part?.['type']) ?? 'text');
      return isSpoken ? (asString(part?.['text']) ?? asString(part?.['refusal']) ?? '') : '';
    })
    .join('');
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (Array.isArray(value) && value.length === 0);

function isReasoning(delta: JsonObject): boolean {
  if (REASONING_FIELDS.some((field) => !isEmpty(delta[field]))) return true;
  return asArray(delta['content']).some((part) => {
    const type = asString(asObject(part)?.['type']);
    return type !== undefined && !SPOKEN_PARTS.has(type);
  });
}
