// A scripted agent: set answers, token by token at a set pace, for benchmarks and tests. Control plane.

import type {
  AgentEvent,
  AgentInput,
  AgentProvider,
  AgentRequest,
  AgentSession,
  CallAction,
  CallInfo,
  SpeechExpectation,
} from '../../actors/ports.js';
import {
  aborted,
  closedProvider,
  FaultPlan,
  pause,
  scriptedFailure,
  type FaultKind,
  type ScriptedFault,
  type TimerSource,
} from './script.js';

export interface ScriptedAnswer {
  readonly text: string;
  readonly expectation?: SpeechExpectation;
  readonly action?: CallAction;
}

export interface ScriptedAgentOptions {
  /** The answers of a call: a list that starts again at its end, or a function. */
  readonly answers:
    readonly string[] | ((input: AgentInput, call: CallInfo) => string | ScriptedAnswer);
  /** From the request to the first token. Default 0. */
  readonly firstTextMs?: number;
  /** From one token (a word and the space after it) to the next. Default 0: no wait between. */
  readonly tokenIntervalMs?: number;
  /** A request is one reply. */
  readonly faults?: readonly ScriptedFault[];
  readonly timer?: TimerSource;
}

const FLOOD_TOKENS = 100_000;

function tokensOf(text: string): string[] {
  return text.match(/\s*\S+\s*/g) ?? [];
}

async function* faultyReply(fault: FaultKind, signal: AbortSignal): AsyncGenerator<AgentEvent> {
  switch (fault) {
    case 'fail':
      throw scriptedFailure();
    case 'throw':
      throw new TypeError('a scripted defect');
    case 'hang':
      await aborted(signal);
      return;
    case 'garbage':
      yield { type: 'text', text: undefined } as unknown as AgentEvent;
      yield { type: 'nonsense' } as unknown as AgentEvent;
      yield { type: 'action', action: {} } as unknown as AgentEvent;
      return;
    case 'flood':
      for (let i = 0; i < FLOOD_TOKENS && !signal.aborted; i++)
        yield { type: 'text', text: 'word ' };
      return;
    case 'empty':
  }
}

class ScriptedAgentSession implements AgentSession {
  readonly #options: ScriptedAgentOptions;
  readonly #plan: FaultPlan;
  readonly #call: CallInfo;
  #replies = 0;
  #closed = false;

  constructor(options: ScriptedAgentOptions, plan: FaultPlan, call: CallInfo) {
    this.#options = options;
    this.#plan = plan;
    this.#call = call;
  }

  async *reply({ input, signal }: AgentRequest): AsyncGenerator<AgentEvent> {
    if (this.#closed || signal.aborted) return;
    const { fault } = this.#plan.next();
    const timer = this.#options.timer ?? globalThis;
    const answer = this.#answer(input);
    if (!(await pause(timer, this.#options.firstTextMs ?? 0, signal))) return;
    if (fault !== undefined) {
      yield* faultyReply(fault, signal);
      return;
    }
    const intervalMs = this.#options.tokenIntervalMs ?? 0;
    for (const [i, text] of tokensOf(answer.text).entries()) {
      if (i > 0 && intervalMs > 0 && !(await pause(timer, intervalMs, signal))) return;
      if (signal.aborted || this.#closed) return;
      yield { type: 'text', text };
    }
    if (signal.aborted || this.#closed) return;
    if (answer.expectation) yield { type: 'expect', expectation: answer.expectation };
    if (answer.action) yield { type: 'action', action: answer.action };
  }

  close(): void {
    this.#closed = true;
  }

  #answer(input: AgentInput): ScriptedAnswer {
    const { answers } = this.#options;
    const answer =
      typeof answers === 'function'
        ? answers(input, this.#call)
        : (answers[this.#replies++ % answers.length] ?? '');
    return typeof answer === 'string' ? { text: answer } : answer;
  }
}

/** An agent that needs no model. */
export function createScriptedAgent(options: ScriptedAgentOptions): AgentProvider {
  const plan = new FaultPlan(options.faults);
  let closed = false;
  return {
    name: 'scripted-agent',
    async warmUp() {},
    open(call) {
      if (closed) throw closedProvider('scripted-agent');
      return new ScriptedAgentSession(options, plan, call);
    },
    async close() {
      closed = true;
    },
  };
}
