// Cuts a stream of text into speakable clauses, the first one early. Pure. Control plane.

/** A sentence end: closing punctuation, quotes or brackets, then a space. */
const SENTENCE_END = /[.!?…]+["'”’)\]]*\s/g;
/** A place to breathe within a sentence. */
const CLAUSE_END = /[,;:–—]["'”’)\]]*\s/g;
/** Words whose full stop ends no sentence; single letters too, alone or as in U.S. and p.m. */
const ABBREVIATION =
  /(?:^|[\s("“'‘])(?:mr|mrs|ms|dr|prof|st|no|vs|etc|approx|dept|ext|inc|ltd|ph\.d|(?:[a-z]\.)*[a-z])\.$/i;

/** The first clause may end at a comma after so many characters: the caller is waiting. */
const FIRST_CLAUSE_MIN = 24;
/** Later ones only when the sentence grows so long that synthesis would lag. */
const LATER_CLAUSE_MIN = 140;
/** Text without any punctuation is cut at a space, or, without spaces, after so many characters. */
const CLAUSE_MAX = 300;

/** Where the first piece that `pattern` ends is over; 0 where none is. */
function firstEnd(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  let match = pattern.exec(text);
  while (match) {
    const end = match.index + match[0].length;
    if (!ABBREVIATION.test(text.slice(0, end).trimEnd())) return end;
    match = pattern.exec(text);
  }
  return 0;
}

/** Where to cut `text`, which is longer than a clause may be. */
function anyEnd(text: string): number {
  const space = text.search(/\s\S*$/);
  if (space >= 0) return space + 1;
  // Not between the halves of a surrogate pair.
  const isHighHalf = (text.charCodeAt(CLAUSE_MAX - 1) & 0xfc00) === 0xd800;
  return isHighHalf ? CLAUSE_MAX - 1 : CLAUSE_MAX;
}

/** Stateful over one reply: push text as it streams, take clauses as they become speakable. */
export class ClauseSplitter {
  #pending = '';
  #first = true;

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

  /** @returns what is left once the text is complete */
  flush(): string[] {
    const rest = this.#pending.trim();
    this.#pending = '';
    return rest === '' ? [] : [rest];
  }

  /** @returns the length of the clause that is complete, 0 where none is */
  #cut(): number {
    // The first end that was ever possible counts: so it makes no difference how the text is chunked.
    const text = this.#pending.slice(0, CLAUSE_MAX + 1);
    const least = this.#first ? FIRST_CLAUSE_MIN : LATER_CLAUSE_MIN;
    const sentence = firstEnd(SENTENCE_END, text, 0);
    const clause = firstEnd(CLAUSE_END, text, least - 1);
    if (sentence > 0 && clause > 0) return Math.min(sentence, clause);
    if (sentence > 0 || clause > 0) return sentence + clause;
    return text.length > CLAUSE_MAX ? anyEnd(text) : 0;
  }
}
