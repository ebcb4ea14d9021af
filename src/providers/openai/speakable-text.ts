// What of a model's text can be spoken: no reasoning, no markup, no pictures. Control plane.

import { withoutSigns } from '../../speech/markup.js';

const THINK_BEGIN = '<think>';
const THINK_END = '</think>';
/**
 * Cleans a streamed answer piece by piece. Open models put their reasoning before the answer, between
 * `<think>` and `</think>`; a text-to-speech engine would read it out.
 */
export class SpeakableText {
  #state: 'begin' | 'thinking' | 'speaking' = 'begin';
  #held = '';

  /** @returns what can be said now; may be empty */
  push(text: string): string {
    if (this.#state === 'speaking') return withoutSigns(text);
    this.#held += text;
    if (this.#state === 'thinking') return this.#think();
    const start = this.#held.trimStart();
    if (start.startsWith(THINK_BEGIN)) {
      this.#state = 'thinking';
      return this.#think();
    }
    // Still whitespace, or what may yet become the tag.
    if (THINK_BEGIN.startsWith(start)) return '';
    this.#state = 'speaking';
    this.#held = '';
    return withoutSigns(start);
  }

  /** What was held back to the end. */
  end(): string {
    const rest = this.#state === 'begin' ? this.#held.trim() : '';
    this.#held = '';
    return withoutSigns(rest);
  }

  #think(): string {
    const end = this.#held.indexOf(THINK_END);
    if (end === -1) {
      // Only as much as may be the beginning of the closing tag.
      this.#held = this.#held.slice(-THINK_END.length);
      return '';
    }
    const rest = this.#held.slice(end + THINK_END.length);
    this.#held = '';
    // More reasoning may follow.
    this.#state = 'begin';
    return this.push(rest);
  }
}
