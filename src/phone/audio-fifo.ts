// Agent audio waiting to be played, first in, first out. Media plane.

/** Holds the arrays it is given, uncopied, until they were read. */
export class AudioFifo {
  #chunks: Uint8Array[] = [];
  /** Bytes of the first chunk that were read. */
  #offset = 0;

  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
  }

  clear(): void {
    this.#chunks = [];
    this.#offset = 0;
  }

  /**
   * Read up to `count` bytes to the head of `target`.
   * @returns bytes read; fewer when there are no more
   */
  read(target: Uint8Array, count: number): number {
    let filled = 0;
    while (filled < count) {
      const [chunk] = this.#chunks;
      if (chunk === undefined) break;
      const part = chunk.subarray(this.#offset, this.#offset + count - filled);
      target.set(part, filled);
      filled += part.length;
      this.#offset += part.length;
      if (this.#offset === chunk.length) {
        this.#chunks.shift();
        this.#offset = 0;
      }
    }
    return filled;
  }
}
