// What was said and what of it was heard: words of one generation against the audio sent and the marks returned. Pure. Media plane.

import type { Heard, TtsWord } from '../actors/ports.js';
import { LINE_RATE_HZ } from '../dsp/frame.js';
import { isHeard, lettersOf, placeWords, type WordSpan } from './clause-words.js';
import { MarkLag } from './mark-lag.js';
import { SpeechPace } from './speech-pace.js';

const SAMPLES_PER_MS = LINE_RATE_HZ / 1000;
/** With so much unmarked a mark is due: 200 ms. It follows the message that is then complete. */
const MARK_SAMPLES = 200 * SAMPLES_PER_MS;
/** Marks that may be on their way: those of several seconds. */
const MARKS_KEPT = 32;

interface Clause {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly words: readonly WordSpan[];
  /** Its synthesis broke off, and the same text is said again behind it. */
  readonly isTorn: boolean;
}

interface Mark {
  readonly name: string;
  readonly position: number;
  /** When everything before it is played, by what was sent and when. */
  readonly dueMs: number;
}

/**
 * The ledger of one generation. Positions are samples at 8000 Hz from the generation's start. Audio is
 * sent in runs, each in order from where the run begins: the first from 0, one more after every hold.
 *
 * Marks are named `g<generation>.<epoch>:<position>`. The epoch goes up with every clear, since Twilio
 * then returns all marks, played or not: one of an older epoch proves nothing, nor does one that was
 * never sent or is already back.
 */
export class PlaybackLedger {
  readonly generation: number;
  readonly #lag: MarkLag;
  readonly #pace: SpeechPace;
  readonly #clauses: Clause[] = [];
  /** The text of the clause that is being synthesised, where it was told. */
  #begun: string | undefined;
  /** Words of the clause that is being synthesised, as far as the engine told. */
  #timed: WordSpan[] = [];
  #writtenSamples = 0;
  #epoch = 0;
  #hasSent = false;
  /** The end of what this run sent, and what marks prove of it. */
  #sent = 0;
  #confirmed = 0;
  /** Heard in the runs before. */
  #heardBefore = 0;
  #marks: Mark[] = [];
  #lastMark = 0;
  /** The first clause whose end is not marked. */
  #nextClause = 0;
  /** Marks passed by later ones, or given up. */
  marksLost = 0;

  /**
   * @param lag of the call's marks, over all generations
   * @param pace of the call's voice, likewise
   */
  constructor(generation: number, lag = new MarkLag(), pace = new SpeechPace()) {
    this.generation = generation;
    this.#lag = lag;
    this.#pace = pace;
  }

  // ---- what is said

  /** The audio that follows is of `text`. Of one that is begun again the first part was torn off. */
  beginClause(text: string): void {
    const begun = this.#begun;
    if (begun !== undefined && this.#writtenSamples > this.#openStart) {
      const words = this.#openWords();
      this.#add({ text: begun, words, isTorn: begun === text });
    }
    this.#begun = text;
  }

  /** Audio of the clause being spoken was queued, `samples` at 8000 Hz. */
  wrote(samples: number, words: readonly TtsWord[] = []): void {
    const clauseStart = this.#openStart;
    for (const { text, startMs, endMs } of words) {
      const start = clauseStart + startMs * SAMPLES_PER_MS;
      this.#timed.push({ text, start, end: clauseStart + endMs * SAMPLES_PER_MS });
    }
    this.#writtenSamples += samples;
  }

  /** The clause is complete: everything since the clause before is its audio. */
  endClause(text: string): void {
    const start = this.#openStart;
    const end = this.#writtenSamples;
    const words = end > start ? placeWords(text, start, end, this.#timed) : [];
    if (end > start) this.#pace.note(lettersOf(text), end - start);
    this.#add({ text, words, isTorn: false });
    this.#passClauses();
  }

  #add(clause: Pick<Clause, 'text' | 'words' | 'isTorn'>): void {
    this.#clauses.push({ ...clause, start: this.#openStart, end: this.#writtenSamples });
    this.#begun = undefined;
    this.#timed = [];
  }

  /** Where the clause that is not ended begins. */
  get #openStart(): number {
    return this.#clauses.at(-1)?.end ?? 0;
  }

  /**
   * The words of the clause that is not ended: as the engine timed them, the others by the time that
   * so many letters take on this call, which is no less than what is there already.
   */
  #openWords(): readonly WordSpan[] {
    if (this.#begun === undefined) return this.#timed;
    const start = this.#openStart;
    const expected = start + this.#pace.samplesOf(lettersOf(this.#begun));
    const end = Math.max(this.#writtenSamples, expected);
    return placeWords(this.#begun, start, end, this.#timed, true);
  }

  /** Everything that was said; a clause that became no audio was not. */
  get text(): string {
    return this.#clauses
      .filter(({ start, end, isTorn }) => end > start && !isTorn)
      .map(({ text }) => text)
      .join(' ');
  }

  // ---- what was sent, and what came back

  /** A frame went to the wire. */
  sent(samples: number): void {
    this.#sent += samples;
    this.#hasSent = true;
  }

  /** The end of what was written, and of what was sent since the last hold. */
  get written(): number {
    return this.#writtenSamples;
  }

  get sentTo(): number {
    return this.#sent;
  }

  get hasSent(): boolean {
    return this.#hasSent;
  }

  /** Is there more unmarked than there may be, or the end of a clause? */
  get isMarkDue(): boolean {
    if (this.#sent === this.#lastMark) return false;
    if (this.#sent - this.#lastMark >= MARK_SAMPLES) return true;
    return (this.#clauses[this.#nextClause]?.end ?? Infinity) <= this.#sent;
  }

  /** Is there anything behind the last mark? */
  get isMarked(): boolean {
    return this.#sent === this.#lastMark;
  }

  get markName(): string {
    return `g${this.generation}.${this.#epoch}:${this.#sent}`;
  }

  /** The mark `markName` went to the wire; the far end will have played all before it at `dueMs`. */
  marked(dueMs: number): void {
    this.#marks.push({ name: this.markName, position: this.#sent, dueMs });
    if (this.#marks.length > MARKS_KEPT) {
      this.#marks.shift();
      this.marksLost += 1;
    }
    this.#lastMark = this.#sent;
    this.#passClauses();
  }

  /** A mark came back; false where it proves nothing. */
  confirm(name: string, nowMs: number): boolean {
    const at = this.#marks.findIndex((mark) => mark.name === name);
    const mark = this.#marks[at];
    if (!mark) return false;
    this.#marks.splice(0, at + 1);
    this.marksLost += at;
    this.#confirmed = mark.position;
    this.#lag.note(nowMs - mark.dueMs);
    return true;
  }

  /** Has everything that was sent been played, as marks prove? */
  get isConfirmed(): boolean {
    return this.#confirmed === this.#sent;
  }

  /** What must have been played, as marks prove; or by time, which leaves out the last `doubtedMs` of what was sent. */
  playedTo(doubtedMs: number): number {
    return Math.max(this.#confirmed, this.#sent - Math.max(0, doubtedMs) * SAMPLES_PER_MS);
  }

  // ---- what was heard

  /**
   * Where the far end plays, when time says that all but the last `unplayedMs` of what was sent is
   * played: later where marks prove so, earlier where they show that it fell behind.
   */
  positionAt(unplayedMs: number): number {
    const latest = Math.max(this.#confirmed, this.#sent - unplayedMs * SAMPLES_PER_MS);
    return Math.max(this.#confirmed, latest - this.#lag.behindMs * SAMPLES_PER_MS);
  }

  /** What was heard of all that was sent but the last `unplayedMs`, by the best of what is known. */
  heard(unplayedMs: number): Required<Heard> {
    const position = Math.max(this.#heardBefore, this.positionAt(unplayedMs));
    const heardMs = Math.round(Math.min(position, this.#writtenSamples) / SAMPLES_PER_MS);
    return { generation: this.generation, heardText: this.heardText(position), heardMs };
  }

  /** Everything was heard. */
  get whole(): Required<Heard> {
    const heardMs = Math.round(this.#writtenSamples / SAMPLES_PER_MS);
    return { generation: this.generation, heardText: this.text, heardMs };
  }

  /**
   * The words before `position`. Of a clause that is still being synthesised, its length is guessed
   * where the engine does not time its words; where its text was not told, the engine's words count.
   */
  heardText(position: number): string {
    const texts: string[] = [];
    let torn: readonly string[] = [];
    for (const { text, start, end, words, isTorn } of this.#clauses) {
      const isWhole = end > start && position >= end && !isTorn;
      const heard = isWhole ? [text] : longer(heardWords(words, Math.min(position, end)), torn);
      torn = isTorn ? heard : [];
      if (!isTorn) texts.push(...heard);
    }
    if (this.#writtenSamples > this.#openStart) {
      texts.push(
        ...longer(heardWords(this.#openWords(), Math.min(position, this.#writtenSamples)), torn),
      );
    } else texts.push(...torn);
    return texts.join(' ');
  }

  /** The start of the word that is being said at `position`; between words, `position` itself. */
  wordStart(position: number): number {
    const clause = this.#clauses.find(({ end }) => position < end);
    const words = clause?.words ?? this.#timed;
    return words.find(({ start, end }) => start <= position && position < end)?.start ?? position;
  }

  // ---- holds and clears

  /** The far end is cleared: the run is over. @returns where it stopped */
  stop(unplayedMs: number): number {
    const position = Math.round(this.positionAt(unplayedMs));
    this.#epoch += 1;
    this.#heardBefore = Math.max(this.#heardBefore, position);
    this.startAt(position);
    return position;
  }

  /** A new run begins at `position`, with nothing at the far end. */
  startAt(position: number): void {
    this.#marks = [];
    this.#sent = position;
    this.#confirmed = position;
    this.#lastMark = position;
    this.#nextClause = 0;
    this.#passClauses();
    this.#lag.restart();
  }

  /** Ends of clauses up to the last mark need no other. */
  #passClauses(): void {
    while ((this.#clauses[this.#nextClause]?.end ?? Infinity) <= this.#lastMark) {
      this.#nextClause += 1;
    }
  }
}

const heardWords = (words: readonly WordSpan[], position: number): string[] =>
  words.filter((word) => isHeard(word, position)).map(({ text }) => text);

const longer = (one: readonly string[], other: readonly string[]): readonly string[] =>
  other.length > one.length ? other : one;
