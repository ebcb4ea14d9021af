// The far end of a media stream: plays what it is sent in real time and returns marks, as Twilio does.

import type { StreamSender } from '../../src/transports/twilio/stream-sink.js';

const FRAME_BYTES = 160;

type Sent = ReturnType<StreamSender['media']>;

type Queued = { readonly mark: string } | { readonly tag: number; readonly untilMs: number };

/** A stream whose socket says what `answer` says; what was taken is played at 8 bytes a millisecond. */
export class FarEnd implements StreamSender {
  /** The first byte of every frame taken, `mark:NAME` and `clear`, in order. */
  readonly messages: (number | string)[] = [];
  /** How many frames each media message had. */
  readonly messageFrames: number[] = [];
  /** First bytes of the frames that were played to their end. */
  readonly heard: number[] = [];
  answer: () => Sent = () => 'sent';
  onMark: (name: string) => void = () => undefined;
  nowMs = 0;
  closes = 0;
  #queue: Queued[] = [];

  media(payloadBase64: string): Sent {
    const answer = this.answer();
    if (answer === 'dropped') return answer;
    const audio = Buffer.from(payloadBase64, 'base64');
    this.messageFrames.push(audio.length / FRAME_BYTES);
    for (let from = 0; from < audio.length; from += FRAME_BYTES) {
      const tag = audio[from] ?? -1;
      this.messages.push(tag);
      const untilMs = Math.max(this.nowMs, this.#busyUntilMs()) + FRAME_BYTES / 8;
      this.#queue.push({ tag, untilMs });
    }
    return answer;
  }

  mark(name: string): Sent {
    const answer = this.answer();
    if (answer === 'dropped') return answer;
    this.messages.push(`mark:${name}`);
    this.#queue.push({ mark: name });
    return answer;
  }

  clear(): Sent {
    const answer = this.answer();
    if (answer === 'dropped') return answer;
    this.messages.push('clear');
    const marks = this.#queue.flatMap((item) => ('mark' in item ? [item.mark] : []));
    this.#queue = [];
    for (const name of marks) this.onMark(name);
    return answer;
  }

  bufferedBytes(): number {
    return 0;
  }

  close(): void {
    this.closes += 1;
  }

  /** Milliseconds of audio not played yet. */
  get bufferedMs(): number {
    return Math.max(0, this.#busyUntilMs() - this.nowMs);
  }

  /** Time passes in the far end. */
  advance(toMs: number): void {
    this.nowMs = toMs;
    for (let head = this.#queue[0]; head; head = this.#queue[0]) {
      if ('untilMs' in head && head.untilMs > toMs) return;
      this.#queue.shift();
      if ('mark' in head) this.onMark(head.mark);
      else this.heard.push(head.tag);
    }
  }

  #busyUntilMs(): number {
    return this.#queue.reduce(
      (latest, item) => ('untilMs' in item ? item.untilMs : latest),
      -Infinity,
    );
  }
}
