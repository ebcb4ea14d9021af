// What the model is told: the telephone's rules, the history, and what just happened. Control plane.

import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import type { AgentInput, HistoryTurn } from '../../actors/ports.js';
import type { ToolMemory } from './tool-memory.js';

const TELEPHONE_RULES = `You are speaking with someone on the telephone. What you write is spoken aloud by a text-to-speech voice. What the caller says reaches you through speech recognition, which mishears words.

- Answer in one to three short sentences. Ask one question at a time.
- Write plain spoken sentences: no lists, headings, markup, emojis or links. Say "star" and "pound" for the keys of the telephone.
- Where something makes no sense, it was probably misheard: ask for it again instead of guessing.
- Repeat names, numbers, dates and times back to the caller before you rely on them.
- Text in [square brackets] is a note of the telephone system, not the caller's words. Act on it; never read it out and never mention it.
- If the caller interrupts you, your last answer ends where they stopped hearing it.`;
const TOOL_RULES =
  '- Before a tool that looks something up, say in a few words that you are looking. Never claim to have done what no tool has done.';

/** @param instructions the user's own: who the agent is and what it is for */
export function systemPrompt(instructions: string, hasTools: boolean): string {
  const rules = hasTools ? `${TELEPHONE_RULES}\n${TOOL_RULES}` : TELEPHONE_RULES;
  return instructions.trim() === '' ? rules : `${rules}\n\n${instructions.trim()}`;
}

export interface MessageSources {
  readonly system: string;
  /** All turns before this input, oldest first; grows by appending. */
  readonly history: readonly HistoryTurn[];
  readonly maxHistoryTurns: number;
  readonly memory: ToolMemory;
  readonly input: AgentInput;
}

/** Roles alternate and the caller speaks first, which the templates of many open models insist on. */
export function chatMessages(sources: MessageSources): ChatCompletionMessageParam[] {
  const { history, memory } = sources;
  const messages: ChatCompletionMessageParam[] = [{ role: 'system', content: sources.system }];
  const first = Math.max(0, history.length - sources.maxHistoryTurns);
  if (history[first]?.role === 'agent') {
    const before = first === 0 ? '[The call is connected.]' : '[The beginning is left out.]';
    addText(messages, 'user', before);
  }
  for (let i = first; i <= history.length; i++) {
    const turn = history[i];
    // Tools ran after the caller had spoken; a reply to a key press has no turn of the caller.
    if (turn?.role === 'caller') addText(messages, 'user', callerText(turn.text));
    messages.push(...memory.of(i));
    if (turn?.role === 'agent') addText(messages, 'assistant', turn.text);
  }
  addText(messages, 'user', inputText(sources.input));
  return messages;
}

const DOUBT =
  '[Speech recognition was not sure of these words. Ask before you end or transfer the call.]';

/** See `SpeechConfidence`. */
const isDoubtful = ({ confidence = 1 }: Extract<AgentInput, { kind: 'turn' }>): boolean =>
  confidence < 0.5;

/** The message for an input. */
export function inputText(input: AgentInput): string {
  switch (input.kind) {
    case 'greeting':
      return '[The call is connected. Greet the caller in one short sentence and ask how you can help.]';
    case 'turn':
      return isDoubtful(input) ? `${callerText(input.text)}\n${DOUBT}` : callerText(input.text);
    case 'digits':
      return `[The caller pressed these keys: ${input.digits.split('').join(' ')}]`;
    case 'idle':
      return input.last
        ? '[The caller still says nothing and the call is about to end. Say goodbye in one short sentence.]'
        : `[The caller has said nothing for a while (${input.count + 1}). Ask in a few words whether they are still there.]`;
    case 'unclear':
  }
  return '[The caller said something that could not be understood. Ask them in a few words to say it again.]';
}

/** Brackets mark the system's notes: the caller's words must not look like one. */
function callerText(text: string): string {
  return text.replaceAll('[', '(').replaceAll(']', ')');
}

function addText(
  messages: ChatCompletionMessageParam[],
  role: 'user' | 'assistant',
  text: string,
): void {
  if (text === '') return;
  const last = messages.at(-1);
  if (last?.role === role && typeof last.content === 'string') {
    last.content = `${last.content}\n${text}`;
  } else messages.push({ role, content: text });
}
