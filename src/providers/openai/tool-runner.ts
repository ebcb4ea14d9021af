// Running the tools that a model called: checked, timed, and safe to interrupt. Control plane.

import { randomUUID } from 'node:crypto';
import type { CallInfo } from '../../actors/ports.js';
import { RingmasterError } from '../../errors.js';
import type { ToolCall } from './tool-call-assembler.js';
import type { AgentTool, ToolRegistry } from './tools.js';
import type { JsonObject } from './json.js';

const MAX_RESULT_CHARS = 16_000;

/** Told of failed tools; the model hears only that they failed. */
export type ToolFailureListener = (error: RingmasterError) => void;

type Outcome =
  { readonly how: 'done'; readonly result: string } | { readonly how: 'timeout' | 'interrupted' };

export class ToolRunner {
  readonly #registry: ToolRegistry;
  readonly #call: CallInfo;
  readonly #onFailure: ToolFailureListener | undefined;
  /** Runs with side effects that are not over, also those of replies that were interrupted. */
  readonly #unsettled = new Set<Promise<string>>();

  constructor(registry: ToolRegistry, call: CallInfo, onFailure: ToolFailureListener | undefined) {
    this.#registry = registry;
    this.#call = call;
    this.#onFailure = onFailure;
  }

  /** True while nothing with side effects runs. */
  get idle(): boolean {
    return this.#unsettled.size === 0;
  }

  /** Resolves when every run with side effects is over; each is bounded by its tool's time-out. */
  async settled(): Promise<void> {
    await Promise.all(this.#unsettled);
  }

  /**
   * Run the calls of one answer: those with side effects one after the other, the rest at once. After
   * an interruption none begins any more, and one without side effects is given up.
   * @param onResult told of each run that ended, also after an interruption
   * @returns one result a call in the same order, as the model is told them. Never rejects.
   */
  run(
    calls: readonly ToolCall[],
    interruption: AbortSignal,
    onResult: (call: ToolCall, result: string) => void,
  ): Promise<string[]> {
    let queue: Promise<unknown> = Promise.resolve();
    const runs = calls.map(async (call) => {
      const tool = this.#registry.find(call.name);
      if (tool === undefined) return problem('there is no such tool');
      const checked = this.#registry.check(tool, call.arguments);
      if (!checked.ok) return problem(checked.problem);
      const start = async (): Promise<string> => {
        if (interruption.aborted) return problem('not run: the caller interrupted');
        const result = await this.#execute(tool, checked.args, interruption);
        if (tool.sideEffects || !interruption.aborted) onResult(call, result);
        return result;
      };
      if (!tool.sideEffects) return start();
      const run = queue.then(start);
      queue = run;
      this.#unsettled.add(run);
      void run.then(() => this.#unsettled.delete(run));
      return run;
    });
    return Promise.all(runs);
  }

  async #execute(tool: AgentTool, args: JsonObject, interruption: AbortSignal): Promise<string> {
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
      const value = await tool.run(args, { call: this.#call, runId: randomUUID(), signal });
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

function problem(text: string): string {
  return JSON.stringify({ error: text });
}

function resultText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'done');
  return text.length <= MAX_RESULT_CHARS ? text : `${text.slice(0, MAX_RESULT_CHARS)} (cut)`;
}
