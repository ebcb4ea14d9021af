// Running the tools that a model called: checked, timed, and safe to interrupt. Control plane.

import type { CallInfo } from '../../actors/ports.js';
import { RingmasterError } from '../../errors.js';
import { aborted } from './attempt.js';
import type { IdempotencyKeys } from './idempotency-keys.js';
import type { JsonObject } from './json.js';
import type { ToolCall } from './tool-call-assembler.js';
import type { AgentTool, ToolRegistry } from './tools.js';

const MAX_RESULT_CHARS = 16_000;
/** Outcomes are asked for again within their turn; no turn has so many. */
const MAX_OUTCOMES = 200;

/** Told of failed tools; the model hears only that they failed. */
export type ToolFailureListener = (error: RingmasterError) => void;

/** The reply that tools run for. */
export interface ToolReply {
  /** Aborted when nobody wants the reply any more. */
  readonly signal: AbortSignal;
  /** The commit gate, see `AgentRequest`. */
  readonly committed: Promise<void>;
  readonly keys: IdempotencyKeys;
  /** Told of each run of this reply that ended; of one with side effects also after an interruption. */
  readonly onResult: (call: ToolCall, result: string) => void;
}

interface Run {
  readonly call: ToolCall;
  readonly tool: AgentTool;
  readonly args: JsonObject;
  readonly key: string;
}

type Outcome =
  { readonly how: 'done'; readonly result: string } | { readonly how: 'timeout' | 'interrupted' };

export class ToolRunner {
  readonly #registry: ToolRegistry;
  readonly #call: CallInfo;
  readonly #onFailure: ToolFailureListener | undefined;
  /** By idempotency key: what came, or will come, of every run with side effects that began. */
  readonly #outcomes = new Map<string, Promise<string>>();

  constructor(registry: ToolRegistry, call: CallInfo, onFailure: ToolFailureListener | undefined) {
    this.#registry = registry;
    this.#call = call;
    this.#onFailure = onFailure;
  }

  /** True where nothing with side effects ever began. */
  get untouched(): boolean {
    return this.#outcomes.size === 0;
  }

  /** Resolves when every run with side effects is over; each is bounded by its tool's time-out. */
  async settled(): Promise<void> {
    await Promise.all(this.#outcomes.values());
  }

  /**
   * Run the calls of one answer: those with side effects after the commit and one after the other, the
   * rest at once. After an interruption none begins any more, and one without side effects is given
   * up. What a run with side effects came to is told again, where the same is asked for again.
   * @returns one result a call in the same order, as the model is told them. Never rejects.
   */
  run(calls: readonly ToolCall[], reply: ToolReply): Promise<string[]> {
    // The commit gate first, the same for all.
    let queue: Promise<unknown> | undefined;
    const results = calls.map(async (call) => {
      const tool = this.#registry.find(call.name);
      if (tool === undefined) return problem('there is no such tool');
      const checked = this.#registry.check(tool, call.arguments);
      if (!checked.ok) return problem(checked.problem);
      const { args } = checked;
      const key = keyOf(reply.keys, tool, args);
      if (key === undefined) return problem('the arguments are nested too deeply');
      const run: Run = { call, tool, args, key };
      if (!tool.sideEffects) return this.#lookUp(run, reply);
      const known = this.#outcomes.get(key);
      if (known) return known;
      queue ??= Promise.race([reply.committed, aborted(reply.signal)]);
      const result = queue.then(() => this.#once(run, reply));
      queue = result;
      return result;
    });
    return Promise.all(results);
  }

  async #lookUp(run: Run, { signal, onResult }: ToolReply): Promise<string> {
    if (signal.aborted) return NOT_RUN;
    const result = await this.#execute(run, signal);
    if (!signal.aborted) onResult(run.call, result);
    return result;
  }

  /** A turn that was taken back, a draft, an agent that came back: whoever asks, it happens once. */
  async #once(run: Run, { signal, onResult }: ToolReply): Promise<string> {
    const { call, key } = run;
    const begun = this.#outcomes.get(key);
    if (begun) return begun;
    if (signal.aborted) return NOT_RUN;
    const outcome = this.#execute(run, signal).then((result) => {
      onResult(call, result);
      return result;
    });
    this.#outcomes.set(key, outcome);
    const [oldest] = this.#outcomes.keys();
    if (this.#outcomes.size > MAX_OUTCOMES && oldest !== undefined) this.#outcomes.delete(oldest);
    return outcome;
  }

  async #execute({ tool, args, key }: Run, interruption: AbortSignal): Promise<string> {
    const controller = new AbortController();
    const { signal } = controller;
    let timer: NodeJS.Timeout | undefined;
    const cutOff = new Promise<Outcome>((resolve) => {
      timer = setTimeout(() => {
        resolve({ how: 'timeout' });
      }, tool.timeoutMs);
      if (tool.sideEffects) return;
      const onInterruption = (): void => {
        resolve({ how: 'interrupted' });
      };
      interruption.addEventListener('abort', onInterruption, { once: true, signal });
    });
    const run = async (): Promise<Outcome> => {
      const value = await tool.run(args, { call: this.#call, idempotencyKey: key, signal });
      return { how: 'done', result: resultText(value) };
    };
    try {
      return this.#told(tool, await Promise.race([cutOff, run()]));
    } catch (cause) {
      this.#failed(tool, 'failed', cause);
      return problem('the tool failed');
    } finally {
      clearTimeout(timer);
      controller.abort();
    }
  }

  /** What the model is told of an outcome. */
  #told(tool: AgentTool, outcome: Outcome): string {
    if (outcome.how === 'done') return outcome.result;
    if (outcome.how === 'interrupted') return problem('given up: the caller interrupted');
    this.#failed(tool, 'took too long');
    return problem(
      tool.sideEffects
        ? 'no answer in time; it may or may not have happened, so do not repeat it'
        : 'no answer in time',
    );
  }

  #failed(tool: AgentTool, how: string, cause?: unknown): void {
    this.#onFailure?.(new RingmasterError('TOOL_FAILED', `tool ${tool.name}: ${how}`, { cause }));
  }
}

const NOT_RUN = problem('not run: the caller went on or interrupted');

function keyOf(keys: IdempotencyKeys, tool: AgentTool, args: JsonObject): string | undefined {
  try {
    return keys.next(tool.name, args);
  } catch {
    return undefined;
  }
}

function problem(text: string): string {
  return JSON.stringify({ error: text });
}

function resultText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'done');
  return text.length <= MAX_RESULT_CHARS ? text : `${text.slice(0, MAX_RESULT_CHARS)} (cut)`;
}
