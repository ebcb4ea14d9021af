// From calls to samples: how fast the floor was yielded, what was lost by a hold, what the record has wrong. Pure. Used by the benchmark of turns.

import { FRAME_MS, LINE_RATE_HZ } from '../../src/dsp/frame.js';
import type { MeasuredCall, SaidVoice } from './measured-call.js';
import { seam, type PlayedRun } from './played.js';
import type { SpokenClause } from './unique-voice.js';

/** What comes later than this after an onset was not caused by it. */
const HOLD_WINDOW_MS = 1500;
const DECISION_WINDOW_MS = 4000;
/** A phone tells of a clear, and its recording, to a frame. */
const SEAM_SLACK_MS = 4 * FRAME_MS;
const SAMPLES_PER_MS = LINE_RATE_HZ / 1000;

const firstWithin = (moments: readonly number[], fromMs: number, forMs: number) =>
  moments.find((atMs) => atMs >= fromMs && atMs <= fromMs + forMs);

/** What became of a voice that came while the agent spoke; ms from its onset, undefined where it did not happen. */
export interface VoiceOverAgent {
  readonly voice: SaidVoice;
  /** `clear` at the phone: the agent is silent. */
  readonly holdMs: number | undefined;
  /** The first words of it reached the node. */
  readonly wordsMs: number | undefined;
  readonly interruptionMs: number | undefined;
  readonly falseMs: number | undefined;
}

export function voicesOverAgent(call: MeasuredCall): VoiceOverAgent[] {
  const { voices, cleared, node } = call;
  const words = node.notes
    .filter((note) => note.type === 'stt.interim' || note.type === 'stt.final')
    .filter(({ text }) => text !== '')
    .map(({ atMs }) => atMs);
  return voices.flatMap((voice, i) => {
    if (!voice.overAgent) return [];
    const untilMs = (voices[i + 1]?.startMs ?? Infinity) - voice.startMs;
    const since = (moments: readonly number[], windowMs: number): number | undefined => {
      const found = firstWithin(moments, voice.startMs, Math.min(windowMs, untilMs));
      return found === undefined ? undefined : found - voice.startMs;
    };
    return [
      {
        voice,
        holdMs: since(cleared, HOLD_WINDOW_MS),
        wordsMs: since(words, DECISION_WINDOW_MS),
        interruptionMs: since(node.interruptions, DECISION_WINDOW_MS),
        falseMs: since(node.falseInterruptions, DECISION_WINDOW_MS),
      },
    ];
  });
}

export interface Resume {
  readonly lostMs: number;
  readonly repeatedMs: number;
  /** How long the agent was not heard. */
  readonly silentMs: number;
}

/**
 * What a hold at `clearedAtMs` did to the reply.
 * @param runs of the call, in order
 * @returns undefined where nothing of the same reply followed
 */
export function resumeAt(
  runs: readonly PlayedRun[],
  clearedAtMs: number,
  answeredAtMs: number,
): Resume | undefined {
  const playedAtMs = (sample: number): number => answeredAtMs + sample / SAMPLES_PER_MS;
  for (const [i, before] of runs.entries()) {
    const after = runs[i + 1];
    const endAt = before.at + before.to - before.from;
    if (Math.abs(playedAtMs(endAt) + FRAME_MS - clearedAtMs) > SEAM_SLACK_MS) continue;
    if (after === undefined || after.whole !== before.whole) return undefined;
    return { ...seam(before, after), silentMs: (after.at - endAt) / SAMPLES_PER_MS };
  }
  return undefined;
}

/** Words of which more than half was played, when so much of the reply was. */
export function wordsPlayed(clauses: readonly SpokenClause[], playedMs: number): number {
  let startMs = 0;
  let played = 0;
  for (const { words, ms } of clauses) {
    for (const word of words) {
      if (playedMs > startMs + (word.startMs + word.endMs) / 2) played += 1;
    }
    startMs += ms;
  }
  return played;
}

export interface HeardError {
  /** Words that the record has too many, or below 0 too few. */
  readonly words: number;
  readonly playedMs: number;
}

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/**
 * For each reply that was interrupted: its record against what the phone played.
 * @param replies the clauses of each whole
 */
export function heardErrors(
  { node }: MeasuredCall,
  runs: readonly PlayedRun[],
  replies: readonly (readonly SpokenClause[])[],
): HeardError[] {
  const turns = node.record?.turns.filter(({ role }) => role === 'agent') ?? [];
  return replies.flatMap((clauses, whole) => {
    const [first] = wordsOf(clauses[0]?.text ?? '');
    const turn = turns.find(({ text }) => wordsOf(text)[0] === first);
    if (turn?.interrupted !== true) return [];
    const own = runs.filter((run) => run.whole === whole);
    const playedMs = Math.max(0, ...own.map(({ to }) => to)) / SAMPLES_PER_MS;
    return [{ words: wordsOf(turn.text).length - wordsPlayed(clauses, playedMs), playedMs }];
  });
}

/** From the end of the caller's voice until the agent is heard, for every turn that was not cut into. */
export function answersMs({ voices, agentStarted }: MeasuredCall): number[] {
  return voices.flatMap(({ startMs, endMs }, i) => {
    const untilMs = voices[i + 1]?.startMs ?? Infinity;
    const heard = agentStarted.find((atMs) => atMs >= startMs && atMs < untilMs);
    return heard === undefined || heard < endMs ? [] : [heard - endMs];
  });
}

/** How a turn of the caller ended; moments in ms from the end of its voice. */
export interface TurnEnd {
  /** A commit before the caller was done. */
  readonly premature: boolean;
  /** The agent was heard before the caller was done. */
  readonly cutIn: boolean;
  readonly commitMs: number | undefined;
}

export function turnEnds({ voices, agentStarted, node }: MeasuredCall): TurnEnd[] {
  const unclear = node.notes
    .filter((note) => note.type === 'agent.asked' && note.input.kind === 'unclear')
    .map(({ atMs }) => atMs);
  const commits = [...node.commits, ...unclear].toSorted((one, other) => one - other);
  return voices.map(({ startMs, endMs }, i) => {
    const untilMs = voices[i + 1]?.startMs ?? Infinity;
    const isWithin = (atMs: number): boolean => atMs >= startMs && atMs < endMs;
    const commit = commits.find((atMs) => atMs >= endMs && atMs < untilMs);
    return {
      premature: commits.some(isWithin),
      cutIn: agentStarted.some(isWithin),
      commitMs: commit === undefined ? undefined : commit - endMs,
    };
  });
}
