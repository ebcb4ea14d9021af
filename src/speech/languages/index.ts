// The languages whose numbers, dates and signs can be said. Control plane.

import { GERMAN } from './de.js';
import { ENGLISH } from './en.js';
import { SPANISH } from './es.js';
import { FRENCH } from './fr.js';
import type { SpokenLanguage } from './language.js';

/** By ISO 639-1 code. Another language is one more file and one more line here. */
const LANGUAGES: Readonly<Record<string, SpokenLanguage>> = {
  en: ENGLISH,
  de: GERMAN,
  es: SPANISH,
  fr: FRENCH,
};

/** @param tag BCP 47; its first part counts. Undefined where the language is unknown. */
export function spokenLanguage(tag: string): SpokenLanguage | undefined {
  const code = tag.toLowerCase().split(/[-_]/)[0] ?? '';
  return Object.hasOwn(LANGUAGES, code) ? LANGUAGES[code] : undefined;
}
