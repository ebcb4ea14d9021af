// The local voices as a telephone is given them: measured on real sentences.

import t from 'tap';
import { loadFlite, renderSpeech, type Speech } from '../../../src/providers/local/flite.js';
import { activeLevelDbfs, forTelephone } from '../../../src/providers/local/telephone-voice.js';

const SENTENCES = [
  'Hello, this is the Ringmaster demo office. How can I help you?',
  'Six thick thistle sticks, please.',
  'No.',
];

/** Power at `hz`, by Goertzel's filter over the whole text. */
function powerAt({ pcm, sampleRateHz }: Speech, hz: number): number {
  const step = 2 * Math.cos((2 * Math.PI * hz) / sampleRateHz);
  let [one, two] = [0, 0];
  for (const sample of pcm) [one, two] = [sample + step * one - two, one];
  return one * one + two * two - step * one * two;
}

/** Mean power of a band in dB, every 10 Hz of it. */
function bandDb(speech: Speech, fromHz: number, toHz: number): number {
  let sum = 0;
  for (let hz = fromHz; hz < toHz; hz += 10) sum += powerAt(speech, hz);
  return 10 * Math.log10((sum * 10) / (toHz - fromHz));
}

for (const voice of ['slt', 'rms', 'awb', 'kal'] as const) {
  t.test(`${voice} is at -20 dBFS, bright, without rumble, and never clips`, async (t) => {
    const module = await loadFlite();
    for (const text of SENTENCES) {
      const before = renderSpeech(module, voice, text);
      const after = forTelephone(before);
      t.equal(after.pcm.length, before.pcm.length, 'every word stays where it was');
      t.equal(after.sampleRateHz, before.sampleRateHz);
      const level = activeLevelDbfs(after.pcm, after.sampleRateHz);
      t.ok(Math.abs(level + 20) < 0.7, `${level.toFixed(1)} dBFS`);
      t.ok(
        after.pcm.every((sample) => Math.abs(sample) < 32_767),
        'no sample at full scale',
      );
      const body = (speech: Speech) => bandDb(speech, 400, 1000);
      const rumble = (speech: Speech) => bandDb(speech, 60, 200) - body(speech);
      const presence = (speech: Speech) => bandDb(speech, 2200, 3300) - body(speech);
      t.ok(rumble(after) < rumble(before) - 10, 'below 200 Hz at least 10 dB less');
      t.ok(presence(after) > presence(before) + 3, 'consonants at least 3 dB more');
    }
  });
}

t.test('silence stays silence', async (t) => {
  const silence = { pcm: new Int16Array(8000), sampleRateHz: 8000 };
  t.ok(forTelephone(silence).pcm.every((sample) => sample === 0));
  t.equal(forTelephone({ pcm: new Int16Array(0), sampleRateHz: 8000 }).pcm.length, 0);
});
