// What generated callers say and when: the same for the same seed. Control plane.

import { readdir, readFile } from 'node:fs/promises';
import { joinClips, loadClip, type Clip } from '../src/phone/clip.js';

/** Words that may end or move a call: a benchmark wants calls that last. */
const ENDS_CALLS = /goodbye|transfer|extension|operator|representative|hang up/i;
const LONGEST_CLIP_MS = 7000;
const UTTERANCES = 64;
/** Between the parts of an utterance: a breath, too short to be the end of a turn. */
const BREATH_MS = { shortest: 140, longest: 300 };
const SHORTEST_TURN_MS = 800;
const LONGEST_TURN_MS = 9000;
/** Guess of how long the agent's side of the first turn takes. */
const FIRST_ANSWER_MS = 5000;
/** A caller who has talked enough waits at most so much longer. */
const LONGEST_EXTRA_PAUSE_MS = 3000;
const CANDIDATES = 4;
const BARGE_IN_SHARE = 1 / 6;

type Random = () => number;

function between(random: Random, low: number, high: number): number {
  return low + random() * (high - low);
}

function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}

/**
 * The recordings of `folder` that a caller may say.
 * @param folder with `transcripts.tsv` (file, seconds, words) beside its WAV files
 * @throws {RingmasterError} WAV_INVALID
 */
export async function loadSpeech(folder: string): Promise<readonly Clip[]> {
  const transcripts = await readFile(`${folder}/transcripts.tsv`, 'utf8');
  const ends = new Set(
    transcripts
      .split('\n')
      .filter((line) => ENDS_CALLS.test(line.split('\t')[2] ?? ''))
      .map((line) => line.split('\t')[0]),
  );
  const files = (await readdir(folder)).filter((file) => file.endsWith('.wav') && !ends.has(file));
  const clips = await Promise.all(files.sort().map((file) => loadClip(`${folder}/${file}`)));
  return clips.filter(({ durationMs, voice }) => voice && durationMs <= LONGEST_CLIP_MS);
}

/** Turns of one to three recordings, shared by all calls of a run. */
export function makeUtterances(clips: readonly Clip[], random: Random): readonly Clip[] {
  return Array.from({ length: UTTERANCES }, (_, i) => {
    const parts = Array.from({ length: 1 + (i % 3) }, () => pick(random, clips));
    const breathMs = between(random, BREATH_MS.shortest, BREATH_MS.longest);
    return joinClips(`utterance ${i}`, parts, breathMs);
  });
}

export interface PlannedTurn {
  readonly clip: Clip;
  /** Speak over the agent, `afterMs` into its answer; otherwise that long after it fell quiet. */
  readonly interrupts: boolean;
  readonly afterMs: number;
}

/** How one caller behaves. Draws come from its own seed; lengths follow how the call goes. */
export class CallerPlan {
  readonly #random: Random;
  readonly #utterances: readonly Clip[];
  readonly #talkShare: number;
  #turns = 0;

  /** @param talkShare of the call that the caller wants to talk, 0 to 1 */
  constructor(utterances: readonly Clip[], talkShare: number, random: Random) {
    this.#utterances = utterances;
    this.#talkShare = talkShare;
    this.#random = random;
  }

  /**
   * @param talkedMs how long the caller has talked
   * @param elapsedMs how long the call has lasted
   */
  next(talkedMs: number, elapsedMs: number): PlannedTurn {
    const share = this.#talkShare;
    // The share is to be right when the answer to this turn is over.
    const answerMs = this.#turns === 0 ? FIRST_ANSWER_MS : (elapsedMs - talkedMs) / this.#turns;
    this.#turns += 1;
    const owedMs = (share * (elapsedMs + answerMs) - talkedMs) / (1 - share);
    const wantedMs = Math.max(SHORTEST_TURN_MS, Math.min(LONGEST_TURN_MS, owedMs));
    const clip = Array.from({ length: CANDIDATES }, () =>
      pick(this.#random, this.#utterances),
    ).reduce((best, candidate) =>
      Math.abs(candidate.durationMs - wantedMs) < Math.abs(best.durationMs - wantedMs)
        ? candidate
        : best,
    );
    const interrupts = this.#random() < BARGE_IN_SHARE;
    const afterMs = interrupts
      ? between(this.#random, 400, 1500)
      : between(this.#random, 100, 700) +
        Math.max(0, Math.min(LONGEST_EXTRA_PAUSE_MS, talkedMs / share - elapsedMs - answerMs));
    return { clip, interrupts, afterMs };
  }
}
