import { readFileSync } from 'node:fs';
import t from 'tap';
import { decodeMulaw, encodeMulaw, linearToMulaw, MULAW_TO_LINEAR } from '../../src/dsp/g711.js';

interface Golden {
  readonly decode: readonly number[];
  /** [first PCM value, code] in rising order: the code holds until the next run begins. */
  readonly encodeRuns: readonly (readonly [number, number])[];
}

const golden = JSON.parse(readFileSync('test/fixtures/g711/mulaw-sox.json', 'utf8')) as Golden;

t.test('all 256 codes decode as SoX decodes them', async (t) => {
  const pcm = new Int16Array(256);
  decodeMulaw(
    Uint8Array.from({ length: 256 }, (_, i) => i),
    pcm,
  );
  t.same([...pcm], golden.decode);
});

t.test('every 14-bit level encodes as SoX encodes it', async (t) => {
  let run = 0;
  const wrong: number[] = [];
  for (let pcm = -32768; pcm <= 32764; pcm += 4) {
    while ((golden.encodeRuns[run + 1]?.[0] ?? Infinity) <= pcm) run++;
    if (linearToMulaw(pcm) !== golden.encodeRuns[run]?.[1]) wrong.push(pcm);
  }
  t.same(wrong, []);
});

t.test(
  'decode and encode again gives every code back, negative zero as positive zero',
  async (t) => {
    const codes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const pcm = new Int16Array(256);
    const again = new Uint8Array(256);
    decodeMulaw(codes, pcm);
    encodeMulaw(pcm, again);
    const expected = codes.slice();
    expected[0x7f] = 0xff;
    t.same(again, expected);
  },
);

t.test('the code of every int16 value is off by half a step at most', async (t) => {
  let worst = 0;
  for (let pcm = -32635; pcm <= 32635; pcm++) {
    const decoded = MULAW_TO_LINEAR[linearToMulaw(pcm)] as number;
    const step = 8 << Math.max(0, Math.floor(Math.log2(Math.abs(decoded) + 132)) - 7);
    worst = Math.max(worst, Math.abs(decoded - pcm) / step);
  }
  t.ok(worst <= 0.5, `worst error ${worst} steps`);
});

t.test('the ends of the int16 range clip to the largest codes', async (t) => {
  t.equal(linearToMulaw(32767), 0x80);
  t.equal(linearToMulaw(-32768), 0x00);
  t.equal(linearToMulaw(0), 0xff);
  t.equal(linearToMulaw(-1), 0x7f);
});

t.test('an output that is too short is refused', async (t) => {
  t.throws(() => decodeMulaw(new Uint8Array(2), new Int16Array(1)), {
    code: 'AUDIO_BUFFER_TOO_SMALL',
  });
  t.throws(() => encodeMulaw(new Int16Array(2), new Uint8Array(1)), {
    code: 'AUDIO_BUFFER_TOO_SMALL',
  });
});
