// When a caller's voice is told, through the node's own detector: recorded people and sounds of things.

import t from 'tap';
import { FRAME_MS, FRAME_SAMPLES } from '../../src/dsp/frame.js';
import { DEFAULT_SPEECH_EDGES, SpeechEdges } from '../../src/dsp/vad/speech-edges.js';
import { seededRandom } from '../../src/phone/seeded-random.js';
import { voiceSpan } from '../../src/phone/voice-span.js';
import { CallerAudio } from '../../src/transports/caller-audio.js';
import { allClips } from '../providers/speech-clips.js';
import { hear, lineOf, type CleanFrame } from './echo-calls.js';

const SAMPLES = 8000 * 2;
/** A window of the detector and a frame align anew after so many frames. */
const PHASES = [0, 3];
const QUIET = new Float64Array(SAMPLES);

/** When the first voice is told, from the line's first sample. */
function firstOnset(frames: readonly CleanFrame[], edges?: SpeechEdges): number {
  let toldAtMs = Infinity;
  const audio = new CallerAudio({
    recent: { recallable: 0, recall: () => new Int16Array(0) },
    onsetMs: 60,
    hangoverMs: 200,
    onStarted: (_, atMs) => {
      toldAtMs = Math.min(toldAtMs, atMs);
    },
    onStopped: () => undefined,
    ...(edges && { edges }),
  });
  for (const [frame, { pcm, speech }] of frames.entries()) {
    audio.frame(pcm, speech, (frame + 1) * FRAME_MS);
  }
  return toldAtMs;
}

t.test('a voice is told soon after its onset', async (t) => {
  const clips = allClips().filter(({ pcm }, i) => i % 2 === 0 && pcm.length > 8000);
  const cases = clips.flatMap(({ pcm }) =>
    PHASES.map((phase) => ({ pcm, at: (25 + phase) * FRAME_SAMPLES })),
  );
  const heard = await hear(cases.map(({ pcm, at }, i) => lineOf(QUIET, pcm, at, i)));
  const delays = cases
    .map(({ pcm, at }, i) => {
      const onsetMs = at / 8 + (voiceSpan(pcm)?.startMs ?? 0);
      return firstOnset(heard[i] ?? []) - onsetMs;
    })
    .toSorted((a, b) => a - b);
  const at = (share: number): number => delays[Math.ceil(delays.length * share) - 1] ?? Infinity;
  t.comment(`${delays.length} voices: median ${at(0.5)}, 90 % ${at(0.9)}, last ${at(1)} ms`);
  t.ok(at(0.5) <= 50, `median ${at(0.5)} ms`);
  t.ok(at(0.95) <= 180, `95 % ${at(0.95)} ms`);
});

type Random = () => number;

/** Shapes of sounds that things make; -1 to 1. */
const THINGS: Readonly<Record<string, (random: Random) => Float64Array>> = {
  click: (random) =>
    Float64Array.from({ length: 32 }, (_, i) => (2 * random() - 1) * Math.exp(-i / 6)),
  keys: (random) =>
    Float64Array.from({ length: 800 }, (_, i) => (2 * random() - 1) * Math.exp(-(i % 400) / 14)),
  bang: (random) =>
    Float64Array.from({ length: 640 }, (_, i) => (2 * random() - 1) * Math.exp(-i / 128)),
  clink: (random) => {
    const hz = 1200 + 2200 * random();
    const wave = (i: number, factor: number): number =>
      Math.sin((2 * Math.PI * hz * factor * i) / 8000);
    return Float64Array.from(
      { length: 1200 },
      (_, i) => ((wave(i, 1) + 0.5 * wave(i, 1.47)) / 1.5) * Math.exp(-i / 200),
    );
  },
};

t.test(
  'clicks, keys, bangs and clinks begin no more than with three frames in a row',
  async (t) => {
    const random = seededRandom(11);
    const cases = Object.entries(THINGS).flatMap(([thing, shape]) =>
      [-3, -12, -25].flatMap((dbfs) =>
        Array.from({ length: 5 }, (_, i) => {
          const sound = Int16Array.from(shape(random), (x) => x * 32767 * 10 ** (dbfs / 20));
          return { thing, line: lineOf(QUIET, sound, 8000 + Math.floor(1280 * random()), i) };
        }),
      ),
    );
    const heard = await hear(cases.map(({ line }) => line));
    /** No frame is beyond doubt. */
    const threeFrames = () => new SpeechEdges({ ...DEFAULT_SPEECH_EDGES, sureThreshold: 2 });
    const told = cases.filter((_, i) => firstOnset(heard[i] ?? []) < Infinity);
    const before = cases.filter((_, i) => firstOnset(heard[i] ?? [], threeFrames()) < Infinity);
    t.comment(`${told.length} of ${cases.length}`);
    t.same(told, before);
    t.ok(told.length <= 3, told.map(({ thing }) => thing).join(' '));
  },
);
