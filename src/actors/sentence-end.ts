// Whether a full stop ends a sentence, as far as the text behind it tells yet. Pure. Control plane.

import { fullStops, type FullStop } from '../speech/abbreviations.js';
import { startsSentence } from '../speech/sentence-starts.js';

/** `wait`: what follows decides, and is not there yet. */
export type Verdict = 'end' | 'none' | 'wait';

/** Letters with full stops: initials, U.S., i.d.R. */
const INITIALS = /^(?:\p{L}\.)+$/u;
/** The word before a full stop, without what opens a quotation or bracket before it. */
const LAST_WORD = /[^\s("“'‘„«[]*$/;
/** A German ordinal follows one of these: "am 3. Mai", "im 2. Stock", "der 1. FC". */
const BEFORE_ORDINAL =
  /(?:^|\s)(?:am|vom|zum|zur|im|beim|ab|bis|seit|der|die|das|dem|den|des|jede[nrms]?|und|oder|unser[en]*|Ihr[en]*)$/i;
const GERMAN_MONTH =
  /^(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)$/;

/** The next word, where it is there to its end; a sign or digit counts as one. */
function nextWord(after: string): string | undefined {
  const text = after.replace(/^[\s"'“‘„«([*_]+/, '');
  const word = /^\p{L}[\p{L}\p{M}'’]*(?=[^\p{L}\p{M}'’])/u.exec(text)?.[0];
  return word ?? (text === '' || /^\p{L}/u.test(text) ? undefined : text.slice(0, 1));
}

/** Behind a number: a list marker and a German ordinal go on. */
function afterNumber(before: string, after: string): Verdict {
  const lead = before.trimEnd();
  const line = before.slice(before.lastIndexOf('\n') + 1).trim();
  if (line === '' || /[:;]$/.test(lead) || BEFORE_ORDINAL.test(lead)) return 'none';
  const next = nextWord(after);
  if (next === undefined) return 'wait';
  return /^[\p{Ll}\d]/u.test(next) || GERMAN_MONTH.test(next) ? 'none' : 'end';
}

function afterAbbreviation(fullStop: FullStop, after: string): Verdict {
  if (fullStop === 'inside') return 'none';
  const next = nextWord(after);
  if (next === undefined) return 'wait';
  if (fullStop === 'number') return /^[\d#+(\p{Ll}]/u.test(next) ? 'none' : 'end';
  return startsSentence(next) ? 'end' : 'none';
}

/**
 * @param before the text up to the full stop, that included
 * @param after the text behind the space that follows it
 * @param language ISO 639-1; where it is unknown the words of all known languages count
 */
export function sentenceEnd(before: string, after: string, language: string | undefined): Verdict {
  const word = LAST_WORD.exec(before)?.[0] ?? '';
  // Of an ellipsis with spaces.
  if (word === '.') return 'none';
  if (/^\d+\.$/.test(word)) return afterNumber(before.slice(0, -word.length), after);
  const fullStop = fullStops(language).get(word) ?? (INITIALS.test(word) ? 'maybe' : undefined);
  return fullStop === undefined ? 'end' : afterAbbreviation(fullStop, after);
}
