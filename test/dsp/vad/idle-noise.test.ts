import t from 'tap';
import { FRAME_SAMPLES, MULAW_SILENCE } from '../../../src/dsp/frame.js';
import {
  IDLE_NOISE,
  IDLE_NOISE_FLOATS,
  idleNoiseAt,
  isIdle,
} from '../../../src/dsp/vad/idle-noise.js';
import { allClips } from '../../providers/speech-clips.js';
import { hear } from '../../transports/echo-calls.js';

t.test('both zeros of mu-law are nothing, any sound at all is something', async (t) => {
  const frames = new Uint8Array(2 * FRAME_SAMPLES).fill(MULAW_SILENCE);
  frames.fill(0x7f, FRAME_SAMPLES + 10, FRAME_SAMPLES + 50);
  t.ok(isIdle(frames, 0) && isIdle(frames, FRAME_SAMPLES));
  frames[2 * FRAME_SAMPLES - 1] = 0xfe;
  t.ok(isIdle(frames, 0));
  t.notOk(isIdle(frames, FRAME_SAMPLES));
});

t.test('the noise is as soft as mu-law can be, without a tone or an offset', async (t) => {
  const loudest = Math.max(...IDLE_NOISE_FLOATS.map(Math.abs)) * 32768;
  const mean = IDLE_NOISE_FLOATS.reduce((sum, one) => sum + one, 0) / IDLE_NOISE_FLOATS.length;
  t.ok(loudest === 8, `${loudest}`);
  t.ok(Math.abs(mean * 32768) < 0.5, `${mean * 32768}`);
  t.equal(new Set([0, 1, 2, 3, 4].map(idleNoiseAt)).size, 4);
  t.ok(idleNoiseAt(3) + FRAME_SAMPLES <= IDLE_NOISE.length);
});

t.test('a voice after digital silence is heard as soon as on a line with noise', async (t) => {
  const clips = allClips().filter((_, i) => i % 5 === 0);
  const at = 8000;
  const line = (pcm: Int16Array, noise: number, from = at): Int16Array => {
    const samples = new Int16Array(20_000).map((_, i) => (i % 7 < 3 ? noise : -noise));
    samples.set(pcm.subarray(0, 20_000 - from), from);
    return samples;
  };
  const heard = await hear([
    ...clips.flatMap(({ pcm }) => [line(pcm, 0), line(pcm, 8)]),
    new Int16Array(20_000),
  ]);
  const firstSure = (frames = heard[0]): number =>
    frames?.findIndex(({ speech }) => speech >= 0.9) ?? Infinity;
  const late = clips.filter(
    (_, i) =>
      firstSure(heard[2 * i]) > firstSure(heard[2 * i + 1]) + 4 || firstSure(heard[2 * i]) < 0,
  );
  t.same(
    late.map(({ name }) => name),
    [],
  );
  const silence = Math.max(...(heard.at(-1) ?? []).map(({ speech }) => speech));
  t.ok(silence < 0.3, `speech in silence: ${silence}`);
});
