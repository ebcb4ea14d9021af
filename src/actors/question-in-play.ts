// Whether the agent asks at the moment at which it was held: callers answer over a question's last words. Pure. Control plane.

/** Who answers so early has understood the question: a second of it, about. In the middle of a long one "yes" only listens. */
const LAST_WORDS = 4;
/** A word that ends a sentence, and a question among them. */
const ENDS = /[.!?…]["'”»)\]]*$/;
const ASKS = /[?]["'”»)\]]*$/;

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/**
 * @param said all that the reply says, as far as it is known
 * @param heard what was heard of it, from its beginning
 */
export function isAsked(said: string, heard: string): boolean {
  const heardWords = wordsOf(heard);
  const rest = wordsOf(said).slice(heardWords.length);
  const end = rest.findIndex((word) => ENDS.test(word));
  const isCut = !ENDS.test(heardWords.at(-1) ?? '.');
  // Of a sentence that nothing was heard of nobody knows yet that it asks.
  if (isCut && end >= 0) return end < LAST_WORDS && ASKS.test(rest[end] as string);
  return ASKS.test(heardWords.at(-1) ?? '');
}
