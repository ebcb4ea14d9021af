// Callers over three agents' voices, on lines with and without echo: heard as without the guard, and no echo is.

import t from 'tap';
import { existsSync, readdirSync } from 'node:fs';
import { LINE_RATE_HZ } from '../../src/dsp/frame.js';
import { Resampler } from '../../src/dsp/resample.js';
import { loadFlite, renderSpeech } from '../../src/providers/local/flite.js';
import { createVoiceSignal } from '../../src/providers/scripted/voice-signal.js';
import { readClip } from '../dsp/harness/wav.js';
import { allClips } from '../providers/speech-clips.js';
import { echoOf, hear, lineOf, overMulaw, type CleanFrame } from './echo-calls.js';
import { heardVoices } from './guarded-line.js';

const VOICES = 'test/fixtures/voices';
const SOUNDS = '../shared/speech/human-sounds';
const PROTEST = /-(Leavemealone|Cutitout|Whatthe|Nooo|Hurry)\.wav$/;
const SAMPLES = LINE_RATE_HZ * 2.6;
const SENTENCE = 'We are open from nine to five on weekdays, and from ten to two on Saturdays.';
const RECORDED = 'queue-youarenext';
/** What a caller may be late beside a line without the guard. */
const LATE_MS = 300;
const DELAYS_MS = [0, 120, 260, 500, 900, 1200];

async function agents(): Promise<[name: string, pcm: Int16Array][]> {
  const { pcm, sampleRateHz } = renderSpeech(await loadFlite(), 'slt', SENTENCE);
  const resampler = new Resampler(sampleRateHz, LINE_RATE_HZ);
  const slt = new Int16Array(resampler.outputLength(pcm.length));
  resampler.process(pcm, 0, pcm.length, slt, 0);
  const recorded = allClips().find(({ name }) => name === RECORDED)?.pcm ?? new Int16Array(0);
  const voices: [string, Int16Array][] = [
    ['recorded', recorded],
    ['slt', slt],
    ['scripted', createVoiceSignal(LINE_RATE_HZ, 3)],
  ];
  return voices.map(([name, voice]) => [name, overMulaw(voice.subarray(0, 24_000))]);
}

function callers(): Int16Array[] {
  const files = (folder: string, wanted: RegExp): Int16Array[] =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((file) => wanted.test(file))
          .map((file) => readClip(`${folder}/${file}`))
      : [];
  const clips = allClips().filter(({ name }, i) => i % 4 === 0 && name !== RECORDED);
  return [
    ...clips.map(({ pcm }) => pcm),
    ...files(VOICES, /\.wav$/),
    ...files(SOUNDS, PROTEST),
  ].map((pcm) => pcm.slice(0, 12_000));
}

/** Begins in the first second of the agent, when nothing is known yet of most delays. */
const beginOf = (caller: number): number => 5600 + ((caller * 1237) % 4000);

/** Echo of `agent` on the line of this caller. */
const echoes = (agent: Int16Array, returnLossDb: number, line: number): Float64Array =>
  echoOf(
    agent,
    {
      delayMs: DELAYS_MS[line % DELAYS_MS.length] ?? 0,
      returnLossDb,
      isSmallSpeaker: line % 2 > 0,
    },
    SAMPLES,
  );

/** Percent of callers who were heard in time, and of those whose voice was heard to its end. */
function shares(lines: readonly CleanFrame[][], agent: Int16Array, alone: readonly CleanFrame[][]) {
  let [callers, inTime, whole] = [0, 0, 0];
  for (const [i, line] of lines.entries()) {
    const free = heardVoices(alone[i] ?? [], agent, false);
    const [freeMs] = free.onsetsMs;
    if (freeMs === undefined) continue;
    const { onsetsMs, speechMs } = heardVoices(line, agent, true);
    const lateMs = (onsetsMs[0] ?? Infinity) - freeMs;
    callers += 1;
    if (lateMs > LATE_MS || lateMs < -80) continue;
    inTime += 1;
    if (speechMs >= 0.75 * free.speechMs) whole += 1;
  }
  return { callers, inTime: (100 * inTime) / callers, whole: (100 * whole) / callers };
}

t.test(
  'callers over three agents are heard as without the guard, their echo is not (D2)',
  async (t) => {
    const voices = callers();
    const silence = new Float64Array(SAMPLES);
    const over = (echo: (line: number) => Float64Array): Promise<CleanFrame[][]> =>
      hear(voices.map((pcm, i) => lineOf(echo(i), pcm, beginOf(i), i)));
    const alone = await over(() => silence);
    for (const [name, agent] of await agents()) {
      const free = shares(alone, agent, alone);
      const soft = shares(await over((i) => echoes(agent, 18, i)), agent, alone);
      const loud = shares(await over((i) => echoes(agent, 6, i)), agent, alone);
      const told = [free, soft, loud].map((s) => `${s.inTime.toFixed(0)}/${s.whole.toFixed(0)} %`);
      t.comment(
        `${name}, ${free.callers} callers in time/whole: no echo, -18, -6 dB ${told.join(', ')}`,
      );
      t.ok(free.callers >= 25 && free.inTime >= 96 && free.whole >= 93, `${name}: no echo`);
      t.ok(soft.inTime >= 93 && soft.whole >= 70, `${name}: soft echo`);
      t.ok(loud.inTime >= 75, `${name}: loud echo`);
      const none = new Int16Array(0);
      const lines = [30, 18, 12, 6, 3].flatMap((db, i) =>
        DELAYS_MS.map((_, j) => lineOf(echoes(agent, db, i + j), none, 0, 7)),
      );
      const taken = (await hear(lines)).filter(
        (line) => heardVoices(line, agent, true).onsetsMs[0] !== undefined,
      );
      t.equal(taken.length, 0, `${name}: echoes taken for a caller`);
    }
  },
);
