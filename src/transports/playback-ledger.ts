// What was said and what of it was heard: text spans of one generation against the audio sent. Pure. Media plane.

import { LINE_RATE_HZ } from '../dsp/frame.js';

interface Span {
  readonly text: string;
  readonly startSample: number;
  readonly endSample: number;
}

/** Words of `text` that fit into `share` (0..1) of its audio, in proportion to their letters. */
function heardPart(text: string, share: number): string {
  if (share >= 1) return text;
  const words = text.split(/\s+/).filter((word) => word !== '');
  const letters = words.reduce((sum, word) => sum + word.length, 0);
  const limit = letters * share;
  let used = 0;
  let count = 0;
  for (const word of words) {
    // A word counts as heard once more than half of it was played.
    if (used + word.length / 2 > limit) break;
    used += word.length;
    count += 1;
  }
  return words.slice(0, count).join(' ');
}

/**
 * The ledger of one generation. Positions are samples at 8000 Hz from the generation's start. Only
 * audio that was sent and that marks or elapsed time show as played counts as heard.
 */
export class PlaybackLedger {
  readonly generation: number;
  readonly #spans: Span[] = [];
  #writtenSamples = 0;
  #sentSamples = 0;

  constructor(generation: number) {
    this.generation = generation;
  }

  /** Audio of the clause being spoken was queued. */
  wrote(samples: number): void {
    this.#writtenSamples += samples;
  }

  /** The clause is complete: everything since the clause before is its audio. */
  endClause(text: string): void {
    const startSample = this.#spans.at(-1)?.endSample ?? 0;
    this.#spans.push({ text, startSample, endSample: this.#writtenSamples });
  }

  /** A frame went to the wire. */
  sent(samples: number): void {
    this.#sentSamples += samples;
  }

  get sentMs(): number {
    return (this.#sentSamples * 1000) / LINE_RATE_HZ;
  }

  /** Everything that was said; a clause that became no audio was not. */
  get text(): string {
    return this.#spans
      .filter(({ startSample, endSample }) => endSample > startSample)
      .map(({ text }) => text)
      .join(' ');
  }

  /**
   * The words heard when all but the last `unplayedMs` of what was sent had been played. A clause
   * still being synthesised has no known length yet: its words are not counted as heard.
   */
  heardText(unplayedMs: number): string {
    const heardSamples = this.#sentSamples - (unplayedMs * LINE_RATE_HZ) / 1000;
    return this.#spans
      .map(({ text, startSample, endSample }) => {
        const length = endSample - startSample;
        if (heardSamples <= startSample || length <= 0) return '';
        return heardPart(text, (heardSamples - startSample) / length);
      })
      .filter((text) => text !== '')
      .join(' ');
  }
}
