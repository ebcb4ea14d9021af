// The languages that turn-taking knows words of. Control plane.

import { GERMAN } from './de.js';
import { ENGLISH } from './en.js';
import { SPANISH } from './es.js';
import { FRENCH } from './fr.js';
import type { LanguageWords, SpokenWords } from './language.js';

export type { LanguageWords, SpokenWords } from './language.js';

/** By ISO 639-1 code. Another language is one more file and one more line here. */
const LANGUAGES: Readonly<Record<string, LanguageWords>> = {
  en: ENGLISH,
  de: GERMAN,
  es: SPANISH,
  fr: FRENCH,
};

/** @param tag BCP 47, e.g. `en`, `de-AT`; its first part counts. Undefined where no words are known. */
export function languageWords(tag: string | undefined): LanguageWords | undefined {
  const code = tag?.toLowerCase().split(/[-_]/)[0] ?? '';
  return Object.hasOwn(LANGUAGES, code) ? LANGUAGES[code] : undefined;
}

/** What the node says itself on a line of this language; in English where it does not know it. */
export const spokenWords = (tag: string | undefined): SpokenWords =>
  (languageWords(tag) ?? ENGLISH).spoken;
