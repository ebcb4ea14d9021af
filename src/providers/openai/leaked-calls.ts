// Tool calls that a server left in the text, read in the forms of the model families. Pure. Control plane.

import { jsonIn } from './json-scanner.js';
import { asArray, asObject, asString, parseJson, type JsonObject } from './json.js';
import type { ToolCall } from './tool-call-assembler.js';
import type { ToolRegistry } from './tools.js';

/** A call as it may have been meant. */
interface LeakedCall {
  readonly name: string;
  /** JSON texts of the arguments, the likeliest first: where a form has no types, "7" may be a number. */
  readonly candidates: readonly string[];
}

/** @param block what stands between marks, the opening one included, or JSON alone */
export function leakedCalls(block: string): LeakedCall[] {
  const text = block.replace(/[|｜]DSML[|｜]/g, '');
  for (const read of [parameterCalls, keyedCalls, jsonCalls, pythonCalls]) {
    const calls = read(text);
    if (calls.length > 0) return calls;
  }
  return [];
}

/** Marks that prove a call was meant, also of a tool that is not there. */
const CALL_MARK = /^(?:<|\[TOOL_CALLS\])/;

/**
 * The calls to run. One with wrong arguments is among them where nothing fits: whoever runs it tells the
 * model what is wrong. One of an unknown tool only where it was surely meant and nothing was said.
 */
export function calledByLeaks(
  blocks: readonly string[],
  registry: ToolRegistry,
  { isSilent }: { readonly isSilent: boolean },
): Omit<ToolCall, 'id'>[] {
  return blocks.flatMap((block) =>
    leakedCalls(block).flatMap(({ name, candidates }) => {
      const tool = registry.find(name);
      const [first = '{}'] = candidates;
      if (tool === undefined) {
        const isMeant = isSilent && CALL_MARK.test(block) && /^[\w-]{1,64}$/.test(name);
        return isMeant ? { name, arguments: first } : [];
      }
      const fitting = candidates.find((text) => registry.check(tool, text).ok);
      return { name, arguments: fitting ?? first };
    }),
  );
}

/** `functions.find_order:0` is `find_order`. */
const plainName = (name: string): string =>
  name
    .trim()
    .replace(/^(?:functions?|tools?|default_api)\./, '')
    .replace(/:\d+$/, '');

function fromPairs(name: string, pairs: readonly (readonly [string, string])[]): LeakedCall {
  const texts = Object.fromEntries(pairs);
  const typed = Object.fromEntries(
    pairs.map(([key, value]) => [key, parseJson(value.trim()) ?? value]),
  );
  return { name: plainName(name), candidates: [JSON.stringify(typed), JSON.stringify(texts)] };
}

/** `<invoke name="x"><parameter name="y">v</parameter></invoke>`, `<function=x><parameter=y>v</parameter></function>`. */
function parameterCalls(text: string): LeakedCall[] {
  const calls = text.matchAll(
    /<(?:antml:)?(?:invoke|function)(?:\s*=\s*|\s+name\s*=\s*)["']?([\w.:-]{1,80})["']?[^<>]*>([\s\S]*?)(?:<\/(?:antml:)?(?:invoke|function)>|$)/gi,
  );
  return [...calls].flatMap(([, name = '', inner = '']) => {
    const parameters = inner.matchAll(
      /<(?:antml:)?parameter(?:\s*=\s*|\s+name\s*=\s*)["']?([\w.-]{1,80})["']?[^<>]*>([\s\S]*?)(?:<\/(?:antml:)?parameter>|(?=<(?:antml:)?parameter)|$)/gi,
    );
    const pairs = [...parameters].map(
      ([, key = '', value = '']) => [key, value.replace(/^\n|\n$/g, '')] as const,
    );
    if (pairs.length > 0) return fromPairs(name, pairs);
    const [json] = jsonIn(inner);
    if (json === undefined && inner.trim() !== '') return [];
    return { name: plainName(name), candidates: [json?.value ?? '{}'] };
  });
}

/** `find_order<arg_key>number</arg_key><arg_value>7</arg_value>` */
function keyedCalls(text: string): LeakedCall[] {
  const calls = text.matchAll(
    /(?:^|>)\s*([\w.-]{1,80})\s*((?:<arg_key>[\s\S]*?<\/arg_key>\s*<arg_value>[\s\S]*?<\/arg_value>\s*)+)/g,
  );
  return [...calls].map(([, name = '', inner = '']) => {
    const pairs = inner.matchAll(
      /<arg_key>([\s\S]*?)<\/arg_key>\s*<arg_value>([\s\S]*?)<\/arg_value>/g,
    );
    return fromPairs(
      name,
      [...pairs].map(([, key = '', value = '']) => [key.trim(), value] as const),
    );
  });
}

/** `{"name": …, "arguments": …}` one or many; or an object behind the name, whatever stands between. */
function jsonCalls(text: string): LeakedCall[] {
  return jsonIn(text, /\{|\[(?=\s*\{)/).flatMap(({ value, before }) => {
    const parsed = parseJson(value);
    const items = Array.isArray(parsed) ? asArray(parsed) : [parsed];
    const named = items.flatMap((item) => namedCall(asObject(item)) ?? []);
    if (named.length > 0) return named;
    const name = nameBefore(before);
    return name === '' || asObject(parsed) === undefined ? [] : { name, candidates: [value] };
  });
}

function namedCall(value: JsonObject | undefined): LeakedCall | undefined {
  if (value === undefined) return undefined;
  const inner = asObject(value['function']) ?? asObject(value['function_call']);
  if (inner) return namedCall(inner);
  const [name] = ['name', 'tool_name', 'function', 'tool', 'recipient_name', 'action'].flatMap(
    (key) => asString(value[key]) ?? [],
  );
  const given = ['arguments', 'parameters', 'args', 'tool_input', 'action_input', 'input']
    .map((key) => value[key])
    .find((args) => args !== undefined && args !== null);
  if (name === undefined || (given === undefined && Object.keys(value).length > 2))
    return undefined;
  const args = typeof given === 'string' ? given : JSON.stringify(given ?? {});
  return { name: plainName(name), candidates: [args] };
}

/** The last name before an object: marks, fences and the word for JSON stand between them. */
function nameBefore(text: string): string {
  const recipient = /\bto=([\w.-]{1,80})/.exec(text)?.[1];
  if (recipient !== undefined) return plainName(recipient);
  const plain = text
    .replace(/<function\s*=\s*([\w.-]+)>/i, ' $1 ')
    .replace(/<[^<>]{0,80}>|```|\[ARGS\]|\[CALL_ID\]\w*|\[TOOL_CALLS\]/gi, ' ')
    .replace(/\b(?:json|xml)\b/gi, ' ');
  return plainName(/([\w.-]{1,80}(?::\d+)?)\s*[:=]?\s*$/.exec(plain)?.[1] ?? '');
}

/** `find_order(number="7")`, also within `print(…)` and with `.call`. */
function pythonCalls(text: string): LeakedCall[] {
  const calls = text.matchAll(
    /([a-z_][\w.]{0,80}?)(?:\.call)?\(((?:"[^"]*"|'[^']*'|[^()"'])*)\)/gi,
  );
  return [...calls].map(([, name = '', inner = '']) => {
    const given = inner.matchAll(
      /([a-z_]\w*)\s*=\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\[[^\]]*\]|[^,\s]+)/gi,
    );
    const pairs = [...given].map(([, key = '', value = '']) => [key, pythonValue(value)] as const);
    return {
      name: plainName(name),
      candidates: [JSON.stringify(Object.fromEntries(pairs))],
    };
  });
}

function pythonValue(text: string): unknown {
  if (text === 'True' || text === 'False') return text === 'True';
  if (text === 'None') return null;
  const quoted = /^(["'])([\s\S]*)\1$/.exec(text)?.[2];
  if (quoted !== undefined) return quoted.replace(/\\(.)/g, '$1');
  return parseJson(text.replaceAll("'", '"')) ?? text;
}
