import t from 'tap';
import { clipRecognizer, speechClips } from './clip-recognizer.js';

const clips = speechClips(['hello', 'hours', 'location', 'vm-goodbye', 'digits-2', 'digits-7']);
const recognize = clipRecognizer(clips);

t.test('each clip is recognised, also quiet, noisy, padded and cut at its beginning', async (t) => {
  // A fixed sequence: noise that differs from run to run is no test.
  let seed = 1;
  const noise = () => ((seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647 - 0.5) * 200;
  for (const clip of clips) {
    const padded = new Int16Array(clip.pcm.length + 4800);
    padded.set(clip.pcm, 2400);
    const forms = {
      same: clip.pcm,
      padded,
      cut: clip.pcm.subarray(1200),
      noisy: clip.pcm.map((sample) => sample * 0.3 + noise()),
    };
    for (const [form, pcm] of Object.entries(forms)) {
      t.equal(recognize(pcm)?.name, clip.name, `${clip.name} ${form}`);
    }
  }
});

t.test('silence, noise and a tone are no clip', async (t) => {
  t.equal(recognize(new Int16Array(8000)), undefined);
  t.equal(
    recognize(Int16Array.from({ length: 8000 }, (_, i) => ((i * 7919) % 4001) - 2000)),
    undefined,
  );
  t.equal(
    recognize(Int16Array.from({ length: 8000 }, (_, i) => 6000 * Math.sin(i * 0.3))),
    undefined,
  );
  t.equal(recognize(new Int16Array(0)), undefined);
});
