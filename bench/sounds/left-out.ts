// Each speaker judged by thresholds that were chosen by the others. Control plane.

import type { SpeechThresholds } from '../../src/dsp/voice/speech-evidence.js';
import type { HeardFrame } from '../../test/dsp/shard-harness.js';
import type { VoiceClip, Way } from './line-voices.js';
import { voiceOverAgent, type Outcome } from './over-agent.js';

export interface Recorded {
  readonly clip: VoiceClip;
  readonly way: Way;
  readonly frames: readonly HeardFrame[];
}

export interface Judged extends Recorded, Outcome {}

const DRIFTS_DB = [4.5, 5, 5.5, 6, 6.5];
const SPEECHES_DB = [14, 17, 20, 23, 26, 29];
const GRID: readonly SpeechThresholds[] = DRIFTS_DB.flatMap((driftDb) =>
  SPEECHES_DB.map((speechDb) => ({ driftDb, speechDb })),
);

export const judge = (
  recorded: readonly Recorded[],
  thresholds: SpeechThresholds,
  interims: boolean,
): Judged[] =>
  recorded.map((one) => ({ ...one, ...voiceOverAgent(one.frames, { thresholds, interims }) }));

export const isRight = ({ clip, tookFloor }: Judged): boolean =>
  tookFloor === (clip.kind !== 'sound');

/** 0..1; NaN where there are none. */
export function shareRight(judged: readonly Judged[], kind: VoiceClip['kind']): number {
  const some = judged.filter(({ clip }) => clip.kind === kind);
  return some.filter(isRight).length / some.length;
}

/** The middle of all thresholds that judge these best: sounds and protests count alike. */
export function chooseThresholds(recorded: readonly Recorded[]): SpeechThresholds {
  const scored = GRID.map((thresholds) => {
    const judged = judge(recorded, thresholds, false);
    return { thresholds, score: shareRight(judged, 'sound') + shareRight(judged, 'protest') };
  });
  const best = Math.max(...scored.map(({ score }) => score));
  const winners = scored.filter(({ score }) => score >= best - 1e-9);
  const mean = (of: (thresholds: SpeechThresholds) => number): number =>
    winners.reduce((sum, { thresholds }) => sum + of(thresholds), 0) / winners.length;
  return { driftDb: mean(({ driftDb }) => driftDb), speechDb: mean(({ speechDb }) => speechDb) };
}
