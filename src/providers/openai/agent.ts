// The agent over streaming chat completions. Control plane.

import type {
  AgentEvent,
  AgentProvider,
  AgentRequest,
  AgentSession,
  CallInfo,
  CallSid,
  HistoryTurn,
} from '../../actors/ports.js';
import { machineNote } from './answering-machine.js';
import { agentReply, type ReplyMeans, type ReplyScope } from './agent-reply.js';
import { aborted, CALL_RETRIES, LinkedSignal, type RetrySettings } from './attempt.js';
import { CallToolStates } from './call-tool-states.js';
import { createCallTools, type TransferTarget } from './call-tools.js';
import { chatMessages, systemPrompt } from './chat-messages.js';
import type { OpenAiClient } from './client.js';
import { IdempotencyKeys } from './idempotency-keys.js';
import type { JsonObject } from './json.js';
import { RecentFailures } from './recent-failures.js';
import { RefusedFields } from './refused-fields.js';
import { closedError } from './server-error.js';
import { AnswerStyle } from './spoken-answer.js';
import { ReplyMemory } from './tool-memory.js';
import { ToolRunner, type ToolFailureListener } from './tool-runner.js';
import { createToolRegistry, type AgentTool } from './tools.js';

const DEFAULT_MODEL = 'gpt-4.1-mini';

export interface AgentSettings {
  readonly client: OpenAiClient;
  /** Default `gpt-4.1-mini`. */
  readonly model?: string;
  /** Who the agent is and what it is for; the rules of telephone speech are put before it. */
  readonly instructions: string | ((call: CallInfo) => string);
  /** Said when the call begins, without asking the model. */
  readonly greeting?: string;
  /**
   * A legal notice, said before everything else and not to be interrupted. Until the history shows that
   * it was heard, every reply begins with it.
   */
  readonly notice?: string;
  readonly tools?: readonly AgentTool[];
  /** By name. Without any the agent cannot transfer calls. */
  readonly transferTargets?: Readonly<Record<string, TransferTarget>>;
  /** Default true. */
  readonly canEndCall?: boolean;
  /** Default 400, about two minutes of speech. */
  readonly maxReplyTokens?: number;
  /** What the server calls that limit. Default `max_completion_tokens`; older servers: `max_tokens`. */
  readonly tokenLimitField?: 'max_completion_tokens' | 'max_tokens';
  /** More fields of the request, e.g. `temperature` or `reasoning_effort`; `null` removes one. */
  readonly requestFields?: JsonObject;
  /** From the request to the first word or tool call, each try. Default 5000. */
  readonly firstTokenTimeoutMs?: number;
  /** Between two pieces of an answer. Default 4000. */
  readonly stallTimeoutMs?: number;
  /** Parts of the default patience to change. */
  readonly retries?: Partial<RetrySettings>;
  /** Default 4. */
  readonly maxToolRounds?: number;
  /** Older turns are left out. Default 60. */
  readonly maxHistoryTurns?: number;
  /** Said where the server withholds an answer. */
  readonly refusalText?: string;
  readonly onToolFailure?: ToolFailureListener;
}

/** @throws {RingmasterError} CONFIG_INVALID where tools are wrong */
export function createOpenAiAgent(settings: AgentSettings): AgentProvider {
  const callTools = createCallTools({
    canEndCall: settings.canEndCall ?? true,
    transferTargets: settings.transferTargets ?? {},
  });
  const registry = createToolRegistry([...callTools.tools, ...(settings.tools ?? [])]);
  const model = settings.model ?? DEFAULT_MODEL;
  const firstTokenTimeoutMs = settings.firstTokenTimeoutMs ?? 5000;
  const shared = {
    client: settings.client,
    refused: new RefusedFields(nullsOf(settings.requestFields)),
    request: requestOf(settings),
    timeouts: { firstTokenTimeoutMs, stallTimeoutMs: settings.stallTimeoutMs ?? 4000 },
    retries: { ...CALL_RETRIES, ...settings.retries },
    registry,
    callTools,
    style: new AnswerStyle(model),
    maxToolRounds: settings.maxToolRounds ?? 4,
    refusalText: settings.refusalText ?? 'I am sorry, I cannot help with that.',
  };
  const toolStates = new CallToolStates(
    (call) => new ToolRunner(registry, call, settings.onToolFailure),
  );
  const failures = new RecentFailures();
  const silences = new RecentFailures();
  const open = new Set<ChatSession>();
  let closed = false;
  return {
    name: 'openai',
    warmUp: () => settings.client.check(firstTokenTimeoutMs, { role: 'agent', model }),
    open(call) {
      const means = {
        ...shared,
        ...toolStates.open(call),
        tries: failures.of(call.callSid),
        silence: silences.of(call.callSid),
      };
      const session = new ChatSession(settings, call, means, () => {
        open.delete(session);
        toolStates.close(call.callSid);
      });
      if (closed) session.close();
      else open.add(session);
      return session;
    },
    close() {
      closed = true;
      for (const session of open) session.close();
      toolStates.clear();
      failures.clear();
      silences.clear();
      return Promise.resolve();
    },
  };
}

/** `null` takes a field out of the request. */
const nullsOf = (fields: JsonObject = {}): string[] =>
  Object.keys(fields).filter((field) => fields[field] === null);

function requestOf(settings: AgentSettings): ReplyMeans['request'] {
  return {
    model: settings.model ?? DEFAULT_MODEL,
    [settings.tokenLimitField ?? 'max_completion_tokens']: settings.maxReplyTokens ?? 400,
    ...settings.requestFields,
    stream: true,
  };
}

const plain = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** Heard as one, as notices are. */
const wasHeard = (notice: string, history: readonly HistoryTurn[]): boolean =>
  history.some(({ role, text }) => role === 'agent' && plain(text).includes(plain(notice))) ||
  plain(notice) === '';

class ChatSession implements AgentSession {
  readonly #settings: AgentSettings;
  readonly #callSid: CallSid;
  readonly #system: string;
  /** Nobody listens who could be greeted, or who could interrupt. */
  readonly #isMachine: boolean;
  readonly #means: ReplyMeans;
  readonly #closing = new AbortController();
  readonly #onClose: () => void;

  constructor(settings: AgentSettings, call: CallInfo, means: ReplyMeans, onClose: () => void) {
    const { instructions } = settings;
    const text = typeof instructions === 'string' ? instructions : instructions(call);
    this.#settings = settings;
    this.#callSid = call.callSid;
    const note = machineNote(call.answeredBy);
    this.#isMachine = note !== undefined;
    const system = systemPrompt(text, means.registry.definitions.length > 0);
    this.#system = note === undefined ? system : `${system}\n\n${note}`;
    this.#means = means;
    this.#onClose = onClose;
  }

  async *reply(request: AgentRequest): AsyncGenerator<AgentEvent, void, undefined> {
    const { input, history, turn, committed } = request;
    const { greeting, notice = '', maxHistoryTurns } = this.#settings;
    const linked = new LinkedSignal(request.signal, this.#closing.signal);
    try {
      if (this.#closing.signal.aborted) throw closedError('chat');
      if (linked.signal.aborted) return;
      if (!wasHeard(notice, history)) yield { type: 'text', text: notice, uninterruptible: true };
      if (input.kind === 'greeting' && greeting !== undefined && !this.#isMachine) {
        yield { type: 'text', text: greeting };
        return;
      }
      // What an interrupted reply set going must be known before the model is asked again.
      await Promise.race([this.#means.runner.settled(), aborted(linked.signal)]);
      const messages = chatMessages({
        system: this.#system,
        history,
        maxHistoryTurns: maxHistoryTurns ?? 60,
        memory: this.#means.memory,
        input,
      });
      const { signal } = linked;
      const repliesHeard = history.filter(({ role }) => role === 'agent').length;
      const scope: ReplyScope = {
        signal,
        committed,
        keys: new IdempotencyKeys({ callSid: this.#callSid, turn, repliesHeard }),
        memory: new ReplyMemory(this.#means.memory, history.length, { committed, signal }),
      };
      for await (const event of agentReply(this.#means, messages, scope)) {
        const isMessage = this.#isMachine && event.type === 'text';
        yield isMessage ? { ...event, uninterruptible: true } : event;
      }
    } finally {
      linked.letGo();
    }
  }

  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#onClose();
  }
}
