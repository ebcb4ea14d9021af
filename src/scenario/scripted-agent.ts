// The agent of a scenario: its replies as the file says them, part by part. Control plane.

import type { AgentEvent, AgentRequest, AgentSession } from '../actors/ports.js';
import { aborted, pause, scriptedFailure } from '../providers/scripted/script.js';
import type { EngineNotes } from './engine-notes.js';
import type { AgentScript, ReplyScript } from './schema.js';
import { TurnGate, type ScriptedTools } from './scripted-tools.js';
import { plainWords } from './sounds.js';

const FIRST_TEXT_MS = 30;
const TOKEN_MS = 10;

/** Words, each with the space after it. */
const tokensOf = (text: string): string[] => text.match(/\s*\S+\s*/g) ?? [];

export class ScenarioAgent implements AgentSession {
  readonly #script: AgentScript;
  readonly #tools: ScriptedTools;
  readonly #notes: EngineNotes;
  /** Faults that a reply has had, over restarts of the session. */
  readonly #faults: Map<ReplyScript, number>;

  constructor(
    script: AgentScript,
    tools: ScriptedTools,
    notes: EngineNotes,
    faults: Map<ReplyScript, number>,
  ) {
    this.#script = script;
    this.#tools = tools;
    this.#notes = notes;
    this.#faults = faults;
  }

  async *reply(request: AgentRequest): AsyncGenerator<AgentEvent> {
    const { input, history, signal } = request;
    const reply = (this.#notes.reply += 1);
    this.#notes.add({ type: 'agent.asked', reply, input, history });
    const gate = new TurnGate(request);
    let isDone = false;
    signal.addEventListener('abort', () => {
      // A draft may be complete before its turn is; it is withdrawn all the same.
      if (isDone && gate.isCommitted) return;
      this.#notes.add({ type: 'agent.withdrawn', reply, committed: gate.isCommitted });
    });
    const script = this.#choose(request);
    if (!(await pause(globalThis, script.afterMs ?? FIRST_TEXT_MS, signal))) return;
    if (await this.#fails(script, signal)) return;
    yield* this.#perform(script, gate);
    isDone = true;
  }

  close(): void {
    // Every reply ends by its own signal.
  }

  #choose({ input, history }: AgentRequest): ReplyScript {
    const { greeting, idle, unclear, replies } = this.#script;
    if (input.kind === 'greeting') return greeting;
    if (input.kind === 'idle') return idle;
    if (input.kind === 'unclear') return unclear;
    const said = plainWords(input.kind === 'turn' ? input.text : input.digits);
    const fitting = replies.find(({ to }) => to !== undefined && said.includes(plainWords(to)));
    if (fitting !== undefined) return fitting;
    const inOrder = replies.filter(({ to }) => to === undefined);
    const turnsBefore = history.filter(({ role }) => role === 'caller').length;
    return inOrder[turnsBefore] ?? inOrder.at(-1) ?? { say: 'I see.' };
  }

  /** @returns true where the reply was given up silently */
  async #fails(script: ReplyScript, signal: AbortSignal): Promise<boolean> {
    const before = this.#faults.get(script) ?? 0;
    if (script.fault === undefined || before >= (script.faults ?? Infinity)) return false;
    this.#faults.set(script, before + 1);
    if (script.fault === 'throw') throw new TypeError('a scripted defect');
    if (script.fault === 'fail') throw scriptedFailure();
    await aborted(signal);
    return true;
  }

  async *#perform(script: ReplyScript, gate: TurnGate): AsyncGenerator<AgentEvent> {
    const { signal } = gate;
    const parts = [
      ...(script.say === undefined ? [] : [{ say: script.say, uninterruptible: undefined }]),
      ...(script.parts ?? []),
    ];
    let tools = 0;
    for (const part of parts) {
      if ('wait' in part) {
        if (!(await pause(globalThis, part.wait, signal))) return;
      } else if ('say' in part) {
        yield* this.#say(part.say, script, signal, part.uninterruptible);
      } else {
        tools += 1;
        const outcome = await this.#tools.run(part.tool, gate, tools);
        if (outcome === 'withdrawn' || signal.aborted) return;
        if (outcome === 'failed') {
          yield* this.#say(part.else ?? 'Sorry, that did not work.', script, signal);
          break;
        }
      }
      if (signal.aborted) return;
    }
    if (script.expect !== undefined) yield { type: 'expect', expectation: script.expect };
    if (script.hangUp === true) yield { type: 'action', action: { type: 'hangup' } };
    if (script.transfer !== undefined) {
      yield { type: 'action', action: { type: 'transfer', to: script.transfer } };
    }
  }

  async *#say(
    text: string,
    { tokenMs = TOKEN_MS, uninterruptible: isWhole = false }: ReplyScript,
    signal: AbortSignal,
    uninterruptible = isWhole,
  ): AsyncGenerator<AgentEvent> {
    // The space ends the sentence: what is complete is spoken while the reply goes on.
    for (const [i, token] of tokensOf(`${text} `).entries()) {
      if (i > 0 && tokenMs > 0 && !(await pause(globalThis, tokenMs, signal))) return;
      if (signal.aborted) return;
      yield { type: 'text', text: token, ...(uninterruptible && { uninterruptible }) };
    }
  }
}
