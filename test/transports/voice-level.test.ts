import t from 'tap';
import { FRAME_MS, FRAME_SAMPLES } from '../../src/dsp/frame.js';
import { CallerAudio } from '../../src/transports/caller-audio.js';
import { VoiceLevel } from '../../src/transports/voice-level.js';
import { clip } from '../providers/speech-clips.js';
import { hear, lineOf, type CleanFrame } from './echo-calls.js';

const powerOf = (dbfs: number): number => 32768 ** 2 * 10 ** (dbfs / 10);

function levelAfter(level: VoiceLevel, frames: number, dbfs: number): number | undefined {
  for (let i = 0; i < frames; i += 1) level.voiced(powerOf(dbfs));
  return level.dbfs;
}

t.test('the level of a voice is known after 160 ms, and is that of its loud part', async (t) => {
  const level = new VoiceLevel();
  t.equal(levelAfter(level, 7, -20), undefined);
  const known = levelAfter(level, 20, -20) ?? 0;
  t.ok(Math.abs(known + 20) < 0.5, `${known}`);
  t.equal(levelAfter(level, 100, -50), known, 'softer parts do not count');
});

t.test('a soft beginning does not make a voice soft', async (t) => {
  const level = new VoiceLevel();
  levelAfter(level, 8, -50);
  const known = levelAfter(level, 6, -20) ?? 0;
  t.ok(known > -22, `${known}`);
});

t.test('a single loud frame does not make a voice loud', async (t) => {
  const level = new VoiceLevel();
  levelAfter(level, 10, -30);
  levelAfter(level, 1, -20);
  const known = levelAfter(level, 10, -30) ?? 0;
  t.ok(known < -25, `${known}`);
});

t.test(
  'nothing is known of a voice before it has lasted, whatever the one before it was',
  async (t) => {
    const level = new VoiceLevel();
    levelAfter(level, 20, -15);
    level.restart();
    t.equal(levelAfter(level, 7, -35), undefined);
    const second = levelAfter(level, 10, -35) ?? 0;
    t.ok(second < -34, `${second}`);
  },
);

/** What the line tells after each frame. */
function levels(frames: readonly CleanFrame[]): (number | undefined)[] {
  const audio = new CallerAudio({
    recent: { recallable: 0, recall: () => new Int16Array(0) },
    onsetMs: 60,
    hangoverMs: 200,
    onStarted: () => undefined,
    onStopped: () => undefined,
  });
  return frames.map(({ pcm, speech }, frame) => {
    audio.frame(pcm, speech, (frame + 1) * FRAME_MS);
    return audio.voiceLevelDbfs;
  });
}

t.test('of recorded voices on the line the soft ones are told from the near ones', async (t) => {
  const names = ['hours', 'please-try-again', 'location', 'something-terribly-wrong'];
  const gainsDb = [0, -6, -20];
  const samples = 8000 * 2;
  const at = 4000;
  const silence = new Float64Array(samples);
  const lines = names.flatMap((name) =>
    gainsDb.map((db) => {
      const voice = clip(name).pcm.map((sample) => Math.round(sample * 10 ** (db / 20)));
      return lineOf(silence, voice, at, 1);
    }),
  );
  const heard = (await hear(lines)).map(levels);
  const usual = -15;
  for (const [i, name] of names.entries()) {
    for (const [j, gainDb] of gainsDb.entries()) {
      const told = heard[i * gainsDb.length + j] ?? [];
      t.equal(told[at / FRAME_SAMPLES], undefined, 'nothing before it');
      const last = told.at(-1) ?? -Infinity;
      t.ok(Math.abs(last - usual - gainDb) < 5, `${name} at ${gainDb} dB: ${last.toFixed(1)} dBFS`);
    }
  }
});
