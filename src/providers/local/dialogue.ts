// The receptionist's dialogue: from what was said and where the dialogue stands to the reply. Pure. Control plane.

import type { AgentInput, CallAction, HistoryTurn } from '../../actors/ports.js';
import type { IntentMatcher } from './intent-matcher.js';
import type { Intent, Intents } from './intents.js';
import { DIGITS_SLOT, slotDigits, wordsOf } from './spoken-words.js';

export interface DialogueState {
  /** Extensions asked for in vain so far; undefined where none was asked for. */
  readonly extensionTries: number | undefined;
  /** How often each kind of answer was given, so that they take turns. */
  readonly given: Readonly<Record<string, number>>;
  /** What the agent said last, whole. */
  readonly lastAnswer: string | undefined;
}

export interface DialogueReply {
  readonly text: string;
  readonly action?: CallAction;
  readonly state: DialogueState;
}

export const INITIAL_DIALOGUE: DialogueState = {
  extensionTries: undefined,
  given: {},
  lastAnswer: undefined,
};

const EXTENSION = /^\d{1,4}$/;
const MAX_EXTENSION_TRIES = 3;

/** One reply in the making. */
class Turn {
  readonly #intents: Intents;
  readonly #match: IntentMatcher;
  readonly #state: DialogueState;
  readonly #history: readonly HistoryTurn[];

  constructor(
    intents: Intents,
    match: IntentMatcher,
    state: DialogueState,
    history: readonly HistoryTurn[],
  ) {
    this.#intents = intents;
    this.#match = match;
    this.#state = state;
    this.#history = history;
  }

  reply(input: AgentInput): DialogueReply {
    const { greeting, unclear, idle, farewell } = this.#intents;
    switch (input.kind) {
      case 'greeting':
        return this.#say('greeting', greeting);
      case 'turn':
        return this.#answer(input.text);
      case 'digits':
        return this.#dial(input.digits);
      case 'idle': {
        if (input.last) return this.#say('farewell', farewell, { type: 'hangup' });
        const prompt = idle[Math.min(input.count, idle.length - 1)] as string;
        return { text: prompt, state: this.#state };
      }
      case 'unclear':
    }
    const { text, state } = this.#say('unclear', unclear);
    // No answer: what may be repeated is the one before, and an extension is still awaited.
    const { extensionTries, lastAnswer } = this.#state;
    return { text, state: { ...state, extensionTries, lastAnswer } };
  }

  #answer(text: string): DialogueReply {
    const { words, digits } = slotDigits(wordsOf(text));
    const asked = this.#state.extensionTries !== undefined;
    const intent = this.#match(text);
    if (intent?.action && 'ask' in intent.action && digits !== '') return this.#extension(digits);
    if (asked && digits !== '') return this.#extension(digits);
    if (intent) return this.#follow(intent);
    const onlyDigits = words.length === 1 && words[0] === DIGITS_SLOT;
    if (onlyDigits && this.#hasExtensions()) return this.#extension(digits);
    if (asked) return this.#extension('');
    return this.#say('unknown', this.#intents.unknown);
  }

  #dial(keyed: string): DialogueReply {
    // A star starts over, a hash ends.
    const digits = keyed.slice(keyed.lastIndexOf('*') + 1).replace(/\D/g, '');
    const intent = this.#intents.intents.find(({ keys }) => keys === digits);
    if (intent) return this.#follow(intent);
    if (this.#hasExtensions()) return this.#extension(digits);
    return this.#say('unknown', this.#intents.unknown);
  }

  #follow({ name, answers, action }: Intent): DialogueReply {
    if (!action) return this.#say(name, answers);
    if ('hangup' in action) return this.#say(name, answers, { type: 'hangup' });
    if ('transfer' in action) {
      return this.#say(name, answers, { type: 'transfer', to: action.transfer });
    }
    if ('ask' in action) return this.#say(name, answers, undefined, 0);
    // The same text once more, and the dialogue stands where it stood.
    const last = this.#state.lastAnswer ?? this.#heard();
    return last === undefined ? this.#say(name, answers) : this.#done(last, this.#state);
  }

  #extension(digits: string): DialogueReply {
    const { confirm, invalid, giveUp } = this.#intents.extension;
    if (EXTENSION.test(digits)) {
      // With spaces a voice says the digits one by one.
      const spaced = digits.split('').join(' ');
      const { text, state } = this.#say('confirm', confirm);
      const spoken = text.replaceAll(DIGITS_SLOT, spaced);
      const action: CallAction = { type: 'transfer', to: digits };
      return { text: spoken, action, state: { ...state, lastAnswer: spoken } };
    }
    const tries = (this.#state.extensionTries ?? 0) + 1;
    if (tries >= MAX_EXTENSION_TRIES) return this.#say('giveUp', giveUp);
    return this.#say('invalid', invalid, undefined, tries);
  }

  #hasExtensions(): boolean {
    return this.#intents.intents.some(({ action }) => action && 'ask' in action);
  }

  /** What the caller heard of the agent last: all that a session knows that took over in mid-call. */
  #heard(): string | undefined {
    return this.#history.findLast(({ role, text }) => role === 'agent' && text !== '')?.text;
  }

  /** The answer of `kind` whose turn it is. Unless `extensionTries` says so, no extension is awaited. */
  #say(
    kind: string,
    answers: readonly string[],
    action?: CallAction,
    extensionTries?: number,
  ): DialogueReply {
    const count = this.#state.given[kind] ?? 0;
    const given = { ...this.#state.given, [kind]: count + 1 };
    const text = answers[count % answers.length] as string;
    return this.#done(text, { ...this.#state, given, extensionTries }, action);
  }

  #done(text: string, state: DialogueState, action?: CallAction): DialogueReply {
    return { text, state: { ...state, lastAnswer: text }, ...(action && { action }) };
  }
}

/** The reply to `input`, and where the dialogue stands once it was heard. */
export function replyTo(
  intents: Intents,
  match: IntentMatcher,
  state: DialogueState,
  input: AgentInput,
  history: readonly HistoryTurn[],
): DialogueReply {
  return new Turn(intents, match, state, history).reply(input);
}
