// One reply of the agent: asking the model, running its tools, deciding what happens to the call. Control plane.

import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { AgentEvent } from '../../actors/ports.js';
import { nonsense } from './answer-body.js';
import { aborted, withRetries, type RetrySettings } from './attempt.js';
import type { CallDecision, CallTools } from './call-tools.js';
import { askChat, type ChatPiece, type ChatTimeouts } from './chat-answer.js';
import type { OpenAiClient } from './client.js';
import { calledByLeaks } from './leaked-calls.js';
import type { CallTries } from './recent-failures.js';
import type { RefusedFields } from './refused-fields.js';
import { Speech, SpokenAnswer, type AnswerStyle } from './spoken-answer.js';
import type { ToolCall } from './tool-call-assembler.js';
import { callMessage, resultMessage, type ReplyMemory, type ToolMemory } from './tool-memory.js';
import type { ToolReply, ToolRunner } from './tool-runner.js';
import type { ToolRegistry } from './tools.js';

export interface ReplyMeans {
  readonly client: OpenAiClient;
  readonly refused: RefusedFields;
  /** Everything of the request but messages and tools. */
  readonly request: Omit<ChatCompletionCreateParamsStreaming, 'messages' | 'tools' | 'tool_choice'>;
  readonly timeouts: ChatTimeouts;
  readonly retries: RetrySettings;
  /** What failed for this call of late, also in sessions that are gone. */
  readonly tries: CallTries;
  /** Replies of this call that ended without a word, of late. */
  readonly silence: CallTries;
  readonly registry: ToolRegistry;
  readonly callTools: CallTools;
  readonly runner: ToolRunner;
  readonly memory: ToolMemory;
  /** How this model is known to answer. */
  readonly style: AnswerStyle;
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
  /** Without reasoning, calls and markup. */
  readonly said: string;
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
  let isAskedAgain = false;
  const loop = new LoopGuard();
  const maxToolRounds = toolRounds(means);
  for (let rounds = 0; ; rounds++) {
    const mayUseTools = rounds < maxToolRounds && decision === undefined;
    let round: Round;
    try {
      round = yield* ask(means, messages, mayUseTools, speech, signal);
    } catch (error) {
      // The model decided what happens to the call; that it fails to say goodbye changes nothing.
      if (decision === undefined) throw error;
      break;
    }
    if (signal.aborted) return;
    if (round.calls.length === 0 && mayUseTools && !speech.begun && !isAskedAgain) {
      isAskedAgain = true;
      askForWords(messages);
      continue;
    }
    if (!mayUseTools || loop.isOver(round)) break;
    messages.push(callMessage(round.calls, round.said));
    const outcome = await runCalls(means, round.calls, scope);
    if (signal.aborted) return;
    messages.push(...outcome.messages);
    decision = outcome.decision;
    if (decision === undefined) continue;
    if (!speech.begun && decision.message !== '') yield speech.say(decision.message);
    if (speech.begun) break;
  }
  if (signal.aborted) return;
  if (decision !== undefined) yield { type: 'action', action: decision.action };
  else if (!speech.begun) throw wordless(means);
}

/** A model that only called tools, and never spoke, is not let do so once more. */
const toolRounds = ({ silence, maxToolRounds }: ReplyMeans): number =>
  silence.failures > 0 ? 0 : maxToolRounds;

function wordless({ silence }: ReplyMeans): Error {
  silence.failed();
  return nonsense('chat', 'without words to say');
}

/**
 * A model that says the same and calls the same again would go on for ever, and the caller hears it. One that calls the same
 * in silence may be waiting for another result.
 */
class LoopGuard {
  #last = '';

  isOver({ said, calls }: Round): boolean {
    if (calls.length === 0) return true;
    const made = JSON.stringify([said, calls.map((call) => [call.name, call.arguments])]);
    const isSame = said.trim() !== '' && made === this.#last;
    this.#last = made;
    return isSame;
  }
}

/** Pictures, code or reasoning alone: the model may not know that it is on the telephone. */
function askForWords(messages: ChatCompletionMessageParam[]): void {
  const note = '[Your last answer held nothing that can be spoken. Answer in plain words.]';
  const last = messages.at(-1);
  if (last?.role === 'user' && typeof last.content === 'string') last.content += `\n${note}`;
  else messages.push({ role: 'user', content: note });
}

/** One request, repeated where it fails before its first piece. */
async function* ask(
  means: ReplyMeans,
  messages: readonly ChatCompletionMessageParam[],
  mayUseTools: boolean,
  speech: Speech,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent, Round, undefined> {
  const { timeouts, memory, registry } = means;
  const body: ChatCompletionCreateParamsStreaming = {
    ...means.request,
    messages: [...messages],
    ...(registry.definitions.length > 0 && {
      tools: [...registry.definitions],
      tool_choice: mayUseTools ? 'auto' : 'none',
    }),
  };
  const answer = new SpokenAnswer(means.style, speech);
  const pieces = withRetries(
    'chat',
    signal,
    means.retries,
    (attempt) => askChat(means, body, timeouts, () => memory.newCallId(), attempt),
    means.tries,
  );
  let end: Extract<ChatPiece, { type: 'end' }> = { type: 'end', calls: [], finishReason: 'stop' };
  for await (const piece of pieces) {
    if (piece.type === 'end') end = piece;
    else yield* answer.add(piece);
  }
  if (!signal.aborted) yield* answer.end();
  const isWithheld = end.finishReason === 'content_filter' && !speech.begun;
  if (isWithheld && !signal.aborted) yield speech.say(means.refusalText);
  speech.pause();
  const leaked = mayUseTools
    ? calledByLeaks(answer.leaks, registry, { isSilent: answer.said === '' })
    : [];
  const calls = [...end.calls, ...leaked.map((call) => ({ ...call, id: memory.newCallId() }))];
  return { calls, said: answer.said };
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
