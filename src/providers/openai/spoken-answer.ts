// From the pieces of one answer to what is said of it. Control plane.

import type { AgentEvent } from '../../actors/ports.js';
import type { ChatPiece } from './chat-answer.js';
import { SpeakableText } from './speakable-text.js';

/** So many answers without a bare end mark and the model is not taken to think first any more. */
const FORGET_AFTER = 3;
/** Names of models that think before they answer, whether or not their server tells that apart. */
const THINKERS = /(?:^|[^a-z])(?:r1|qwq|thinking|reasoner|reasoning)(?:[^a-z]|$)/i;

/** What is known of how a model answers, for all calls of a node: learned, not configured. */
export class AnswerStyle {
  #startsReasoning: boolean;
  #without = 0;

  constructor(model: string) {
    this.#startsReasoning = THINKERS.test(model);
  }

  /** Its answers begin with reasoning that has no mark at its beginning. */
  get startsReasoning(): boolean {
    return this.#startsReasoning;
  }

  /** An answer is over. */
  learn(hadBareEnd: boolean): void {
    this.#without = hadBareEnd ? 0 : this.#without + 1;
    if (hadBareEnd) this.#startsReasoning = true;
    else if (this.#without >= FORGET_AFTER) this.#startsReasoning = false;
  }
}

/** The text of a reply, with a space where one answer of the model follows on another. */
export class Speech {
  /** Something that can be spoken was said: of dots and pictures nobody hears anything. */
  begun = false;
  #paused = false;

  say(text: string): AgentEvent {
    const gap = this.#paused && !/^\s/.test(text) ? ' ' : '';
    this.#paused = false;
    if (/[\p{L}\p{N}]/u.test(text)) this.begun = true;
    return { type: 'text', text: gap + text };
  }

  /** The next text comes from another answer. */
  pause(): void {
    this.#paused = this.begun;
  }
}

/** One answer of the model: what is said, and what may be calls. */
export class SpokenAnswer {
  readonly #style: AnswerStyle;
  readonly #speech: Speech;
  readonly #text: SpeakableText;
  #said = '';

  constructor(style: AnswerStyle, speech: Speech) {
    this.#style = style;
    this.#speech = speech;
    this.#text = new SpeakableText(style.startsReasoning);
  }

  get said(): string {
    return this.#said.trim();
  }

  get leaks(): readonly string[] {
    return this.#text.leaks;
  }

  *add(piece: Exclude<ChatPiece, { type: 'end' }>): Generator<AgentEvent, void, undefined> {
    if (piece.type === 'working') {
      yield* this.#say(this.#text.reasoningIsApart());
      yield piece;
      return;
    }
    const text = this.#text.push(piece.text);
    yield* this.#say(text);
    if (text === '' && this.#text.isWorking) yield { type: 'working' };
  }

  *end(): Generator<AgentEvent, void, undefined> {
    yield* this.#say(this.#text.end());
    this.#style.learn(this.#text.hadBareEnd);
  }

  *#say(text: string): Generator<AgentEvent, void, undefined> {
    if (text === '') return;
    this.#said += text;
    yield this.#speech.say(text);
  }
}
