// Rendered phrases, the least recently said dropped first; bounded by the memory they take. Media plane.

import type { Speech } from './flite.js';

export class SpeechCache {
  readonly #maxBytes: number;
  /** Least recently used first. */
  readonly #phrases = new Map<string, Speech>();
  #bytes = 0;

  /** @param maxBytes of audio; 0 keeps nothing */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Shared: copy before giving it away. */
  get(text: string): Speech | undefined {
    const speech = this.#phrases.get(text);
    if (!speech) return undefined;
    this.#phrases.delete(text);
    this.#phrases.set(text, speech);
    return speech;
  }

  set(text: string, speech: Speech): void {
    this.#remove(text);
    if (speech.pcm.byteLength > this.#maxBytes) return;
    this.#phrases.set(text, speech);
    this.#bytes += speech.pcm.byteLength;
    for (const oldest of this.#phrases.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#remove(oldest);
    }
  }

  clear(): void {
    this.#phrases.clear();
    this.#bytes = 0;
  }

  #remove(text: string): void {
    this.#bytes -= this.#phrases.get(text)?.pcm.byteLength ?? 0;
    this.#phrases.delete(text);
  }
}
