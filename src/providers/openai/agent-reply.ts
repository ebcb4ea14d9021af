// One reply of the agent: asking the model, running its tools, deciding what happens to the call. Control plane.

import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { AgentEvent } from '../../actors/ports.js';
import { nonsense } from './answer-body.js';
import { aborted, withRetries, type RetrySettings } from './attempt.js';
import type { CallDecision, CallTools } from './call-tools.js';
import { askChat, type ChatTimeouts } from './chat-answer.js';
import type { OpenAiClient } from './client.js';
import { SpeakableText } from './speakable-text.js';
import type { ToolCall } from './tool-call-assembler.js';
import { callMessage, resultMessage, type ReplyMemory, type ToolMemory } from './tool-memory.js';
import type { ToolReply, ToolRunner } from './tool-runner.js';
import type { ToolRegistry } from './tools.js';

export interface ReplyMeans {
  readonly client: OpenAiClient;
  /** Everything of the request but messages and tools. */
  readonly request: Omit<ChatCompletionCreateParamsStreaming, 'messages' | 'tools' | 'tool_choice'>;
  readonly timeouts: ChatTimeouts;
  readonly retries: RetrySettings;
  readonly registry: ToolRegistry;
  readonly callTools: CallTools;
  readonly runner: ToolRunner;
  readonly memory: ToolMemory;
  /** After so many rounds of tools the model must answer in words. */
  readonly maxToolRounds: number;
  /** Said where the server's filter withholds the whole answer. */
  readonly refusalText: string;
}

/** What one reply is for, and what its tools may do and leave behind. */
export interface ReplyScope extends Omit<ToolReply, 'onResult'> {
  readonly memory: ReplyMemory;
}

const TOO_EARLY = JSON.stringify({
  error:
    'not done: take in first what the other tools say, then call this again if you still want it',
});

/** What one answer of the model came to. */
interface Round {
  readonly calls: readonly ToolCall[];
  /** As written, reasoning and markup included. */
  readonly written: string;
  readonly finishReason: string;
}

/**
 * Text as it comes, then at most one action, last: to act on it is up to the call, which does so after
 * the commit. Ends quietly once the scope's signal is aborted; an interrupted reply never yields its
 * action.
 * @param messages the conversation up to now; taken over and grown
 * @throws {RingmasterError} PROVIDER_*
 */
export async function* agentReply(
  means: ReplyMeans,
  messages: ChatCompletionMessageParam[],
  scope: ReplyScope,
): AsyncGenerator<AgentEvent, void, undefined> {
  const { signal } = scope;
  const speech = new Speech();
  let decision: CallDecision | undefined;
  for (let rounds = 0; ; rounds++) {
    const mayUseTools = rounds < means.maxToolRounds && decision === undefined;
    let round: Round;
    try {
      round = yield* ask(means, messages, mayUseTools, speech, signal);
    } catch (error) {
      // The model decided what happens to the call; that it fails to say goodbye changes nothing.
      if (decision === undefined) throw error;
      break;
    }
    if (signal.aborted) return;
    if (round.finishReason === 'content_filter' && !speech.begun)
      yield speech.say(means.refusalText);
    if (round.calls.length === 0 || !mayUseTools) break;
    messages.push(callMessage(round.calls, round.written));
    const outcome = await runCalls(means, round.calls, scope);
    if (signal.aborted) return;
    messages.push(...outcome.messages);
    decision = outcome.decision;
    if (decision !== undefined && !speech.begun && decision.message !== '') {
      yield speech.say(decision.message);
    }
    if (decision !== undefined && speech.begun) break;
  }
  if (signal.aborted) return;
  if (decision !== undefined) yield { type: 'action', action: decision.action };
  else if (!speech.begun) throw nonsense('chat', 'without words to say');
}

/** One request, repeated where it fails before its first piece. */
async function* ask(
  means: ReplyMeans,
  messages: readonly ChatCompletionMessageParam[],
  mayUseTools: boolean,
  speech: Speech,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent, Round, undefined> {
  const { client, timeouts, memory, registry } = means;
  const body: ChatCompletionCreateParamsStreaming = {
    ...means.request,
    messages: [...messages],
    ...(registry.definitions.length > 0 && {
      tools: [...registry.definitions],
      tool_choice: mayUseTools ? 'auto' : 'none',
    }),
  };
  const speakable = new SpeakableText();
  let written = '';
  let round: Round = { calls: [], written, finishReason: 'stop' };
  const pieces = withRetries('chat', signal, means.retries, (attempt) =>
    askChat(client, body, timeouts, () => memory.newCallId(), attempt),
  );
  for await (const piece of pieces) {
    if (piece.type === 'end') {
      round = { calls: piece.calls, written, finishReason: piece.finishReason };
      continue;
    }
    written += piece.text;
    const text = speakable.push(piece.text);
    if (text !== '') yield speech.say(text);
  }
  const rest = speakable.end();
  if (rest !== '' && !signal.aborted) yield speech.say(rest);
  speech.pause();
  return round;
}

/**
 * A decision counts only where it came alone: together with other tools it was made without knowing
 * what they say.
 */
async function runCalls(
  means: ReplyMeans,
  calls: readonly ToolCall[],
  scope: ReplyScope,
): Promise<{ messages: ChatCompletionMessageParam[]; decision: CallDecision | undefined }> {
  const decides = (call: ToolCall): boolean =>
    means.callTools.tools.some((tool) => tool.name === call.name);
  const others = calls.filter((call) => !decides(call));
  const running = others.length > 0 ? others : calls;
  const results = await Promise.race([
    means.runner.run(running, {
      ...scope,
      onResult: (call, result) => {
        if (!decides(call)) scope.memory.add(call, result);
      },
    }),
    aborted(scope.signal).then(() => []),
  ]);
  const messages = calls.map((call) =>
    resultMessage(call, results[running.indexOf(call)] ?? TOO_EARLY),
  );
  const decisions = others.length > 0 ? [] : calls.flatMap((call) => decide(means, call) ?? []);
  return { messages, decision: decisions[0] };
}

/** Undefined for other tools and for call tools with wrong arguments, which the model is told. */
function decide(means: ReplyMeans, call: ToolCall): CallDecision | undefined {
  const tool = means.registry.find(call.name);
  if (tool === undefined) return undefined;
  const checked = means.registry.check(tool, call.arguments);
  return checked.ok ? means.callTools.decide(call.name, checked.args) : undefined;
}

/** The text of a reply, with a space where one answer of the model follows on another. */
class Speech {
  begun = false;
  #paused = false;

  say(text: string): AgentEvent {
    const gap = this.#paused && !/^\s/.test(text) ? ' ' : '';
    this.#paused = false;
    if (text.trim() !== '') this.begun = true;
    return { type: 'text', text: gap + text };
  }

  /** The next text comes from another answer. */
  pause(): void {
    this.#paused = this.begun;
  }
}
