// Which transcription item belongs to which utterance, and when its final may be told. Control plane.

/** An utterance nobody ever finishes must not stay for ever. */
const MAX_UTTERANCES = 16;
/** Items whose transcript is known; what still comes of them must not count for a later utterance. */
const MAX_DONE_ITEMS = 64;

interface Utterance {
  readonly id: number;
  /** As the server's confirmation of the commit says. */
  itemId: string | undefined;
  /** As a delta said that came before the confirmation. */
  claimedItemId: string | undefined;
  /** Deltas so far. */
  heard: string;
  /** The whole transcript, once it is known. */
  transcript: string | undefined;
  /** `finish` was called: exactly one final must follow. */
  finished: boolean;
}

export interface UtteranceLedgerListener {
  interim(utteranceId: number, text: string): void;
  /** Exactly once for each finished utterance, in order, unless the session ends before. */
  final(utteranceId: number, text: string): void;
}

/**
 * The server numbers its items itself: commits are answered in the order they were sent, their
 * transcriptions in any order. Models that transcribe while audio still comes in name an item before
 * it is committed; it is then the oldest utterance that has none.
 */
export class UtteranceLedger {
  readonly #utterances = new Map<number, Utterance>();
  readonly #byItem = new Map<string, Utterance>();
  readonly #doneItems = new Set<string>();
  /** Committed by us, not yet confirmed; oldest first. */
  readonly #committing: Utterance[] = [];
  readonly #listener: UtteranceLedgerListener;

  constructor(listener: UtteranceLedgerListener) {
    this.#listener = listener;
  }

  /** @returns false where the id is known already */
  begin(id: number): boolean {
    if (this.#utterances.has(id)) return false;
    if (this.#utterances.size >= MAX_UTTERANCES) this.#forgetOldestUnfinished();
    this.#utterances.set(id, {
      id,
      itemId: undefined,
      claimedItemId: undefined,
      heard: '',
      transcript: undefined,
      finished: false,
    });
    return true;
  }

  /** The audio of `id` was committed. */
  commit(id: number): void {
    const utterance = this.#utterances.get(id);
    if (utterance !== undefined) this.#committing.push(utterance);
  }

  /** A final is due for `id`: now, where its transcript is known, or later. */
  finish(id: number): void {
    const utterance = this.#utterances.get(id);
    if (utterance === undefined || utterance.finished) return;
    utterance.finished = true;
    this.#release();
  }

  /** True while a final is due. */
  awaits(id: number): boolean {
    return this.#utterances.get(id)?.finished === true;
  }

  /** The transcript of `id` is known without the server. */
  settle(id: number, transcript: string): void {
    const utterance = this.#utterances.get(id);
    if (utterance !== undefined) this.#settle(utterance, transcript);
  }

  /** The server made an item of the oldest commit. @returns false where nothing was committed */
  committed(itemId: string): boolean {
    const utterance = this.#committing.shift();
    if (utterance === undefined) return false;
    const { claimedItemId } = utterance;
    if (claimedItemId !== undefined && claimedItemId !== itemId) {
      // The confirmation knows better than the guess.
      this.#byItem.delete(claimedItemId);
      utterance.heard = '';
    }
    utterance.itemId = itemId;
    if (this.#utterances.has(utterance.id)) this.#byItem.set(itemId, utterance);
    return true;
  }

  /** The server refused a commit: the one of `id`, else the oldest one. */
  refused(id: number | undefined): void {
    const found = this.#committing.findIndex((utterance) => utterance.id === id);
    const [utterance] = this.#committing.splice(Math.max(found, 0), 1);
    if (utterance !== undefined) this.#settle(utterance, '');
  }

  delta(itemId: string, text: string): void {
    const utterance = this.#byItem.get(itemId) ?? this.#claim(itemId);
    if (utterance === undefined || utterance.transcript !== undefined || text === '') return;
    utterance.heard += text;
    this.#listener.interim(utterance.id, utterance.heard.trim());
  }

  completed(itemId: string, transcript: string): void {
    const utterance = this.#byItem.get(itemId);
    if (utterance?.itemId === itemId) this.#settle(utterance, transcript.trim());
  }

  /** An item that is not confirmed yet belongs to the oldest utterance without one. */
  #claim(itemId: string): Utterance | undefined {
    if (this.#doneItems.has(itemId)) return undefined;
    for (const utterance of this.#utterances.values()) {
      const free = utterance.itemId === undefined && utterance.claimedItemId === undefined;
      if (!free || utterance.transcript !== undefined) continue;
      utterance.claimedItemId = itemId;
      this.#byItem.set(itemId, utterance);
      return utterance;
    }
    return undefined;
  }

  #settle(utterance: Utterance, transcript: string): void {
    utterance.transcript ??= transcript;
    this.#release();
  }

  /** Tell the finals that are known, in the order of the utterances. */
  #release(): void {
    for (const utterance of this.#utterances.values()) {
      if (!utterance.finished) continue;
      if (utterance.transcript === undefined) return;
      this.#forget(utterance);
      this.#listener.final(utterance.id, utterance.transcript);
    }
  }

  #forget(utterance: Utterance): void {
    this.#utterances.delete(utterance.id);
    for (const itemId of [utterance.itemId, utterance.claimedItemId]) {
      if (itemId === undefined) continue;
      this.#byItem.delete(itemId);
      this.#doneItems.add(itemId);
    }
    for (const itemId of this.#doneItems) {
      if (this.#doneItems.size <= MAX_DONE_ITEMS) break;
      this.#doneItems.delete(itemId);
    }
  }

  #forgetOldestUnfinished(): void {
    for (const utterance of this.#utterances.values()) {
      if (utterance.finished) continue;
      this.#forget(utterance);
      return;
    }
  }
}
