// The receptionist's dialogue: from what was said and where the dialogue stands to the reply. Pure. Control plane.

import type { AgentInput, CallAction, HistoryTurn } from '../../actors/ports.js';
import type { IntentMatcher } from './intent-matcher.js';
import type { Intent, Intents } from './intents.js';
import { DIGITS_SLOT, slotDigits, wordsOf } from './spoken-words.js';
import { yesOrNo } from './yes-and-no.js';

/** What happens once the caller has said yes to it. */
export interface PendingAction {
  readonly action: CallAction;
  /** Said before it happens. */
  readonly text: string;
}

export interface DialogueState {
  /** Extensions asked for in vain so far; undefined where none was asked for. */
  readonly extensionTries: number | undefined;
  /** How often each kind of answer was given, so that they take turns. */
  readonly given: Readonly<Record<string, number>>;
  /** What the agent said last, whole. */
  readonly lastAnswer: string | undefined;
  /** Turns in a row that were not understood, and whether any of them held words. */
  readonly misses: number;
  readonly missedWords: boolean;
  /** The agent has asked whether it shall do this. */
  readonly pending: PendingAction | undefined;
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
  misses: 0,
  missedWords: false,
  pending: undefined,
};

const EXTENSION = /^\d{1,4}$/;
const MAX_EXTENSION_TRIES = 3;
/**
 * Before a call is ended or transferred the words must be surer than others (see `SpeechConfidence`): clear recordings of such
 * phrases are at 0.82 and above, the laugh that is most like "bye" at 0.46.
 */
const DOUBTFUL_BELOW = 0.65;
/** Misses in a row: what can be asked, then a person, and so on. */
const HINT_AT = 2;
const PERSON_AT = 3;

/** One reply in the making. */
class Turn {
  readonly #intents: Intents;
  readonly #match: IntentMatcher;
  readonly #state: DialogueState;
  readonly #history: readonly HistoryTurn[];
  #doubtful = false;

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
    const { greeting, idle, farewell } = this.#intents;
    switch (input.kind) {
      case 'greeting':
        return this.#say('greeting', greeting);
      case 'turn':
        this.#doubtful = input.confidence !== undefined && input.confidence < DOUBTFUL_BELOW;
        return this.#answer(input.text);
      case 'digits':
        return this.#dial(input.digits);
      case 'idle': {
        if (input.last) return this.#say('farewell', farewell, { type: 'hangup' });
        const text = idle[Math.min(input.count, idle.length - 1)] as string;
        // Silence is no yes.
        return { text, state: { ...this.#state, pending: undefined } };
      }
      case 'unclear':
    }
    return this.#miss(false);
  }

  #answer(text: string): DialogueReply {
    const { pending } = this.#state;
    const answer = pending && yesOrNo(text);
    if (pending && answer === 'yes' && !this.#doubtful) {
      return this.#say('confirmed', [pending.text], pending.action);
    }
    if (answer === 'no') return this.#decline();
    const intent = this.#match(text);
    const { words, digits } = slotDigits(wordsOf(text));
    const asked = this.#state.extensionTries !== undefined;
    if (intent?.action && 'ask' in intent.action && digits !== '') return this.#extension(digits);
    if (asked && digits !== '') return this.#extension(digits);
    if (intent) return this.#follow(intent);
    const onlyDigits = words.length === 1 && words[0] === DIGITS_SLOT;
    if (onlyDigits && this.#hasExtensions()) return this.#extension(digits);
    if (asked) return this.#extension('');
    return this.#miss(true);
  }

  #dial(keyed: string): DialogueReply {
    // A star starts over, a hash ends.
    const digits = keyed.slice(keyed.lastIndexOf('*') + 1).replace(/\D/g, '');
    const intent = this.#intents.intents.find(({ keys }) => keys === digits);
    if (intent) return this.#follow(intent);
    if (this.#hasExtensions()) return this.#extension(digits);
    return this.#say('unknown', this.#intents.unknown);
  }

  #follow(intent: Intent): DialogueReply {
    const { name, answers, action } = intent;
    if (!action) return this.#say(name, answers);
    if ('repeat' in action) {
      // The same text once more, and the dialogue stands where it stood.
      const last = this.#state.lastAnswer ?? this.#heard();
      return last === undefined ? this.#say(name, answers) : this.#done(last, this.#state);
    }
    const { confirm, unavailable } = this.#intents;
    if ('hangup' in action) return this.#act(name, answers, { type: 'hangup' }, confirm.hangup);
    if ('transfer' in action) {
      if (!this.#intents.reaches(action.transfer)) return this.#say('unavailable', unavailable);
      const transfer: CallAction = { type: 'transfer', to: action.transfer };
      return this.#act(name, answers, transfer, confirm.transfer);
    }
    if (!this.#intents.reaches('1')) return this.#say('unavailable', unavailable);
    return this.#say(name, answers, undefined, 0);
  }

  #extension(digits: string): DialogueReply {
    const { extension, unavailable } = this.#intents;
    if (!this.#intents.reaches('1')) return this.#say('unavailable', unavailable);
    if (EXTENSION.test(digits)) {
      // With spaces a voice says the digits one by one.
      const spaced = digits.split('').join(' ');
      const filled = (texts: readonly string[]) =>
        texts.map((text) => text.replaceAll(DIGITS_SLOT, spaced));
      const action: CallAction = { type: 'transfer', to: digits };
      const question = filled(this.#intents.confirm.extension);
      return this.#act('confirm', filled(extension.confirm), action, question);
    }
    const tries = (this.#state.extensionTries ?? 0) + 1;
    if (tries >= MAX_EXTENSION_TRIES) return this.#say('giveUp', extension.giveUp);
    return this.#say('invalid', extension.invalid, undefined, tries);
  }

  /** Words that are doubtful end no call and dial nothing: they are asked about first. */
  #act(
    name: string,
    answers: readonly string[],
    action: CallAction,
    question: readonly string[],
  ): DialogueReply {
    const { text, state } = this.#say(name, answers, action);
    if (!this.#doubtful) return { text, action, state };
    // Doubt on doubt is no yes.
    if (this.#state.pending) return this.#decline();
    const asked = this.#say(`confirm ${action.type}`, question);
    return { text: asked.text, state: { ...asked.state, pending: { action, text } } };
  }

  /** Not understood: ask again, then say what can be asked, then offer a person, and so on. */
  #miss(words: boolean): DialogueReply {
    const { unknown, unclear, hint, sorry, offer } = this.#intents;
    const { misses: before, extensionTries, lastAnswer } = this.#state;
    const misses = before + 1;
    const missedWords = words || (before > 0 && this.#state.missedWords);
    const step = ((misses - 1) % PERSON_AT) + 1;
    const person = step === PERSON_AT ? this.#person() : undefined;
    const kept = { misses, missedWords };
    if (person) {
      const { text, state } = this.#say('sorry', sorry);
      // Music and noise are not understood either, and nobody is called for them.
      if (missedWords) return { text, action: person, state: { ...state, ...kept } };
      const asked = this.#say('offer', offer);
      return {
        text: asked.text,
        state: { ...asked.state, ...kept, pending: { action: person, text } },
      };
    }
    const hints = step >= HINT_AT;
    const [kind, texts] = hints
      ? (['hint', hint] as const)
      : words
        ? (['unknown', unknown] as const)
        : (['unclear', unclear] as const);
    const { text, state } = this.#say(kind, texts);
    if (words) return { text, state: { ...state, ...kept } };
    // No answer: what may be repeated is the one before, and an extension is still awaited.
    return { text, state: { ...state, ...kept, extensionTries, lastAnswer } };
  }

  /** The transfer to a person, where there is one and it can be dialled. */
  #person(): CallAction | undefined {
    const { operator } = this.#intents;
    if (operator === undefined || !this.#intents.reaches(operator)) return undefined;
    return { type: 'transfer', to: operator };
  }

  #decline(): DialogueReply {
    return this.#say('declined', this.#intents.confirm.declined);
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
    const understood = { misses: 0, missedWords: false, pending: undefined };
    return this.#done(text, { ...this.#state, given, extensionTries, ...understood }, action);
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
