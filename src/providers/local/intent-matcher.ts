// Which intent a sentence means: phrases found in it, or enough of their telling words. Pure. Control plane.

import type { Intent } from './intents.js';
import { DIGITS_SLOT, slotDigits, wordsOf } from './spoken-words.js';

/** Words that tell nothing of what a caller wants; they count as part of a whole phrase only. */
const FILLERS = new Set(
  (
    'a an the i me my we us you your our it this that there is are am be do does did can could ' +
    "would will shall may might please to of for in on at with and or so well um uh er now just i'm i'd " +
    "i'll it's what's like want need have has get got some any what which one more"
  ).split(' '),
);
const NEGATIONS = new Set(['not', "don't", 'dont', 'never', "doesn't", 'no', "won't"]);
/** Of the telling words of a phrase, by weight, those that must be there. */
const LEAST_COVERAGE = 0.7;
/** The words of a phrase all over the place tell less than the phrase itself. */
const SCATTERED = 0.8;
/** Breaks ties for the longer phrase. */
const PER_WORD = 0.1;
/** And then for what was said last. */
const LATER = 0.01;

interface Phrase {
  readonly intent: Intent;
  /** Stems, in order. */
  readonly stems: readonly string[];
  readonly telling: readonly string[];
}

/** hours and hour, opening and open, located and locate: endings tell little here. */
function stem(word: string): string {
  if (word === DIGITS_SLOT || word.length < 5) return word;
  return word.replace(/(?:ing|ed|es|s|e)$/, '');
}

function stemsOf(text: string): string[] {
  return slotDigits(wordsOf(text)).words.map(stem);
}

function lastIndexOf(said: readonly string[], phrase: readonly string[]): number {
  for (let at = said.length - phrase.length; at >= 0; at--) {
    if (!phrase.every((word, i) => said[at + i] === word)) continue;
    const negated = NEGATIONS.has(said[at - 1] ?? '') && !NEGATIONS.has(phrase[0] ?? '');
    if (!negated) return at;
  }
  return -1;
}

export type IntentMatcher = (text: string) => Intent | undefined;

/**
 * Rare words weigh more: one that half of the intents have hardly tells them apart (inverse document
 * frequency, Sparck Jones 1972, with intents as documents). Several intents in one sentence: the one
 * with the most weight, then the one said last.
 */
export function createIntentMatcher(intents: readonly Intent[]): IntentMatcher {
  const fillers = new Set([...FILLERS].map(stem));
  const owners = new Map<string, Set<Intent>>();
  const phrases: Phrase[] = [];
  for (const intent of intents) {
    for (const text of intent.phrases) {
      const stems = stemsOf(text);
      const telling = stems.filter((word) => !fillers.has(word));
      phrases.push({ intent, stems, telling });
      for (const word of telling) {
        const having = owners.get(word) ?? new Set();
        owners.set(word, having.add(intent));
      }
    }
  }
  const weigh = (words: readonly string[]) =>
    words.reduce((sum, word) => sum + 1 / (owners.get(word)?.size ?? 1), 0);

  function score({ stems, telling }: Phrase, said: readonly string[]): number {
    const at = lastIndexOf(said, stems);
    const later = LATER * (at / Math.max(said.length, 1));
    if (at >= 0) return weigh(telling) + PER_WORD * stems.length + later;
    const found = telling.filter((word) => lastIndexOf(said, [word]) >= 0);
    // One word alone tells too little, where it is no phrase of its own.
    if (found.length < 2 || weigh(found) < LEAST_COVERAGE * weigh(telling)) return 0;
    return SCATTERED * weigh(found);
  }

  return (text) => {
    const said = stemsOf(text);
    let best: Intent | undefined;
    let bestScore = 0;
    for (const phrase of phrases) {
      const points = score(phrase, said);
      if (points <= bestScore) continue;
      best = phrase.intent;
      bestScore = points;
    }
    return best;
  };
}
