import t from 'tap';
import { decodeMulaw, encodeMulaw, linearToMulaw, MULAW_TO_LINEAR } from '../../src/phone/mulaw.js';

t.test('decoding gives the values of G.711', async (t) => {
  const codes = [0xff, 0x7f, 0x80, 0x00, 0xfe, 0xf0, 0xef, 0x8f];
  const expected = [0, 0, 32_124, -32_124, 8, 120, 132, 16_764];
  t.strictSame([...decodeMulaw(Uint8Array.from(codes))], expected);
});

t.test('every code but negative zero survives a round trip', async (t) => {
  for (let code = 0; code < 256; code += 1) {
    const expected = code === 0x7f ? 0xff : code;
    t.equal(linearToMulaw(MULAW_TO_LINEAR[code] ?? NaN), expected);
  }
});

t.test('every 16-bit value gets a code whose value is among the nearest', async (t) => {
  let worst = 0;
  for (let value = -32_768; value <= 32_767; value += 1) {
    const decoded = MULAW_TO_LINEAR[linearToMulaw(value)] ?? NaN;
    // Half a step: steps double from 8 to 1024 with the segment.
    const halfStep = 2 ** Math.max(2, Math.floor(Math.log2(Math.abs(value) + 132)) - 5);
    const clipped = Math.max(-32_635, Math.min(32_635, value));
    worst = Math.max(worst, Math.abs(clipped - decoded) / halfStep);
  }
  t.ok(worst <= 1, `worst error is ${worst} half steps`);
});

t.test('encoding takes one byte a sample', async (t) => {
  t.strictSame([...encodeMulaw(Int16Array.of(0, 32_767, -32_768))], [0xff, 0x80, 0x00]);
});
