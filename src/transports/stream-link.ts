// What one media stream tells its call's path; a stream that another one replaced tells nothing any more. Media plane.

import type { StreamEnd, StreamSink } from './twilio/stream-sink.js';

/** A call may have several streams one after the other, and an old socket may close after a new one is there. */
export class StreamLink implements StreamSink {
  #path: StreamSink | undefined;

  constructor(path: StreamSink) {
    this.#path = path;
  }

  /** Twilio says that this stream is over, whatever its socket looks like. Idempotent. */
  giveUp(): void {
    this.ended('lost');
  }

  media(payload: string, timestampMs: number, arrivedAtMs: number): boolean {
    return this.#path?.media(payload, timestampMs, arrivedAtMs) ?? true;
  }

  gap(frames: number): void {
    this.#path?.gap(frames);
  }

  mark(name: string): void {
    this.#path?.mark(name);
  }

  dtmf(digit: string): void {
    this.#path?.dtmf(digit);
  }

  drain(): void {
    this.#path?.drain();
  }

  ended(how: StreamEnd): void {
    const path = this.#path;
    this.#path = undefined;
    path?.ended(how);
  }
}
