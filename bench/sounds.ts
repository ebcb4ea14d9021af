// `npm run bench:sounds`: hums, laughs and groans let the agent go on, protests stop it; each speaker left out once. A table and JSON.

import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DEFAULT_SPEECH_THRESHOLDS, SpeechEvidence } from '../src/dsp/voice/speech-evidence.js';
import { thisMachine } from './machine.js';
import { percentile } from './percentiles.js';
import {
  chooseThresholds,
  isRight,
  judge,
  shareRight,
  type Judged,
  type Recorded,
} from './sounds/left-out.js';
import {
  humanSounds,
  onTheLine,
  recordedSpeech,
  WAYS,
  type VoiceClip,
  type Way,
} from './sounds/line-voices.js';
import { atLeast, table, targetTable } from './table.js';

const USAGE = `npm run bench:sounds -- [options]
  --folder PATH  recordings named speaker-kind.wav (../shared/speech/human-sounds)
  --json FILE    write the figures there, too
`;
const SPEECH = 'assets/speech';
const LEAST_PERCENT = 90;

const percent = (share: number): string =>
  Number.isNaN(share) ? '-' : `${(100 * share).toFixed(0)} %`;

async function record(clips: readonly VoiceClip[], ways: readonly Way[]): Promise<Recorded[]> {
  const recorded: Recorded[] = [];
  for (const way of ways) {
    for (const clip of clips) recorded.push({ clip, way, frames: await onTheLine(clip, way) });
  }
  return recorded;
}

const decided = (judged: readonly Judged[], share: number): string =>
  `${percentile(
    judged.flatMap(({ decidedAfterMs }) => decidedAfterMs ?? []),
    share,
  )} ms`;

const wrongOnes = (judged: readonly Judged[]): string =>
  judged
    .filter((one) => !isRight(one))
    .map(({ clip }) => clip.name)
    .join(' ');

function row(name: string, way: string, judged: readonly Judged[]): string[] {
  const protests = judged.filter(({ clip }) => clip.kind !== 'sound');
  return [
    name,
    way,
    percent(shareRight(judged, 'sound')),
    percent(shareRight(judged, 'protest')),
    decided(protests, 0.5),
    decided(protests, 0.95),
    wrongOnes(judged),
  ];
}

/** us of one frame, the median of many. */
function cost(recorded: readonly Recorded[]): number {
  const took: number[] = [];
  for (const { frames } of recorded) {
    const evidence = new SpeechEvidence();
    evidence.restart();
    for (const { pcm } of frames) {
      const power = pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length;
      const before = performance.now();
      evidence.push(pcm, power);
      if (!evidence.isSpeech) took.push(1000 * (performance.now() - before));
    }
  }
  return percentile(took, 0.5);
}

async function run(folder: string, json: string | undefined): Promise<boolean> {
  const clips = humanSounds(folder);
  const recorded = await record(clips, WAYS);
  const rows = [['left out', 'line', 'sounds: goes on', 'protests: floor', 'p50', 'p95', 'wrong']];
  const leftOut: Judged[] = [];
  const chosen: Record<string, unknown> = {};
  for (const speaker of new Set(clips.map((clip) => clip.speaker))) {
    const own = recorded.filter(({ clip }) => clip.speaker === speaker);
    const thresholds = chooseThresholds(recorded.filter(({ clip }) => clip.speaker !== speaker));
    chosen[speaker] = thresholds;
    const judged = judge(own, thresholds, false);
    leftOut.push(...judged);
    for (const way of WAYS) {
      rows.push(
        row(
          speaker,
          way.name,
          judged.filter((one) => one.way === way),
        ),
      );
    }
    console.log(
      `${speaker} left out: the others choose ${thresholds.driftDb.toFixed(1)} and ${thresholds.speechDb.toFixed(1)} dB`,
    );
  }
  for (const way of WAYS) {
    rows.push(
      row(
        'all',
        way.name,
        leftOut.filter((one) => one.way === way),
      ),
    );
  }
  const shipped = judge(recorded, DEFAULT_SPEECH_THRESHOLDS, false);
  rows.push(row('as shipped', 'all', shipped));
  rows.push(row('as shipped', 'with interims', judge(recorded, DEFAULT_SPEECH_THRESHOLDS, true)));
  console.log(`\n${table(rows)}`);
  const sentences = await record(recordedSpeech(SPEECH), WAYS.slice(0, 3));
  const spoken = judge(sentences, DEFAULT_SPEECH_THRESHOLDS, false);
  console.log(
    `\nsentences of which no words come: ${percent(shareRight(spoken, 'speech'))} take the floor, p50 ${decided(spoken, 0.5)}, p95 ${decided(spoken, 0.95)}; not: ${wrongOnes(spoken)}`,
  );
  console.log(`one frame of such a voice: ${cost(recorded).toFixed(1)} us`);
  const plain = leftOut.filter(({ way }) => way === WAYS[0]);
  const targets = [
    atLeast(
      'sounds, left-out speakers, as recorded',
      100 * shareRight(plain, 'sound'),
      LEAST_PERCENT,
      '%',
    ),
    atLeast('protests, the same', 100 * shareRight(plain, 'protest'), LEAST_PERCENT, '%'),
  ];
  console.log(`\n${targetTable(targets, 0)}`);
  if (json !== undefined) {
    const figures = { machine: thisMachine(), chosen, rows, targets };
    writeFileSync(json, `${JSON.stringify(figures, null, 2)}\n`);
  }
  return targets.every(({ met }) => met);
}

try {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { folder: text, json: text } });
  const folder = values.folder ?? '../shared/speech/human-sounds';
  const has = existsSync(folder) && readdirSync(folder).some((file) => file.endsWith('.wav'));
  if (has) process.exitCode = (await run(folder, values.json)) ? 0 : 1;
  else console.log(`bench:sounds is skipped: there are no recordings in ${folder}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(USAGE);
  process.exitCode = 2;
}
