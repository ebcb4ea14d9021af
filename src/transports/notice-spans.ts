// Which audio of a reply must be heard, and whether it is on its way to the caller. Pure, one per generation. Media plane.

import { FRAME_SAMPLES } from '../dsp/frame.js';

/**
 * The converter and the framing keep so much back, at most, until more follows: the filter's delay and
 * less than a frame. What is left of a notice when the voice pauses behind it is no more than that.
 */
const KEPT_BACK = 2 * FRAME_SAMPLES;

interface Span {
  readonly start: number;
  /** Infinity while its last clause is not complete. */
  end: number;
}

/** Positions are samples at 8000 Hz from the generation's start. Nothing is allocated while audio runs. */
export class NoticeSpans {
  /** Those not known to be played, in order. */
  readonly #spans: Span[] = [];
  #isHeard = false;

  /** What is written from `position` on must be heard; one span with what must be heard right before it. */
  begin(position: number): void {
    const last = this.#spans.at(-1);
    if (last && last.end >= position) last.end = Infinity;
    else this.#spans.push({ start: position, end: Infinity });
  }

  /** What is written from `position` on need not be heard. */
  end(position: number): void {
    const last = this.#spans.at(-1);
    if (last?.end !== Infinity) return;
    // A clause that became no audio.
    if (last.start >= position) this.#spans.pop();
    else last.end = position;
  }

  /** Has some of a span left, and is its end not known to be played? By the last `follow`. */
  get isHeard(): boolean {
    return this.#isHeard;
  }

  /** Everything of the span that is heard has left, but for what is kept back until more follows. */
  hasLeft(sent: number): boolean {
    const [span] = this.#spans;
    return this.#isHeard && span !== undefined && span.end - sent <= KEPT_BACK;
  }

  /**
   * @param sent the end of what left for the far end
   * @param played the end of what is known to be played
   * @returns what is new: some of a span has left, or all of it was played
   */
  follow(sent: number, played: number): 'started' | 'ended' | undefined {
    let span = this.#spans[0];
    while (span && isPlayed(span, sent, played)) {
      this.#spans.shift();
      span = this.#spans[0];
    }
    const isHeard = span !== undefined && span.start < sent;
    if (isHeard === this.#isHeard) return undefined;
    this.#isHeard = isHeard;
    return isHeard ? 'started' : 'ended';
  }
}

const isPlayed = ({ start, end }: Span, sent: number, played: number): boolean =>
  played >= end || (start < sent && played === sent && end - sent <= KEPT_BACK);
