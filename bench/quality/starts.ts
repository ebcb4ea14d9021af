// When speech is told to have started, of a detector's scores: how late, and how often where nobody speaks. Media plane.

import { FRAME_MS, FRAME_SAMPLES } from '../../src/dsp/frame.js';
import { DEFAULT_SPEECH_EDGES, SpeechEdges } from '../../src/dsp/vad/speech-edges.js';
import { MISSED_MS, type Scores } from './detection.js';
import { SILENCE, type LabelledCall } from './vad-data.js';

/** A start belongs to speech that is so near: it is told late, and its beginning may be uncertain. */
const FRAMES_BEFORE = 3;
const FRAMES_AFTER = 6;

export const START_RULES = {
  'three frames': { sureThreshold: 2, clear: false },
  'as it is, next to echo': { sureThreshold: DEFAULT_SPEECH_EDGES.sureThreshold, clear: false },
  'as it is, no echo': { sureThreshold: DEFAULT_SPEECH_EDGES.sureThreshold, clear: true },
} as const;

export type StartRule = keyof typeof START_RULES;

export interface Starts {
  /** Onset of speech to `started`, ms; `MISSED_MS` where none came. */
  readonly delays: readonly number[];
  readonly falseStarts: number;
  readonly silenceHours: number;
}

function startsOfCall(scores: Scores, { labels, onsets }: LabelledCall, rule: StartRule): Starts {
  const { sureThreshold, clear } = START_RULES[rule];
  const edges = new SpeechEdges({ ...DEFAULT_SPEECH_EDGES, sureThreshold });
  const speaking = new Uint8Array(scores.length);
  let falseStarts = 0;
  for (const [frame, score] of scores.entries()) {
    const edge = edges.push(score, clear);
    speaking[frame] = edges.speaking ? 1 : 0;
    if (edge !== 'started') continue;
    const near = labels.subarray(Math.max(0, frame - FRAMES_BEFORE), frame + FRAMES_AFTER);
    if (near.every((label) => label === SILENCE)) falseStarts += 1;
  }
  const delays = onsets.flatMap((onset) => {
    const first = Math.floor(onset / FRAME_SAMPLES);
    if (speaking[first - 1] === 1) return [];
    const found = speaking.indexOf(1, first);
    if (found < 0) return [MISSED_MS];
    const ms = ((found + 1) * FRAME_SAMPLES - onset) / (FRAME_SAMPLES / FRAME_MS);
    return [Math.min(MISSED_MS, ms)];
  });
  const silent = labels.filter((label) => label === SILENCE).length;
  return { delays, falseStarts, silenceHours: (silent * FRAME_MS) / 3_600_000 };
}

/** @param scores of each call: probabilities of speech, 0..1 */
export function startsOf(
  scores: readonly Scores[],
  calls: readonly LabelledCall[],
  rule: StartRule,
): Starts {
  return joinStarts(
    calls.map((call, i) => startsOfCall(scores[i] ?? new Float32Array(0), call, rule)),
  );
}

export function joinStarts(all: readonly Starts[]): Starts {
  return {
    delays: all.flatMap(({ delays }) => delays),
    falseStarts: all.reduce((sum, { falseStarts }) => sum + falseStarts, 0),
    silenceHours: all.reduce((sum, { silenceHours }) => sum + silenceHours, 0),
  };
}
