// JSON values found in text that comes in pieces, whatever stands between them. Pure. Control plane.

import { RingmasterError } from '../../errors.js';

/** Far above any real value; a server that never ends one must not fill the memory. */
const MAX_VALUE_CHARS = 1024 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x7b, 0x5b]);
const CLOSING = new Set([0x7d, 0x5d]);

/** Each character is looked at once, so that a large value costs no more than a small one. */
export class JsonScanner {
  readonly #begins: RegExp;
  /** Of the value at hand, already looked at: joined once, when it is complete. */
  #parts: string[] = [];
  #length = 0;
  /** Not looked at yet. */
  #rest = '';
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** @param begins what a value begins with; by default an object */
  constructor(begins = /\{/) {
    this.#begins = begins;
  }

  /** A value has begun and not ended. */
  get open(): boolean {
    return this.#depth > 0;
  }

  /** What was added behind the value that was taken last. */
  get rest(): string {
    return this.#rest;
  }

  add(text: string): void {
    this.#rest += text;
  }

  /**
   * The text of the next value that is complete; what stands before it is skipped.
   * @throws {RingmasterError} PROVIDER_PROTOCOL where a value is above 1 MiB
   */
  take(): string | undefined {
    if (!this.open) {
      const at = this.#rest.search(this.#begins);
      this.#rest = at < 0 ? '' : this.#rest.slice(at);
    }
    const end = this.#end();
    const part = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(part.length);
    this.#parts.push(part);
    this.#length += part.length;
    if (this.#length > MAX_VALUE_CHARS) {
      throw new RingmasterError('PROVIDER_PROTOCOL', 'a streamed event is too large');
    }
    if (end === undefined) return undefined;
    const whole = this.#parts.join('');
    this.#parts = [];
    this.#length = 0;
    return whole;
  }

  /** Behind the last character of the value at hand; undefined where it goes on. */
  #end(): number | undefined {
    for (let at = 0; at < this.#rest.length; at++) {
      const code = this.#rest.charCodeAt(at);
      if (this.#inString) this.#string(code);
      else if (code === QUOTE) this.#inString = true;
      else if (OPENING.has(code)) this.#depth++;
      else if (CLOSING.has(code)) {
        this.#depth--;
        if (this.#depth === 0) return at + 1;
      }
    }
    return undefined;
  }

  #string(code: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (code === BACKSLASH) this.#escaped = true;
    else if (code === QUOTE) this.#inString = false;
  }
}

/** All values that are complete in a text. */
export function jsonIn(text: string, begins?: RegExp): { value: string; before: string }[] {
  const scanner = new JsonScanner(begins);
  scanner.add(text);
  const found: { value: string; before: string }[] = [];
  let from = 0;
  for (let value = scanner.take(); value !== undefined; value = scanner.take()) {
    const at = text.indexOf(value, from);
    found.push({ value, before: text.slice(from, at) });
    from = at + value.length;
  }
  return found;
}
