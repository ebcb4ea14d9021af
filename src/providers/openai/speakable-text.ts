// What of a model's text can be spoken: no reasoning, no markup, no pictures. Control plane.

const THINK_BEGIN = '<think>';
const THINK_END = '</think>';
/** Asterisks and backticks are markup in writing and words in speech; the rest is emojis and their joints. */
const UNSPEAKABLE =
  /[*`\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}]|\u{200d}|\u{fe0f}|\u{20e3}/gu;
const HEADING = /(^|\n)#{1,6} /g;

/**
 * Cleans a streamed answer piece by piece. Open models put their reasoning before the answer, between
 * `<think>` and `</think>`; a text-to-speech engine would read it out.
 */
export class SpeakableText {
  #state: 'begin' | 'thinking' | 'speaking' = 'begin';
  #held = '';

  /** @returns what can be said now; may be empty */
  push(text: string): string {
    if (this.#state === 'speaking') return clean(text);
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
    return clean(start);
  }

  /** What was held back to the end. */
  end(): string {
    const rest = this.#state === 'begin' ? this.#held.trim() : '';
    this.#held = '';
    return clean(rest);
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

function clean(text: string): string {
  return text.replace(HEADING, '$1').replace(UNSPEAKABLE, '');
}
