// Cuts a stream of text into speakable clauses, the first one early. Pure. Control plane.

import { sentenceEnd, type Verdict } from './sentence-end.js';

/** Where a clause may end: a sentence, a line, or a place to breathe; each with what closes behind it. */
const ENDS = new RegExp(
  [
    /(?<stop>[.!?…]+)(?<closed>["'”’»)\]*_]*)\s/,
    // Ideographs have no spaces between them.
    /[。！？｡]+["'”’」』）】》]*(?=[^。！？｡"'”’」』）】》])/,
    /\n/,
    /(?<breath>[,;:–—]["'”’»)\]*_]*\s|[，；：、])/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);
const IDEOGRAPHIC_BREATH = /^[，；：、]/;
/** How many letters of a spoken word an ideograph stands for, roughly. */
const IDEOGRAPH_LETTERS = 3;

/**
 * The first clause may end at a comma after so many characters, since the caller is waiting. Said, they
 * are about 0.9 s, in which the next clause is synthesised.
 */
const FIRST_CLAUSE_MIN = 12;
/** A first clause that is longer ends before a word that joins, where there is one far enough on. */
const FIRST_CLAUSE_MAX = 64;
const FIRST_CLAUSE_JOIN = 24;
/** Later ones only when the sentence grows so long that synthesis would lag. */
const LATER_CLAUSE_MIN = 140;
/** Text without any punctuation is cut at a space, or, without spaces, after so many characters. */
const CLAUSE_MAX = 300;

/** Words that speakers may breathe before. */
const JOINING =
  /(?<!\d)\s(?=(?:and|but|or|because|so|which|who|that|if|when|while|where|until|from|with|und|oder|aber|weil|wenn|dass|damit|sodass|während|bis|y|pero|porque|que|cuando|mientras|desde|hasta|et|ou|mais|parce|qui|quand|pendant|depuis|jusqu'à)\s)/gi;

/** A number goes on behind a comma, colon or dash: "May 5, 2026", "9 – 17". */
function breathEnd(text: string, index: number, end: number): Verdict {
  if (!/\d\s*$/.test(text.slice(0, index))) return 'end';
  const next = text.slice(end).trimStart();
  if (next === '') return 'wait';
  return /^\d/.test(next) ? 'none' : 'end';
}

/** A bracket within a sentence may hold whole ones: "(e.g. shoes, etc.) and". */
function closedEnd(text: string, closed: string, end: number): Verdict {
  if (!/[)\]]/.test(closed)) return 'end';
  const next = text.slice(end).trimStart();
  if (next === '') return 'wait';
  return /^\p{Ll}/u.test(next) ? 'none' : 'end';
}

/** The last space that tears no number apart, else the last one; without one, not within a character. */
function anyEnd(text: string): number {
  for (let at = text.length - 1; at > CLAUSE_MAX / 2; at -= 1) {
    if (/\s/.test(text[at] as string) && !/\d\s+\d/.test(text.slice(at - 1, at + 3))) return at + 1;
  }
  const space = text.search(/\s\S*$/);
  if (space >= 0) return space + 1;
  const isHighHalf = (text.charCodeAt(CLAUSE_MAX - 1) & 0xfc00) === 0xd800;
  return isHighHalf ? CLAUSE_MAX - 1 : CLAUSE_MAX;
}

/** Where the last word begins that joins what a first clause may be with what follows; 0 without one. */
function joinEnd(text: string): number {
  let end = 0;
  for (const { index } of text.matchAll(JOINING)) if (index >= FIRST_CLAUSE_JOIN) end = index + 1;
  return end;
}

/** Stateful over one reply: push text as it streams, take clauses as they become speakable. */
export class ClauseSplitter {
  readonly #language: string | undefined;
  #pending = '';
  #first = true;

  /** @param language BCP 47 of the text, where it is known: whose abbreviations count */
  constructor(language?: string) {
    this.#language = language?.toLowerCase().split(/[-_]/)[0];
  }

  /** @returns the clauses that are complete now, trimmed, never empty */
  push(text: string): string[] {
    this.#pending += text;
    const clauses: string[] = [];
    for (let end = this.#cut(); end > 0; end = this.#cut()) {
      const clause = this.#pending.slice(0, end).trim();
      this.#pending = this.#pending.slice(end);
      if (clause === '') continue;
      clauses.push(clause);
      this.#first = false;
    }
    return clauses;
  }

  /** The text is complete, or what follows is not to be in one clause with it. @returns what is left */
  flush(): string[] {
    const rest = this.#pending.trim();
    this.#pending = '';
    if (rest === '') return [];
    this.#first = false;
    return [rest];
  }

  /**
   * The first end that was ever possible counts, and what follows a cut in a window of fixed length
   * decides nothing: so it makes no difference how the text is chunked.
   * @returns the length of the clause that is complete, 0 where none is
   */
  #cut(): number {
    if (this.#first && this.#pending.length > FIRST_CLAUSE_MAX) {
      const text = this.#pending.slice(0, FIRST_CLAUSE_MAX + 1);
      const end = this.#firstEnd(text) || joinEnd(text);
      if (end > 0) return end;
    }
    const text = this.#pending.slice(0, CLAUSE_MAX + 1);
    return this.#firstEnd(text) || (text.length > CLAUSE_MAX ? anyEnd(text) : 0);
  }

  #firstEnd(text: string): number {
    for (const match of text.matchAll(ENDS)) {
      const verdict = this.#verdict(text, match);
      if (verdict === 'wait') return 0;
      if (verdict === 'end') return match.index + match[0].length;
    }
    return 0;
  }

  #verdict(text: string, match: RegExpExecArray): Verdict {
    const end = match.index + match[0].length;
    const { stop, closed = '', breath } = match.groups ?? {};
    if (breath !== undefined) {
      const least = this.#first ? FIRST_CLAUSE_MIN : LATER_CLAUSE_MIN;
      const length = IDEOGRAPHIC_BREATH.test(breath) ? end * IDEOGRAPH_LETTERS : end;
      return length < least ? 'none' : breathEnd(text, match.index, end);
    }
    if (stop === undefined || stop !== '.') {
      // Spaces alone, or a list marker alone, are nothing to say.
      return match[0] === '\n' && !/\p{L}|\d(?!\.?$)/u.test(text.slice(0, end).trim())
        ? 'none'
        : 'end';
    }
    if (closed !== '') return closedEnd(text, closed, end);
    return sentenceEnd(text.slice(0, match.index + 1), text.slice(end), this.#language);
  }
}
