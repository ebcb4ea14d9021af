// Audio of phrases, the least recently said dropped first; bounded by the memory it takes. Media plane.

interface Kept<Audio> {
  readonly audio: Audio;
  readonly bytes: number;
}

export class AudioCache<Audio> {
  readonly #maxBytes: number;
  /** Least recently used first. */
  readonly #phrases = new Map<string, Kept<Audio>>();
  #bytes = 0;

  /** @param maxBytes of audio; 0 keeps nothing */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Shared: copy before giving it away. */
  get(key: string): Audio | undefined {
    const kept = this.#phrases.get(key);
    if (!kept) return undefined;
    this.#phrases.delete(key);
    this.#phrases.set(key, kept);
    return kept.audio;
  }

  set(key: string, audio: Audio, bytes: number): void {
    this.#remove(key);
    if (bytes > this.#maxBytes) return;
    this.#phrases.set(key, { audio, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#phrases.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#remove(oldest);
    }
  }

  clear(): void {
    this.#phrases.clear();
    this.#bytes = 0;
  }

  #remove(key: string): void {
    this.#bytes -= this.#phrases.get(key)?.bytes ?? 0;
    this.#phrases.delete(key);
  }
}
