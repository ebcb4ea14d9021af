// What of a reply a phone in fact played, to the sample: a recording laid against the whole of the reply. Pure. Used by the benchmark of turns.

/** So much in a row is found once only, and is no silence. */
const KEY_SAMPLES = 12;

/** Samples of the whole that were played without a break, from where in the recording. */
export interface PlayedRun {
  /** Which of the wholes. */
  readonly whole: number;
  readonly from: number;
  readonly to: number;
  /** In the recording, of `from`. */
  readonly at: number;
}

function keyAt(pcm: Int16Array, at: number): string {
  let key = '';
  for (let i = at; i < at + KEY_SAMPLES; i += 1) key += String.fromCharCode((pcm[i] ?? 0) & 0xffff);
  return key;
}

/** What can be found in recordings. Silence within a whole is found with what is around it. */
export class Wholes {
  readonly #wholes: readonly Int16Array[];
  readonly #places = new Map<string, { readonly whole: number; readonly at: number }>();

  /** @param wholes at 8000 Hz, each from its first sample that is not silent; lent */
  constructor(wholes: readonly Int16Array[]) {
    this.#wholes = wholes;
    for (const [whole, pcm] of wholes.entries()) {
      for (let at = 0; at + KEY_SAMPLES <= pcm.length; at += 1) {
        const key = keyAt(pcm, at);
        if (!this.#places.has(key)) this.#places.set(key, { whole, at });
      }
    }
  }

  /** Every run of `recording`, in order. Sound that is of none of the wholes is none. */
  runsOf(recording: Int16Array): PlayedRun[] {
    const runs: PlayedRun[] = [];
    let at = 0;
    while (at + KEY_SAMPLES <= recording.length) {
      const place = recording[at] === 0 ? undefined : this.#places.get(keyAt(recording, at));
      if (place === undefined) {
        at += 1;
        continue;
      }
      const pcm = this.#wholes[place.whole] as Int16Array;
      let length = 0;
      while (
        at + length < recording.length &&
        place.at + length < pcm.length &&
        recording[at + length] === pcm[place.at + length]
      ) {
        length += 1;
      }
      runs.push({ whole: place.whole, from: place.at, to: place.at + length, at });
      at += length;
    }
    return runs;
  }
}

/** What a listener misses and what is heard twice where one run ends and the next begins; ms. */
export function seam(before: PlayedRun, after: PlayedRun): { lostMs: number; repeatedMs: number } {
  const samples = after.from - before.to;
  return { lostMs: Math.max(0, samples) / 8, repeatedMs: Math.max(0, -samples) / 8 };
}
