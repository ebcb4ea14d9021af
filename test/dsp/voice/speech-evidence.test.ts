// Speech against what a voice does without it, by its sound alone.

import t from 'tap';
import { existsSync, readdirSync } from 'node:fs';
import { FRAME_MS, FRAME_SAMPLES } from '../../../src/dsp/frame.js';
import { SpeechEvidence } from '../../../src/dsp/voice/speech-evidence.js';
import { throughMulaw } from '../harness/g711.js';
import { readClip } from '../harness/wav.js';
import { babble, cough, groan, hum, laugh, speak } from './human-voice.js';

const power = (pcm: Int16Array): number =>
  pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length;

/** @returns after how many ms it proved to be speech; undefined where it never did */
function provenAfterMs(voice: Int16Array, evidence = new SpeechEvidence()): number | undefined {
  evidence.restart();
  const line = Int16Array.from(throughMulaw(Float32Array.from(voice)));
  for (let at = 0; at + FRAME_SAMPLES <= line.length; at += FRAME_SAMPLES) {
    const frame = line.subarray(at, at + FRAME_SAMPLES);
    evidence.push(frame, power(frame));
    if (evidence.isSpeech) return (at / FRAME_SAMPLES + 1) * FRAME_MS;
  }
  return undefined;
}

const louder = (voice: Int16Array, db: number): Int16Array =>
  voice.map((sample) => Math.max(-32_768, Math.min(32_767, sample * 10 ** (db / 20))));

t.test('a hum, a groan, a laugh and a cough are no speech, loud or soft (D3)', async (t) => {
  const sounds: Record<string, Int16Array> = {
    'a short hum': hum(300),
    'a hum': hum(700),
    'a hum that rises': hum(900, 110, 190),
    'a groan': groan(800),
    'a laugh': laugh(5),
    'a long laugh': laugh(10),
    'a cough': cough(1),
    'two coughs': cough(2),
    'a fit of coughing': cough(6),
  };
  for (const [name, sound] of Object.entries(sounds)) {
    for (const db of [0, -12, 6])
      t.equal(provenAfterMs(louder(sound, db)), undefined, `${name} at ${db} dB`);
  }
});

t.test('syllables of no known language are speech within half a second (D3)', async (t) => {
  for (const db of [0, -12, 6]) {
    const afterMs = provenAfterMs(louder(babble(2000), db));
    t.ok(afterMs !== undefined && afterMs <= 500, `${afterMs} ms at ${db} dB`);
  }
});

t.test('a cry that is loud for a second is meant to be heard', async (t) => {
  const cry = speak(1500, () => ({ pitchHz: 300, formantsHz: [600, 1000, 2500], loudness: 1 }));
  const afterMs = provenAfterMs(cry);
  t.ok(afterMs !== undefined && afterMs >= 1000 && afterMs <= 1100, `${afterMs} ms`);
});

t.test('a hum that turns into words is speech soon after they begin', async (t) => {
  const both = new Int16Array([...hum(800), ...babble(1500)]);
  const afterMs = provenAfterMs(both) ?? Infinity;
  t.ok(afterMs > 800 && afterMs <= 1400, `${afterMs} ms`);
});

t.test('silence and line noise prove nothing', async (t) => {
  t.equal(provenAfterMs(new Int16Array(16_000)), undefined);
  const hiss = speak(2000, () => ({ pitchHz: 0, formantsHz: [], loudness: 0.001 }));
  t.equal(provenAfterMs(hiss), undefined);
});

t.test('one voice says nothing of the next', async (t) => {
  const evidence = new SpeechEvidence();
  t.ok(provenAfterMs(babble(1500), evidence));
  t.equal(provenAfterMs(hum(700), evidence), undefined);
  t.equal(provenAfterMs(babble(1500), evidence), provenAfterMs(babble(1500)), 'nothing is left');
});

t.test(
  'recorded people are speech: nine of ten beginnings of at least half a second',
  async (t) => {
    const folder = 'assets/speech';
    const told: number[] = [];
    let clips = 0;
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.wav'))) {
      const clip = readClip(`${folder}/${file}`);
      if (clip.length < 8000) continue;
      clips += 1;
      const afterMs = provenAfterMs(clip.subarray(0, 16_000));
      if (afterMs !== undefined) told.push(afterMs);
    }
    t.ok(clips > 10, `${clips} clips`);
    t.ok(told.length >= 0.9 * clips, `${told.length} of ${clips}`);
    told.sort((one, other) => one - other);
    t.ok(
      (told[told.length >> 1] ?? Infinity) <= 500,
      `in the median after ${told[told.length >> 1]} ms`,
    );
  },
);

const HUMAN_SOUNDS = '../shared/speech/human-sounds';

t.test(
  'three speakers: sounds are none, protests are speech (D3)',
  { skip: !existsSync(HUMAN_SOUNDS) && `there is no ${HUMAN_SOUNDS}` },
  async (t) => {
    const wrong: string[] = [];
    for (const file of readdirSync(HUMAN_SOUNDS)) {
      const isSound = /-(Hmm|Laugh|Ooff1|Ow2)\.wav$/.test(file);
      const isProtest = /-(Leavemealone|Cutitout|Whatthe|Nooo|Hurry)\.wav$/.test(file);
      if (!isSound && !isProtest) continue;
      const isProven = provenAfterMs(readClip(`${HUMAN_SOUNDS}/${file}`)) !== undefined;
      if (isProven !== isProtest) wrong.push(file);
    }
    t.ok(wrong.length <= 2, `of 27: ${wrong.join(' ')}`);
  },
);
