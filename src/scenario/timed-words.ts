// When each word of a text is spoken, in proportion to its letters: what no transcript says. Pure. Control plane.

/** Milliseconds from the beginning of the audio. */
export interface TimedWord {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** @param voice where the voice is; words of audio without voice cannot be placed and are none */
export function timedWords(
  text: string,
  voice: { readonly startMs: number; readonly endMs: number } | undefined,
): TimedWord[] {
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (voice === undefined || words.length === 0) return [];
  const letters = words.reduce((sum, word) => sum + word.length, 0);
  const letterMs = (voice.endMs - voice.startMs) / letters;
  let atMs = voice.startMs;
  return words.map((word) => {
    const startMs = atMs;
    atMs += word.length * letterMs;
    return { text: word, startMs, endMs: atMs };
  });
}
