// Reasoning whose beginning was in the prompt: told by how it begins, held back until its end mark. Pure. Control plane.

/** The first clause is no shorter than what is waited for here: so the caller waits no longer. */
const MAX_OPENING_CHARS = 64;
/** What an answer may begin with, and reasoning very often begins with. */
const OPENINGS =
  `okay|ok|alright|all right|hmm|hm|well|so|first|now|right|let me|let's|wait|got it|the user|the caller
|the customer|the human|the question|this user|this caller|they|user|caller|i need to|i should|i must|i have to`
    .split(/\s*\|/)
    .filter((opening) => opening !== '');
const STARTS = new RegExp(
  `^(?:${OPENINGS.join('|')}|(?:we|i) (?:need|have to|should|must|are given|am given))(?![\\p{L}\\d])`,
  'iu',
);
/** What nobody says to a caller. */
const REASONS =
  /\b(?:the|this) (?:user|caller|human)(?:'s|’s)?\b|\b(?:user|caller) (?:is|wants|asks|asked|says|said)\b|\b(?:i|we) (?:need|have|should|must|can) (?:to )?(?:respond|answer|reply|figure|produce|output|follow|decide|think|explain|check what|look at)\b|\blet(?:'|’)?s? (?:me )?think\b|\bso they\b|^hmm?\b|^they (?:want|ask|are asking)/i;
/** Where a first clause may end. */
const BOUNDARY = /[.!?,;:–—]\s|\n/;
const MIN_CLAUSE_CHARS = 12;

/**
 * The templates of some models end with the opening mark, so that an answer holds the closing one alone.
 * What was spoken cannot be taken back: so what begins as reasoning does is held until the mark, or to the
 * end where none comes. An answer that begins otherwise passes at once.
 */
export class ReasoningGuess {
  #state: 'deciding' | 'holding' | 'passing';
  #held = '';
  #hadBareEnd = false;
  #hasSaid = false;

  constructor(startsReasoning: boolean) {
    this.#state = startsReasoning ? 'holding' : 'deciding';
  }

  get isHolding(): boolean {
    return this.#state === 'holding';
  }

  get hadBareEnd(): boolean {
    return this.#hadBareEnd;
  }

  /** Anything but spaces was let through. */
  get hasSaid(): boolean {
    return this.#hasSaid || this.#held.trim() !== '';
  }

  /** @returns what can be said now */
  push(text: string): string {
    if (this.#state === 'passing') return this.#pass(text);
    this.#held += text;
    if (this.#state === 'holding') return '';
    const opening = this.#held.trimStart();
    if (opening === '') return '';
    if (REASONS.test(opening)) {
      this.#state = 'holding';
      return '';
    }
    if (mayYetReason(opening)) return '';
    return this.isApart();
  }

  /** Reasoning comes elsewhere, with a mark of its own or in a field of its own. @returns what was held */
  isApart(): string {
    this.#state = 'passing';
    const held = this.#held;
    this.#held = '';
    return this.#pass(held);
  }

  /** The end of reasoning: what is held was it. */
  bareEnd(): void {
    this.#hadBareEnd = true;
    this.#held = '';
    this.#state = 'passing';
  }

  /** The answer is whole: what is held was no reasoning. */
  end(): string {
    return this.isApart();
  }

  #pass(text: string): string {
    if (text.trim() !== '') this.#hasSaid = true;
    return text;
  }
}

/** Still short, and such words as reasoning begins with; or the first letters of them. */
function mayYetReason(opening: string): boolean {
  if (opening.length > MAX_OPENING_CHARS) return false;
  const begun = opening.toLowerCase();
  if (OPENINGS.some((known) => known.startsWith(begun))) return true;
  return STARTS.test(opening) && !BOUNDARY.test(opening.slice(MIN_CLAUSE_CHARS - 2));
}
