// What is no phrase of the grammar is not taken for one: human sounds, protests, music, tones (D3).

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import type { SttEvent } from '../../../src/actors/ports.js';
import { createIntentMatcher } from '../../../src/providers/local/intent-matcher.js';
import { loadIntents } from '../../../src/providers/local/intents.js';
import { createLocalStt } from '../../../src/providers/local/stt.js';
import { parseWav } from '../../../src/phone/wav.js';
import { callSidOf, until } from '../conformance-support.js';
import { clip } from '../speech-clips.js';

const SOUNDS = '../shared/speech/human-sounds';
const RATE_HZ = 8000;
const intents = loadIntents();
const intentOf = createIntentMatcher(intents.intents);

type Final = Extract<SttEvent, { type: 'final' }>;

async function hear(utterances: readonly Int16Array[]): Promise<Final[]> {
  const provider = createLocalStt({ intents, workers: 1, interims: false });
  const finals: Final[] = [];
  const session = await provider.open({
    callSid: callSidOf(1),
    emit: (event) => void (event.type === 'final' && finals.push(event)),
    signal: new AbortController().signal,
  });
  for (const [i, pcm] of utterances.entries()) {
    session.begin(i);
    session.write(pcm);
    session.finish(i);
    await until(() => finals.length > i, 30_000, 'the final');
  }
  await provider.close();
  return finals;
}

const PAUSE = new Int16Array(RATE_HZ / 4);
const padded = (pcm: Int16Array) => Int16Array.from([...PAUSE, ...pcm, ...PAUSE]);

/** @param tones Hz and amplitude at a time in s, all of them at once */
function played(seconds: number, tones: (atS: number) => readonly (readonly [number, number])[]) {
  return Int16Array.from({ length: seconds * RATE_HZ }, (_, i) => {
    const atS = i / RATE_HZ;
    return tones(atS).reduce((sum, [hz, a]) => sum + a * Math.sin(2 * Math.PI * hz * atS), 0);
  });
}

const harmonics = (hz: number, amplitude: number) =>
  [1, 2, 3, 4].map((n) => [hz * n, amplitude / n ** 2] as const);
const NOTES = [262, 330, 392, 440, 349, 294, 523, 392];
const MUSIC = {
  'a hum of 0.4 s': padded(played(0.4, () => harmonics(120, 5000))),
  chords: played(3, (s) => NOTES.slice(Math.floor(s), Math.floor(s) + 3).map((hz) => [hz, 2500])),
  melody: played(3, (s) => harmonics(NOTES[Math.floor(s * 3) % 8] as number, 5000)),
  'a ring': padded(
    played(1, () => [
      [440, 4000],
      [480, 4000],
    ]),
  ),
  fax: padded(played(1, () => [[2100, 6000]])),
};

t.test('hums, music and tones ask for nothing (D3)', async (t) => {
  const finals = await hear(Object.values(MUSIC));
  for (const [i, name] of Object.keys(MUSIC).entries()) {
    t.equal(intentOf(finals[i]?.text ?? ''), undefined, `${name}: ${finals[i]?.text}`);
  }
});

t.test(
  'phrases that are said are understood, and the recogniser is sure of them (D3)',
  async (t) => {
    const names = ['hours', 'location', 'extension', 'vm-goodbye', 'pbx-transfer'];
    const finals = await hear(names.map((name) => clip(name).pcm));
    for (const [i, name] of names.entries()) {
      const { text = '', confidence = 0 } = finals[i] ?? {};
      t.ok(intentOf(text), `${name}: ${text}`);
      t.ok(confidence >= 0.5, `${name}: ${confidence.toFixed(2)}`);
    }
  },
);

const skip = existsSync(SOUNDS) ? false : `${SOUNDS} is not here`;
t.test(
  'human sounds and protests outside the grammar ask for nothing (D3)',
  { skip },
  async (t) => {
    const files = readdirSync(SOUNDS).filter((file) => /^.*-(?!Hello|Byebye).*\.wav$/.test(file));
    const clips = files.map((file) => {
      const { samples } = parseWav(readFileSync(`${SOUNDS}/${file}`));
      return padded(Int16Array.from(samples, (sample) => Math.round(sample * 32_767)));
    });
    const finals = await hear(clips);
    const wrong = files.flatMap((file, i) => {
      const { text = '', confidence } = finals[i] ?? {};
      return intentOf(text) ? [`${file}: ${text} (${confidence?.toFixed(2)})`] : [];
    });
    for (const name of wrong) t.comment(name);
    t.strictSame(wrong, []);
  },
);
