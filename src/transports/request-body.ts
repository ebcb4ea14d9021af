// Bodies as they come in: each within its limit, all together within one. Control plane.

import type { IncomingMessage } from 'node:http';

/** Bytes that the bodies of all unfinished requests hold together. */
export class BodyBudget {
  readonly #limitBytes: number;
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** @returns whether there was room */
  take(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.#limitBytes) return false;
    this.#usedBytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}

const FIRST_BYTES = 1024;

/**
 * One body. Chunks are copied into one buffer, which grows as they come: a thousand chunks of one
 * byte cost a thousand bytes, and a length that is announced costs nothing.
 */
export class BodyBuffer {
  readonly #limitBytes: number;
  readonly #budget: BodyBudget;
  #buffer = new Uint8Array(0);
  #length = 0;

  constructor(limitBytes: number, budget: BodyBudget) {
    this.#limitBytes = limitBytes;
    this.#budget = budget;
  }

  /** `too-large`: above its own limit; `no-room`: all bodies together are. Nothing is kept then. */
  add(chunk: Uint8Array): 'ok' | 'too-large' | 'no-room' {
    const needed = this.#length + chunk.byteLength;
    if (needed > this.#limitBytes) return this.#refuse('too-large');
    if (needed > this.#buffer.byteLength) {
      const doubled = Math.max(this.#buffer.byteLength * 2, FIRST_BYTES, needed);
      const size = Math.min(doubled, this.#limitBytes);
      if (!this.#budget.take(size - this.#buffer.byteLength)) return this.#refuse('no-room');
      const grown = new Uint8Array(size);
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = needed;
    return 'ok';
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Give its room back; idempotent. */
  release(): void {
    this.#budget.give(this.#buffer.byteLength);
    this.#buffer = new Uint8Array(0);
    this.#length = 0;
  }

  #refuse(why: 'too-large' | 'no-room'): 'too-large' | 'no-room' {
    this.release();
    return why;
  }
}

/**
 * Read the body of a node:http request into `buffer`. `gone`: the client left before its end. The rest
 * of a body that is refused is thrown away.
 */
export function readBody(
  incoming: IncomingMessage,
  buffer: BodyBuffer,
): Promise<'ok' | 'too-large' | 'no-room' | 'gone'> {
  return new Promise((resolve) => {
    const finish = (outcome: 'ok' | 'too-large' | 'no-room' | 'gone'): void => {
      incoming.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone);
      // What is not wanted is let go at once: a paused stream would hold it until its connection ends.
      incoming.resume();
      resolve(outcome);
    };
    const onData = (chunk: Buffer): void => {
      const outcome = buffer.add(chunk);
      if (outcome !== 'ok') finish(outcome);
    };
    const onEnd = (): void => finish('ok');
    const onGone = (): void => {
      buffer.release();
      finish('gone');
    };
    incoming.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
  });
}
