import t from 'tap';
import { linearToMulaw } from '../../../src/providers/openai/mulaw.js';
import { decodeMulaw } from '../../fakes/openai/audio.js';

const encode = (...samples: number[]): number[] => samples.map(linearToMulaw);

t.test('the ends and the middle of the scale encode as G.711 says', async (t) => {
  t.same(encode(0, 32_767, -32_768, -1), [0xff, 0x80, 0x00, 0x7f]);
});

t.test('every code survives decoding and encoding', async (t) => {
  const codes = Array.from({ length: 256 }, (_, code) => code);
  const again = encode(...decodeMulaw(Uint8Array.from(codes)));
  // Negative zero (0x7f) and zero are one sample.
  t.same(
    again,
    codes.map((code) => (code === 0x7f ? 0xff : code)),
  );
});

t.test('no sample moves by more than half of its quantisation step', async (t) => {
  const samples = Array.from({ length: 65_536 }, (_, i) => i - 32_768);
  const decoded = decodeMulaw(Uint8Array.from(encode(...samples)));
  let worst = 0;
  for (const [i, sample] of samples.entries()) {
    const clipped = Math.max(-32_635, Math.min(32_635, sample));
    // Steps double with each segment: 8 in the lowest, 1024 in the highest.
    const step = 8 * 2 ** Math.max(0, Math.floor(Math.log2(Math.abs(clipped) + 132)) - 7);
    worst = Math.max(worst, Math.abs((decoded[i] ?? 0) - clipped) / step);
  }
  t.ok(worst <= 0.5, `${worst} steps`);
});
