// Cuts a stream of text into speakable clauses, the first one early. Pure. Control plane.

/** A sentence end: closing punctuation, quotes or brackets, then a space. */
const SENTENCE_END = /[.!?…]+["'”’)\]]*\s/g;
/** A place to breathe within a sentence. */
const CLAUSE_END = /[,;:–—]["'”’)\]]*\s/g;
/** Words whose full stop ends no sentence. */
const ABBREVIATION =
  /(?:^|[\s(])(?:mr|mrs|ms|dr|prof|st|no|vs|etc|e\.g|i\.e|a\.m|p\.m|approx|dept|ext|inc|ltd|[a-z])\.$/i;

/** The first clause may end at a comma after so many characters: the caller is waiting. */
const FIRST_CLAUSE_MIN = 24;
/** Later ones only when the sentence grows so long that synthesis would lag. */
const LATER_CLAUSE_MIN = 140;
/** Text without any punctuation is cut at a space. */
const CLAUSE_MAX = 300;

function lastEnd(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  let match = pattern.exec(text);
  while (match) {
    const end = match.index + match[0].length;
    if (!ABBREVIATION.test(text.slice(0, end).trimEnd())) return end;
    match = pattern.exec(text);
  }
  return -1;
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

  #cut(): number {
    const sentence = lastEnd(SENTENCE_END, this.#pending, 0);
    if (sentence > 0) return sentence;
    const least = this.#first ? FIRST_CLAUSE_MIN : LATER_CLAUSE_MIN;
    if (this.#pending.length > least) {
      const clause = lastEnd(CLAUSE_END, this.#pending, least - 1);
      if (clause > 0) return clause;
    }
    return this.#pending.length > CLAUSE_MAX ? this.#pending.lastIndexOf(' ', CLAUSE_MAX) + 1 : -1;
  }
}
