// Twilio's play-out buffer of one stream as far as it can be seen: bytes queued, played, and the marks between them. Media plane.

import { FRAME_SAMPLES } from '../dsp/frame.js';

interface PendingMark {
  readonly name: string;
  /** Bytes that are to be played before it, counted from the stream's start. */
  readonly at: number;
}

/**
 * Counts mu-law bytes, holds none. Time moves by `tick`, 20 ms each. A mark is echoed when
 * everything queued before it has finished playing, at once where nothing is queued or playing;
 * `clear` drops what is queued and echoes all pending marks (Twilio, "Media Streams - WebSocket
 * Messages").
 */
export class PlayoutBuffer {
  readonly #echo: (name: string) => void;
  #marks: PendingMark[] = [];
  #pushed = 0;
  #played = 0;
  #playing = false;

  /** @param echo called for every mark that comes back, in order */
  constructor(echo: (name: string) => void) {
    this.#echo = echo;
  }

  /** Bytes queued and not yet played. */
  get queued(): number {
    return this.#pushed - this.#played;
  }

  /** True when nothing is queued and the frame now on the line holds no agent audio. */
  get idle(): boolean {
    return !this.#playing && this.queued === 0;
  }

  get pendingMarks(): number {
    return this.#marks.length;
  }

  push(bytes: number): void {
    this.#pushed += bytes;
  }

  mark(name: string): void {
    if (this.idle) this.#echo(name);
    else this.#marks.push({ name, at: this.#pushed });
  }

  clear(): void {
    const marks = this.#marks;
    this.#pushed = this.#played;
    this.#playing = false;
    this.#marks = [];
    for (const mark of marks) this.#echo(mark.name);
  }

  /**
   * The last frame is over and the next one begins.
   * @returns bytes of agent audio in the new frame, 0 to 160
   */
  tick(): number {
    // What was read by an earlier tick has been heard by now.
    let reached = 0;
    while ((this.#marks[reached]?.at ?? Infinity) <= this.#played) reached += 1;
    if (reached > 0) {
      for (const mark of this.#marks.splice(0, reached)) this.#echo(mark.name);
    }
    const bytes = Math.min(FRAME_SAMPLES, this.queued);
    this.#played += bytes;
    this.#playing = bytes > 0;
    return bytes;
  }
}
