// What an agent can do besides talking: its tools, checked and described for the model. Control plane.

import type { ChatCompletionFunctionTool } from 'openai/resources/chat/completions';
import { z } from 'zod';
import type { CallInfo } from '../../actors/ports.js';
import { RingmasterError } from '../../errors.js';
import { asObject, parseJson, type JsonObject } from './json.js';

export interface ToolContext {
  readonly call: CallInfo;
  /**
   * For what the tool does elsewhere: the same for the same call, turn, tool and arguments (and another
   * for each of equal runs in one reply), however often the reply is drafted or asked for again, on
   * whatever node. 64 hexadecimal digits. For a tool with side effects this process does not begin a
   * run of the same key twice; a service that takes the key keeps its promise beyond that.
   */
  readonly idempotencyKey: string;
  /**
   * Aborted at the tool's time-out; for tools without side effects also when the caller interrupts or
   * the call ends.
   */
  readonly signal: AbortSignal;
}

export interface AgentTool {
  /** Letters, digits, `_` and `-`, at most 64. */
  readonly name: string;
  /** For the model: what it does and when to use it. */
  readonly description: string;
  /** JSON Schema of an object. */
  readonly parameters: JsonObject;
  /**
   * True where it changes anything outside. Such tools wait until the caller's turn is final, run one
   * after the other, are not cut off when the caller interrupts, and the agent remembers what came of
   * them: the same asked for again in the same turn is answered from memory. Tools without side
   * effects may run for a draft, on words that change yet.
   */
  readonly sideEffects: boolean;
  readonly timeoutMs: number;
  /**
   * @param args checked against `parameters`
   * @returns any JSON value; told to the model. What it throws is not.
   */
  run(args: JsonObject, context: ToolContext): Promise<unknown>;
}

/** Arguments as the model gave them, checked, or what to tell it instead. */
type CheckedArguments =
  | { readonly ok: true; readonly args: JsonObject }
  | { readonly ok: false; readonly problem: string };

export interface ToolRegistry {
  /** For the request; empty where there are no tools. */
  readonly definitions: readonly ChatCompletionFunctionTool[];
  find(name: string): AgentTool | undefined;
  /** @param text the JSON text of the arguments; empty means none */
  check(tool: AgentTool, text: string): CheckedArguments;
}

/** @throws {RingmasterError} CONFIG_INVALID naming all tools that are wrong */
export function createToolRegistry(tools: readonly AgentTool[]): ToolRegistry {
  const entries = new Map<string, { tool: AgentTool; schema: z.ZodType }>();
  const problems: string[] = [];
  for (const tool of tools) {
    const schema = schemaOf(tool);
    if (!/^[\w-]{1,64}$/.test(tool.name)) problems.push(`"${tool.name}": not a valid name`);
    else if (entries.has(tool.name)) problems.push(`"${tool.name}": two tools of this name`);
    else if (!(tool.timeoutMs > 0)) problems.push(`"${tool.name}": timeoutMs must be above 0`);
    else if (schema === undefined) {
      problems.push(`"${tool.name}": parameters are not a JSON Schema of an object`);
    } else entries.set(tool.name, { tool, schema });
  }
  if (problems.length > 0) {
    throw new RingmasterError('CONFIG_INVALID', `tools of the agent: ${problems.join('; ')}`);
  }
  return {
    definitions: [...entries.values()].map(({ tool }) => ({
      type: 'function',
      function: {
        name: tool.name,
        description: tool.description,
        parameters: { ...tool.parameters },
      },
    })),
    find: (name) => entries.get(name)?.tool,
    check: (tool, text) => check(entries.get(tool.name)?.schema, text),
  };
}

function schemaOf(tool: AgentTool): z.ZodType | undefined {
  if (tool.parameters['type'] !== 'object') return undefined;
  try {
    return z.fromJSONSchema({ ...tool.parameters });
  } catch {
    return undefined;
  }
}

function check(schema: z.ZodType | undefined, text: string): CheckedArguments {
  const args = text.trim() === '' ? {} : asObject(parseJson(text));
  if (args === undefined) return { ok: false, problem: 'the arguments are not a JSON object' };
  const result = schema?.safeParse(args);
  if (result?.success === false) {
    const problem = result.error.issues
      .map((issue) => `${issue.path.join('.') || 'arguments'}: ${issue.message}`)
      .join('; ');
    return { ok: false, problem };
  }
  return { ok: true, args };
}
