// The tools of a scenario's agent, run through the gate of the turn: nothing changes outside before it is committed. Control plane.

import type { AgentRequest } from '../actors/ports.js';
import { aborted, pause, scriptedFailure } from '../providers/scripted/script.js';
import type { EngineNotes } from './engine-notes.js';
import type { ToolScript } from './schema.js';

/** One run of a tool, as it happened. */
export interface ToolRun {
  readonly name: string;
  /** The same for the same tool in the same place of the same turn: an idempotency key. */
  readonly key: string;
  /** On the process's monotonic clock. */
  readonly atMs: number;
  /** The caller's turn that is answered, from 1; 0 for the greeting. */
  readonly turn: number;
  /** The turn was committed when the tool began. */
  readonly committed: boolean;
}

export type ToolOutcome = 'done' | 'failed' | 'withdrawn';

export class TurnGate {
  readonly turn: number;
  readonly signal: AbortSignal;
  readonly #committed: Promise<void>;
  #isCommitted = false;

  constructor(request: AgentRequest) {
    this.turn = request.turn;
    this.signal = request.signal;
    this.#committed = request.committed;
    this.#committed.then(
      () => {
        this.#isCommitted = true;
      },
      () => undefined,
    );
  }

  get isCommitted(): boolean {
    return this.#isCommitted;
  }

  /** @returns false where the turn was withdrawn instead */
  async passed(): Promise<boolean> {
    await Promise.race([this.#committed.catch(() => aborted(this.signal)), aborted(this.signal)]);
    return !this.signal.aborted;
  }
}

/** The tools of one call. */
export class ScriptedTools {
  readonly runs: ToolRun[] = [];
  readonly #tools: Readonly<Record<string, ToolScript>>;
  readonly #callSid: string;
  readonly #notes: EngineNotes;
  /** Runs with side effects by their key: the same key never runs twice. */
  readonly #outcomes = new Map<string, Promise<ToolOutcome>>();

  constructor(tools: Readonly<Record<string, ToolScript>>, callSid: string, notes: EngineNotes) {
    this.#tools = tools;
    this.#callSid = callSid;
    this.#notes = notes;
  }

  /** @param place counts the tools of the reply from 1 */
  async run(name: string, gate: TurnGate, place: number): Promise<ToolOutcome> {
    const tool = this.#tools[name];
    if (tool === undefined) throw new TypeError(`a scenario is checked: no tool ${name}`);
    const key = `${this.#callSid}/${gate.turn}/${place}/${name}`;
    if (!tool.sideEffect) {
      if (gate.signal.aborted) return 'withdrawn';
      return this.#execute(name, tool, key, gate, gate.signal);
    }
    if (!(await gate.passed())) return 'withdrawn';
    const before = this.#outcomes.get(key);
    if (before !== undefined) return before;
    // What was begun outside is not undone by an interruption.
    const outcome = this.#execute(name, tool, key, gate, new AbortController().signal);
    this.#outcomes.set(key, outcome);
    return outcome;
  }

  async #execute(
    name: string,
    tool: ToolScript,
    key: string,
    gate: TurnGate,
    signal: AbortSignal,
  ): Promise<ToolOutcome> {
    const { turn, isCommitted: committed } = gate;
    this.runs.push({ name, key, atMs: performance.now(), turn, committed });
    this.#notes.add({ type: 'tool.ran', tool: name });
    const over = new AbortController();
    const end = (): void => over.abort();
    signal.addEventListener('abort', end, { once: true });
    const timer = setTimeout(end, tool.timeoutMs);
    try {
      await effect(tool, over.signal);
      if (signal.aborted) return 'withdrawn';
      if (over.signal.aborted) throw scriptedFailure();
      this.#notes.add({ type: 'tool.ended', tool: name, how: 'done' });
      return 'done';
    } catch {
      this.#notes.add({ type: 'tool.ended', tool: name, how: 'failed' });
      return 'failed';
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
  }
}

async function effect(tool: ToolScript, signal: AbortSignal): Promise<void> {
  if (tool.fault === 'hang') return aborted(signal);
  await pause(globalThis, tool.takesMs, signal);
  if (tool.fault === 'throw') throw new TypeError('a scripted defect');
  if (tool.fault === 'fail') throw scriptedFailure();
}
